#include "format/safetensors_write.h"
#include "base/alloc.h"
#include "base/file_write.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static nst_status reserve(nst__safetensors *file, size_t more)
{
    if (file->used + more < file->capacity) return NST_OK;
    const size_t capacity = 2 * file->capacity + more + 1024;
    char *header = nst__resize(file->header, capacity, 1);
    if (!header) return NST_ERR_OUT_OF_MEMORY;
    file->header = header;
    file->capacity = capacity;
    return NST_OK;
}

NST__PRINTF(2, 3) static void put(nst__safetensors *file, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (file->status == NST_OK) file->status = reserve(file, (size_t)length);
    if (file->status == NST_OK) vsnprintf(file->header + file->used, (size_t)length + 1, format, again);
    if (file->status == NST_OK) file->used += (size_t)length;
    va_end(again);
    va_end(arguments);
}

/* UTF-8, in which JSON escapes only these characters. */
static void put_escaped(nst__safetensors *file, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            put(file, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            put(file, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            put(file, "%c", *text);
}

nst_status nst__dtype_type(nst__type *out, nst_dtype dtype)
{
    switch (dtype) {
    case NST_DTYPE_F32: *out = NST__F32; return NST_OK;
    case NST_DTYPE_F16: *out = NST__F16; return NST_OK;
    case NST_DTYPE_BF16: *out = NST__BF16; return NST_OK;
    case NST_DTYPE_FORCE_32BIT: break;
    }
    return nst__fail(NST_ERR_ARGUMENT, "dtype: expected 1 to 3, found %d", (int)dtype);
}

void nst__safetensors_note(nst__safetensors *file, const char *key, const char *value)
{
    put(file, "%s\"%s\":\"", file->notes++ ? "," : "{\"__metadata__\":{", key);
    put_escaped(file, value);
    put(file, "\"");
}

void nst__safetensors_tensor(nst__safetensors *file, const char *name, nst__type type, int rank, const size_t *shape)
{
    static const char *const names[] = {[NST__F32] = "F32", [NST__F16] = "F16", [NST__BF16] = "BF16"};
    uint64_t bytes = nst__type_size(type);
    put(file, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
        file->tensors++ ? ","
        : file->notes   ? "},"
                        : "{",
        name, names[type]);
    for (int i = 0; i < rank; i++) {
        put(file, "%s%zu", i ? "," : "", shape[i]);
        bytes *= shape[i];
    }
    put(file, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", file->bytes, file->bytes + bytes);
    file->bytes += bytes;
}

nst_status nst__safetensors_write(nst__safetensors *file, const char *path, const void *numbers)
{
    unsigned char size[8];
    put(file, file->tensors ? "}" : file->notes ? "}}" : "{}");
    put(file, "%*s", (int)((8 - file->used % 8) % 8), ""); /* so the numbers are aligned */
    if (file->status != NST_OK) return file->status;
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(file->used >> 8 * i);
    const nst__part parts[] = {{size, sizeof size}, {file->header, file->used}, {numbers, (size_t)file->bytes}};
    return nst__file_write(path, parts, 3);
}

void nst__safetensors_release(nst__safetensors *file)
{
    nst__free(file->header);
}
