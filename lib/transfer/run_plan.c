#include "transfer/run_plan.h"
#include "base/alloc.h"
#include "solver/optimizer.h"
#include "transfer/painted_colors.h"
#include "transfer/run_ranks.h"
#include "transfer/transfer.h"
#include "transfer/warnings.h"

static nst_status check_start(const nst_transfer *transfer, bool last)
{
    const nst_init init = (nst_init)nst__settings_int(&transfer->settings, NST_PARAM_INIT);
    if (!last && init == NST_INIT_IMAGE && !transfer->init)
        return nst__fail(NST_ERR_STATE, "init is image, but none is set");
    for (size_t i = 0; init == NST_INIT_RECOLORED && i < transfer->style_count; i++)
        if (transfer->styles[i].style->saved)
            return nst__fail(NST_ERR_STATE, "init recolored: style %zu has no picture whose colours could be taken: %s",
                             i + 1, transfer->styles[i].style->saved->text[NST_STYLE_SOURCE]);
    return NST_OK;
}

nst_status nst__run_levels(nst__level out[NST__MAX_LEVELS], size_t *count, const nst_transfer *transfer,
                           const nst__config *config, bool last)
{
    const nst__settings *settings = &transfer->settings;
    const char *sizes = nst__settings_text(settings, NST_PARAM_SIZES);
    nst_status status = NST_OK;
    nst__net net = {.model = config->model};
    if (!transfer->content) return nst__fail(NST_ERR_STATE, "no content picture is set");
    NST_TRY(check_start(transfer, last));
    if (!config->content_taps && !config->style_taps)
        return nst__fail(NST_ERR_STATE, "neither content nor style has a layer and a weight above 0");
    nst__net_tap(&net, config->content_tap, config->content_taps);
    nst__net_tap(&net, config->style_tap, config->style_taps);
    NST_TRY(nst__pyramid(out, count, nst__distributed_height(nst__engine_ranks(config->engine), transfer->content),
                         transfer->content->width, nst__settings_int(settings, NST_PARAM_SIZE),
                         last ? nst__sizes_last(sizes) : sizes, nst__settings_int(settings, NST_PARAM_STEPS),
                         (nst_effort)nst__settings_int(settings, NST_PARAM_EFFORT), nst__net_least(&net)));
    NST_TRY(nst__stage_check(transfer, config, out[*count - 1].height, out[*count - 1].width));
out:
    return status;
}

bool nst__run_copies(const nst_transfer *transfer, const nst__ranks *ranks, const nst__level *last)
{
    const nst_image *content = transfer->content;
    return nst__paints_grey(transfer) || content->width > last->width ||
           nst__distributed_height(ranks, content) > last->height;
}

/* The rows of the LAST size on this rank, of a picture like the content. */
static uint64_t band_bytes(const nst_transfer *transfer, const nst__config *config, const nst__level *last)
{
    const nst__bands bands = nst__plan_bands(config, last->height);
    return (uint64_t)last->width * nst__rows_count(nst__bands_own(&bands)) * (transfer->content->alpha ? 4 : 3) *
           sizeof(float);
}

/* The content at the last size, which is in memory at all sizes. */
static uint64_t copy_bytes(const nst_transfer *transfer, const nst__config *config, const nst__level *last)
{
    if (!nst__run_copies(transfer, nst__engine_ranks(config->engine), last)) return 0;
    return band_bytes(transfer, config, last);
}

/* The content, or its copy, in other colours, to start from. */
static uint64_t recolored_bytes(const nst_transfer *transfer, const nst__config *config, const nst__level *last)
{
    const nst_image *content = transfer->content;
    if (nst__settings_int(&transfer->settings, NST_PARAM_INIT) != NST_INIT_RECOLORED) return 0;
    const uint64_t copy = copy_bytes(transfer, config, last);
    return copy ? copy : (uint64_t)content->width * content->height * (content->alpha ? 4 : 3) * sizeof(float);
}

/* The bytes of rows of the content that the ranks exchange for LEVEL, beside what they become. */
static uint64_t exchange_bytes(const nst_transfer *transfer, const nst__bands *bands, const nst__level *level)
{
    const nst_image *content = transfer->content;
    const size_t whole = nst__distributed_height(bands->ranks, content);
    const size_t part = whole / (size_t)nst__ranks_count(bands->ranks) + 1;
    if (!bands->ranks) return 0;
    return nst__distributed_resize_bytes(whole, content->width, content->height < whole ? content->height : part,
                                         level->height, level->width, nst__bands_own_window(bands));
}

/* The picture of a size before LEVEL, which is in memory while a smaller one changes it. */
static uint64_t larger_bytes(const nst_transfer *transfer, const nst__config *config, const nst__level *level,
                             size_t index)
{
    const nst__level *largest = level;
    for (size_t i = 1; i < index; i++)
        if (level[i].width > largest->width || level[i].height > largest->height) largest = &level[i];
    if (level[index].width >= largest->width && level[index].height >= largest->height) return 0;
    return band_bytes(transfer, config, largest);
}

/* Sizes, each counted once. */
static size_t distinct(const nst__level *level, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (level[j].width != level[i].width || level[j].height != level[i].height)
            j++;
        found += j == i;
    }
    return found;
}

/* Of an easy evaluation. Smaller tiles spend more on halos, fewer pairs need more evaluations: so they come last. */
enum { EASY_CORE = 256, EASY_PAIRS = 4 };

static bool has_easy_tiles(const nst__plan *plan)
{
    const nst__tiling *tiling = &plan->sweep.tiling;
    return (tiling->core_height >= EASY_CORE || tiling->rows <= 1) &&
           (tiling->core_width >= EASY_CORE || tiling->columns <= 1);
}

