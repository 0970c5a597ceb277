/*
 * A style from a file: what was measured of a painting, without the painting.
 */
#ifndef NST_TRANSFER_SAVED_STYLE_H
#define NST_TRANSFER_SAVED_STYLE_H

#include "format/number.h"
#include "objective/config.h"

enum { NST__SAVED_SIZES = 48, NST__STYLE_TEXTS = NST_STYLE_VERSION + 1 };

typedef struct nst__saved_style {
    char *text[NST__STYLE_TEXTS]; /* by nst_style_key; NULL: "" */
    size_t height, width;         /* of the painting */
    nst_padding padding;
    nst_pooling pooling;
    uint64_t hash; /* of the model, up to the deepest of the layers */
    struct nst__saved_layer {
        char name[32];
        size_t channels;
        size_t at; /* floats of the layers before it */
    } layer[NST__MAX_TAPS];
    struct nst__saved_size {
        size_t height, width;
    } size[NST__SAVED_SIZES];
    size_t layers, sizes;
    size_t floats;  /* of one size */
    float *moments; /* [sizes, floats]: for each layer its mass, mean [C] and second moment */
} nst__saved_style;

/* The upper triangle of a symmetric matrix [C,C], row by row. */
static inline size_t nst__triangle(size_t channels)
{
    return channels * (channels + 1) / 2;
}

/* Layers and sizes are set: makes room for the moments. */
nst_status nst__saved_style_open(nst__saved_style *saved);
void nst__saved_style_destroy(nst__saved_style *saved); /* NULL is fine */
size_t nst__saved_style_bytes(const nst__saved_style *saved);

/* The number of a layer or of a size; how many there are if it is not there. */
size_t nst__saved_find_layer(const nst__saved_style *saved, const char *name);
size_t nst__saved_find_size(const nst__saved_style *saved, size_t height, size_t width);

/* The moments of a layer at a size: mass, mean [C], second moment [nst__triangle(C)]. */
float *nst__saved_moments(const nst__saved_style *saved, size_t size, size_t layer);

/* Fails if MODEL computes other features than the one that was measured. */
nst_status nst__saved_style_check_model(const nst__saved_style *saved, const nst_model *model);
/* Fails if something that CONFIG needs is not there at SIZE, which is that for a picture of HEIGHT x WIDTH. */
nst_status nst__saved_style_check(const nst__saved_style *saved, const nst__config *config, struct nst__saved_size size,
                                  size_t height, size_t width);
/* The moments of the style terms of CONFIG at HEIGHT x WIDTH, which are there. */
void nst__saved_style_recall(float *out, const nst__saved_style *saved, const nst__config *config, size_t height,
                             size_t width);

/* The name of a text in files. */
const char *nst__style_note(nst_style_key key);
/* The hash as it is in files. */
enum { NST__HASH_TEXT = 17 };
void nst__hash_text(char out[NST__HASH_TEXT], uint64_t hash);

nst_status nst__style_file_write(const nst__saved_style *saved, const char *path, nst__type type);

#endif
