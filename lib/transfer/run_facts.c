#include "transfer/run_facts.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/param.h"
#include "image/distributed.h"
#include "transfer/transfer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Lines ---- */

enum { MOST_NAME = 64, MOST_VALUE = 960 };

NST__PRINTF(3, 4) static nst_status add(nst__run_facts *facts, const char *name, const char *format, ...)
{
    char raw[MOST_VALUE], value[MOST_VALUE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    nst_text_escape(value, sizeof value, raw); /* no tab, no end of line */
    const size_t more = strlen(name) + strlen(value) + sizeof "\t\n";
    char *text = nst__resize(facts->text, facts->length + more, 1);
    if (!text) return NST_ERR_OUT_OF_MEMORY;
    facts->text = text;
    facts->length += (size_t)snprintf(text + facts->length, more, "%s\t%s\n", name, value);
    return NST_OK;
}

/* ---- Pictures and weights ---- */

static uint64_t picture_hash(const nst_image *image)
{
    const nst__distributed picture = nst__distributed_alone(image);
    return nst__distributed_hash(&picture);
}

static nst_status add_picture(nst__run_facts *facts, const char *name, const nst_image *image)
{
    if (!image) return add(facts, name, "none");
    return add(facts, name, "%ux%u %016" PRIx64, image->width, image->height, picture_hash(image));
}

/* One of which each rank has a part. */
static nst_status add_distributed(nst__run_facts *facts, const char *name, nst__ranks *ranks, const nst_image *image)
{
    nst_status status = NST_OK;
    nst__distributed picture = nst__distributed_alone(NULL);
    if (!image) return add(facts, name, "none");
    NST_TRY(nst__distributed_open(&picture, ranks, image));
    NST_TRY(add(facts, name, "%ux%zu %016" PRIx64, image->width, picture.height, nst__distributed_hash(&picture)));
    NST_TRY(nst__ranks_check(ranks));
out:
    nst__distributed_close(&picture);
    return status;
}

/* A painting, or what a file has of one. */
static uint64_t style_hash(const nst_style *style)
{
    nst__hash hash;
    const nst__saved_style *saved = style->saved;
    if (style->image) return picture_hash(style->image);
    nst__hash_start(&hash);
    nst__hash_add(&hash, saved->moments, saved->sizes * saved->floats * sizeof *saved->moments);
    return nst__hash_end(&hash);
}

static nst_status add_styles(nst__run_facts *facts, const nst_transfer *transfer)
{
    nst_status status = NST_OK;
    char name[MOST_NAME], share[NST__DECIMAL], scale[NST__DECIMAL];
    NST_TRY(add(facts, "styles", "%zu", transfer->style_count));
    for (size_t i = 0; i < transfer->style_count; i++) {
        const struct nst__styling *styling = &transfer->styles[i];
        nst__print_float(share, styling->share);
        nst__print_float(scale, styling->style->scale);
        snprintf(name, sizeof name, "style %zu", i + 1);
        NST_TRY(add(facts, name, "%zux%zu %016" PRIx64 ", share %s, scale %s", styling->style->width,
                    styling->style->height, style_hash(styling->style), share, scale));
        snprintf(name, sizeof name, "mask of style %zu", i + 1);
        NST_TRY(add_picture(facts, name, styling->mask));
    }
out:
    return status;
}

static nst_status add_model(nst__run_facts *facts, const nst_model *model)
{
    const size_t layers = nst__model_layers(model);
    return add(facts, "model", "%s, %zu layers, %016" PRIx64, nst_model_text(model, NST_MODEL_TOPOLOGY), layers - 1,
               nst__model_fingerprint(model, layers - 1));
}

static nst_status add_host_terms(nst__run_facts *facts, const nst__host_terms *terms)
{
    char text[MOST_VALUE] = "none", weight[NST__DECIMAL];
    size_t used = 0;
    for (size_t i = 0; i < terms->count; i++) {
        nst__print_float(weight, terms->term[i].weight);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s", i ? "," : "", terms->term[i].name, weight);
    }
    return add(facts, "terms of the host", "%s", text);
}

/* ---- Settings ---- */

/* Only how the evaluations are computed depends on it; add_computation() has what becomes of it. */
static bool is_of_computation(nst_param param)
{
    return nst__engine_has_param(param) || param == NST_PARAM_MEMORY_LIMIT || param == NST_PARAM_SCRATCH;
}

static nst_status add_settings(nst__run_facts *facts, const nst_transfer *transfer, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    for (size_t i = 0; i < nst_param_count(); i++) {
        const nst_param param = nst_param_at(i);
        const nst_object object = nst_param_object(param);
        const char *value = "";
        if (object == NST_OBJECT_IMAGE || is_of_computation(param) || param == NST_PARAM_OPTIMIZER ||
            param == NST_PARAM_MAX_EVALUATIONS)
            continue;
        if (object == NST_OBJECT_TRANSFER)
            NST_TRY(nst_transfer_get_text(transfer, param, &value));
        else
            NST_TRY(nst_optimizer_get_text(optimizer, param, &value));
        NST_TRY(add(facts, nst_param_name(param), "%s", value));
    }
out:
    return status;
}

/* The curvature pairs of each size: the memory limit may take some away. */
static nst_status add_history(nst__run_facts *facts, const nst__run_plan *plan)
{
    char text[MOST_VALUE] = "";
    size_t used = 0;
    for (size_t i = 0; i < plan->levels; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu of %d bits", i ? ", " : "",
                                 plan->level[i].storage.pairs, plan->level[i].storage.half ? 16 : 32);
    return add(facts, "pairs at each size", "%s", text);
}

/* The tiles of each size, since sums over other tiles round differently. */
static nst_status add_tiles(nst__run_facts *facts, const nst__run_plan *plan)
{
    char text[MOST_VALUE] = "";
    size_t used = 0;
    for (size_t i = 0; i < plan->levels; i++) {
        const nst__plan *level = &plan->level[i].objective;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zux%zu", i ? " " : "",
                                 level->sweep.tiling.columns, level->sweep.tiling.rows);
        for (size_t k = 0; k < level->styles && used < sizeof text - MOST_NAME; k++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%zux%zu", k ? "," : "/",
                                     level->style[k].sweep.tiling.columns, level->style[k].sweep.tiling.rows);
        if (used >= sizeof text - MOST_NAME) break;
    }
    return add(facts, "~tiles", "%s", text);
}

