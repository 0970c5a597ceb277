#include "transfer/checkpoints.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/param.h"
#include "image/image.h"
#include "solver/optimizer.h"
#include "transfer/transfer.h"
#include "transfer/warnings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where the host names no interval: PAUSE seconds, or so many that checkpoints take a twentieth of the time. */
#define PAUSE 60.0
#define SHARE 19.0

/* ---- The host's side ---- */

nst_status nst_transfer_set_checkpoint(nst_transfer *transfer, const char *path, double seconds)
{
    nst_status status = NST_OK;
    char *copy = NULL;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    if (isnan(seconds)) return nst__fail(NST_ERR_ARGUMENT, "seconds of checkpoints: expected 0 or more, found NaN");
    if (seconds < 0) return nst__fail(NST_ERR_RANGE, "seconds of checkpoints: expected 0 or more, found %g", seconds);
    if (path && !*path) return nst__fail(NST_ERR_ARGUMENT, "path of checkpoints: expected a name, found none");
    if (path && !(copy = nst__copy_text(path))) return NST_ERR_OUT_OF_MEMORY;
    nst__free(transfer->checkpoint.path);
    transfer->checkpoint.path = copy;
    transfer->checkpoint.seconds = seconds;
out:
    return status;
}

const char *nst_transfer_checkpoint_failure(const nst_transfer *transfer)
{
    return transfer ? transfer->checkpoint.failure : "";
}

nst_status nst_transfer_checkpoint_bytes(uint64_t *out, nst_transfer *transfer, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    nst_optimizer *own = NULL;
    nst__config config;
    nst__level levels[NST__MAX_LEVELS];
    size_t count;
    NST_NEED(out);
    *out = 0;
    NST_NEED(transfer);
    status = nst__transfer_check_idle(transfer, __func__);
    if (status != NST_OK) return status;
    NST_TRY(nst__transfer_enter(transfer));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(nst__run_levels(levels, &count, transfer, &config, false));
    if (!optimizer) NST_TRY(nst_transfer_make_optimizer(&own, transfer));
    *out = NST__CHECKPOINT_HEAD + nst__optimizer_state_bytes(optimizer ? optimizer : own,
                                                             levels[count - 1].height * levels[count - 1].width * 3);
out:
    nst_optimizer_destroy(own);
    nst__transfer_leave(transfer);
    return status;
}

/* ---- Where a run goes on ---- */

static void visit_gain(nst__gain *gain, nst__state *state)
{
    uint64_t count = gain->count;
    nst__state_count(state, &gain->iterations, UINT64_MAX);
    nst__state_count(state, &count, UINT32_MAX);
    gain->count = (size_t)count;
    for (size_t i = 0; i < sizeof gain->value / sizeof gain->value[0]; i++)
        nst__state_number(state, &gain->value[i]);
}

static void visit_point(nst__run_point *point, nst__state *state)
{
    const uint64_t most = (uint64_t)nst_param_maximum(NST_PARAM_STEPS); /* at a size */
    uint64_t phase = point->phase, stop = point->stop;
    nst__state_count(state, &point->level, NST__MAX_LEVELS - 1);
    nst__state_count(state, &phase, NST__SIZE_ENDED);
    nst__state_flag(state, &point->from_picture);
    nst__state_count(state, &point->most, most);
    nst__state_count(state, &stop, NST_STOP_NON_FINITE);
    nst__state_count(state, &point->evaluations, most);
    nst__state_count(state, &point->before, NST__MAX_LEVELS * most);
    nst__state_number(state, &point->start);
    nst__state_number(state, &point->best);
    nst__state_number(state, &point->seconds);
    nst__state_number(state, &point->level_seconds);
    nst__state_number(state, &point->preparing);
    nst__state_number(state, &point->work);
    nst__state_number(state, &point->work_done);
    visit_gain(&point->gain, state);
    point->phase = (nst__size_phase)phase;
    point->stop = (nst_stop)stop;
}

static nst_status damaged(const nst__checkpoints *c)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: the checkpoint contradicts itself", c->file.source.name);
}

nst_status nst__checkpoints_open(nst__checkpoints *c, const char *path)
{
    nst_status status = NST_OK;
    c->goes_on = true;
    NST_TRY(nst__checkpoint_open(&c->file, path));
    visit_point(&c->point, &c->file.state);
    NST_TRY(c->file.state.status);
    if (c->file.state.damaged || (c->point.most > 0 && !c->point.from_picture)) status = damaged(c);
out:
    return status;
}

/* Curvature pairs of 16 bits have scales for pieces of a vector, which begin elsewhere in every band. */
static nst_status open_parts(nst__checkpoints *c, nst__ranks *ranks, const nst__run_plan *plan)
{
    const nst__history_storage *storage = &plan->level[plan->levels - 1].storage;
    if (!ranks) return NST_OK;
    if (nst_optimizer_algorithm(c->optimizer) == NST_ALGORITHM_LBFGS && (storage->half || storage->scratch))
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "checkpoints of several ranks: expected a history of 32 bits in memory, found one %s: "
                         "history-bits 32, and fewer pairs or more ranks, help",
                         storage->scratch ? "in a file" : "of 16 bits");
    c->parts.ranks = ranks;
    c->parts.first = nst__alloc((size_t)nst__ranks_count(ranks) + 1, sizeof *c->parts.first);
    c->parts.work = nst__alloc(NST__STATE_WORK, sizeof *c->parts.work);
    return c->parts.first && c->parts.work ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

