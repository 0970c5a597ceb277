/* Reads files of styles, which are untrusted. */
#include "base/alloc.h"
#include "base/param.h"
#include "format/format.h"
#include "transfer/style.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MOST = 1 << 24, CHANNELS_MOST = 1 << 14 };

static nst_status fail(const nst__table *table, const char *expected, const char *found)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: expected %s, found '%s'", table->source->name, expected, found);
}

/* ---- Notes ---- */

static nst_status take_note(const char **out, const nst__table *table, nst_style_key key)
{
    *out = nst__table_find_note(table, nst__style_note(key));
    if (*out) return NST_OK;
    return nst__fail(NST_ERR_CORRUPT, "%s: expected a note '%s' in the metadata", table->source->name,
                     nst__style_note(key));
}

static bool read_side(size_t *out, const char **text)
{
    char *end;
    if (**text < '1' || **text > '9') return false;
    const unsigned long long side = strtoull(*text, &end, 10);
    *text = end;
    *out = (size_t)side;
    return side <= SIDE_MOST;
}

/* "640x480" off the front of *TEXT. */
static bool read_size(size_t *height, size_t *width, const char **text)
{
    return read_side(width, text) && *(*text)++ == 'x' && read_side(height, text);
}

static nst_status read_picture(nst__saved_style *saved, const nst__table *table)
{
    const char *text, *rest;
    nst_status status = NST_OK;
    NST_TRY(take_note(&text, table, NST_STYLE_PICTURE));
    rest = text;
    if (!read_size(&saved->height, &saved->width, &rest) || *rest) return fail(table, "the size of a picture", text);
out:
    return status;
}

static nst_status read_sizes(nst__saved_style *saved, const nst__table *table)
{
    const char *text, *rest;
    nst_status status = NST_OK;
    NST_TRY(take_note(&text, table, NST_STYLE_SIZES));
    for (rest = text; saved->sizes < NST__SAVED_SIZES; rest++) {
        struct nst__saved_size *size = &saved->size[saved->sizes];
        if (!read_size(&size->height, &size->width, &rest)) break;
        if (nst__saved_find_size(saved, size->height, size->width) < saved->sizes++) break;
        if (!*rest) return NST_OK;
        if (*rest != ',') break;
    }
    status = fail(table, "different sizes such as 64x48,128x96", text);
out:
    return status;
}

static nst_status read_layers(nst__saved_style *saved, const nst__table *table)
{
    const char *text, *rest;
    nst_status status = NST_OK;
    NST_TRY(take_note(&text, table, NST_STYLE_LAYERS));
    for (rest = text; saved->layers < NST__MAX_TAPS; rest++) {
        struct nst__saved_layer *layer = &saved->layer[saved->layers];
        const size_t length = strcspn(rest, ",");
        if (length == 0 || length >= sizeof layer->name) break;
        memcpy(layer->name, rest, length);
        if (nst__saved_find_layer(saved, layer->name) < saved->layers++) break;
        rest += length;
        if (!*rest) return NST_OK;
    }
    status = fail(table, "different layers such as conv1_1,conv2_1", text);
out:
    return status;
}

static nst_status check_choice(const nst__table *table, nst_param param, nst_style_key key)
{
    const char *text;
    nst_status status = NST_OK;
    NST_TRY(take_note(&text, table, key));
    if (!nst__param_choice(nst__param_find(param), text, 0)) return fail(table, nst__style_note(key), text);
out:
    return status;
}

static nst_status read_hash(nst__saved_style *saved, const nst__table *table)
{
    const char *text;
    nst_status status = NST_OK;
    NST_TRY(take_note(&text, table, NST_STYLE_MODEL_HASH));
    if (strlen(text) != NST__HASH_TEXT - 1 || strspn(text, "0123456789abcdef") != NST__HASH_TEXT - 1)
        return fail(table, "a hash of 16 digits", text);
    saved->hash = strtoull(text, NULL, 16);
out:
    return status;
}

