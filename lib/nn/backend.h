/*
 * The table of everything that is computed on feature maps. The CPU is its only row; a GPU would be another. The rest
 * of the library only calls these functions, and never reads or writes the numbers of a map itself.
 *
 * Maps, bits and workspaces lie in the arena of the engine. Pictures, gradients of pictures, sums, and the features of
 * the content are the caller's, in ordinary memory.
 */
#ifndef NST_NN_BACKEND_H
#define NST_NN_BACKEND_H

#include "nn/gram_sums.h"
#include "nn/operation.h"
#include "nn/picture_map.h"
#include "nn/slope.h"

typedef struct nst__backend {
    const char *name;

    /* The first map from the picture, and the gradient back to it: picture_map.h. */
    void (*load)(const nst__picture_call *call);
    void (*add)(const nst__picture_call *call);

    /* The layers, forward and backward, with their packed weights and the memory that they need: operation.h. */
    const nst__operation_type *(*operation)(nst__operation operation);

    /* What losses take of the features in a window, added to SUMS: gram_sums.h, channel_sums.h, distance.h. COPY writes
     * the features to TO [window height, window width, C]. */
    void (*gram)(const nst__gram_call *call);
    void (*channels)(nst__engine *engine, const nst__window *window, double *sums);
    double (*distance)(nst__engine *engine, const nst__window *window, const float *p);
    void (*copy)(nst__engine *engine, const nst__window *window, float *to);

    /* What gram, channels, distance and gradient need of a map of so many channels and positions: floats of scratch
     * memory for each worker, with or without gradient, and floats of WORKSPACE. */
    size_t (*scratch)(size_t channels, bool gradient);
    size_t (*workspace)(size_t channels, size_t positions);

    /* The features of a map are replaced by the gradient of the losses: slope.h. */
    void (*gradient)(const nst__slopes_call *call);
} nst__backend;

extern const nst__backend nst__cpu_backend;

#endif
