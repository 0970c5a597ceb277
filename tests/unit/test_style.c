/* Styles that are used again: the same bits, without the work. */
#include "unit/runner.h"

#include "transfer/style.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <string.h>

static nst_transfer *transfer_of(const nst_model *model, nst_image *content)
{
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "20:3,40:3"), NST_OK);
    return transfer;
}

static nst_image *paint(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    return result;
}

static bool alike(const nst_image *a, const nst_image *b)
{
    const size_t bytes = (size_t)nst_image_width(a) * nst_image_height(a) * 3 * sizeof(float);
    return memcmp(nst_image_pixels(a), nst_image_pixels(b), bytes) == 0;
}

/* One style, two transfers, two runs, another content: always what a new transfer paints. */
START_TEST(what_is_kept_paints_the_same)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content[2] = {tiny_image(40, 30, 1), tiny_image(40, 30, 2)}, *painting = tiny_image(50, 44, 3);
    nst_style *style;
    size_t bytes = 0;
    ck_assert_int_eq(nst_style_create(&style, painting), NST_OK);
    for (int i = 0; i < 4; i++) {
        nst_transfer *kept = transfer_of(tiny.model, content[i % 2]), *plain = transfer_of(tiny.model, content[i % 2]);
        ck_assert_int_eq(nst_transfer_use_style(kept, style, 1), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(plain, painting, 1), NST_OK);
        nst_image *a = paint(kept), *b = paint(plain), *again = paint(kept);
        ck_assert(alike(a, b));
        ck_assert(alike(a, again));
        nst_image_destroy(a);
        nst_image_destroy(b);
        nst_image_destroy(again);
        nst_transfer_destroy(kept);
        nst_transfer_destroy(plain);
        if (i == 0) bytes = nst__statistics_bytes(style->statistics);
    }
    ck_assert_uint_gt(bytes, sizeof(float) * 1000);
    /* Both contents see the style at the same sizes of the grid: nothing was measured for the second. */
    ck_assert_uint_eq(nst__statistics_bytes(style->statistics), bytes);
    nst_style_destroy(style);
    for (int i = 0; i < 2; i++)
        nst_image_destroy(content[i]);
    nst_image_destroy(painting);
    tiny_model_destroy(&tiny);
}
END_TEST

/* What the numbers depend on is in the key: another setting finds nothing of the old one. */
START_TEST(another_setting_is_measured_anew)
{
    static const struct {
        nst_param param;
        const char *value;
    } settings[] = {
        {NST_PARAM_PADDING, "zero"},       {NST_PARAM_POOLING, "average"},    {NST_PARAM_STYLE_LAYERS, "conv1_2"},
        {NST_PARAM_STYLE_LOSS, "meanstd"}, {NST_PARAM_CONVOLUTION, "direct"}, {NST_PARAM_GEMM, "cblas"},
        {NST_PARAM_SIMD, "generic"},       {NST_PARAM_STYLE_SCALE, "2"},      {NST_PARAM_COLOR, "match"},
        {NST_PARAM_COLOR, "luma"},         {NST_PARAM_COLOR, "both"}};
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = tiny_image(40, 30, 1), *painting = tiny_image(90, 84, 3);
    nst_style *style;
    ck_assert_int_eq(nst_style_create(&style, painting), NST_OK);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        nst_transfer *kept = transfer_of(tiny.model, content), *plain = transfer_of(tiny.model, content);
        ck_assert_int_eq(nst_transfer_use_style(kept, style, 1), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(plain, painting, 1), NST_OK);
        nst_image *before = paint(kept);
        ck_assert_int_eq(nst_transfer_set_text(kept, settings[i].param, settings[i].value), NST_OK);
        ck_assert_int_eq(nst_transfer_set_text(plain, settings[i].param, settings[i].value), NST_OK);
        nst_image *a = paint(kept), *b = paint(plain);
        ck_assert_msg(alike(a, b), "%s %s", nst_param_name(settings[i].param), settings[i].value);
        nst_image_destroy(before);
        nst_image_destroy(a);
        nst_image_destroy(b);
        nst_transfer_destroy(kept);
        nst_transfer_destroy(plain);
    }
    /* And another model, which may have got the memory of one that is gone. */
    for (uint64_t seed = 4; seed < 7; seed++) {
        tiny_model other = tiny_model_make(seed);
        nst_transfer *kept = transfer_of(other.model, content), *plain = transfer_of(other.model, content);
        ck_assert_int_eq(nst_transfer_use_style(kept, style, 1), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(plain, painting, 1), NST_OK);
        nst_image *a = paint(kept), *b = paint(plain);
        ck_assert(alike(a, b));
        nst_image_destroy(a);
        nst_image_destroy(b);
        nst_transfer_destroy(kept);
        nst_transfer_destroy(plain);
        tiny_model_destroy(&other);
    }
    nst_style_destroy(style);
    nst_image_destroy(content);
    nst_image_destroy(painting);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A style outlives its handle in the transfers that have it. */
START_TEST(references_and_scale)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = tiny_image(40, 30, 1), *painting = tiny_image(90, 84, 3);
    nst_transfer *transfer = transfer_of(tiny.model, content), *scaled = transfer_of(tiny.model, content);
    nst_style *style;
    ck_assert_int_eq(nst_style_create(&style, painting), NST_OK);
    ck_assert_double_eq(nst_style_scale(style), 1);
    ck_assert_int_eq(nst_style_set_scale(style, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_style_set_scale(style, (double)NAN), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_style_set_scale(style, 2), NST_OK);
    ck_assert_int_eq(nst_transfer_use_style(transfer, style, -1), NST_ERR_RANGE);
    ck_assert_int_eq(nst_transfer_use_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_style_set_scale(style, 1), NST_ERR_STATE);
    nst_style_destroy(style);
    ck_assert_int_eq(nst_transfer_add_style(scaled, painting, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(scaled, NST_PARAM_STYLE_SCALE, 2), NST_OK);
    nst_image *a = paint(transfer), *b = paint(scaled);
    ck_assert(alike(a, b));
    nst_image_destroy(a);
    nst_image_destroy(b);
    nst_transfer_destroy(transfer);
    nst_transfer_destroy(scaled);
    nst_style_destroy(NULL);
    nst_image_destroy(content);
    nst_image_destroy(painting);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("style", what_is_kept_paints_the_same, another_setting_is_measured_anew, references_and_scale)
