/*
 * One sweep of a tile of the picture through the network and back, in memory that is planned beforehand.
 *
 * Forward, each tapped layer is passed to the observer: before it is computed for a Gram matrix, and after that for
 * everything else. Backward, the features of each tapped layer are replaced by the gradient of its losses; the sweep
 * adds the gradient from the deeper layers.
 */
#ifndef NST_OBJECTIVE_SWEEP_H
#define NST_OBJECTIVE_SWEEP_H

#include "nn/backend.h"
#include "objective/tile.h"

/* Called only for tapped layers. MAP is the map of LAYER and its ReLU (net.h). WORKSPACE has the floats that the
 * backend needs for sums. What is returned must last until the next call. Functions that are not needed are NULL. */
typedef struct nst__observer {
    const nst__gram_call *(*gram)(void *user, size_t layer, nst__map map, float *workspace); /* NULL: none */
    void (*forward)(void *user, size_t layer, nst__map map, float *workspace);
    const nst__slopes_call *(*slopes)(void *user, size_t layer, nst__map map);
    void *user;
} nst__observer;

typedef struct nst__sweep nst__sweep;

/* The memory of a sweep over the tiles of a picture. */
typedef struct nst__sweep_plan {
    nst__tiling tiling;
    bool backward;  /* false: nst__sweep_backward() is never called, which takes less memory */
    size_t arena;   /* bytes, for the largest tile */
    size_t scratch; /* floats for each worker of the engine */
} nst__sweep_plan;

nst__sweep_plan nst__sweep_plan_make(const nst__net *net, const nst__tiling *tiling, bool backward);

/* Creates a sweep for the tiles of PLAN, one at a time. It keeps NET, which must outlive it, uses the arena of the
 * engine until it is destroyed, and prepares the packed weights: nothing is allocated later. An engine serves one sweep
 * at a time. */
nst_status nst__sweep_create(nst__sweep **out, const nst__net *net, const nst__sweep_plan *plan);
void nst__sweep_destroy(nst__sweep *sweep);

/* The bytes of the packed weights that a sweep by PLAN adds to the model. PREPARED, zero at first, remembers for each
 * layer what has been counted for other sweeps. */
size_t nst__sweep_prepared_bytes(const nst__net *net, const nst__sweep_plan *plan, unsigned prepared[NST__LAYERS_MAX]);

/* These two fail only if they are cancelled: NST_ERR_CANCELLED, without a message.
 *
 * PICTURE [height, width, 3] is the whole picture, RGB 0..1. Layers from number DEPTH on are left out; a backward pass
 * needs all of the net. */
nst_status nst__sweep_forward(nst__sweep *sweep, const nst__tile *tile, const float *picture, size_t depth,
                              const nst__observer *observer);
/* Adds to GRADIENT [height, width, 3] of the picture. Call it after forward for the same tile. */
nst_status nst__sweep_backward(nst__sweep *sweep, const nst__tile *tile, float *gradient,
                               const nst__observer *observer);

#endif
