/*
 * The structure of the handle nst_painter.
 */
#ifndef NST_PAINTER_PAINTER_H
#define NST_PAINTER_PAINTER_H

#include "painter/painter_net.h"

enum { NST__PAINTER_TEXTS = 2, NST__PAINTER_TEXT_MOST = 400 };

struct nst_painter {
    nst__painter_net *net;
    bool renewed;                                              /* the packed weights are those of NET */
    char text[NST__PAINTER_TEXTS][NST__PAINTER_TEXT_MOST + 1]; /* by nst_painter_key, from 1 */
    double strength;
    nst_engine *engine; /* a reference; NULL before the first computation */
};

/* A place at the engine of PAINTER, with the weights packed. Leave it to painter->engine. */
nst_status nst__painter_enter(nst__engine **out, nst_painter *painter);

/* nst_painter_paint() in tiles of TILE x TILE if the picture has more than MOST pixels. */
nst_status nst__painter_paint(nst_image **out, nst_painter *painter, const nst_image *image, size_t most, size_t tile);

#endif
