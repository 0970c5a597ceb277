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

/* For each tile of TILING in turn. BACKWARD false: nst__sweep_backward() will not be called, which takes less
 * memory. NET, ENGINE and the weights in their form are held ready; nothing is allocated later. */
nst_status nst__sweep_create(nst__sweep **out, const nst__net *net, const nst__tiling *tiling, bool backward);
void nst__sweep_destroy(nst__sweep *sweep);

/* What nst__sweep_create() takes: the arena, and the engine's scratch for all workers. */
size_t nst__sweep_bytes(const nst__net *net, const nst__tiling *tiling, bool backward);

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
