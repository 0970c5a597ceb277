/* A seeded model of odd little widths, conv1_1 to conv3_1, made as a safetensors file in memory. */
#ifndef NST_UNIT_TINY_MODEL_H
#define NST_UNIT_TINY_MODEL_H

#include <nst/nst.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TINY_CONVS = 5 };
static const size_t tiny_channels[TINY_CONVS + 1] = {3, 5, 8, 7, 9, 6};

/* Uniform in -1..1. */
static double tiny_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(int64_t)(*state >> 11) / (double)(INT64_C(1) << 52) - 1;
}

typedef struct tiny_model {
    nst_model *model;
    char *file;
    float *weights[TINY_CONVS], *bias[TINY_CONVS]; /* within FILE */
} tiny_model;

static inline tiny_model tiny_model_make(uint64_t seed)
{
    static const int index[TINY_CONVS] = {0, 2, 5, 7, 10};
    tiny_model tiny;
    char header[4096] = "{\"__metadata__\":{\"input\":\"rgb01\"}";
    size_t offset = 0, start[2 * TINY_CONVS];
    for (size_t i = 0; i < TINY_CONVS; i++) {
        const size_t in = tiny_channels[i], out = tiny_channels[i + 1], bytes = out * in * 9 * 4;
        const size_t length = strlen(header);
        start[2 * i] = offset;
        start[2 * i + 1] = offset + bytes;
        snprintf(header + length, sizeof header - length,
                 ",\"features.%d.weight\":{\"dtype\":\"F32\",\"shape\":[%zu,%zu,3,3],\"data_offsets\":[%zu,%zu]}"
                 ",\"features.%d.bias\":{\"dtype\":\"F32\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}",
                 index[i], out, in, offset, offset + bytes, index[i], out, offset + bytes, offset + bytes + out * 4);
        offset += bytes + out * 4;
    }
    strcat(header, "}");
    while (strlen(header) % 8)
        strcat(header, " ");
    const uint64_t length = strlen(header);
    tiny.file = malloc(8 + length + offset);
    memcpy(tiny.file, &length, 8);
    memcpy(tiny.file + 8, header, length);
    for (size_t i = 0; i < TINY_CONVS; i++) {
        const size_t count = tiny_channels[i + 1] * tiny_channels[i] * 9;
        const double scale = 1.7 * sqrt(2.0 / ((double)tiny_channels[i] * 9));
        tiny.weights[i] = (float *)(void *)(tiny.file + 8 + length + start[2 * i]);
        tiny.bias[i] = (float *)(void *)(tiny.file + 8 + length + start[2 * i + 1]);
        for (size_t k = 0; k < count; k++)
            tiny.weights[i][k] = (float)(scale * tiny_random(&seed));
        for (size_t k = 0; k < tiny_channels[i + 1]; k++)
            tiny.bias[i][k] = (float)(0.3 * tiny_random(&seed));
    }
    if (nst_model_decode(&tiny.model, tiny.file, 8 + length + offset, NST_INPUT_AUTO) != NST_OK) {
        fprintf(stderr, "%s\n", nst_last_error());
        abort();
    }
    return tiny;
}

static inline void tiny_model_destroy(tiny_model *tiny)
{
    nst_model_destroy(tiny->model);
    free(tiny->file);
}

/* A smooth picture with some grain, values a little beyond 0..1. */
static inline nst_image *tiny_image(uint32_t width, uint32_t height, uint64_t seed)
{
    nst_image *image;
    if (nst_image_create(&image, width, height, 0) != NST_OK) abort();
    float *p = nst_image_mutable_pixels(image);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < 3; c++)
                *p++ = (float)(0.5 + 0.4 * sin(0.3 * x + 0.7 * c + (double)(seed % 7)) * cos(0.23 * y - c) +
                               0.2 * tiny_random(&seed));
    return image;
}

#endif
