/*
 * Where everything lies that a sweep needs: one arena, in which buffers that are not needed at the same time share a
 * place. Worked out from the layers of the net for a tile of one size.
 */
#ifndef NST_OBJECTIVE_LAYOUT_H
#define NST_OBJECTIVE_LAYOUT_H

#include "nn/operation.h"
#include "objective/net.h"
#include "objective/placement.h"

/* Every buffer has a kind and a layer. */
typedef enum nst__buffer_kind {
    NST__MAP,   /* features; where a loss looks at them, later their gradient */
    NST__AGAIN, /* features of conv1_1 computed a second time, where a loss looks at them: they are cheap to compute and
                      large to keep */
    NST__GRADIENT, /* of features that no loss looks at, and of the picture */
    NST__MASK,     /* bits of the ReLU */
    NST__STATE,    /* what an operation keeps for its way back */
    NST__PARTS,    /* workspace of the terms */
    NST__BUFFER_KINDS
} nst__buffer_kind;

typedef struct nst__layout {
    const nst__net *net;
    bool backward;        /* is there a way back? */
    size_t height, width; /* of the tile */
    nst__buffer buffer[NST__BUFFER_KINDS][NST__LAYERS_MAX];
} nst__layout;

/* Fills in all but NET and BACKWARD; bytes of the arena. */
size_t nst__layout_make(nst__layout *layout, size_t height, size_t width);

/* The way back starts from the features of LAYER as they are computed again. */
bool nst__layout_recomputed(const nst__layout *layout, size_t layer);
/* The kind of buffer in which the gradient of LAYER is gathered. */
nst__buffer_kind nst__layout_gradient(const nst__layout *layout, size_t layer);

/* In the arena at ARENA. */
nst__map nst__layout_map(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer);
uint8_t *nst__layout_bits(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer); /* or NULL */

/* What LAYER computes in a tile of HEIGHT x WIDTH pixels, with maps that have no data yet, and how. */
nst__layer_call nst__layer_call_of(const nst__net *net, size_t layer, size_t height, size_t width);
const nst__operation_type *nst__layer_type(const nst__net *net, size_t layer);

#endif
