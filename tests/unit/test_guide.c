/* The weights that a mask becomes at each layer, and what they do to a picture with alpha. */
#include "unit/runner.h"

#include "objective/guide.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { CONV1_1 = 1, CONV2_2 = 8 }; /* layers of a VGG */

static nst__net net_of(const tiny_model *tiny, nst__engine *engine)
{
    nst__net net = {.model = tiny->model, .engine = engine};
    const nst__tap taps[] = {{CONV1_1, 1}, {CONV2_2 + 1, 1}}; /* the second at its ReLU */
    nst__net_tap(&net, taps, 2);
    return net;
}

START_TEST(a_full_mask_is_no_guide)
{
    tiny_model tiny = tiny_model_make(1);
    nst__engine *engine;
    nst__guide *guide;
    float mask[8 * 8];
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    const nst__net net = net_of(&tiny, engine);
    for (size_t i = 0; i < 64; i++)
        mask[i] = 1;
    ck_assert_int_eq(nst__guide_create(&guide, &net, 8, 8, mask), NST_OK);
    ck_assert_ptr_null(guide);
    nst__engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Columns 0 to 7 of 16 are inside. A 3x3 mean sees 2/3 of column 7 inside and 1/3 of column 8: g = 2B - 1 is 1/3 and 0. */
START_TEST(a_hard_border_is_inside_less_outside)
{
    tiny_model tiny = tiny_model_make(1);
    nst__engine *engine;
    nst__guide *guide;
    float mask[12 * 16];
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    const nst__net net = net_of(&tiny, engine);
    for (size_t i = 0; i < 12 * 16; i++)
        mask[i] = i % 16 < 8;
    ck_assert_int_eq(nst__guide_create(&guide, &net, 12, 16, mask), NST_OK);
    const float *g = nst__guide_at(guide, CONV1_1);
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < 16; j++) {
            const float expected = j < 7 ? 1 : j == 7 ? 1.0f / 3 : 0;
            ck_assert_msg(fabsf(g[i * 16 + j] - expected) < 1e-6f, "row %zu column %zu: %g", i, j,
                          (double)g[i * 16 + j]);
        }
    const float *deep = nst__guide_at(guide, CONV2_2); /* after one pooling: half the size */
    ck_assert_float_gt(deep[0], 0.99f);
    ck_assert_float_eq(deep[7], 0);
    nst__guide_destroy(guide);
    nst__engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A few pixels vanish by the guide's formula: then they count as much as is seen of them. */
START_TEST(a_tiny_region_is_not_lost)
{
    tiny_model tiny = tiny_model_make(1);
    nst__engine *engine;
    nst__guide *guide;
    float mask[12 * 16] = {0}, sum = 0;
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    const nst__net net = net_of(&tiny, engine);
    mask[5 * 16 + 5] = 1;
    ck_assert_int_eq(nst__guide_create(&guide, &net, 12, 16, mask), NST_OK);
    for (size_t i = 0; i < 12 * 16; i++)
        sum += nst__guide_at(guide, CONV1_1)[i];
    ck_assert_float_eq_tol(sum, 1, 1e-5f);
    nst__guide_destroy(guide);
    nst__engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Pictures with alpha ---- */

enum { SIDE = 32 };

/* Noise on the left half; the right half has VALUE and, with ALPHA, is transparent. */
static nst_image *half(float value, bool alpha)
{
    float pixels[SIDE * SIDE * 4];
    const size_t channels = alpha ? 4 : 3;
    unsigned seed = 9;
    nst_image *image;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        for (size_t c = 0; c < 3; c++) {
            seed = seed * 1664525u + 1013904223u;
            pixels[i * channels + c] = i % SIDE < SIDE / 2 ? (float)(seed >> 8) / (float)(1 << 24) : value;
        }
        if (alpha) pixels[i * 4 + 3] = i % SIDE < SIDE / 2;
    }
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, SIDE, SIDE, (int)channels, 0), NST_OK);
    return image;
}

static double total_of(nst_image *content, nst_image *style, nst_image *at, float *gradient)
{
    nst_model *model;
    nst_transfer *transfer;
    double total;
    ck_assert_int_eq(nst_model_load(&model, "random:0"), NST_OK);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_CONTENT_LAYERS, "conv1_1"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_RANGE_WEIGHT, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_SCALE, 0), NST_OK);
    ck_assert_msg(nst_transfer_evaluate(transfer, at, &total, gradient) == NST_OK, "%s", nst_last_error());
    nst_transfer_destroy(transfer);
    nst_model_destroy(model);
    return total;
}

/* What the transparent half of a style hides counts only where features at the border see it. */
START_TEST(the_hidden_part_of_a_style_is_not_painted)
{
    nst_image *x = half(0.5f, true);
    for (int i = 0; i < 2; i++) {
        nst_image *hidden = half((float)i, true), *shown = half((float)i, false);
        const double a = total_of(x, hidden, x, NULL), b = total_of(x, shown, x, NULL);
        ck_assert_msg(a < 0.1 * b, "the distance from a style that hides %d is %g, from one that shows it %g", i, a, b);
        nst_image_destroy(hidden);
        nst_image_destroy(shown);
    }
    nst_image_destroy(x);
}
END_TEST

/* The transparent half of the content has no part in any loss: it is not pulled anywhere. */
START_TEST(the_hidden_part_of_a_content_is_not_pulled)
{
    nst_image *content = half(0, true), *style = half(0.2f, true);
    float *gradient = malloc(SIDE * SIDE * 3 * sizeof *gradient);
    nst_image *at;
    ck_assert_int_eq(nst_image_create(&at, SIDE, SIDE, 0), NST_OK);
    total_of(content, style, at, gradient);
    double inside = 0;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
        const size_t column = i / 3 % SIDE;
        if (column < SIDE / 2) inside += fabs((double)gradient[i]);
        if (column > SIDE / 2 + 1) ck_assert_msg(gradient[i] == 0, "column %zu: %g", column, (double)gradient[i]);
    }
    ck_assert_double_gt(inside, 0);
    free(gradient);
    nst_image_destroy(at);
    nst_image_destroy(content);
    nst_image_destroy(style);
}
END_TEST

/* The parts of 50 zeros, soft edges with a few ones in them, 60 ones, and 40 zeros that COUNT ends. */
START_TEST(a_mask_is_cut_where_long_runs_begin_and_end)
{
    enum { COUNT = 50 + 8 + 60 + 40 };
    static const float edge[8] = {.2f, .5f, 1, 1, .7f, 0, .9f, .99f};
    static const size_t expected[] = {50, 8, 60, 40};
    float weights[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        weights[i] = i >= 50 && i < 58 ? edge[i - 50] : i >= 58 && i < 118;
    for (size_t at = 0, part = 0; at < COUNT; part++) {
        const size_t run = nst__weights_run(weights + at, COUNT - at);
        ck_assert_uint_eq(run, expected[part]);
        at += run;
    }
    ck_assert_uint_eq(nst__weights_run(NULL, 9), 9);
    for (size_t i = 0; i < COUNT; i++) /* nothing is worth a cut */
        weights[i] = i % 31 < 15;
    ck_assert_uint_eq(nst__weights_run(weights, COUNT), COUNT);
}
END_TEST

RUNNER("guide", a_mask_is_cut_where_long_runs_begin_and_end, a_full_mask_is_no_guide,
       a_hard_border_is_inside_less_outside, a_tiny_region_is_not_lost, the_hidden_part_of_a_style_is_not_painted,
       the_hidden_part_of_a_content_is_not_pulled)