/* The solver at one size. */
struct solving {
    const nst_optimizer *optimizer;
    size_t values;
    int workers;
    nst__history_storage storage;
};

static uint64_t solver_bytes(const struct solving *solving)
{
    return nst__optimizer_bytes(solving->optimizer, &solving->storage, solving->values, solving->workers);
}

/* Takes the next cheaper storage that saves EXCESS bytes, or else the cheapest. *LEAST pairs become 1 if that needs
 * fewer. False: there is nothing to save. */
static bool save(struct solving *solving, size_t *least, uint64_t excess)
{
    const uint64_t before = solver_bytes(solving);
    bool saved = false;
    do {
        if (nst__optimizer_cheaper(solving->optimizer, &solving->storage, *least))
            saved = true;
        else if (excess > 0 && *least > 1)
            *least = 1;
        else
            break;
    } while (before - solver_bytes(solving) < excess || !saved);
    return saved;
}

/* Plans one size. If it would exceed the memory limit, it saves memory in this order: tiles, down to EASY_CORE; 16 bits
 * for the history of the solver; fewer pairs, down to EASY_PAIRS; smaller tiles; a single pair. MORE: as in
 * nst__stage_plan_make(). */
static nst_status plan_level(nst__stage_plan *out, const nst_transfer *transfer, const nst__config *config,
                             const nst__level *level, uint64_t more, const nst_optimizer *optimizer)
{
    const nst__bands bands = nst__plan_bands(config, level->height);
    struct solving solving = {.optimizer = optimizer,
                              .values = nst__rows_count(nst__bands_own(&bands)) * level->width * 3,
                              .workers = nst__workers_count(nst__engine_workers(transfer->engine)),
                              .storage = nst__optimizer_storage(optimizer)};
    size_t least = EASY_PAIRS;
    bool saves = false;
    nst_status status = NST_OK;
    more += solving.values * sizeof(float); /* the picture that is painted */
    const uint64_t exchange =
        more + exchange_bytes(transfer, &bands, level) +
        nst__stage_held_bytes(transfer, config, nst__rows_count(nst__bands_own_window(&bands)), level->width);
    for (;;) {
        nst__stage_plan_release(out);
        NST_TRY(nst__stage_plan_make(out, transfer, config, level->height, level->width, more, solver_bytes(&solving)));
        if (bands.ranks && exchange > out->bytes) out->bytes = exchange;
        const uint64_t excess = nst__stage_plan_excess(out, transfer);
        if (excess == 0 && (least == 1 || has_easy_tiles(&out->objective))) break;
        if (!save(&solving, &least, excess)) break;
        saves = true;
    }
    out->bytes = nst__run_ranks_most(bands.ranks, out->bytes);
    status = nst__run_ranks_agree(bands.ranks, &solving.storage, nst__stage_plan_check(out, transfer));
    out->storage = solving.storage;
    out->saves = saves;
out:
    return status;
}

/* Starts with the last size, which needs most: then the limit that an error names is enough for the others. */
nst_status nst__run_plan_make(nst__run_plan *out, const nst_transfer *transfer, const nst__config *config,
                              const nst__level *level, size_t count, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    const uint64_t styles = (uint64_t)distinct(level, count) * transfer->style_count;
    const uint64_t kept =
        styles * nst__plan_statistics_bytes(config) + recolored_bytes(transfer, config, &level[count - 1]);
    const bool ranks = nst__engine_ranks(config->engine) != NULL;
    *out = (nst__run_plan){.levels = count, .level = nst__zalloc(count, sizeof *out->level)};
    if (!out->level) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = count; i-- > 0;) {
        const bool counted = !ranks && i + 1 == count && nst__stage_needs_content(transfer, config); /* by the stage */
        const uint64_t copy = counted ? 0 : copy_bytes(transfer, config, &level[count - 1]);
        const uint64_t larger = larger_bytes(transfer, config, level, i);
        NST_TRY(plan_level(&out->level[i], transfer, config, &level[i], kept + copy + larger, optimizer));
        if (out->level[i].bytes > out->bytes) out->bytes = out->level[i].bytes;
        if (i + 1 == count) NST_TRY(nst__run_ranks_fit(&out->level[i].objective.bands));
    }
out:
    return status;
}

void nst__run_plan_release(nst__run_plan *plan)
{
    for (size_t i = 0; plan->level && i < plan->levels; i++)
        nst__stage_plan_release(&plan->level[i]);
    nst__free(plan->level);
    plan->level = NULL;
}

nst_status nst_transfer_memory(uint64_t *out, nst_transfer *transfer, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    nst_optimizer *own = NULL;
    nst__run_plan plan = {.levels = 0};
    nst__config config;
    nst__level levels[NST__MAX_LEVELS];
    size_t count;
    NST_NEED(out);
    *out = 0;
    NST_NEED(transfer);
    status =
        nst__transfer_check_idle(transfer, __func__); /* a run that calls this from its callback keeps its engine */
    if (status != NST_OK) return status;
    NST_TRY(nst__transfer_enter(transfer));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(nst__run_ranks_check(transfer, &config, optimizer, false));
    NST_TRY(nst__run_levels(levels, &count, transfer, &config, false));
    if (!optimizer) NST_TRY(nst_transfer_make_optimizer(&own, transfer));
    NST_TRY(nst__run_plan_make(&plan, transfer, &config, levels, count, optimizer ? optimizer : own));
    NST_TRY(nst__transfer_update_warnings(transfer, &plan.level[count - 1]));
    *out = plan.bytes;
out:
    nst__run_plan_release(&plan);
    nst_optimizer_destroy(own);
    nst__transfer_leave(transfer);
    if (status != NST_OK) *out = 0;
    return status;
}
