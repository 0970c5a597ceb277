#include "base/alloc.h"
#include "format/safetensors_write.h"
#include "transfer/saved_style.h"

#include <math.h>
#include <stdio.h>

static void put_tensor(nst__safetensors *file, const nst__saved_style *saved, size_t size, size_t layer,
                       const char *what, nst__type type, size_t count)
{
    const struct nst__saved_size *at = &saved->size[size];
    char name[128];
    snprintf(name, sizeof name, "%zux%zu/%s/%s", at->width, at->height, saved->layer[layer].name, what);
    nst__safetensors_tensor(file, name, type, 1, &count);
}

/* In the order of put_numbers(). */
static void put_tensors(nst__safetensors *file, const nst__saved_style *saved, size_t size, size_t layer,
                        nst__type type)
{
    const size_t channels = saved->layer[layer].channels, triangle = nst__triangle(channels);
    put_tensor(file, saved, size, layer, "mass", NST__F32, 1);
    put_tensor(file, saved, size, layer, "mean", NST__F32, channels);
    if (type == NST__F16) {
        put_tensor(file, saved, size, layer, "deviation", NST__F32, channels);
        put_tensor(file, saved, size, layer, "correlation", NST__F16, triangle - channels);
    } else {
        put_tensor(file, saved, size, layer, "second_moment", NST__F32, triangle);
    }
}

static unsigned char *put_floats(unsigned char *out, const float *x, size_t count, nst__type type)
{
    nst__numbers_write(out, count, type, x); /* correlations are within -1..1, so all of them fit */
    return out + count * nst__type_size(type);
}

/* SECOND becomes the standard deviations [C] and, row by row, the correlations to the right of the diagonal. OUT
 * [nst__triangle(C)]. */
static void correlate(float *out, size_t channels, const float *mean, const float *second)
{
    float *deviation = out, *correlation = out + channels;
    const float *at = second;
    for (size_t a = 0; a < channels; at += channels - a, a++)
        deviation[a] = (float)sqrt(fmax((double)at[0] - (double)mean[a] * (double)mean[a], 0));
    for (size_t a = 0; a < channels; a++, second++)
        for (size_t b = a + 1; b < channels; b++) {
            const double covariance = (double)*++second - (double)mean[a] * (double)mean[b];
            const double most = (double)deviation[a] * (double)deviation[b];
            *correlation++ = (float)(most > 0 ? fmin(fmax(covariance / most, -1), 1) : 0);
        }
}

static unsigned char *put_numbers(unsigned char *out, const nst__saved_style *saved, size_t size, size_t layer,
                                  nst__type type, float *work)
{
    const size_t channels = saved->layer[layer].channels, triangle = nst__triangle(channels);
    const float *mean = nst__saved_moments(saved, size, layer) + 1;
    out = put_floats(out, mean - 1, 1 + channels, NST__F32);
    if (type == NST__F32) return put_floats(out, mean + channels, triangle, NST__F32);
    correlate(work, channels, mean, mean + channels);
    out = put_floats(out, work, channels, NST__F32);
    return put_floats(out, work + channels, triangle - channels, NST__F16);
}

static void put_notes(nst__safetensors *file, const nst__saved_style *saved)
{
    nst__safetensors_note(file, "nststyle", "1");
    for (nst_style_key key = NST_STYLE_PICTURE; key <= NST_STYLE_VERSION; key++)
        if (saved->text[key]) nst__safetensors_note(file, nst__style_note(key), saved->text[key]);
}

nst_status nst__style_file_write(const nst__saved_style *saved, const char *path, nst__type type)
{
    nst_status status = NST_OK;
    nst__safetensors file = {0};
    unsigned char *numbers = NULL, *end;
    float *work = nst__alloc(saved->floats, sizeof *work);
    put_notes(&file, saved);
    for (size_t i = 0; i < saved->sizes * saved->layers; i++)
        put_tensors(&file, saved, i / saved->layers, i % saved->layers, type);
    end = numbers = nst__alloc((size_t)file.bytes, 1);
    if (!work || !numbers) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < saved->sizes * saved->layers; i++)
        end = put_numbers(end, saved, i / saved->layers, i % saved->layers, type, work);
    NST_TRY(nst__safetensors_write(&file, path, numbers));
out:
    nst__safetensors_release(&file);
    nst__free(numbers);
    nst__free(work);
    return status;
}
