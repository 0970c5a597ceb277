/*
 * The inner loops. One source, *_isa.c, is compiled once for each instruction set; the set is chosen at run time.
 * Channels are in blocks of NST__LANES for every width of a vector.
 */
#ifndef NST_NN_KERNELS_H
#define NST_NN_KERNELS_H

#include "base/status.h"
#include "tensor/map.h"

#include <stdbool.h>
#include <stdint.h>

#define NST__LANES 16

/* Without it the operations that only painters have have no way back. */
#ifdef NST__NO_TRAINING
enum { NST__TRAINING = false };
#else
enum { NST__TRAINING = true };
#endif

static inline size_t nst__round_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

/* How sums become values of a map. Forward: + bias, ReLU, and the bits of the sign; backward: x bits, + the old value.
 */
typedef struct nst__epilogue {
    nst__map to;
    const float *bias; /* [channels], or NULL */
    bool relu;
    uint8_t *mask_out;
    const uint8_t *mask_in;
    bool accumulate;
} nst__epilogue;

/* One pooled position; X are its four inputs. CHOICES may be NULL. */
typedef void nst__pool_fn(const float *const x[4], size_t channels, bool average, bool relu, float *y,
                          uint8_t *choices);
/* The gradient of quarter Q of a pooled position; CHOICES NULL: of an average. MASK may be NULL. */
typedef void nst__unpool_fn(const float *dy, const uint8_t *choices, unsigned q, size_t channels, const uint8_t *mask,
                            bool accumulate, float *dx);
typedef void nst__rectify_fn(size_t n, const float *x, float *y); /* y = max(x, 0) */
/* Sum of (F - P)^2, or with RELU of (max(F, 0) - P)^2, in double. */
typedef double nst__distance_fn(size_t n, const float *f, const float *p, bool relu);
/* Adds the sums of g F and of g F^2 to SUMS and SQUARES, in double, one position after another: of N positions, each
 * CHANNELS floats from the last, and COUNT of their channels, at most NST__LANES. WEIGHTS: the g; NULL: all are 1.
 * RELU: F is max(F, 0). */
typedef void nst__channel_sums_fn(size_t n, size_t channels, size_t count, const float *f, const float *weights,
                                  bool relu, double *sums, double *squares);
/* The gradient of the losses on the same features: STYLE + k (F - CONTENT). A part that is NULL is left out. */
typedef struct nst__pull {
    const float *style, *content;
    float k;
} nst__pull;
/* Replaces the features F [n] by their gradient: the part BEFORE of losses before the ReLU, plus the part AFTER of
 * losses after it. F may be the output of the ReLU if BEFORE is empty. */
typedef void nst__pull_fn(size_t n, const nst__pull *before, const nst__pull *after, float *f);
/* C [n,n] = (or +=) A' A, A [k,n] packed, at least on and above the diagonal. N: whole COLUMNS. */
typedef void nst__gram_fn(size_t n, size_t k, const float *a, bool add, float *c);
/* C [m,COLUMNS] = (or +=) A [m,k] B [k,COLUMNS], all of them as they lie: a row is LDA, LDB, LDC from the next. */
typedef void nst__strip_fn(size_t m, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c,
                           size_t ldc, bool add);

/* The same with A' in place of A: element (i, k) of A' is a[i + k x STEP]. */
typedef void nst__cross_fn(size_t m, size_t k, const float *a, size_t step, const float *b, size_t ldb, float *c,
                           size_t ldc, bool add);

/* Passes over maps for a normalisation, of N positions of CHANNELS channels. All other arrays have one number for each
 * channel: y = SCALE x + SHIFT, and x hat = SPREAD x + CENTRE is x with mean 0 and variance 1. */
