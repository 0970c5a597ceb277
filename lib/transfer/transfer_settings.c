/* The settings of a transfer. */
#include "base/assert.h"
#include "solver/optimizer.h"
#include "transfer/painted_colors.h"
#include "transfer/preset.h"
#include "transfer/pyramid.h"
#include "transfer/regions.h"
#include "transfer/transfer.h"

/* True if PARAM belongs to the engine and the engine is shared: its value is then in that engine. */
static bool is_shared(const nst_transfer *transfer, nst_param param)
{
    return transfer->shared && nst__engine_has_param(param);
}

static nst_status check_own(const nst_transfer *transfer, nst_param param)
{
    if (!is_shared(transfer, param)) return NST_OK;
    return nst__fail(NST_ERR_STATE, "%s: the transfer has a shared engine: set this parameter of the engine",
                     nst_param_name(param));
}

/* Checks layer names against the model. Presets skip this check, since they name layers that a small model may lack;
 * those are checked when they are used. */
static nst_status check_text(const nst_transfer *transfer, nst_param param, const char *value)
{
    nst__tap taps[NST__MAX_TAPS];
    size_t count;
    if (param == NST_PARAM_SIZES) return nst__sizes_check(value);
    if (param == NST_PARAM_CONTENT_LAYERS || param == NST_PARAM_STYLE_LAYERS)
        return nst__taps_parse(taps, &count, transfer->model, nst_param_name(param), value);
    return NST_OK;
}

static nst_status set(nst_transfer *transfer, nst_param param, const int64_t *whole, const double *number,
                      const char *text, const char *function)
{
    nst_status status = NST_OK;
    NST_TRY(nst__transfer_check_idle(transfer, function));
    NST_TRY(check_own(transfer, param));
    if (text) NST_TRY(check_text(transfer, param, text));
    NST_TRY(nst__settings_put(&transfer->settings, param, whole, number, text));
    if (param == NST_PARAM_EFFORT) NST_TRY(nst__settings_set_int(&transfer->settings, NST_PARAM_STEPS, 0));
    if (param == NST_PARAM_COLOR) {
        nst__forget_colors(transfer);
        nst__kept_content_clear(&transfer->kept);
    }
    nst__transfer_forget(transfer, nst__engine_has_param(param));
out:
    return status;
}

nst_status nst_transfer_set_int(nst_transfer *transfer, nst_param param, int64_t value)
{
    NST_NEED(transfer);
    return set(transfer, param, &value, NULL, NULL, __func__);
}

nst_status nst_transfer_set_float(nst_transfer *transfer, nst_param param, double value)
{
    NST_NEED(transfer);
    return set(transfer, param, NULL, &value, NULL, __func__);
}

nst_status nst_transfer_set_text(nst_transfer *transfer, nst_param param, const char *value)
{
    NST_NEED(transfer);
    NST_NEED(value);
    return set(transfer, param, NULL, NULL, value, __func__);
}

nst_status nst_transfer_get_int(const nst_transfer *transfer, nst_param param, int64_t *value)
{
    NST_NEED(transfer);
    NST_NEED(value);
    if (is_shared(transfer, param)) return nst_engine_get_int(transfer->shared, param, value);
    return nst__settings_get_int(&transfer->settings, param, value);
}

nst_status nst_transfer_get_float(const nst_transfer *transfer, nst_param param, double *value)
{
    NST_NEED(transfer);
    NST_NEED(value);
    if (is_shared(transfer, param)) return nst_engine_get_float(transfer->shared, param, value);
    return nst__settings_get_float(&transfer->settings, param, value);
}

nst_status nst_transfer_get_text(const nst_transfer *transfer, nst_param param, const char **value)
{
    NST_NEED(value);
    *value = "";
    NST_NEED(transfer);
    if (is_shared(transfer, param)) return nst_engine_get_text(transfer->shared, param, value);
    return nst__settings_get_text(&transfer->settings, param, value);
}

static void swap_settings(nst__settings *a, nst__settings *b)
{
    const nst__settings t = *a;
    *a = *b;
    *b = t;
}

nst_status nst_transfer_set_preset(nst_transfer *transfer, const char *name)
{
    nst_status status = NST_OK;
    nst__settings settings = {.object = NST_OBJECT_TRANSFER}, solver = {.object = NST_OBJECT_OPTIMIZER};
    NST_NEED(transfer);
    NST_NEED(name);
    NST_TRY(nst__transfer_check_idle(transfer, __func__));
    /* Nothing is changed before all of it is there. */
    NST_TRY(nst__settings_copy(&settings, &transfer->settings));
    NST_TRY(nst__settings_init(&solver, NST_OBJECT_OPTIMIZER));
    NST_TRY(nst__preset_apply(name, &settings, &solver));
    swap_settings(&transfer->settings, &settings);
    swap_settings(&transfer->solver_settings, &solver);
    nst__transfer_forget(transfer, false);
out:
    nst__settings_free(&settings);
    nst__settings_free(&solver);
    return status;
}

/* ---- For an objective ---- */

nst_status nst__transfer_config(nst_transfer *transfer, nst__config *config)
{
    const nst__settings *settings = &transfer->settings;
    nst_status status = NST_OK;
    *config = (nst__config){
        .model = transfer->model,
        .engine = transfer->engine,
        .profile = &transfer->profile,
        .cancel = &transfer->cancel,
        .form = (nst_form)nst__settings_int(settings, NST_PARAM_FORM),
        .style_loss = nst__term_find(NST__ROLE_STYLE, nst__settings_text(settings, NST_PARAM_STYLE_LOSS)),
        .padding = (nst_padding)nst__settings_int(settings, NST_PARAM_PADDING),
        .pooling = (nst_pooling)nst__settings_int(settings, NST_PARAM_POOLING),
        .content_weight = nst__settings_float(settings, NST_PARAM_CONTENT_WEIGHT),
        .style_weight = nst__settings_float(settings, NST_PARAM_STYLE_WEIGHT),
        .tv_weight = nst__settings_float(settings, NST_PARAM_TV_WEIGHT),
        .range_weight = nst__settings_float(settings, NST_PARAM_RANGE_WEIGHT),
        .matting_weight = nst__settings_float(settings, NST_PARAM_MATTING_WEIGHT),
    };
    NST_ASSERT(config->style_loss); /* each choice is the name of a term: lib/loss/term.c */
    if (config->style_loss->relative_alone && config->form != NST_FORM_RELATIVE)
        NST_TRY(
            nst__fail(NST_ERR_STATE, "style-loss: %s is defined for form relative alone", config->style_loss->name));
    if (config->content_weight > 0)
        NST_TRY(nst__taps_parse(config->content_tap, &config->content_taps, transfer->model, "content-layers",
                                nst__settings_text(settings, NST_PARAM_CONTENT_LAYERS)));
    if (config->style_weight > 0)
        NST_TRY(nst__taps_parse(config->style_tap, &config->style_taps, transfer->model, "style-layers",
                                nst__settings_text(settings, NST_PARAM_STYLE_LAYERS)));
    NST_TRY(nst__regions_config(config, transfer));
    NST_TRY(nst__match_colors(transfer, config));
out:
    return status;
}

nst_status nst_transfer_make_optimizer(nst_optimizer **out, const nst_transfer *transfer)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(transfer);
    NST_TRY(nst__optimizer_create_with(out, (nst_algorithm)nst__settings_int(&transfer->settings, NST_PARAM_OPTIMIZER),
                                       &transfer->solver_settings));
out:
    return status;
}
