#include "transfer/transfer.h"
#include "base/param.h"
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/painted_colors.h"
#include "transfer/stage.h"

#include <math.h>
#include <string.h>

nst_status nst_transfer_create(nst_transfer **out, const nst_model *model)
{
    nst_status status = NST_OK;
    nst_transfer *transfer = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(model);
    transfer = nst__zalloc(1, sizeof *transfer);
    if (!transfer) return NST_ERR_OUT_OF_MEMORY;
    transfer->model = nst__model_hold(model);
    NST_TRY(nst__settings_init(&transfer->settings, NST_OBJECT_TRANSFER));
    NST_TRY(nst__settings_init(&transfer->solver_settings, NST_OBJECT_OPTIMIZER));
    NST_TRY(nst_transfer_set_preset(transfer, "content"));
    *out = transfer;
    transfer = NULL;
out:
    nst_transfer_destroy(transfer);
    return status;
}

void nst_transfer_destroy(nst_transfer *transfer)
{
    if (!transfer) return;
    /* Another thread may have been changing it at the fork. A leak is safer than a double release. */
    if (transfer->running && transfer->forks != nst__forks()) return;
    nst__transfer_forget(transfer, true);
    nst_engine_destroy(transfer->shared);
    nst_transfer_clear_styles(transfer);
    nst__kept_content_clear(&transfer->kept);
    nst_image_destroy(transfer->content);
    nst_image_destroy(transfer->init);
    nst_image_destroy(transfer->freeze);
    nst_image_destroy(transfer->content_map);
    nst__settings_free(&transfer->settings);
    nst__settings_free(&transfer->solver_settings);
    nst__free(transfer->warnings);
    nst__free(transfer->checkpoint.path);
    nst_model_destroy((nst_model *)(uintptr_t)transfer->model);
    nst__free(transfer);
}

nst_status nst__transfer_check_idle(const nst_transfer *transfer, const char *function)
{
    if (!transfer->running) return NST_OK;
    if (transfer->forks != nst__forks())
        return nst__fail(NST_ERR_STATE,
                         "%s: another thread used the transfer when this process was forked: make another", function);
    return nst__fail(NST_ERR_STATE, "%s: the transfer is running", function);
}

nst_status nst__transfer_begin(nst_transfer *transfer, const char *function)
{
    nst_status status = NST_OK;
    NST_TRY(nst__transfer_check_idle(transfer, function));
    transfer->forks = nst__forks();
    transfer->running = true;
    nst__cancel_begin(&transfer->cancel);
out:
    return status;
}

nst_status nst__transfer_end(nst_transfer *transfer, const char *function, nst_status status)
{
    nst__cancel_end(&transfer->cancel);
    nst__transfer_leave(transfer);
    transfer->running = false;
    return status == NST_ERR_CANCELLED ? nst__fail(status, "%s: cancelled", function) : status;
}

void nst__transfer_forget(nst_transfer *transfer, bool engine)
{
    nst__stage_destroy(transfer->stage);
    transfer->stage = NULL;
    if (engine) {
        nst__transfer_leave(transfer);
        nst_engine_destroy(transfer->own);
        transfer->own = NULL;
    }
}

/* ---- The engine ---- */

static const nst_param of_engine[] = {NST_PARAM_THREADS, NST_PARAM_SIMD, NST_PARAM_CONVOLUTION, NST_PARAM_GEMM};

static nst_status make_own(nst_transfer *transfer)
{
    nst_status status = NST_OK;
    if (transfer->own) return NST_OK;
    NST_TRY(nst_engine_create(&transfer->own));
    for (size_t i = 0; i < sizeof of_engine / sizeof of_engine[0]; i++)
        NST_TRY(nst_engine_set_int(transfer->own, of_engine[i], nst__settings_int(&transfer->settings, of_engine[i])));
out:
    return status;
}

nst_status nst__transfer_enter(nst_transfer *transfer)
{
    nst_status status = NST_OK;
    if (transfer->engine) return NST_OK;
    if (!transfer->shared) NST_TRY(make_own(transfer));
    NST_TRY(nst__engine_enter(&transfer->engine, transfer->shared ? transfer->shared : transfer->own));
out:
    return status;
}

void nst__transfer_leave(nst_transfer *transfer)
{
    if (!transfer->engine || transfer->stage) return;
    /* Nobody else would use the memory of the own engine. */
    if (!transfer->shared && !transfer->resumes) nst__engine_trim(transfer->engine, 0, 0);
    nst__engine_leave(transfer->shared ? transfer->shared : transfer->own, transfer->engine);
    transfer->engine = NULL;
}

