#include "objective/placed.h"

#include <stdio.h>
#include <string.h>

nst__net nst__config_net(const nst__config *config, bool styles_alone)
{
    nst__net net = {.model = config->model,
                    .engine = config->engine,
                    .profile = styles_alone ? NULL : config->profile,
                    .cancel = config->cancel,
                    .padding = config->padding,
                    .pooling = config->pooling};
    nst__net_tap(&net, config->style_tap, config->style_taps);
    if (!styles_alone) nst__net_tap(&net, config->content_tap, config->content_taps);
    return net;
}

/* NET and TAP are NULL for a term on pixels. */
static void add_term(nst__placed *placed, const nst__net *net, nst_form form, const nst__term_type *type,
                     const char *kind, const nst__tap *tap, double weight)
{
    const char *layer = tap ? nst__net_layer(net, tap->layer)->name : "";
    memset(placed, 0, sizeof *placed);
    placed->term = (nst__term){.type = type, .form = form, .weight = weight};
    if (tap) {
        placed->layer = tap->layer;
        placed->map = nst__net_map(net, tap->layer);
        placed->step = nst__net_step(net, tap->layer);
        placed->term.channels = nst__net_channels(net, tap->layer);
    }
    snprintf(placed->name, sizeof placed->name, "%s%s%s", kind, tap ? "/" : "", layer);
}

/* The weight is that of a region which is the whole picture. */
static void add_style(nst__placed *placed, const nst__net *net, const nst__config *config, size_t tap, size_t region)
{
    const double share = config->form == NST_FORM_RELATIVE ? (double)config->style_taps : 1;
    add_term(placed, net, config->form, config->style_loss, "style", &config->style_tap[tap],
             config->style_weight * config->style_tap[tap].weight / share);
    placed->region = region;
    const size_t length = strlen(placed->name);
    if (config->regions > 1)
        snprintf(placed->name + length, sizeof placed->name - length, "/%hhu", (unsigned char)region);
}

/* Returns how many terms that is. */
static size_t add_pixels(nst__placed *placed, const nst__config *config, const char *name, double weight)
{
    if (!(weight > 0)) return 0;
    add_term(placed, NULL, config->form, nst__term_find(NST__ROLE_PIXELS, name), name, NULL, weight);
    return 1;
}

size_t nst__place_terms(nst__placed part[NST__MAX_TERMS], const nst__config *config)
{
    const nst__net net = nst__config_net(config, false);
    size_t parts = 0;
    for (size_t i = 0; i < config->content_taps; i++)
        add_term(&part[parts++], &net, config->form, nst__term_find(NST__ROLE_CONTENT, "content"), "content",
                 &config->content_tap[i], config->content_weight * config->content_tap[i].weight);
    for (size_t i = 0; i < config->style_taps; i++)
        for (size_t region = 0; region < config->regions; region++)
            add_style(&part[parts++], &net, config, i, region);
    parts += add_pixels(&part[parts], config, "tv", config->tv_weight);
    parts += add_pixels(&part[parts], config, "range", config->range_weight);
    parts += add_pixels(&part[parts], config, "matting", config->matting_weight);
    return parts;
}

size_t nst__placed_statistics(const nst__placed *part, size_t parts, unsigned roles)
{
    size_t count = 0;
    for (size_t i = 0; i < parts; i++) {
        const nst__term *term = &part[i].term;
        if (nst__placed_is(&part[i], roles) && part[i].region == 0) count += 1 + term->type->sizes(term->channels).sums;
    }
    return count;
}
