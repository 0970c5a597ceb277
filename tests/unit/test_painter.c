/* Painters: the gradient by the weights, training, tiles, files. */
#include "unit/runner.h"

#include "nn/engine_handle.h"
#include "painter/painter.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static nst_painter *new_painter(uint64_t seed)
{
    nst_painter *painter;
    ck_assert_int_eq(nst_painter_create(&painter, seed), NST_OK);
    return painter;
}

/* Losses of every kind that a painter is trained by. */
static nst_transfer *new_transfer(const nst_model *model, nst_engine *engine)
{
    nst_transfer *transfer;
    nst_image *painting = tiny_image(36, 30, 5);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_engine(transfer, engine), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, painting, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_CONTENT_WEIGHT, 0.01), NST_OK);
    nst_image_destroy(painting);
    return transfer;
}

static nst_engine *new_engine(int threads)
{
    nst_engine *engine;
    ck_assert_int_eq(nst_engine_create(&engine), NST_OK);
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_THREADS, threads), NST_OK);
    return engine;
}

/* ---- The gradient ---- */

/* Along the gradient of each layer by itself: the difference of two values, over the step, is its length. */
START_TEST(gradient_is_that_of_the_value)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = new_transfer(tiny.model, NULL);
    nst_painter *painter = new_painter(2);
    nst_image *photo = tiny_image(32, 24, 3);
    const nst__painter_net *net = painter->net;
    const size_t count = nst_painter_weight_count(painter);
    float *start = malloc(count * sizeof *start), *at = malloc(count * sizeof *at),
          *gradient = calloc(count, sizeof *at);
    double total, value[2];
    size_t checked = 0;
    memcpy(start, nst_painter_weights(painter), count * sizeof *start);
    ck_assert_int_eq(nst_painter_evaluate(painter, transfer, photo, &total, gradient), NST_OK);
    for (size_t i = 0; i < net->layers; i++) {
        const nst__painter_layer *layer = &net->layer[i];
        const size_t n = layer->count + layer->biases;
        double square = 0, size = 0;
        for (size_t k = layer->weights; k < layer->weights + n; k++) {
            square += (double)gradient[k] * (double)gradient[k];
            size += (double)start[k] * (double)start[k];
        }
        if (n == 0) continue;
        const double length = sqrt(square), step = 2e-4 * sqrt(size) / length;
        ck_assert_double_gt(length, 1e-6);
        for (int side = 0; side < 2; side++) {
            memcpy(at, start, count * sizeof *at);
            for (size_t k = layer->weights; k < layer->weights + n; k++)
                at[k] += (float)(side ? step : -step) * gradient[k];
            ck_assert_int_eq(nst_painter_set_weights(painter, at, count), NST_OK);
            ck_assert_int_eq(nst_painter_evaluate(painter, transfer, photo, &value[side], NULL), NST_OK);
        }
        ck_assert_msg(fabs((value[1] - value[0]) / (2 * step * square) - 1) < 0.03, "%s: %g where 1 is right",
                      layer->row->name, (value[1] - value[0]) / (2 * step * square));
        checked++;
    }
    ck_assert_uint_eq(checked, 27);
    free(start);
    free(at);
    free(gradient);
    nst_image_destroy(photo);
    nst_painter_destroy(painter);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Gradients are added up, and their bits do not depend on the threads. */
