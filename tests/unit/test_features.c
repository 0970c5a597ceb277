/* Feature maps and Gram matrices: one pass for many layers, tiles, alpha, limits, engines, cancelling. */
#include "unit/runner.h"

#include "unit/tiny_model.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static const char *const layers[] = {"conv1_1", "relu1_1", "conv1_2", "relu2_1", "conv2_2", "relu3_1", "conv3_1"};
enum { LAYERS = sizeof layers / sizeof layers[0] };

static nst_features *make(const nst_model *model, nst_engine *engine)
{
    nst_features *features;
    ck_assert_int_eq(nst_features_create(&features, model, engine), NST_OK);
    return features;
}

static void add_all(nst_features *features)
{
    for (size_t i = 0; i < LAYERS; i++) {
        ck_assert_int_eq(nst_features_add_map(features, layers[i]), NST_OK);
        ck_assert_int_eq(nst_features_add_gram(features, layers[i]), NST_OK);
    }
}

static void read_picture(nst_features *features, const nst_image *image)
{
    ck_assert_msg(nst_features_read(features, image) == NST_OK, "%s", nst_last_error());
}

/* Largest difference relative to the largest value. */
static double difference(const float *a, const float *b, size_t count)
{
    double most = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)a[i] - (double)b[i]));
        largest = fmax(largest, fabs((double)b[i]));
    }
    return most / largest;
}

/* Compares map and Gram matrix of every layer. */
static void alike(const nst_features *a, const nst_features *b, double tolerance)
{
    for (size_t i = 0; i < LAYERS; i++) {
        const float *map[2], *gram[2];
        uint32_t height[2], width[2], channels[2];
        ck_assert_int_eq(nst_features_map(a, layers[i], &map[0], &height[0], &width[0], &channels[0]), NST_OK);
        ck_assert_int_eq(nst_features_map(b, layers[i], &map[1], &height[1], &width[1], &channels[1]), NST_OK);
        ck_assert_int_eq(nst_features_gram(a, layers[i], &gram[0], NULL), NST_OK);
        ck_assert_int_eq(nst_features_gram(b, layers[i], &gram[1], NULL), NST_OK);
        ck_assert(height[0] == height[1] && width[0] == width[1] && channels[0] == channels[1]);
        const size_t count = (size_t)height[0] * width[0] * channels[0], square = (size_t)channels[0] * channels[0];
        if (tolerance == 0) {
            ck_assert_int_eq(memcmp(map[0], map[1], count * sizeof(float)), 0);
            ck_assert_int_eq(memcmp(gram[0], gram[1], square * sizeof(float)), 0);
        } else {
            ck_assert_double_le(difference(map[0], map[1], count), tolerance);
            ck_assert_double_le(difference(gram[0], gram[1], square), tolerance);
        }
    }
}

