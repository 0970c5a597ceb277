/*
 * Resizing, each axis by itself. Pixel i of N lies at (i + 1/2) / N of the picture's length; so output pixel
 * i of OUT has its centre at u = (i + 1/2) IN/OUT - 1/2 in input pixels, and is a sum over input pixels j:
 *
 *   y[i] = sum_j w((u - j) / s) x[j] / sum_j w((u - j) / s)
 *
 *   shrinking   s = IN/OUT, w = Lanczos-3: sinc(t) sinc(t/3) for |t| < 3 (C. E. Duchon, "Lanczos filtering in one
 *               and two dimensions", 1979); widened by s, it covers the area of the new pixel and does not alias
 *   growing     s = 1, w = Catmull-Rom: the cubic of R. Keys ("Cubic convolution interpolation for digital image
 *               processing", 1981) with a = -1/2
 *
 * Beyond the border the last pixel is repeated. Values may overshoot 0..1 a little at sharp edges; they are not
 * clamped, so the operation is linear. The sRGB-encoded values are averaged directly, as in the training of the
 * networks.
 *
 * With alpha, seven channels are resized: the colours, the colours times alpha, and alpha. Where the result is visible,
 * its colour is the premultiplied colour divided by alpha. Where it is invisible, it is the plain colour: so colours
 * under alpha 0 are kept, and two small numbers are never divided.
 *
 * The output is computed row by row. A ring keeps the input rows that an output row needs, already resized along x.
 * Each input row is resized once.
 */
#include "image/image.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const float visible = 1.0f / 256;

/* The taps of one axis: output i is the sum of weights[i * most + k] x[first[i] + k] for k < count[i]. */
typedef struct taps {
    size_t most;
    uint32_t *first, *count;
    float *weights;
} taps;

static double sinc(double t)
{
    return t == 0 ? 1 : sin(pi * t) / (pi * t);
}

static double lanczos3(double t)
{
    return fabs(t) < 3 ? sinc(t) * sinc(t / 3) : 0;
}

static double catmull_rom(double t)
{
    t = fabs(t);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

static void taps_destroy(taps *t)
{
    nst__free(t->first);
    nst__free(t->count);
    nst__free(t->weights);
    *t = (taps){0};
}

/* WEIGHTS [most], from input FIRST on. Taps beyond the border are added to those of the last pixel. */
static void taps_of(double u, double s, bool shrinking, uint32_t in, uint32_t first, uint32_t count, float *weights,
                    double *scratch)
{
    const double radius = shrinking ? 3 * s : 2;
    double sum = 0;
    memset(scratch, 0, count * sizeof *scratch);
    for (int64_t j = (int64_t)ceil(u - radius); (double)j <= u + radius; j++) {
        const double t = (u - (double)j) / s, w = shrinking ? lanczos3(t) : catmull_rom(t);
        const int64_t inside = j < 0 ? 0 : j >= (int64_t)in ? (int64_t)in - 1 : j;
        scratch[inside - (int64_t)first] += w;
        sum += w;
    }
    for (uint32_t k = 0; k < count; k++)
        weights[k] = (float)(scratch[k] / sum);
}

/* Of the outputs ROWS of OUTPUTS. */
static nst_status taps_create(taps *out, uint32_t in, uint32_t outputs, nst__rows rows)
{
    nst_status status = NST_OK;
    const bool shrinking = outputs < in;
    const size_t count = nst__rows_count(rows);
    const double step = (double)in / outputs, s = shrinking ? step : 1, radius = shrinking ? 3 * s : 2;
    double *scratch = NULL;
    *out = (taps){0};
    out->most = (size_t)(2 * radius) + 2 < in ? (size_t)(2 * radius) + 2 : in;
    out->first = nst__alloc(count, sizeof *out->first);
    out->count = nst__alloc(count, sizeof *out->count);
    size_t total;
    if (!nst__multiply(&total, count, out->most)) total = SIZE_MAX; /* which no allocator has */
    out->weights = out->first && out->count ? nst__alloc(total, sizeof *out->weights) : NULL;
    scratch = out->weights ? nst__alloc(out->most, sizeof *scratch) : NULL;
    if (!scratch) {
        status = NST_ERR_OUT_OF_MEMORY;
        taps_destroy(out);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const double u = ((double)(rows.first + i) + 0.5) * step - 0.5, last = in - 1;
        out->first[i] = (uint32_t)fmin(fmax(ceil(u - radius), 0), last);
        out->count[i] = (uint32_t)fmin(fmax(floor(u + radius), 0), last) - out->first[i] + 1;
        taps_of(u, s, shrinking, in, out->first[i], out->count[i], out->weights + i * out->most, scratch);
    }
out:
    nst__free(scratch);
    return status;
}

/* The channels of row Y that are resized: RGB, or with alpha the seven channels described above. */
static const float *input_row(const nst_image *image, uint32_t y, float *seven)
{
    const size_t at = (size_t)y * image->width;
    const float *rgb = image->pixels + 3 * at;
    if (!image->alpha) return rgb;
    for (uint32_t x = 0; x < image->width; x++) {
        const float a = image->alpha[at + x];
        for (size_t c = 0; c < 3; c++) {
            seven[7 * (size_t)x + c] = rgb[3 * (size_t)x + c];
            seven[7 * (size_t)x + 3 + c] = rgb[3 * (size_t)x + c] * a;
        }
        seven[7 * (size_t)x + 6] = a;
    }
    return seven;
}

/* x [in, C] -> y [out, C]. Inlined with a constant C, sums stay in registers. */
static inline void resize_row(const taps *t, uint32_t out, const float *x, float *y, const size_t channels)
{
    for (size_t i = 0; i < out; i++) {
        const float *w = t->weights + i * t->most, *p = x + channels * t->first[i];
        float sum[7] = {0};
        for (uint32_t k = 0; k < t->count[i]; k++, p += channels)
            for (size_t c = 0; c < channels; c++)
                sum[c] += w[k] * p[c];
        memcpy(y + channels * i, sum, channels * sizeof *sum);
    }
}

static float clamp(float x)
{
    return x > 0 ? (x < 1 ? x : 1) : 0;
}

static void store_row(nst_image *image, uint32_t y, const float *row)
{
    const size_t at = (size_t)y * image->width;
    float *rgb = image->pixels + 3 * at;
    if (!image->alpha) {
        memcpy(rgb, row, 3 * (size_t)image->width * sizeof *rgb);
        return;
    }
    for (uint32_t x = 0; x < image->width; x++, row += 7, rgb += 3) {
        const float a = clamp(row[6]);
        for (size_t c = 0; c < 3; c++)
            rgb[c] = a >= visible ? clamp(row[3 + c] / row[6]) : clamp(row[c]);
        image->alpha[at + x] = a;
    }
}

static void resize_rows(nst_image *out, const nst_image *image, const taps *tx, const taps *ty, float *ring, float *sum,
                        float *seven)
{
    const size_t channels = image->alpha ? 7 : 3, values = channels * out->width;
    uint32_t next = 0; /* input row that enters the ring next; row y lives in slot y % most */
    for (uint32_t i = 0; i < out->height; i++) {
        const uint32_t first = ty->first[i], end = first + ty->count[i];
        for (next = next > first ? next : first; next < end; next++) {
            const float *row = input_row(image, next - image->top, seven);
            float *slot = ring + (next % ty->most) * values;
            if (image->alpha)
                resize_row(tx, out->width, row, slot, 7);
            else
                resize_row(tx, out->width, row, slot, 3);
        }
        memset(sum, 0, values * sizeof *sum);
        for (uint32_t k = 0; k < ty->count[i]; k++) {
            const float w = ty->weights[i * ty->most + k];
            const float *slot = ring + ((first + k) % ty->most) * values;
            for (size_t v = 0; v < values; v++)
                sum[v] += w * slot[v];
        }
        store_row(out, i, sum);
    }
}

nst_status nst_image_resize(nst_image **out, const nst_image *image, uint32_t width, uint32_t height)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(image);
    nst_image alone = *image; /* a band is a picture of its own here */
    alone.top = alone.whole = 0;
    return nst__image_resize_rows(out, &alone, width, height, (nst__rows){0, height});
}