START_TEST(same_bits_on_any_number_of_threads)
{
    tiny_model tiny = tiny_model_make(1);
    nst_image *photo = tiny_image(48, 64, 3), *painted[2];
    float *gradient[2];
    double total[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        nst_engine *engine = new_engine(i ? 3 : 1);
        nst_transfer *transfer = new_transfer(tiny.model, engine);
        nst_painter *painter = new_painter(2);
        ck_assert_int_eq(nst_painter_set_engine(painter, engine), NST_OK);
        nst_engine_destroy(engine);
        count = nst_painter_weight_count(painter);
        gradient[i] = calloc(count, sizeof(float));
        for (int twice = 0; twice < 2; twice++)
            ck_assert_int_eq(nst_painter_evaluate(painter, transfer, photo, &total[i], gradient[i]), NST_OK);
        ck_assert_int_eq(nst_painter_paint(&painted[i], painter, photo), NST_OK);
        nst_painter_destroy(painter);
        nst_transfer_destroy(transfer);
    }
    ck_assert_mem_eq(gradient[0], gradient[1], count * sizeof(float));
    ck_assert_mem_eq(nst_image_pixels(painted[0]), nst_image_pixels(painted[1]), 48 * 64 * 3 * sizeof(float));
    ck_assert_double_eq(total[0], total[1]);
    for (int i = 0; i < 2; i++) {
        free(gradient[i]);
        nst_image_destroy(painted[i]);
    }
    nst_image_destroy(photo);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Training ---- */

typedef struct training {
    nst_painter *painter;
    nst_transfer *transfer;
    nst_image *photo[4];
    double first, last;
} training;

static int evaluate(nst_optimizer *optimizer, size_t n, const float *weights, double *value, float *gradient,
                    void *user)
{
    training *t = user;
    const nst_image *photo = t->photo[nst_optimizer_evaluations(optimizer) % 4];
    memset(gradient, 0, n * sizeof *gradient);
    if (nst_painter_set_weights(t->painter, weights, n) != NST_OK) return 2;
    if (nst_painter_evaluate(t->painter, t->transfer, photo, value, gradient) != NST_OK) return 2;
    if (t->first == 0) t->first = *value;
    t->last = *value;
    return 0;
}

/* A hundred steps lower the loss to a third. */
START_TEST(training_lowers_the_loss)
{
    tiny_model tiny = tiny_model_make(1);
    training t = {.painter = new_painter(2), .transfer = new_transfer(tiny.model, NULL)};
    const size_t count = nst_painter_weight_count(t.painter);
    float *weights = malloc(count * sizeof *weights);
    nst_optimizer *optimizer;
    for (int i = 0; i < 4; i++)
        t.photo[i] = tiny_image(32, 32, 10 + (uint64_t)i);
    memcpy(weights, nst_painter_weights(t.painter), count * sizeof *weights);
    ck_assert_int_eq(nst_optimizer_create(&optimizer, NST_ALGORITHM_ADAM), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_float(optimizer, NST_PARAM_LEARNING_RATE, 0.001), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_int(optimizer, NST_PARAM_MAX_EVALUATIONS, 100), NST_OK);
    ck_assert_msg(nst_optimizer_minimize(optimizer, count, weights, evaluate, &t) == NST_OK, "%s", nst_last_error());
    ck_assert_double_lt(t.last, t.first / 3);
    for (int i = 0; i < 4; i++)
        nst_image_destroy(t.photo[i]);
    free(weights);
    nst_optimizer_destroy(optimizer);
    nst_painter_destroy(t.painter);
    nst_transfer_destroy(t.transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Painting ---- */

/* Tiles make the picture of one pass, at their borders as inside: there is no seam. */
START_TEST(tiles_have_no_seams)
{
    nst_painter *painter = new_painter(4);
    const uint32_t sizes[][2] = {{301, 214}, {90, 500}, {260, 18}};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++)
        for (size_t tile = 96; tile <= 160; tile += 64) {
            nst_image *image = tiny_image(sizes[n][0], sizes[n][1], 6), *whole, *tiled;
            ck_assert_int_eq(nst__painter_paint(&whole, painter, image, SIZE_MAX, tile), NST_OK);
            ck_assert_int_eq(nst__painter_paint(&tiled, painter, image, 1, tile), NST_OK);
            for (size_t i = 0; i < (size_t)sizes[n][0] * sizes[n][1] * 3; i++)
                ck_assert_float_eq_tol(nst_image_pixels(tiled)[i], nst_image_pixels(whole)[i], 2e-5F);
            nst_image_destroy(image);
            nst_image_destroy(whole);
            nst_image_destroy(tiled);
        }
    nst_painter_destroy(painter);
}
END_TEST

/* A flat picture gets strokes, too. */
START_TEST(flat_parts_are_not_painted_flat)
{
    nst_painter *painter = new_painter(4);
    nst_image *image = tiny_image(128, 128, 6), *result;
    for (size_t i = 0; i < 128 * 128 * 3; i++)
        nst_image_mutable_pixels(image)[i] = 0.5F;
    ck_assert_int_eq(nst_painter_paint(&result, painter, image), NST_OK);
    const float *middle = nst_image_pixels(result) + (64 * 128 + 60) * 3;
    float low = 1, high = 0;
    for (size_t i = 0; i < 8; i++) {
        low = fminf(low, middle[3 * i]);
        high = fmaxf(high, middle[3 * i]);
    }
    ck_assert_float_gt(high - low, 0.01F);
    nst_image_destroy(image);
    nst_image_destroy(result);
    nst_painter_destroy(painter);
}
END_TEST

START_TEST(any_size_is_painted)
{
    nst_painter *painter = new_painter(4);
    const uint32_t sizes[][2] = {{1, 1}, {3, 40}, {17, 16}, {64, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        nst_image *image = tiny_image(sizes[i][0], sizes[i][1], 6), *result;
        ck_assert_int_eq(nst_painter_paint(&result, painter, image), NST_OK);
        ck_assert_uint_eq(nst_image_width(result), sizes[i][0]);
        ck_assert_uint_eq(nst_image_height(result), sizes[i][1]);
        for (size_t k = 0; k < sizes[i][0] * sizes[i][1] * 3; k++)
            ck_assert(nst_image_pixels(result)[k] > 0 && nst_image_pixels(result)[k] < 1);
        nst_image_destroy(image);
        nst_image_destroy(result);
    }
    nst_painter_destroy(painter);
}
END_TEST

/* ---- Files ---- */

static const char *path(void)
{
    static char name[64];
    snprintf(name, sizeof name, "/tmp/nst-painter-%ld", (long)getpid());
    return name;
}

static size_t read_all(char **out)
{
    FILE *file = fopen(path(), "rb");
    ck_assert_ptr_nonnull(file);
    *out = malloc(2000000);
    const size_t size = fread(*out, 1, 2000000, file);
    fclose(file);
    unlink(path());
    return size;
}

static void check_refused(const void *bytes, size_t size, nst_status expected, const char *words)
{
    nst_painter *none = (nst_painter *)(uintptr_t)1;
    ck_assert_int_eq(nst_painter_decode(&none, bytes, size), expected);
    ck_assert_ptr_null(none);
    ck_assert_msg(strstr(nst_last_error(), words) != NULL, "%s", nst_last_error());
}

static char *place_of(char *bytes, size_t size, const char *words)
{
    for (size_t i = 0; i + strlen(words) <= size; i++)
        if (memcmp(bytes + i, words, strlen(words)) == 0) return bytes + i;
    ck_abort_msg("%s is not in the file", words);
}

START_TEST(files_hold_the_painter)
{
    nst_painter *painter = new_painter(7), *copy;
    const size_t count = nst_painter_weight_count(painter);
    char *bytes;
    ck_assert_int_eq(nst_painter_set_text(painter, NST_PAINTER_STYLE, "caf\xc3\xa9 \"night\""), NST_OK);
    for (nst_dtype dtype = NST_DTYPE_F32; dtype <= NST_DTYPE_F16; dtype++) {
        ck_assert_int_eq(nst_painter_save(painter, path(), dtype), NST_OK);
        ck_assert_int_eq(nst_painter_load(&copy, path()), NST_OK);
        ck_assert_str_eq(nst_painter_text(copy, NST_PAINTER_STYLE), "caf\xc3\xa9 \"night\"");
        ck_assert_str_eq(nst_painter_text(copy, NST_PAINTER_TRAINING), "");
        for (size_t i = 0; i < count; i++)
            ck_assert(fabsf(nst_painter_weights(copy)[i] - nst_painter_weights(painter)[i]) <=
                      (dtype == NST_DTYPE_F32 ? 0 : 1e-4F));
        nst_painter_destroy(copy);
    }
    const size_t size = read_all(&bytes);
    ck_assert_uint_lt(size, 800000);
    for (size_t cut = 0; cut < size; cut += 1 + cut / 3)
        ck_assert_int_ne(nst_painter_decode(&copy, bytes, cut), NST_OK);
    place_of(bytes, size, "\"version\":\"2\"")[11] = '7';
    check_refused(bytes, size, NST_ERR_UNSUPPORTED, "expected a painter of version 2, found version 7");
    place_of(bytes, size, "\"version\":\"7\"")[11] = '1';
    check_refused(bytes, size, NST_ERR_UNSUPPORTED, "found version 1, which has to be trained again");
    place_of(bytes, size, "\"version\":\"1\"")[11] = '2';
    place_of(bytes, size, "conv6.weight")[4] = 'x';
    check_refused(bytes, size, NST_ERR_UNSUPPORTED, "expected a tensor called conv6.weight");
    place_of(bytes, size, "convx.weight")[4] = '6';
    memset(bytes + size - 2, 0xff, 2);
    check_refused(bytes, size, NST_ERR_NON_FINITE, "");
    place_of(bytes, size, "nstpaint")[0] = 'N';
    check_refused(bytes, size, NST_ERR_FORMAT, "expected a painter");
    memcpy(bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    check_refused(bytes, size, NST_ERR_FORMAT, "expected a painter of nst train, which is a safetensors file");
    free(bytes);
    nst_painter_destroy(painter);
}
END_TEST

START_TEST(bad_input_is_refused)
{
    tiny_model tiny = tiny_model_make(1);
    nst_painter *painter = new_painter(7);
    nst_transfer *transfer = new_transfer(tiny.model, NULL);
    nst_image *odd = tiny_image(30, 32, 1), *small = tiny_image(12, 32, 1), *bright = tiny_image(32, 32, 1), *result;
    const size_t count = nst_painter_weight_count(painter);
    float *weights = malloc(count * sizeof *weights);
    char text[500];
    double total;
    memset(text, 'x', sizeof text);
    text[401] = '\0';
    ck_assert_int_eq(nst_painter_set_text(painter, NST_PAINTER_STYLE, text), NST_ERR_RANGE);
    ck_assert_int_eq(nst_painter_set_text(painter, (nst_painter_key)9, ""), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_painter_evaluate(painter, transfer, odd, &total, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_painter_evaluate(painter, transfer, small, &total, NULL), NST_ERR_ARGUMENT);
    nst_image_mutable_pixels(bright)[5] = 200;
    ck_assert_int_eq(nst_painter_evaluate(painter, transfer, bright, &total, NULL), NST_ERR_RANGE);
    ck_assert_int_eq(nst_painter_paint(&result, painter, bright), NST_ERR_RANGE);
    ck_assert_ptr_null(result);
    memcpy(weights, nst_painter_weights(painter), count * sizeof *weights);
    ck_assert_int_eq(nst_painter_set_weights(painter, weights, count - 1), NST_ERR_ARGUMENT);
    weights[17] = NAN;
    ck_assert_int_eq(nst_painter_set_weights(painter, weights, count), NST_ERR_NON_FINITE);
    ck_assert_int_eq(nst_painter_save(painter, path(), (nst_dtype)0), NST_ERR_ARGUMENT);
    weights[17] = 1e6F;
    ck_assert_int_eq(nst_painter_set_weights(painter, weights, count), NST_OK);
    ck_assert_int_eq(nst_painter_save(painter, path(), NST_DTYPE_F16), NST_ERR_RANGE);
    memcpy(weights, nst_painter_weights(painter), count * sizeof *weights);
    for (size_t i = count - 9 * 9 * 16 * 3 - 3; i < count; i++) /* of the last layer */
        weights[i] = i % 2 ? 3e38F : -3e38F;
    ck_assert_int_eq(nst_painter_set_weights(painter, weights, count), NST_OK);
    nst_image_mutable_pixels(bright)[5] = 1;
    ck_assert_int_eq(nst_painter_paint(&result, painter, bright), NST_ERR_NON_FINITE);
    ck_assert_ptr_null(result);
    free(weights);
    nst_image_destroy(odd);
    nst_image_destroy(small);
    nst_image_destroy(bright);
    nst_transfer_destroy(transfer);
    nst_painter_destroy(painter);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("painter", gradient_is_that_of_the_value, same_bits_on_any_number_of_threads, training_lowers_the_loss,
       tiles_have_no_seams, flat_parts_are_not_painted_flat, any_size_is_painted, files_hold_the_painter,
       bad_input_is_refused)