static nst_status keep_texts(nst__saved_style *saved, const nst__table *table)
{
    saved->text[NST_STYLE_SOURCE] = nst__copy_text(table->source->name);
    if (!saved->text[NST_STYLE_SOURCE]) return NST_ERR_OUT_OF_MEMORY;
    for (nst_style_key key = NST_STYLE_PICTURE; key <= NST_STYLE_VERSION; key++) {
        const char *text = nst__table_find_note(table, nst__style_note(key));
        if (text && !(saved->text[key] = nst__copy_text(text))) return NST_ERR_OUT_OF_MEMORY;
    }
    return NST_OK;
}

static nst_status read_notes(nst__saved_style *saved, const nst__table *table)
{
    const char *version = nst__table_find_note(table, "nststyle"), *text;
    nst_status status = NST_OK;
    if (!version)
        return nst__fail(NST_ERR_FORMAT, "%s: expected a style that was saved, found other safetensors",
                         table->source->name);
    if (strcmp(version, "1") != 0)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "%s: expected version 1 of the format, found '%s': a newer libnst reads it",
                         table->source->name, version);
    NST_TRY(read_picture(saved, table));
    NST_TRY(read_sizes(saved, table));
    NST_TRY(read_layers(saved, table));
    NST_TRY(read_hash(saved, table));
    NST_TRY(check_choice(table, NST_PARAM_PADDING, NST_STYLE_PADDING));
    NST_TRY(check_choice(table, NST_PARAM_POOLING, NST_STYLE_POOLING));
    NST_TRY(take_note(&text, table, NST_STYLE_MODEL));
    NST_TRY(take_note(&text, table, NST_STYLE_DTYPE));
    NST_TRY(keep_texts(saved, table));
out:
    return status;
}

/* ---- Numbers ---- */

/* Finds the tensor WHAT of a layer at a size. */
static nst_status find(const nst__tensor **out, const nst__table *table, const nst__saved_style *saved, size_t size,
                       size_t layer, const char *what)
{
    char name[128];
    snprintf(name, sizeof name, "%zux%zu/%s/%s", saved->size[size].width, saved->size[size].height,
             saved->layer[layer].name, what);
    *out = nst__table_find(table, name);
    if (*out && !(*out)->fault && (*out)->rank == 1 && nst__type_size((*out)->type)) return NST_OK;
    return nst__fail(NST_ERR_CORRUPT, "%s: expected a list of numbers called %s", table->source->name, name);
}

/* OUT [COUNT]; NULL: only checks that it is there. */
static nst_status read(float *out, const nst__table *table, const nst__saved_style *saved, size_t size, size_t layer,
                       const char *what, size_t count)
{
    const nst__tensor *tensor;
    nst_status status = NST_OK;
    NST_TRY(find(&tensor, table, saved, size, layer, what));
    if (tensor->shape[0] != count)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: expected %zu numbers, found %llu", table->source->name, tensor->name,
                         count, (unsigned long long)tensor->shape[0]);
    if (out) NST_TRY(nst__tensor_read(out, table, tensor));
out:
    return status;
}

/* The reverse of correlate() of style_file_write.c. False if a number does not fit. */
static bool uncorrelate(float *second, size_t channels, const float *mean, const float *from)
{
    const float *deviation = from, *correlation = from + channels;
    for (size_t a = 0; a < channels; a++)
        for (size_t b = a; b < channels; b++) {
            const double r = a == b ? 1 : (double)*correlation++;
            const double moment = r * (double)deviation[a] * (double)deviation[b] + (double)mean[a] * (double)mean[b];
            if (!(fabs(moment) <= FLT_MAX)) return false;
            *second++ = (float)moment;
        }
    return true;
}

