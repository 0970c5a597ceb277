/*
 * Presets: everything that makes an approach, in one table.
 */
#ifndef NST_TRANSFER_PRESET_H
#define NST_TRANSFER_PRESET_H

#include <nst/nst.h>

typedef struct nst__preset {
    const char *name, *help;
    const char *content_layers, *style_layers, *sizes;
    int64_t steps;
    nst_init init;
    nst_algorithm optimizer;
    double learning_rate; /* of Adam, in units of 0..1 pixels */
    nst_form form;
    double content_weight, style_weight, tv_weight, range_weight, style_scale;
    nst_padding padding;
    nst_pooling pooling;
} nst__preset;

/* NULL, with the message set, where no preset has this name. */
const nst__preset *nst__preset_find(const char *name);

#endif
