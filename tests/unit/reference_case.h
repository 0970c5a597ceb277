/* The files of a float64 case of NST_SHARED_DIR/reference: its JSON, and the tensors of its safetensors. */
#ifndef NST_UNIT_REFERENCE_CASE_H
#define NST_UNIT_REFERENCE_CASE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    ck_assert_uint_eq(fread(text, 1, *size, file), *size);
    text[*size] = '\0';
    fclose(file);
    return text;
}

/* ---- Just enough JSON for files that are known to be good ---- */

static inline const char *after(const char *text, const char *key)
{
    char quoted[80];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *found = strstr(text, quoted);
    ck_assert_msg(found != NULL, "no %s in the case", key);
    return strchr(found + strlen(quoted), ':') + 1;
}

struct tensor {
    const void *data;
    size_t height, width;
};

static inline struct tensor tensor(const char *file, const char *key)
{
    uint64_t header;
    memcpy(&header, file, 8);
    const char *entry = after(file + 8, key), *shape = strchr(after(entry, "shape"), '['), *end;
    struct tensor tensor;
    tensor.height = strtoul(shape + 1, (char **)&end, 10);
    tensor.width = strtoul(end + 1, NULL, 10);
    tensor.data = file + 8 + header + strtoul(strchr(after(entry, "data_offsets"), '[') + 1, NULL, 10);
    return tensor;
}

#endif