/* OUT as of nst__saved_moments(), and WORK [nst__triangle(C)]; both NULL: only checks that all is there. */
static nst_status read_layer(float *out, float *work, const nst__table *table, const nst__saved_style *saved,
                             size_t size, size_t layer)
{
    const size_t channels = saved->layer[layer].channels, triangle = nst__triangle(channels);
    float *mean = out ? out + 1 : NULL, *second = out ? mean + channels : NULL;
    nst_status status = NST_OK;
    NST_TRY(read(out, table, saved, size, layer, "mass", 1));
    NST_TRY(read(mean, table, saved, size, layer, "mean", channels));
    if (strcmp(saved->text[NST_STYLE_DTYPE], "f16") == 0) {
        NST_TRY(read(work, table, saved, size, layer, "deviation", channels));
        NST_TRY(read(work ? work + channels : NULL, table, saved, size, layer, "correlation", triangle - channels));
        if (out && !uncorrelate(second, channels, mean, work))
            return nst__fail(NST_ERR_NON_FINITE, "%s: %s: a moment is too large for a float", table->source->name,
                             saved->layer[layer].name);
    } else {
        NST_TRY(read(second, table, saved, size, layer, "second_moment", triangle));
    }
    if (out && out[0] < 0) status = fail(table, "a mass of 0 or more", saved->layer[layer].name);
out:
    return status;
}

static nst_status read_numbers(nst__saved_style *saved, const nst__table *table)
{
    nst_status status = NST_OK;
    const nst__tensor *mean;
    float *work = NULL;
    for (size_t i = 0; i < saved->layers; i++) {
        NST_TRY(find(&mean, table, saved, 0, i, "mean"));
        if (mean->shape[0] < 1 || mean->shape[0] > CHANNELS_MOST)
            return fail(table, "1 to 16384 channels", saved->layer[i].name);
        saved->layer[i].channels = (size_t)mean->shape[0];
    }
    for (size_t i = 0; i < saved->sizes * saved->layers; i++) /* before memory is taken: all of it is in the file */
        NST_TRY(read_layer(NULL, NULL, table, saved, i / saved->layers, i % saved->layers));
    NST_TRY(nst__saved_style_open(saved));
    work = nst__alloc(saved->floats, sizeof *work);
    if (!work) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = 0; i < saved->sizes * saved->layers; i++) {
        const size_t size = i / saved->layers, layer = i % saved->layers;
        NST_TRY(read_layer(nst__saved_moments(saved, size, layer), work, table, saved, size, layer));
    }
out:
    nst__free(work);
    return status;
}

/* ---- The file ---- */

static nst_status read_source(nst__saved_style **out, const nst__source *source)
{
    nst_status status = NST_OK;
    nst__saved_style *saved = nst__zalloc(1, sizeof *saved);
    nst__table *table = nst__alloc(1, sizeof *table);
    *out = NULL;
    if (table) nst__table_init(table, source);
    if (!saved || !table) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(nst__table_read_own(table, "a style that was saved"));
    NST_TRY(read_notes(saved, table));
    NST_TRY(read_numbers(saved, table));
    *out = saved;
    saved = NULL;
out:
    if (table) nst__table_release(table);
    nst__free(table);
    nst__saved_style_destroy(saved);
    return status;
}

static nst_status make_style(nst_style **out, const nst__source *source)
{
    nst_status status = NST_OK;
    nst__saved_style *saved = NULL;
    NST_TRY(read_source(&saved, source));
    status = nst__style_of_file(out, saved);
out:
    return status;
}

nst_status nst_style_load(nst_style **out, const char *path)
{
    nst_status status = NST_OK;
    nst__source source = {0};
    NST_NEED(out);
    *out = NULL;
    NST_NEED(path);
    NST_TRY(nst__source_open(&source, path));
    NST_TRY(make_style(out, &source));
out:
    nst__source_close(&source);
    return status;
}

nst_status nst_style_decode(nst_style **out, const void *bytes, size_t size)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(bytes);
    if (size == 0) return nst__fail(NST_ERR_CORRUPT, "memory: expected a style, found 0 bytes");
    return make_style(out, &(nst__source){.name = "memory", .bytes = bytes, .size = size});
}