START_TEST(maps_and_grams_agree)
{
    tiny_model tiny = tiny_model_make(4);
    nst_image *x = tiny_image(37, 26, 9);
    nst_features *features = make(tiny.model, NULL);
    add_all(features);
    read_picture(features, x);
    for (size_t l = 0; l < LAYERS; l++) {
        const uint32_t step = layers[l][4] == '1' ? 1 : layers[l][4] == '2' ? 2 : 4;
        uint32_t height, width, channels, square;
        const float *map, *gram;
        ck_assert_int_eq(nst_features_map(features, layers[l], &map, &height, &width, &channels), NST_OK);
        ck_assert_int_eq(nst_features_gram(features, layers[l], &gram, &square), NST_OK);
        ck_assert(height == 26 / step && width == 37 / step && channels == square);
        const size_t positions = (size_t)height * width;
        for (size_t a = 0; a < channels; a++)
            for (size_t b = 0; b < channels; b++) {
                double sum = 0;
                for (size_t i = 0; i < positions; i++)
                    sum += (double)map[i * channels + a] * (double)map[i * channels + b];
                ck_assert_double_eq_tol(sum / (double)positions, (double)gram[a * channels + b], 1e-4);
            }
        for (size_t i = 0; layers[l][0] == 'r' && i < positions * channels; i++)
            ck_assert(map[i] >= 0);
    }
    const float *conv, *relu; /* read in one pass: each is what it would be alone */
    uint32_t channels;
    ck_assert_int_eq(nst_features_map(features, "conv1_1", &conv, NULL, NULL, &channels), NST_OK);
    ck_assert_int_eq(nst_features_map(features, "relu1_1", &relu, NULL, NULL, NULL), NST_OK);
    bool negative = false;
    for (size_t i = 0; i < (size_t)37 * 26 * channels; i++) {
        negative = negative || conv[i] < 0;
        ck_assert(relu[i] == (conv[i] > 0 ? conv[i] : 0));
    }
    ck_assert(negative);
    nst_features_destroy(features);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Under a limit the picture is read in tiles: the same maps. The one that the error names is enough. */
START_TEST(a_limit_changes_nothing_but_memory)
{
    tiny_model tiny = tiny_model_make(2);
    nst_image *x = tiny_image(500, 310, 3);
    nst_features *whole = make(tiny.model, NULL), *tiled = make(tiny.model, NULL);
    add_all(whole);
    add_all(tiled);
    for (int padding = 0; padding < 3; padding++) {
        ck_assert_int_eq(nst_features_set_int(whole, NST_PARAM_PADDING, padding), NST_OK);
        ck_assert_int_eq(nst_features_set_int(tiled, NST_PARAM_PADDING, padding), NST_OK);
        ck_assert_int_eq(nst_features_set_int(tiled, NST_PARAM_MEMORY_LIMIT, 1), NST_OK);
        ck_assert_int_eq(nst_features_read(tiled, x), NST_ERR_MEMORY_LIMIT);
        const char *named = strstr(nst_last_error(), "does is ");
        ck_assert_ptr_nonnull(named);
        const int64_t limit = strtoll(named + strlen("does is "), NULL, 10) * 1048576;
        ck_assert_int_eq(nst_features_set_int(tiled, NST_PARAM_MEMORY_LIMIT, limit), NST_OK);
        read_picture(whole, x);
        read_picture(tiled, x);
        alike(tiled, whole, 2e-5);
    }
    nst_features_destroy(whole);
    nst_features_destroy(tiled);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A position without weight does not count: half of the picture hidden is the other half, away from its border. */
START_TEST(alpha_weighs_gram_matrices)
{
    tiny_model tiny = tiny_model_make(2);
    nst_image *plain = tiny_image(64, 48, 3), *clear;
    nst_features *features = make(tiny.model, NULL);
    const float *gram;
    float opaque[25];
    ck_assert_int_eq(nst_features_add_gram(features, "relu1_1"), NST_OK);
    ck_assert_int_eq(nst_image_create(&clear, 64, 48, 1), NST_OK);
    memcpy(nst_image_mutable_pixels(clear), nst_image_pixels(plain), (size_t)64 * 48 * 3 * sizeof(float));
    read_picture(features, plain);
    ck_assert_int_eq(nst_features_gram(features, "relu1_1", &gram, NULL), NST_OK);
    memcpy(opaque, gram, sizeof opaque);
    read_picture(features, clear); /* opaque everywhere */
    ck_assert_int_eq(nst_features_gram(features, "relu1_1", &gram, NULL), NST_OK);
    ck_assert_int_eq(memcmp(gram, opaque, sizeof opaque), 0);

    for (size_t i = 0; i < 64 * 48; i++) { /* hidden: whatever is there */
        if (i % 64 < 32) continue;
        nst_image_mutable_alpha(clear)[i] = 0;
        for (size_t c = 0; c < 3; c++)
            nst_image_mutable_pixels(clear)[3 * i + c] = 1;
    }
    read_picture(features, clear);
    ck_assert_int_eq(nst_features_gram(features, "relu1_1", &gram, NULL), NST_OK);
    ck_assert_double_le(difference(gram, opaque, 25), 0.2);
    ck_assert_double_ge(difference(gram, opaque, 25), 1e-4);
    memset(nst_image_mutable_alpha(clear), 0, (size_t)64 * 48 * sizeof(float));
    read_picture(features, clear); /* nothing to be seen */
    ck_assert_int_eq(nst_features_gram(features, "relu1_1", &gram, NULL), NST_OK);
    for (size_t i = 0; i < 25; i++)
        ck_assert(gram[i] == 0);
    nst_features_destroy(features);
    nst_image_destroy(plain);
    nst_image_destroy(clear);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(what_is_refused)
{
    tiny_model tiny = tiny_model_make(4);
    nst_image *x = tiny_image(37, 26, 9), *small = tiny_image(3, 9, 1);
    nst_features *features = make(tiny.model, NULL), *none;
    const float *result = (const float *)(const void *)&tiny;
    int64_t value;
    const char *text;
    ck_assert_int_eq(nst_features_create(&none, NULL, NULL), NST_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(nst_features_read(features, x), NST_ERR_STATE);
    ck_assert_int_eq(nst_features_add_gram(features, "conv9_9"), NST_ERR_NAME);
    ck_assert_int_eq(nst_features_add_gram(features, "conv4_1"), NST_ERR_NO_LAYER);
    ck_assert_int_eq(nst_features_add_gram(features, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_features_add_gram(features, "conv3_1"), NST_OK);
    ck_assert_int_eq(nst_features_add_gram(features, "conv3_1"), NST_OK);
    ck_assert_int_eq(nst_features_gram(features, "conv3_1", &result, NULL), NST_ERR_STATE);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(nst_features_map(features, "conv3_1", &result, NULL, NULL, NULL), NST_ERR_STATE);
    ck_assert_int_eq(nst_features_read(features, small), NST_ERR_TOO_SMALL);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "3x9 is too small for conv3_1, which needs 4x4"));
    read_picture(features, x);
    ck_assert_int_eq(nst_features_gram(features, "conv3_1", &result, NULL), NST_OK);
    ck_assert_int_eq(nst_features_read(features, small), NST_ERR_TOO_SMALL);
    ck_assert_int_eq(nst_features_gram(features, "conv3_1", &result, NULL), NST_ERR_STATE); /* nothing stale */
    ck_assert_int_eq(nst_features_clear(features), NST_OK);
    ck_assert_int_eq(nst_features_read(features, x), NST_ERR_STATE);

    ck_assert_int_eq(nst_features_set_int(features, NST_PARAM_THREADS, 3), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_features_set_int(features, NST_PARAM_PADDING, 7), NST_ERR_RANGE);
    ck_assert_int_eq(nst_features_set_text(features, NST_PARAM_POOLING, "average"), NST_OK);
    ck_assert_int_eq(nst_features_get_int(features, NST_PARAM_POOLING, &value), NST_OK);
    ck_assert_int_eq(value, NST_POOLING_AVERAGE);
    ck_assert_int_eq(nst_features_set_text(features, NST_PARAM_MEMORY_LIMIT, "2G"), NST_OK);
    ck_assert_int_eq(nst_features_get_text(features, NST_PARAM_MEMORY_LIMIT, &text), NST_OK);
    ck_assert_str_eq(text, "2147483648");
    ck_assert_int_eq(nst_features_get_int(features, NST_PARAM_PADDING, &value), NST_OK);
    ck_assert_int_eq(value, NST_PADDING_ZERO);
    nst_features_destroy(features);
    nst_features_destroy(NULL);
    nst_image_destroy(x);
    nst_image_destroy(small);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_flag_ends_the_reading)
{
    tiny_model tiny = tiny_model_make(4);
    nst_image *x = tiny_image(37, 26, 9);
    nst_features *features = make(tiny.model, NULL);
    volatile int32_t flag = 1;
    const float *gram;
    add_all(features);
    nst_features_cancel(features); /* nothing is under way */
    read_picture(features, x);
    ck_assert_int_eq(nst_features_set_cancel_flag(features, &flag), NST_OK);
    ck_assert_int_eq(nst_features_read(features, x), NST_ERR_CANCELLED);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "cancelled"));
    ck_assert_int_eq(nst_features_gram(features, "conv1_1", &gram, NULL), NST_ERR_STATE);
    flag = 0;
    read_picture(features, x);
    nst_features_destroy(features);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

struct reader {
    pthread_t thread;
    nst_features *features;
    const nst_image *image;
    nst_status status;
};

static void *read_often(void *argument)
{
    struct reader *reader = argument;
    for (int i = 0; i < 5 && reader->status == NST_OK; i++)
        reader->status = nst_features_read(reader->features, reader->image);
    return NULL;
}

START_TEST(readers_in_threads_share_an_engine)
{
    tiny_model tiny = tiny_model_make(5);
    nst_image *x = tiny_image(61, 47, 9);
    nst_features *alone = make(tiny.model, NULL);
    nst_engine *engine;
    struct reader readers[4];
    ck_assert_int_eq(nst_engine_create(&engine), NST_OK);
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_THREADS, 3), NST_OK);
    for (int i = 0; i < 4; i++) {
        readers[i] = (struct reader){.features = make(tiny.model, engine), .image = x};
        add_all(readers[i].features);
    }
    nst_engine_destroy(engine); /* held by the readers */
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&readers[i].thread, NULL, read_often, &readers[i]), 0);
    add_all(alone);
    read_picture(alone, x);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(readers[i].thread, NULL), 0);
        ck_assert_int_eq(readers[i].status, NST_OK);
        alike(readers[i].features, alone, 0);
        nst_features_destroy(readers[i].features);
    }
    nst_features_destroy(alone);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("features", maps_and_grams_agree, a_limit_changes_nothing_but_memory, alpha_weighs_gram_matrices,
       what_is_refused, a_flag_ends_the_reading, readers_in_threads_share_an_engine)