typedef struct nst__norm_pass {
    size_t channels;
    bool relu; /* of y */
    const float *scale, *shift, *spread, *centre;
    const float *mean, *slope; /* backward: the means of dy and of dy x hat, both of y before its ReLU */
} nst__norm_pass;
typedef void nst__norm_fn(const nst__norm_pass *pass, size_t n, const float *x, float *y);
/* Adds the sums of x and of x² to SUMS [2, channels]. */
typedef void nst__norm_sums_fn(size_t channels, size_t n, const float *x, double *sums);
/* Adds the sums of dy and of dy x hat to SUMS [2, channels]. */
typedef void nst__norm_slopes_fn(const nst__norm_pass *pass, size_t n, const float *x, const float *dy, double *sums);
/* dx = (or +=) SCALE (dy - MEAN - x hat SLOPE) */
typedef void nst__norm_back_fn(const nst__norm_pass *pass, size_t n, const float *x, const float *dy, bool add,
                               float *dx);

/* The matting Laplacian: loss/matting.c. Rows are planar: channel c of pixel j is at [c * PLANE + j], first the three
 * channels of the content, then those of the picture. Fit: of N windows, whole vectors, of which window j begins at
 * pixel j of the ROWS. OUT: a [3,3] for each window, then b [3], then its energy, likewise planar. */
typedef void nst__matting_fit_fn(size_t n, float epsilon, const float *const rows[3], size_t plane, float *out);
/* L x [3] of N pixels, whole vectors. Pixel j of ROW lies in windows j to j + 2 of the FITS of three rows; COUNTS of
 * these exist, and the others are 0. */
typedef void nst__matting_product_fn(size_t n, const float *const fits[3], const float *row, const float *counts,
                                     size_t plane, float *out);

/* What the next multiplication will read: hints, which may point anywhere. */
typedef struct nst__ahead {
    const float *a, *b;
} nst__ahead;

typedef struct nst__kernels {
    const char *name; /* "avx2" */

    /* c [rows, columns] = (or +=) a b: the register block of products of packed matrices. A is a panel
     * [blocks, rows, NST__LANES], b [blocks x NST__LANES, columns]. */
    size_t rows, columns;
    void (*multiply)(size_t blocks, const float *a, const float *b, float *c, size_t ldc, bool add,
                     const nst__ahead *ahead);

    /* Winograd's transforms, [0] of F(4x4,3x3) and [1] of F(6x6,3x3), t = 6 and 8: of one tile, BLOCKS blocks
     * of channels. X: the upper left of t x t pixels. V: element xi of the t x t goes to v + xi x STEP. */
    void (*input[2])(const float *x, size_t row, size_t pixel, size_t blocks, bool relu, float *v, size_t step,
                     size_t block_step);
    /* M: element xi at m + xi x STEP, COUNT channels. Writes channels CHANNEL.. of the tile whose upper left
     * is at (i, j), cut off where the map ends. */
    void (*output[2])(const nst__epilogue *epilogue, size_t i, size_t j, size_t channel, size_t count, const float *m,
                      size_t step);
    /* The same for sums that are already there: all channels of COUNT positions of row i from column j on; the sums of
     * one are LD floats from the next. */
    void (*epilogue)(const nst__epilogue *epilogue, size_t i, size_t j, size_t count, const float *sums, size_t ld);

    nst__pool_fn *pool;
    nst__unpool_fn *unpool;
    nst__rectify_fn *rectify;
    nst__distance_fn *distance;
    nst__channel_sums_fn *channel_sums;
    nst__pull_fn *pull;
    nst__gram_fn *gram;
    nst__strip_fn *strip;
    nst__cross_fn *cross;
    nst__norm_fn *norm;
    nst__norm_sums_fn *norm_sums;
    nst__norm_slopes_fn *norm_slopes;
    nst__norm_back_fn *norm_back;
    nst__matting_fit_fn *matting_fit;
    nst__matting_product_fn *matting_product;
} nst__kernels;

/* WANTED is a value of NST_PARAM_SIMD; 0 finds the best of this machine. */
nst_status nst__kernels_find(const nst__kernels **out, int wanted);

extern const nst__kernels nst__kernels_generic, nst__kernels_sse2, nst__kernels_avx2, nst__kernels_avx512,
    nst__kernels_neon;

#endif
