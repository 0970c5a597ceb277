#include "objective/placed.h"

#include <stdio.h>
#include <string.h>

nst__net nst__recipe_net(const nst__recipe *recipe, bool styles_alone)
{
    nst__net net = {.model = recipe->model,
                    .engine = recipe->engine,
                    .profile = styles_alone ? NULL : recipe->profile,
                    .cancel = recipe->cancel,
                    .padding = recipe->padding,
                    .pooling = recipe->pooling};
    nst__net_watch(&net, recipe->style_use, recipe->style_uses);
    if (!styles_alone) nst__net_watch(&net, recipe->content_use, recipe->content_uses);
    return net;
}

/* USE NULL: on the pixels. */
static void add_term(nst__placed *placed, const nst__net *net, nst_form form, const nst__term_type *type,
                     const char *kind, const nst__use *use, double weight)
{
    const char *layer = use ? nst__net_layer(net, use->layer)->name : "";
    memset(placed, 0, sizeof *placed);
    placed->term = (nst__term){.type = type, .form = form, .weight = weight};
    if (use) {
        placed->layer = use->layer;
        placed->map = nst__net_map(net, use->layer);
        placed->step = nst__net_step(net, use->layer);
        placed->term.channels = nst__net_channels(net, use->layer);
    }
    snprintf(placed->name, sizeof placed->name, "%s%s%s", kind, use ? "/" : "", layer);
}

size_t nst__place_terms(nst__placed part[NST__MAX_TERMS], const nst__recipe *recipe)
{
    const double share = recipe->form == NST_FORM_RELATIVE ? (double)recipe->style_uses : 1;
    const nst__net net = nst__recipe_net(recipe, false);
    size_t parts = 0;
    for (size_t i = 0; i < recipe->content_uses; i++)
        add_term(&part[parts++], &net, recipe->form, nst__term_find(NST__ROLE_CONTENT, "content"), "content",
                 &recipe->content_use[i], recipe->content_weight * recipe->content_use[i].weight);
    for (size_t i = 0; i < recipe->style_uses; i++)
        add_term(&part[parts++], &net, recipe->form, recipe->style_loss, "style", &recipe->style_use[i],
                 recipe->style_weight * recipe->style_use[i].weight / share);
    if (recipe->tv_weight > 0)
        add_term(&part[parts++], &net, recipe->form, nst__term_find(NST__ROLE_PIXELS, "tv"), "tv", NULL,
                 recipe->tv_weight);
    if (recipe->range_weight > 0)
        add_term(&part[parts++], &net, recipe->form, nst__term_find(NST__ROLE_PIXELS, "range"), "range", NULL,
                 recipe->range_weight);
    return parts;
}

size_t nst__placed_statistics(const nst__placed *part, size_t parts)
{
    size_t count = 0;
    for (size_t i = 0; i < parts; i++) {
        const nst__term *term = &part[i].term;
        if (nst__placed_is(&part[i], NST__STYLE_TERMS)) count += 1 + term->type->sizes(term->channels).sums;
    }
    return count;
}