nst_status nst_transfer_set_engine(nst_transfer *transfer, nst_engine *engine)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    if (engine) nst__engine_hold(engine);
    nst__transfer_forget(transfer, true);
    nst_engine_destroy(transfer->shared);
    transfer->shared = engine;
out:
    return status;
}

/* ---- Pictures ---- */

static nst_status replace_image(nst_transfer *transfer, nst_image **slot, const nst_image *image, const char *function)
{
    nst_status status = NST_OK;
    nst_image *copy;
    NST_TRY(nst__transfer_check_idle(transfer, function));
    NST_TRY(nst_image_copy(&copy, image));
    nst__transfer_forget(transfer, false);
    nst_image_destroy(*slot);
    *slot = copy;
out:
    return status;
}

nst_status nst_transfer_set_content(nst_transfer *transfer, const nst_image *content)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_NEED(content);
    NST_TRY(nst__image_check_range(content, "content"));
    NST_TRY(replace_image(transfer, &transfer->content, content, __func__));
    nst__kept_content_clear(&transfer->kept);
    nst__forget_colors(transfer);
out:
    return status;
}

nst_status nst_transfer_add_term(nst_transfer *transfer, const char *name, double weight, nst_term_fn term, void *user)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_NEED(name);
    NST_NEED(term);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    NST_TRY(nst__host_terms_add(&transfer->host_terms, name, weight, term, user));
    nst__transfer_forget(transfer, false);
out:
    return status;
}

nst_status nst_transfer_clear_terms(nst_transfer *transfer)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    transfer->host_terms.count = 0;
    nst__transfer_forget(transfer, false);
out:
    return status;
}

nst_status nst_transfer_set_init(nst_transfer *transfer, const nst_image *image)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_TRY(replace_image(transfer, &transfer->init, image, __func__));
    NST_TRY(nst__settings_set_int(&transfer->settings, NST_PARAM_INIT, NST_INIT_IMAGE));
out:
    return status;
}

nst_status nst_transfer_use_style(nst_transfer *transfer, nst_style *style, double share)
{
    nst_status status = NST_OK;
    struct nst__styling *styles;
    NST_NEED(transfer);
    NST_NEED(style);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    if (isnan(share)) return nst__fail(NST_ERR_ARGUMENT, "share of a style: expected 0 to 1e30, found NaN");
    if (share < 0 || share > NST__WEIGHT_MOST)
        return nst__fail(NST_ERR_RANGE, "share of a style: expected 0 to 1e30, found %g", share);
    if (style->saved) NST_TRY(nst__saved_style_check_model(style->saved, transfer->model));
    styles = nst__resize(transfer->styles, transfer->style_count + 1, sizeof *styles);
    if (!styles) return NST_ERR_OUT_OF_MEMORY;
    transfer->styles = styles;
    styles[transfer->style_count++] = (struct nst__styling){.style = nst__style_hold(style), .share = share};
    nst__forget_colors(transfer);
    nst__transfer_forget(transfer, false);
out:
    return status;
}

nst_status nst_transfer_add_style(nst_transfer *transfer, const nst_image *image, double share)
{
    nst_status status = NST_OK;
    nst_style *style = NULL;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    NST_TRY(nst_style_create(&style, image));
    NST_TRY(nst_transfer_use_style(transfer, style, share));
out:
    nst_style_destroy(style);
    return status;
}

nst_status nst_transfer_clear_styles(nst_transfer *transfer)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    nst__transfer_forget(transfer, false);
    for (size_t i = 0; i < transfer->style_count; i++) {
        nst_style_destroy(transfer->styles[i].style);
        nst_image_destroy(transfer->styles[i].mask);
    }
    nst__free(transfer->styles);
    transfer->styles = NULL;
    transfer->style_count = 0;
out:
    return status;
}

size_t nst_transfer_style_count(const nst_transfer *transfer)
{
    return transfer ? transfer->style_count : 0;
}

/* Replaces *OLD by MADE. */
static void replace(nst_transfer *transfer, nst_image **old, nst_image *made)
{
    nst_image_destroy(*old);
    *old = made;
    nst__transfer_forget(transfer, false);
}

nst_status nst_transfer_set_style_mask(nst_transfer *transfer, size_t index, const nst_image *mask)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    if (index >= transfer->style_count)
        return nst__fail(NST_ERR_RANGE, "%s: expected the number of a style below %zu, found %zu", __func__,
                         transfer->style_count, index);
    if (mask) NST_TRY(nst__mask_copy(&grey, mask, 1));
    replace(transfer, &transfer->styles[index].mask, grey);
    nst__forget_colors(transfer);
