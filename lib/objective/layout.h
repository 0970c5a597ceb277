/*
 * The memory layout of a sweep: one arena, in which buffers that are not needed at the same time share a place. It is
 * computed from the layers of the net for a tile of one size.
 */
#ifndef NST_OBJECTIVE_LAYOUT_H
#define NST_OBJECTIVE_LAYOUT_H

#include "nn/operation.h"
#include "objective/net.h"
#include "objective/placement.h"

/* Every buffer has a kind and a layer. */
typedef enum nst__buffer_kind {
    NST__MAP,      /* features; of tapped layers later their gradient */
    NST__AGAIN,    /* tapped features of conv1_1, computed a second time: cheap to compute, large to keep */
    NST__GRADIENT, /* of features that are not tapped, and of the picture */
    NST__MASK,     /* bits of the ReLU */
    NST__STATE,    /* kept by an operation for its backward pass */
    NST__PARTS,    /* workspace of the terms */
    NST__BUFFER_KINDS
} nst__buffer_kind;

typedef struct nst__layout {
    const nst__net *net;
    bool backward;        /* true if there is a backward pass */
    size_t height, width; /* of the tile */
    nst__buffer buffer[NST__BUFFER_KINDS][NST__LAYERS_MAX];
} nst__layout;

/* Sets all members except NET and BACKWARD. Returns the bytes of the arena. */
size_t nst__layout_make(nst__layout *layout, size_t height, size_t width);

/* True if the backward pass computes the features of LAYER a second time. */
bool nst__layout_recomputed(const nst__layout *layout, size_t layer);
/* The kind of buffer that accumulates the gradient of LAYER. */
nst__buffer_kind nst__layout_gradient(const nst__layout *layout, size_t layer);

/* These return a buffer in the arena at ARENA. */
nst__map nst__layout_map(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer);
uint8_t *nst__layout_bits(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer); /* or NULL */

/* The call that computes LAYER in a tile of HEIGHT x WIDTH pixels. Its maps have no data yet. */
nst__layer_call nst__layer_call_of(const nst__net *net, size_t layer, size_t height, size_t width);
const nst__operation_type *nst__layer_type(const nst__net *net, size_t layer);

#endif