/* The parts of vectors of the size of BANDS; NULL: they are whole. */
static const nst__state_parts *parts_of(nst__checkpoints *c, const nst__bands *bands, size_t width)
{
    const int count = nst__ranks_count(bands->ranks);
    if (!bands->ranks) return NULL;
    for (int r = 0; r < count; r++)
        c->parts.first[r] = nst__bands_rows(bands, r).first * width * 3;
    c->parts.first[count] = bands->height * width * 3;
    return &c->parts;
}

nst_status nst__checkpoints_begin(nst__checkpoints *c, nst_transfer *transfer, const nst_optimizer *optimizer,
                                  const nst__run_plan *plan, bool from_picture)
{
    nst_status status = NST_OK;
    char note[1024];
    const double every = transfer->checkpoint.seconds;
    c->transfer = transfer;
    c->optimizer = optimizer;
    c->next = nst__seconds() + (every > 0 ? every : PAUSE);
    transfer->checkpoint.failure[0] = '\0';
    if (!transfer->checkpoint.path && !c->goes_on) return NST_OK;
    if (!nst__optimizer_can_save(optimizer))
        return nst__fail(NST_ERR_UNSUPPORTED, "checkpoints: the state of the custom solver %s is its own",
                         nst_optimizer_name(optimizer));
    NST_TRY(open_parts(c, nst__engine_ranks(transfer->engine), plan));
    NST_TRY(nst__run_facts_make(&c->facts, transfer, optimizer, plan, from_picture));
    if (!c->goes_on) return NST_OK;
    NST_TRY(nst__run_facts_compare(c->file.source.name, c->file.facts, &c->facts, note, sizeof note));
    if (c->point.level >= plan->levels) return damaged(c);
    if (*note) NST_TRY(nst__transfer_warn(transfer, note));
out:
    return status;
}

void nst__checkpoints_end(nst__checkpoints *c)
{
    nst__run_facts_release(&c->facts);
    nst__checkpoint_close(&c->file);
    nst__free(c->parts.first);
    nst__free(c->parts.work);
}

/* ---- Loading ---- */

nst_status nst__checkpoints_load_picture(nst__checkpoints *c, nst_image *image, const nst__bands *bands)
{
    const nst__rows own = nst__bands_own(bands);
    const size_t row = (size_t)image->width * 3 * sizeof(float);
    nst_status status = NST_OK;
    const nst__tensor *best = nst__checkpoint_find(&c->file, "best");
    const nst__tensor *picture = best ? best : nst__checkpoint_find(&c->file, "x");
    if (!picture || picture->type != NST__F32 || picture->rank != 3 || picture->shape[0] != bands->height ||
        picture->shape[1] != image->width || picture->shape[2] != 3)
        return damaged(c);
    if (bands->ranks)
        NST_TRY(nst__source_read(&c->file.source, picture->at + own.first * row, image->pixels,
                                 nst__rows_count(own) * row));
    else
        NST_TRY(nst__tensor_read(image->pixels, &c->file.table, picture));
    c->file.state.of = parts_of(c, bands, image->width);
    if (c->point.phase != NST__SIZE_SOLVES) nst__checkpoints_loaded(c);
out:
    return status;
}

void nst__checkpoints_loaded(nst__checkpoints *c)
{
    if (!c->goes_on) return;
    nst__checkpoint_close(&c->file);
    c->goes_on = false;
}

nst_status nst__checkpoints_load_solver(nst__checkpoints *c, nst_optimizer *optimizer)
{
    return nst__optimizer_load(optimizer, &c->file.state);
}

/* ---- Writing ---- */

typedef struct moment {
    nst__run_point point;
    const nst_optimizer *optimizer;
    const float *x;
    size_t n;
} moment;

static void visit(void *user, nst__state *state)
{
    moment *m = user;
    visit_point(&m->point, state);
    if (m->point.phase == NST__SIZE_SOLVES) {
        nst__optimizer_save(m->optimizer, state);
    } else {
        nst__state_begin_part(state, "x", true);
        nst__state_floats(state, (float *)(uintptr_t)m->x, m->n);
    }
}

bool nst__checkpoints_due(const nst__checkpoints *c)
{
    return c->transfer->checkpoint.path && nst__seconds() >= c->next;
}

/* Successful calls leave nst_last_error() as it was, and this is part of one. */
static void note_failure(nst_transfer *transfer, const char *before)
{
    snprintf(transfer->checkpoint.failure, sizeof transfer->checkpoint.failure, "%s", nst_last_error());
    nst__log(NST_LOG_WARNING, "checkpoint: %s", transfer->checkpoint.failure);
    (void)nst__fail(NST_ERR_IO, "%s", before);
}

void nst__checkpoints_write(nst__checkpoints *c, const nst__run_point *point, const nst__level *level,
                            const nst__bands *bands, const float *x)
{
    char before[1024];
    nst_transfer *transfer = c->transfer;
    if (!transfer->checkpoint.path || (bands->ranks && bands->ranks->failed)) return;
    moment m = {*point, c->optimizer, x, nst__rows_count(nst__bands_own(bands)) * level->width * 3};
    const nst__checkpoint_content content = {
        c->facts.text, level->height, level->width, visit, &m, parts_of(c, bands, level->width)};
    const double start = nst__seconds();
    snprintf(before, sizeof before, "%s", nst_last_error());
    transfer->checkpoint.failure[0] = '\0';
    if (nst__checkpoint_write(transfer->checkpoint.path, &content) != NST_OK) note_failure(transfer, before);
    const double end = nst__seconds();
    nst__log(NST_LOG_DEBUG, "checkpoint: %.3f s", end - start);
    c->next =
        end + (transfer->checkpoint.seconds > 0 ? transfer->checkpoint.seconds : fmax(PAUSE, SHARE * (end - start)));
}