out:
    return status;
}

static bool is_white(const nst_image *mask)
{
    for (size_t i = 0; i < (size_t)mask->width * mask->height; i++)
        if (mask->pixels[3 * i] < 1) return false;
    return true;
}

nst_status nst_transfer_set_freeze(nst_transfer *transfer, const nst_image *mask)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    if (mask) NST_TRY(nst__mask_copy(&grey, mask, 1));
    if (grey && is_white(grey)) {
        nst_image_destroy(grey);
        return nst__fail(NST_ERR_ARGUMENT, "freeze: expected a part that is not white, which is left to paint");
    }
    replace(transfer, &transfer->freeze, grey);
    nst__forget_colors(transfer);
out:
    return status;
}

enum { MOST_CONTENT = 1000 }; /* in a content map */

nst_status nst_transfer_set_content_map(nst_transfer *transfer, const nst_image *map)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    for (size_t i = 0; map && i < (size_t)map->width * map->height * 3; i++)
        if (!(map->pixels[i] >= 0 && map->pixels[i] <= MOST_CONTENT))
            return nst__fail(NST_ERR_RANGE, "content map: expected weights of 0 to %d, found %g", MOST_CONTENT,
                             (double)map->pixels[i]);
    if (map) NST_TRY(nst__mask_copy(&grey, map, MOST_CONTENT));
    replace(transfer, &transfer->content_map, grey);
out:
    return status;
}

/* ---- What is known ---- */

nst_status nst_transfer_set_progress(nst_transfer *transfer, nst_progress_fn callback, void *user)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    transfer->callback = callback;
    transfer->callback_user = user;
out:
    return status;
}

double nst_transfer_progress(const nst_transfer *transfer, nst_progress what)
{
    if (!transfer || (int)what < NST_PROGRESS_EVALUATION || (int)what >= NST__PROGRESS_COUNT) return 0;
    return transfer->progress[what];
}

void nst_transfer_cancel(nst_transfer *transfer)
{
    if (transfer) nst__cancel_ask(&transfer->cancel);
}

nst_status nst_transfer_set_cancel_flag(nst_transfer *transfer, const volatile int32_t *flag)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    transfer->cancel.flag = flag;
out:
    return status;
}

nst_stop nst_transfer_stop_reason(const nst_transfer *transfer)
{
    return transfer ? transfer->stop : NST_STOP_NONE;
}

size_t nst_transfer_term_count(const nst_transfer *transfer)
{
    return transfer ? transfer->terms : 0;
}

nst_status nst_transfer_term(const nst_transfer *transfer, size_t index, const char **name, double *value,
                             double *weight)
{
    if (name) *name = "";
    if (value) *value = 0;
    if (weight) *weight = 0;
    NST_NEED(transfer);
    if (index >= transfer->terms) return nst__fail(NST_ERR_RANGE, "term %zu of %zu", index, transfer->terms);
    if (name) *name = transfer->term[index].name;
    if (value) *value = transfer->term[index].value;
    if (weight) *weight = transfer->term[index].weight;
    return NST_OK;
}

size_t nst_transfer_profile_count(const nst_transfer *transfer)
{
    return transfer ? nst__model_layers(transfer->model) * NST__WORKS : 0;
}

nst_status nst_transfer_profile(const nst_transfer *transfer, size_t index, const char **layer, const char **kind,
                                double *seconds, double *operations)
{
    if (layer) *layer = "";
    if (kind) *kind = "";
    if (seconds) *seconds = 0;
    if (operations) *operations = 0;
    NST_NEED(transfer);
    const size_t l = index / NST__WORKS, work = index % NST__WORKS;
    const size_t layers = nst__model_layers(transfer->model);
    if (l >= layers) return nst__fail(NST_ERR_RANGE, "profile entry %zu of %zu", index, layers * NST__WORKS);
    if (layer) *layer = l ? nst__model_topology(transfer->model)->layer[l].name : "";
    if (kind) *kind = nst__work_name((nst__work)work);
    if (seconds) *seconds = transfer->profile.seconds[l][work];
    if (operations) *operations = transfer->profile.operations[l][work];
    return NST_OK;
}

nst_status nst_transfer_profile_reset(nst_transfer *transfer)
{
    NST_NEED(transfer);
    memset(&transfer->profile, 0, sizeof transfer->profile);
    return NST_OK;
}
