/*
 * One sweep of a tile of the picture through the network and back, in memory that is planned beforehand.
 *
 * Forward, each layer is handed to the observer as soon as it is there. Backward, the observer turns each
 * layer that a loss looks at into the gradient of its losses, in place; the gradient from the deeper layers
 * is added to that.
 */
#ifndef NST_OBJECTIVE_SWEEP_H
#define NST_OBJECTIVE_SWEEP_H

#include "objective/tile.h"

typedef struct nst__observer {
    /* MAP is that of LAYER and of its ReLU, as net.h says. Only for those that a loss looks at. WORKSPACE:
     * nst__term_workspace() floats. */
    void (*forward)(void *user, size_t layer, nst__map map, float *workspace);
    void (*backward)(void *user, size_t layer, nst__map map);
    void *user;
} nst__observer;

typedef struct nst__sweep nst__sweep;

/* What a sweep over the tiles of a picture takes. */
typedef struct nst__sweep_plan {
    nst__tiling tiling;
    bool backward;  /* false: nst__sweep_backward() will not be called, which takes less memory */
    size_t arena;   /* bytes, for the largest tile */
    size_t scratch; /* floats for each worker of the engine */
    size_t bytes;   /* of the arena and of all workers */
} nst__sweep_plan;

nst__sweep_plan nst__sweep_plan_make(const nst__net *net, const nst__tiling *tiling, bool backward);

/* For each tile of PLAN in turn. NET, the engine and the packed weights are held ready; nothing is allocated later. */
nst_status nst__sweep_create(nst__sweep **out, const nst__net *net, const nst__sweep_plan *plan);
void nst__sweep_destroy(nst__sweep *sweep);

/* What the packed weights take that it keeps in the engine or the model: of both directions, for tiles of this size. */
size_t nst__sweep_prepared_bytes(const nst__net *net, const nst__tile *tile);

/* The next two fail if they are cancelled, and then only: NST_ERR_CANCELLED, without a message.
 *
 * PICTURE [height, width, 3], RGB 0..1: the tile of it. */
nst_status nst__sweep_forward(nst__sweep *sweep, const nst__tile *tile, const float *picture,
                              const nst__observer *observer);
/* Adds to GRADIENT [height, width, 3] of the picture. After forward, for the same tile. */
nst_status nst__sweep_backward(nst__sweep *sweep, const nst__tile *tile, float *gradient,
                               const nst__observer *observer);

#endif
