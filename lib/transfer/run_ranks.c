#include "transfer/run_ranks.h"
#include "image/distributed.h"
#include "solver/optimizer.h"
#include "transfer/painted_colors.h"

/* What TRANSFER needs and several ranks do not have; NULL: nothing. */
static const char *unsupported(const nst_transfer *transfer, const nst__config *config)
{
    const nst__settings *settings = &transfer->settings;
    if (transfer->freeze) return "frozen pixels";
    if (config->masked || config->regions > 1) return "masks of styles";
    if (config->content_map) return "a content map";
    if (transfer->content && transfer->content->alpha) return "a content with alpha";
    if (transfer->host_terms.count > 0) return "terms of the host";
    if (config->matting_weight > 0) return "matting-weight";
    if (nst__settings_float(settings, NST_PARAM_POISSON_RADIUS) > 0) return "poisson-radius";
    if (nst__paints_grey(transfer)) return "color luma";
    return NULL;
}

/* Every rank has a band of the picture, or all of it. */
static nst_status check_bands(nst__ranks *ranks, const nst_image *image)
{
    nst__distributed picture;
    const nst_status status = nst__distributed_open(&picture, ranks, image);
    nst__distributed_close(&picture);
    return status;
}

nst_status nst__run_ranks_check(const nst_transfer *transfer, nst__config *config, const nst_optimizer *optimizer,
                                bool resumes)
{
    const nst__ranks *ranks = nst__engine_ranks(transfer->engine);
    if (!ranks) return NST_OK;
    const char *what = unsupported(transfer, config);
    if (!what && resumes) what = "nst_transfer_resume";
    if (!what && optimizer && nst__optimizer_is_custom(optimizer)) what = "a solver of the host";
    if (what)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: one rank can do that, found %d ranks", what,
                         nst__ranks_count(ranks));
    config->cancel = NULL;
    return transfer->content ? check_bands(nst__engine_ranks(transfer->engine), transfer->content) : NST_OK;
}

nst_status nst__run_ranks_refuse(const nst_transfer *transfer, const char *function)
{
    const nst__ranks *ranks = nst__engine_ranks(transfer->engine);
    if (!ranks) return NST_OK;
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: one rank can do that, found %d ranks", function,
                     nst__ranks_count(ranks));
}

uint64_t nst__run_ranks_most(nst__ranks *ranks, uint64_t bytes)
{
    double most = (double)bytes;
    nst__ranks_maximum(ranks, &most, 1);
    return (uint64_t)most;
}

nst_status nst__run_ranks_agree(nst__ranks *ranks, nst__history_storage *storage, nst_status status)
{
    double worst[3] = {storage->half, -(double)storage->pairs, status != NST_OK};
    if (!ranks) return status;
    nst__ranks_maximum(ranks, worst, 3);
    storage->half = worst[0] > 0;
    storage->pairs = (size_t)-worst[1];
    if (status == NST_OK && worst[2] > 0)
        status = nst__fail(NST_ERR_MEMORY_LIMIT, "memory: another rank cannot keep to its limit");
    return status;
}

nst_status nst__run_ranks_fit(const nst__bands *bands)
{
    const int ranks = nst__ranks_count(bands->ranks);
    if (bands->count >= (size_t)ranks) return NST_OK;
    return nst__fail(NST_ERR_RANGE, "ranks: expected at most %zu for %zu rows, found %d", bands->count, bands->height,
                     ranks);
}