/* All rows of the picture that IMAGE is, or is a band of. */
static uint32_t whole_height(const nst_image *image)
{
    return image->whole ? image->whole : image->height;
}

nst__rows nst__resize_reads(size_t height, size_t new_height, nst__rows rows)
{
    const double step = (double)height / (double)new_height, radius = step > 1 ? 3 * step : 2;
    const double first = ceil(((double)rows.first + 0.5) * step - 0.5 - radius);
    const double last = floor(((double)rows.end - 0.5) * step - 0.5 + radius), most = (double)height - 1;
    if (nst__rows_count(rows) == 0) return (nst__rows){0, 0};
    return (nst__rows){(size_t)fmin(fmax(first, 0), most), (size_t)fmin(fmax(last, 0), most) + 1};
}

nst_status nst__image_resize_rows(nst_image **out, const nst_image *image, size_t width, size_t height, nst__rows rows)
{
    nst_status status = NST_OK;
    nst_image *resized = NULL;
    taps tx = {0}, ty = {0};
    float *ring = NULL, *sum = NULL, *seven = NULL;
    *out = NULL;
    if (width == image->width && height == image->height && nst__rows_count(rows) == height)
        return nst_image_copy(out, image);
    NST_TRY(nst__image_create(&resized, (uint32_t)width, (uint32_t)nst__rows_count(rows), image->alpha != NULL));
    NST_TRY(taps_create(&tx, image->width, (uint32_t)width, (nst__rows){0, width}));
    NST_TRY(taps_create(&ty, whole_height(image), (uint32_t)height, rows));
    if (nst__rows_count(rows) < height) nst__image_place(resized, rows.first, height);
    const size_t channels = image->alpha ? 7 : 3;
    sum = nst__alloc(width, channels * sizeof *sum);
    ring = sum ? nst__alloc(ty.most, width * channels * sizeof *ring) : NULL;
    seven = ring ? nst__alloc(image->width, 7 * sizeof *seven) : NULL;
    if (!seven) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    resize_rows(resized, image, &tx, &ty, ring, sum, seven);
    nst__settings_free(&resized->settings);
    NST_TRY(nst__settings_copy(&resized->settings, &image->settings));
    *out = resized;
    resized = NULL;
out:
    nst__free(seven);
    nst__free(ring);
    nst__free(sum);
    taps_destroy(&ty);
    taps_destroy(&tx);
    nst_image_destroy(resized);
    return status;
}

nst_status nst__image_at_size(const nst_image **out, nst_image **resized, const nst_image *image, size_t height,
                              size_t width)
{
    nst_status status = NST_OK;
    *resized = NULL;
    *out = image;
    if (image->height != height || image->width != width) {
        NST_TRY(nst_image_resize(resized, image, (uint32_t)width, (uint32_t)height));
        *out = *resized;
    }
out:
    return status;
}
