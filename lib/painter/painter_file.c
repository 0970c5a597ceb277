/*
 * Painters as files: safetensors with one tensor for the weights, and one for the bias, of each layer, named after it.
 */
#include "base/alloc.h"
#include "format/format.h"
#include "format/safetensors_write.h"
#include "painter/painter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FORMAT  "nstpaint"
#define VERSION "2" /* 1: before painters added noise to pictures, which they were not trained for */

static const char *const notes[NST__PAINTER_TEXTS] = {"style", "training"}; /* by nst_painter_key, from 1 */

/* A tensor of a layer: its name, where its numbers are, its shape. */
typedef struct piece {
    char name[32];
    size_t first, count, shape[4];
    int rank;
} piece;

/* Part 0 of a layer has the weights, part 1 the bias. False if the layer has no such part. */
static bool part_of(const nst__painter_net *net, size_t index, int which, piece *out)
{
    const nst__painter_layer *layer = &net->layer[index];
    const size_t kernel = (size_t)layer->row->kernel;
    *out = (piece){.first = which ? layer->bias : layer->weights, .count = which ? layer->biases : layer->count};
    snprintf(out->name, sizeof out->name, "%s.%s", layer->row->name, which ? "bias" : "weight");
    out->shape[0] = layer->channels;
    out->rank = out->count == layer->channels ? 1 : 4;
    if (out->rank == 4) {
        out->shape[1] = net->layer[layer->x].channels;
        out->shape[2] = out->shape[3] = kernel;
    }
    return out->count > 0;
}

/* ---- Write ---- */

nst_status nst_painter_save(const nst_painter *painter, const char *path, nst_dtype dtype)
{
    nst_status status = NST_OK;
    nst__safetensors file = {0};
    unsigned char *numbers = NULL;
    nst__type type = NST__F32;
    piece part;
    NST_NEED(painter);
    NST_NEED(path);
    NST_TRY(nst__dtype_type(&type, dtype));
    const nst__painter_net *net = painter->net;
    numbers = nst__alloc(net->count, nst__type_size(type));
    if (!numbers) return NST_ERR_OUT_OF_MEMORY;
    if (!nst__numbers_write(numbers, net->count, type, net->weights)) {
        status = nst__fail(NST_ERR_RANGE, "weights above 65504 do not fit f16: f32 or bf16 holds them");
        goto out;
    }
    nst__safetensors_note(&file, "format", FORMAT);
    nst__safetensors_note(&file, "version", VERSION);
    for (size_t i = 0; i < NST__PAINTER_TEXTS; i++)
        nst__safetensors_note(&file, notes[i], painter->text[i]);
    for (size_t i = 0; i < net->layers; i++)
        for (int which = 0; which < 2; which++)
            if (part_of(net, i, which, &part)) nst__safetensors_tensor(&file, part.name, type, part.rank, part.shape);
    NST_TRY(nst__safetensors_write(&file, path, numbers));
out:
    nst__safetensors_release(&file);
    nst__free(numbers);
    return status;
}

/* ---- Read ---- */

static nst_status check_notes(const nst__table *table)
{
    const char *format = nst__table_find_note(table, "format"), *version = nst__table_find_note(table, "version");
    if (!format || strcmp(format, FORMAT) != 0)
        return nst__fail(NST_ERR_FORMAT,
                         "%s: expected a painter of nst train, found a file without the note that it is",
                         table->source->name);
    if (!version || strcmp(version, VERSION) != 0)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected a painter of version %s, found version %s%s",
                         table->source->name, VERSION, version ? version : "none",
                         version && strcmp(version, "1") == 0 ? ", which has to be trained again" : "");
    return NST_OK;
}

static nst_status read_part(float *weights, const nst__table *table, const piece *part)
{
    const char *file = table->source->name;
    const nst__tensor *tensor = nst__table_find(table, part->name);
    if (!tensor) return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected a tensor called %s", file, part->name);
    if (tensor->fault) return nst__fail(tensor->fault_status, "%s: %s: %s", file, part->name, tensor->fault);
    bool fits = tensor->rank == part->rank && tensor->type != NST__OTHER;
    for (int i = 0; i < part->rank && fits; i++)
        fits = tensor->shape[i] == part->shape[i];
    if (!fits)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected %zu numbers of another type or shape", file, part->name,
                         part->count);
    return nst__tensor_read(weights + part->first, table, tensor);
}

static nst_status load(nst_painter **out, const nst__source *source)
{
    nst_status status = NST_OK;
    nst__table table;
    nst_painter *painter = NULL;
    piece part;
    nst__table_init(&table, source);
    NST_TRY(nst__table_read_own(&table, "a painter of nst train"));
    NST_TRY(check_notes(&table));
    NST_TRY(nst_painter_create(&painter, 0));
    for (size_t i = 0; i < painter->net->layers; i++)
        for (int which = 0; which < 2; which++)
            if (part_of(painter->net, i, which, &part)) NST_TRY(read_part(painter->net->weights, &table, &part));
    for (size_t i = 0; i < NST__PAINTER_TEXTS; i++) {
        const char *text = nst__table_find_note(&table, notes[i]);
        if (text) snprintf(painter->text[i], sizeof painter->text[i], "%s", text);
    }
    *out = painter;
    painter = NULL;
out:
    nst_painter_destroy(painter);
    nst__table_release(&table);
    return status;
}

nst_status nst_painter_load(nst_painter **out, const char *path)
{
    nst__source source;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(path);
    nst_status status = nst__source_open(&source, path);
    if (status == NST_OK) status = load(out, &source);
    nst__source_close(&source);
    return status;
}

nst_status nst_painter_decode(nst_painter **out, const void *bytes, size_t size)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(bytes);
    const nst__source source = {.name = "memory", .size = size, .bytes = bytes};
    return load(out, &source);
}
