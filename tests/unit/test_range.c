/* A content or a style on another scale than 0..1 is refused where it is given, and nowhere else. */
#include "unit/runner.h"

#include <math.h>
#include <stdbool.h>

#include "unit/tiny_model.h"

static tiny_model tiny;
static nst_transfer *transfer;

static void make(void)
{
    tiny = tiny_model_make(1);
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
}

static void unmake(void)
{
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}

/* A picture whose values are LOW but for one, HIGH. */
static nst_image *with(float low, float high, bool alpha)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, 16, 12, alpha), NST_OK);
    for (size_t i = 0; i < 16 * 12 * 3; i++)
        nst_image_mutable_pixels(image)[i] = low;
    nst_image_mutable_pixels(image)[500] = high;
    return image;
}

static void refused(const nst_image *image, nst_status status, const char *why)
{
    ck_assert_int_eq(nst_transfer_set_content(transfer, image), status);
    ck_assert_msg(strstr(nst_last_error(), why) && strstr(nst_last_error(), "content: "), "%s", nst_last_error());
    ck_assert_int_eq(nst_transfer_add_style(transfer, image, 1), status);
    ck_assert_msg(strstr(nst_last_error(), why) && strstr(nst_last_error(), "style: "), "%s", nst_last_error());
}

START_TEST(another_scale_is_refused)
{
    static const struct {
        float low, high;
        nst_status status;
        const char *why;
    } cases[] = {
        {0, 255, NST_ERR_RANGE, "expected 0..1, found up to 255: divide by 255 or pass uint8"},
        {0, 1.51f, NST_ERR_RANGE, "found up to 1.51: divide by 255"},
        {3, 65535, NST_ERR_RANGE, "found up to 65535: divide by the largest value"},
        {-2.1f, 2.6f, NST_ERR_RANGE, "found -2.1 to 2.6: undo the normalisation"},
        {-1, 1, NST_ERR_RANGE, "found -1 to 1: undo the normalisation"},
        {-0.6f, 0, NST_ERR_RANGE, "found -0.6 to 0"},
        {0, NAN, NST_ERR_NON_FINITE, "not finite"},
        {0, INFINITY, NST_ERR_NON_FINITE, "not finite"},
        {0, -INFINITY, NST_ERR_NON_FINITE, "not finite"},
    };
    make();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nst_image *image = with(cases[i].low, cases[i].high, false);
        refused(image, cases[i].status, cases[i].why);
        nst_image_destroy(image);
    }
    nst_image *image = with(0, 1, true);
    nst_image_mutable_alpha(image)[7] = 255;
    refused(image, NST_ERR_RANGE, "found up to 255");
    nst_image_destroy(image);
    unmake();
}
END_TEST

START_TEST(what_overshoots_a_little_is_taken)
{
    make();
    nst_image *image = with(-0.5f, 1.5f, true);
    ck_assert_int_eq(nst_transfer_set_content(transfer, image), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, image, 1), NST_OK);
    nst_image_destroy(image);
    unmake();
}
END_TEST

/* Solvers go where they like, and start where they like. */
START_TEST(evaluations_and_starts_may_leave_the_range)
{
    double total;
    make();
    nst_image *image = tiny_image(16, 12, 2), *beyond = with(-3, 9, false);
    ck_assert_int_eq(nst_transfer_set_content(transfer, image), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, image, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, beyond), NST_ERR_RANGE); /* and the first one stays */
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_CONTENT_LAYERS, "conv1_1"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1"), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, beyond, &total, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_init(transfer, beyond), NST_OK);
    nst_image_destroy(beyond);
    nst_image_destroy(image);
    unmake();
}
END_TEST

RUNNER("range", another_scale_is_refused, what_overshoots_a_little_is_taken, evaluations_and_starts_may_leave_the_range)
