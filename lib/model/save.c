/*
 * Writes models as safetensors with torchvision's keys.
 */
#include "base/alloc.h"
#include "base/file_write.h"
#include "format/number.h"
#include "model/handle.h"
#include "model/input.h"
#include "model/model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The header: at most 16 convolutions, each well under 256 bytes, and metadata. */
typedef struct header {
    char text[8192];
    size_t used;
} header;

static void put(header *h, const char *format, ...) NST__PRINTF(2, 3);
static void put(header *h, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(h->text + h->used, sizeof h->text - h->used, format, arguments);
    va_end(arguments);
    if (n > 0) h->used += (size_t)n;
}

/* Text from our own JSON reader is valid UTF-8; only these characters need an escape. */
static void put_escaped(header *h, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            put(h, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            put(h, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            put(h, "%c", *text);
}

static void put_header(header *h, const nst_model *model, size_t layers, nst__type type)
{
    const nst__layer *layer = model->topology->layer;
    size_t last = layers - 1;
    while (!model->conv[last])
        last--;
    const char *dtype = type == NST__F32 ? "F32" : type == NST__F16 ? "F16" : "BF16";
    uint64_t at = 0;
    put(h, "{\"__metadata__\":{\"architecture\":\"%s\",\"input\":\"%s\",\"layers\":\"conv1_1..%s\"",
        model->topology->name, nst__input_text(model->input), layer[last].name);
    if (model->credit && *model->credit) {
        put(h, ",\"credit\":\"");
        put_escaped(h, model->credit);
        put(h, "\"");
    }
    put(h, "}");
    for (size_t i = 0; i < layers; i++) {
        if (!model->conv[i]) continue;
        const uint64_t out = nst__conv_out(model->conv[i]), in = nst__conv_in(model->conv[i]);
        const uint64_t middle = at + out * in * 9 * nst__type_size(type), end = middle + out * nst__type_size(type);
        put(h,
            ",\"features.%d.weight\":{\"dtype\":\"%s\",\"shape\":[%" PRIu64 ",%" PRIu64
            ",3,3],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}",
            layer[i].number, dtype, out, in, at, middle);
        put(h,
            ",\"features.%d.bias\":{\"dtype\":\"%s\",\"shape\":[%" PRIu64 "],\"data_offsets\":[%" PRIu64 ",%" PRIu64
            "]}",
            layer[i].number, dtype, out, middle, end);
        at = end;
    }
    put(h, "}");
    while (h->used % 8)
        put(h, " ");
}

static nst_status put_numbers(unsigned char *out, const nst_model *model, size_t layers, nst__type type)
{
    for (size_t i = 0; i < layers; i++) {
        const nst__conv *conv = model->conv[i];
        if (!conv) continue;
        const size_t channels = nst__conv_out(conv), n = channels * nst__conv_in(conv) * 9;
        bool fits = nst__numbers_write(out, n, type, nst__conv_weights(conv));
        out += n * nst__type_size(type);
        fits &= nst__numbers_write(out, channels, type, nst__conv_bias(conv));
        out += channels * nst__type_size(type);
        if (!fits)
            return nst__fail(NST_ERR_RANGE, "%s: weights above 65504 do not fit f16: f32 or bf16 holds them",
                             model->topology->layer[i].name);
    }
    return NST_OK;
}

static nst_status parse_dtype(nst__type *out, nst_dtype dtype)
{
    switch (dtype) {
    case NST_DTYPE_F32: *out = NST__F32; return NST_OK;
    case NST_DTYPE_F16: *out = NST__F16; return NST_OK;
    case NST_DTYPE_BF16: *out = NST__BF16; return NST_OK;
    case NST_DTYPE_FORCE_32BIT: break;
    }
    return nst__fail(NST_ERR_ARGUMENT, "dtype: expected 1 to 3, found %d", (int)dtype);
}

nst_status nst_model_save(const nst_model *model, const char *path, nst_dtype dtype, const char *upto)
{
    nst_status status = NST_OK;
    header *h = NULL;
    unsigned char *numbers = NULL, size[8];
    nst__type type = NST__F32;
    size_t layers, count = 0;
    NST_NEED(model);
    NST_NEED(path);
    layers = model->count;
    NST_TRY(parse_dtype(&type, dtype));
    if (upto) {
        NST_TRY(nst__model_find(model, upto, &layers));
        layers++;
    }
    for (size_t i = 0; i < layers; i++)
        if (model->conv[i]) count += nst__conv_out(model->conv[i]) * (nst__conv_in(model->conv[i]) * 9 + 1);
    h = nst__zalloc(1, sizeof *h);
    numbers = nst__alloc(count, nst__type_size(type));
    if (!h || !numbers) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(put_numbers(numbers, model, layers, type));
    put_header(h, model, layers, type);
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(h->used >> 8 * i);
    NST_TRY(nst__file_write(
        path, (nst__part[]){{size, sizeof size}, {h->text, h->used}, {numbers, count * nst__type_size(type)}}, 3));
out:
    nst__free(h);
    nst__free(numbers);
    return status;
}
