/* What the pictures are drawn with: a canvas larger than the picture, noise, and filled shapes. Colours are RGB
 * 0..1. */
#ifndef PICTURES_CANVAS_H
#define PICTURES_CANVAS_H

#include <nst/nst.h>

typedef struct rgb {
    double r, g, b;
} rgb;

typedef struct canvas {
    nst_image *image;
    float *pixels;     /* [height, width, 3] of the image */
    int width, height; /* in samples */
    int scale;         /* samples per unit of length, along each axis */
} canvas;

/* A picture of LARGER times WIDTH x HEIGHT pixels. All lengths are in pixels of the picture that has LARGER 1. */
nst_status canvas_create(canvas *out, int width, int height, int larger);
/* Shrinks the canvas to the picture, writes that and destroys the canvas. */
nst_status canvas_finish(canvas *c, const char *path);
rgb canvas_get(const canvas *c, double x, double y);
/* Lays COLOUR over a sample, at sample coordinates. */
void canvas_put(canvas *c, int x, int y, rgb colour, double alpha);

/* The colour at a point of the shape being filled. */
typedef rgb (*paint_fn)(const void *how, double x, double y);
void fill_polygon(canvas *c, const double (*points)[2], int count, paint_fn paint, const void *how);
void fill_rectangle(canvas *c, double left, double top, double right, double bottom, paint_fn paint, const void *how);
/* A line with round ends, W0 and W1 wide at its ends, in one colour. */
void draw_line(canvas *c, double x0, double y0, double x1, double y1, double w0, double w1, rgb colour, double alpha);
void draw_disc(canvas *c, double x, double y, double radius, rgb colour, double alpha);

rgb mix(rgb a, rgb b, double t);
rgb times(rgb a, double k);
double clamp01(double x);
double smooth(double from, double to, double x); /* 0 below FROM, 1 above TO, a cubic between */
double random_next(uint64_t *state);             /* 0..1 */
double random_at(int x, int y, unsigned seed);   /* 0..1, always the same at a place */
double noise(double x, double y, unsigned seed); /* 0..1, smooth, features of size 1 */
double fractal(double x, double y, int octaves, unsigned seed);

nst_status draw_scene(const char *path, int larger);
nst_status draw_strokes(const char *path, int larger);
nst_status draw_mosaic(const char *path, int larger);
nst_status draw_dots(const char *path, int larger);

#endif
