/*
 * Masks from words, such as "color=#8fc4ee:0.1" or "polygon=0,0/100%,0/50%,80%": nst mask.
 */
#ifndef NST_TOOLS_MASK_H
#define NST_TOOLS_MASK_H

#include "picture.h"

/* value [height, width]: 1 where the mask is white, 0 where it is black. */
typedef struct mask {
    size_t width, height;
    float *value;
} mask;

/* What masks are made from. lab [height, width, 3]: OkLab of the picture. */
typedef struct mask_source {
    const nst_image *image;
    size_t width, height;
    float *lab;
    const picture_reading *reading;
} mask_source;

void mask_source_start(mask_source *out, const nst_image *image, const picture_reading *reading);
void mask_source_end(mask_source *source);

/* What is SAID from word FIRST on: shapes, with "and" or "or" between them and "not" before one; read from left to right.
 * Complains. To be freed, also after a complaint. */
int mask_draw(mask *out, const mask_source *source, const words *said, size_t first);
void mask_feather(mask *m, double width); /* width: of the soft edge, in pixels */
void mask_invert(mask *m);
void mask_free(mask *m);

/* Points in pixels, x and y in turn; a stroke is a line through some of them. */
typedef struct mask_points {
    double (*at)[2];
    bool *begins; /* a stroke */
    size_t count;
} mask_points;

/* Reads "X,Y/X,Y+X,Y ..." at *TEXT, in pixels or with % in parts of the picture: / goes on with a stroke and + begins
 * another. False where there is none. */
bool mask_read_points(mask_points *out, const char **text, const mask_source *source);
void mask_free_points(mask_points *points);

/* What belongs to a seed: UNKNOWN pixels become INSIDE or OUTSIDE, as the seed that can be reached from them along the
 * path with the least changes of colour. */
enum { MASK_UNKNOWN, MASK_INSIDE, MASK_OUTSIDE };
void mask_seed(unsigned char *label, const mask_source *source, const mask_points *points, unsigned char with);
void mask_grow(unsigned char *label, const mask_source *source);

#endif
