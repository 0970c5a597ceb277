/*
 * The photos that a painter is trained on: random crops of a folder's pictures, read while something else is computed.
 */
#ifndef NST_TOOLS_PHOTOS_H
#define NST_TOOLS_PHOTOS_H

#include "common.h"

enum { PHOTOS_BATCH = 16, PHOTOS_HELD = 16, PHOTOS_SHOWN = 4 };

typedef struct photos photos;

/* The pictures in FOLDER, in the order of their names. If there are enough, up to PHOTOS_HELD from all over the folder
 * are held back. SIZE: of the crops, in pixels; SEED and a step's number decide which they are. Complains. */
int photos_open(photos **out, const char *folder, uint32_t size, size_t batch, uint64_t seed);
void photos_close(photos *p);
size_t photos_count(const photos *p); /* those that are trained on */

/* The crops of STEP, which belong to P until the next call; those of the step after are read meanwhile. A picture that
 * cannot be read is left out. Complains. */
int photos_next(photos *p, uint64_t step, nst_image *const **out);
size_t photos_judged(const photos *p); /* how many photos_held() has, at least PHOTOS_SHOWN */
/* Photo INDEX of those that are held back, as a square in the middle; the caller's. Complains. */
int photos_held(photos *p, size_t index, nst_image **out);
bool photos_holds(const photos *p); /* some are held back, else those of the training are shown */

#endif