static nst_status add_computation(nst__run_facts *facts, const nst_transfer *transfer, const nst__run_plan *plan)
{
    static const nst_param params[] = {NST_PARAM_CONVOLUTION, NST_PARAM_GEMM};
    nst_status status = NST_OK;
    char name[MOST_NAME];
    const char *value;
    NST_TRY(add(facts, "~libnst", "%s", nst_version()));
    NST_TRY(add(facts, "~BLAS", "%s", nst_build_text(NST_BUILD_BLAS)));
    NST_TRY(add(facts, "~simd", "%s", nst__engine_simd(transfer->engine)));
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        NST_TRY(nst_transfer_get_text(transfer, params[i], &value));
        snprintf(name, sizeof name, "~%s", nst_param_name(params[i]));
        NST_TRY(add(facts, name, "%s", value));
    }
    NST_TRY(add(facts, "~ranks", "%d", nst__ranks_count(nst__engine_ranks(transfer->engine))));
    NST_TRY(add_tiles(facts, plan));
out:
    return status;
}

nst_status nst__run_facts_make(nst__run_facts *out, const nst_transfer *transfer, const nst_optimizer *optimizer,
                               const nst__run_plan *plan, bool from_picture)
{
    const bool from_init = !from_picture && nst__settings_int(&transfer->settings, NST_PARAM_INIT) == NST_INIT_IMAGE;
    nst__ranks *ranks = nst__engine_ranks(transfer->engine);
    nst_status status = NST_OK;
    *out = (nst__run_facts){.text = NULL};
    NST_TRY(add_distributed(out, "content", ranks, transfer->content));
    NST_TRY(add_styles(out, transfer));
    NST_TRY(add_picture(out, "freeze", transfer->freeze));
    NST_TRY(add_picture(out, "content map", transfer->content_map));
    NST_TRY(add_distributed(out, "picture of init", ranks, from_init ? transfer->init : NULL));
    NST_TRY(add_model(out, transfer->model));
    NST_TRY(add_host_terms(out, &transfer->host_terms));
    NST_TRY(add(out, "optimizer", "%s", nst_optimizer_name(optimizer)));
    NST_TRY(add_settings(out, transfer, optimizer));
    NST_TRY(add_history(out, plan));
    NST_TRY(add_computation(out, transfer, plan));
out:
    return status;
}

void nst__run_facts_release(nst__run_facts *facts)
{
    nst__free(facts->text);
    facts->text = NULL;
}

/* ---- Comparing ---- */

typedef struct line {
    const char *name, *value; /* not terminated */
    size_t name_length, value_length;
} line;

/* The next line of *TEXT, which moves on. False: there is none. */
static bool next_line(line *out, const char **text)
{
    const size_t length = strcspn(*text, "\n"), name = strcspn(*text, "\t\n");
    if (!**text) return false;
    const size_t skip = name < length; /* the tab */
    *out = (line){*text, *text + name + skip, name, length - name - skip};
    *text += length + ((*text)[length] == '\n');
    return true;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool find_line(line *out, const char *text, const line *like)
{
    while (next_line(out, &text))
        if (same(out->name, out->name_length, like->name, like->name_length)) return true;
    return false;
}

/* A list of differences in TEXT [SIZE], which may be full. */
typedef struct list {
    char *text;
    size_t size, used, count;
} list;

static void add_difference(list *l, const line *then, const line *now)
{
    const int skip = *then->name == '~';
    const int n = snprintf(l->text + l->used, l->size - l->used, "%s%.*s: then %.*s, now %.*s", l->count ? "; " : "",
                           (int)then->name_length - skip, then->name + skip, (int)then->value_length, then->value,
                           (int)now->value_length, now->value);
    if (n > 0) l->used += (size_t)n < l->size - l->used ? (size_t)n : l->size - l->used - 1;
    l->count++;
}

nst_status nst__run_facts_compare(const char *path, const char *then, const nst__run_facts *now, char *note,
                                  size_t size)
{
    char text[1024] = "", bits[512] = "";
    list hard = {.text = text, .size = sizeof text}, soft = {.text = bits, .size = sizeof bits};
    line old, new;
    *note = '\0';
    while (next_line(&old, &then))
        if (old.name_length > 0 && find_line(&new, now->text, &old) &&
            !same(old.value, old.value_length, new.value, new.value_length))
            add_difference(*old.name == '~' ? &soft : &hard, &old, &new);
    if (hard.count > 0)
        return nst__fail(NST_ERR_STATE, "%s: the run that was stopped had other inputs or settings: %s", path, text);
    if (soft.count > 0)
        snprintf(note, size, "%s: the last bits may differ from those of a run that was not stopped: %s", path, bits);
    return NST_OK;
}
