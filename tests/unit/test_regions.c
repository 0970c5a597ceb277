/* Styles that are painted in parts of the content, by masks. */
#include "unit/runner.h"

#include <nst/nst.h>

#include "unit/relative_distance.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 90, HEIGHT = 70, VALUES = WIDTH * HEIGHT * 3 };

static tiny_model tiny;
static nst_image *content, *painting[3], *x;

static void set_up(void)
{
    tiny = tiny_model_make(1);
    content = tiny_image(WIDTH, HEIGHT, 2);
    x = tiny_image(WIDTH, HEIGHT, 9);
    for (size_t i = 0; i < 3; i++)
        painting[i] = tiny_image(60, 56, 20 + i);
}

static void tear_down(void)
{
    nst_image_destroy(content);
    nst_image_destroy(x);
    for (size_t i = 0; i < 3; i++)
        nst_image_destroy(painting[i]);
    tiny_model_destroy(&tiny);
}

/* White from column FIRST to column END, of a picture of WIDTH x HEIGHT; black elsewhere. */
static nst_image *columns(uint32_t width, uint32_t height, uint32_t first, uint32_t end, float white)
{
    nst_image *mask;
    ck_assert_int_eq(nst_image_create(&mask, width, height, 0), NST_OK);
    float *pixels = nst_image_mutable_pixels(mask);
    for (size_t i = 0; i < (size_t)width * height; i++)
        for (size_t c = 0; c < 3; c++)
            pixels[3 * i + c] = i % width >= first && i % width < end ? white : 0;
    return mask;
}

static nst_transfer *make(size_t styles, int threads)
{
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, threads), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    for (size_t i = 0; i < styles; i++)
        ck_assert_int_eq(nst_transfer_add_style(transfer, painting[i], 1 + (double)i), NST_OK);
    return transfer;
}

/* Takes MASK over. */
static void set_mask(nst_transfer *transfer, size_t index, nst_image *mask)
{
    ck_assert_msg(nst_transfer_set_style_mask(transfer, index, mask) == NST_OK, "%s", nst_last_error());
    nst_image_destroy(mask);
}

/* Takes TRANSFER over. */
static double evaluate(nst_transfer *transfer, float *gradient)
{
    double total;
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, gradient) == NST_OK, "%s", nst_last_error());
    nst_transfer_destroy(transfer);
    return total;
}

/* White masks, one for each of some styles. */
static void compare_white(size_t styles)
{
    static float plain[VALUES], masked[VALUES];
    set_up();
    nst_transfer *transfer = make(styles, 2);
    for (size_t i = 0; i < styles; i++)
        set_mask(transfer, i, columns(WIDTH, HEIGHT, 0, WIDTH, 1));
    ck_assert_double_eq(evaluate(transfer, masked), evaluate(make(styles, 2), plain));
    ck_assert_mem_eq(masked, plain, sizeof plain);
    tear_down();
}

START_TEST(a_white_mask_changes_no_bit)
{
    compare_white(1);
}
END_TEST

/* Equal masks make one region, whose styles are mixed as ever. */
START_TEST(styles_with_equal_masks_are_mixed)
{
    compare_white(2);
}
END_TEST

/* A region's gradient stays in it, but for the receptive field; the other region does not know its style. */
START_TEST(a_style_pulls_only_where_its_mask_is)
{
    static float one[VALUES], other[VALUES];
    set_up();
    for (size_t last = 1; last < 3; last++) { /* the right half in two styles */
        nst_transfer *transfer = make(1, 2);
        ck_assert_int_eq(nst_transfer_add_style(transfer, painting[last], 1), NST_OK);
        set_mask(transfer, 0, columns(WIDTH, HEIGHT, 0, WIDTH / 2, 1));
        set_mask(transfer, 1, columns(WIDTH, HEIGHT, WIDTH / 2, WIDTH, 1));
        evaluate(transfer, last == 1 ? one : other);
    }
    size_t different = 0;
    for (size_t i = 0; i < VALUES; i++) {
        if (i / 3 % WIDTH < WIDTH / 2 - 24) ck_assert_float_eq(one[i], other[i]);
        different += i / 3 % WIDTH >= WIDTH / 2 && one[i] != other[i]; /* NOLINT */
    }
    ck_assert_uint_gt(different, VALUES / 4);
    tear_down();
}
END_TEST

/* With soft masks that overlap, a rest, alpha, any size of a mask, in tiles, on any number of threads. */
static nst_transfer *everything(int threads)
{
    nst_transfer *transfer = make(3, threads);
    set_mask(transfer, 0, columns(WIDTH / 3, HEIGHT / 3, 0, WIDTH / 6, 0.8F));
    set_mask(transfer, 1, columns(2 * WIDTH, 2 * HEIGHT, WIDTH / 2, WIDTH * 3 / 2, 0.6F));
    return transfer;
}

START_TEST(masks_count_in_tiles_and_threads_as_in_one_piece)
{
    static float whole[VALUES], again[VALUES], tiled[VALUES];
    set_up();
    const double total = evaluate(everything(2), whole);
    ck_assert_double_eq(evaluate(everything(1), again), total);
    ck_assert_mem_eq(again, whole, sizeof whole);
    nst_transfer *transfer = everything(2);
    double value;
    char limit[32];
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_MEMORY_LIMIT, "1"), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &value, NULL), NST_ERR_MEMORY_LIMIT);
    const char *named = strstr(nst_last_error(), "does is ");
    ck_assert_ptr_nonnull(named);
    snprintf(limit, sizeof limit, "%s", named + strlen("does is "));
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_MEMORY_LIMIT, limit), NST_OK);
    ck_assert_double_eq_tol(evaluate(transfer, tiled), total, 1e-5 * total);
    ck_assert_double_lt(relative_distance(tiled, whole, VALUES), 1e-5);
    tear_down();
}
END_TEST

/* Central differences of the whole objective, along its gradient. */
START_TEST(the_gradient_is_that_of_the_value)
{
    static float gradient[VALUES];
    double value[2], square = 0;
    set_up();
    nst_transfer *transfer = everything(2);
    double total;
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, gradient), NST_OK);
    for (size_t i = 0; i < VALUES; i++)
        square += (double)gradient[i] * (double)gradient[i];
    const double step = 2e-3 * total / square;
    for (int side = 0; side < 2; side++) {
        nst_image *moved;
        ck_assert_int_eq(nst_image_copy(&moved, x), NST_OK);
        for (size_t i = 0; i < VALUES; i++)
            nst_image_mutable_pixels(moved)[i] += (float)((side ? step : -step) * (double)gradient[i]);
        ck_assert_int_eq(nst_transfer_evaluate(transfer, moved, &value[side], NULL), NST_OK);
        nst_image_destroy(moved);
    }
    ck_assert_double_eq_tol((value[1] - value[0]) / (2 * step) / square, 1, 1e-2);
    nst_transfer_destroy(transfer);
    tear_down();
}
END_TEST

static void expect_warnings(nst_transfer *transfer, const char *lines)
{
    double total;
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_OK);
    ck_assert_str_eq(nst_transfer_warnings(transfer), lines);
}

START_TEST(masks_that_do_not_fit_together_are_told)
{
    set_up();
    nst_transfer *transfer = make(2, 1);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_SCALE, 0.5), NST_OK); /* none is enlarged */
    set_mask(transfer, 0, columns(WIDTH, HEIGHT, 0, 45, 1));
    expect_warnings(transfer, ""); /* the other gets the rest */
    set_mask(transfer, 1, columns(WIDTH, HEIGHT, 45, WIDTH, 1));
    expect_warnings(transfer, "");
    set_mask(transfer, 1, columns(WIDTH, HEIGHT, 36, WIDTH, 1));
    expect_warnings(transfer, "masks overlap on 10 % of the picture, where their styles share it");
    set_mask(transfer, 1, columns(WIDTH, HEIGHT, 72, WIDTH, 1));
    expect_warnings(transfer, "masks leave 30 % of the picture without a style");
    nst_image *dot = columns(WIDTH, HEIGHT, 0, 0, 1);
    for (size_t c = 0; c < 3; c++)
        nst_image_mutable_pixels(dot)[3 * 4000 + c] = 1;
    set_mask(transfer, 1, NULL);
    set_mask(transfer, 0, dot);
    expect_warnings(transfer, "style picture 1: its mask has less than one position of conv2_1, and is left out there");
    nst_transfer_destroy(transfer);
    tear_down();
}
END_TEST

/* Frozen pixels are those of the content, through all sizes, and the rest is painted. */
START_TEST(frozen_pixels_are_those_of_the_content)
{
    set_up();
    nst_transfer *transfer = make(1, 2);
    nst_image *mask = columns(WIDTH, HEIGHT, 0, WIDTH / 3, 1), *result;
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, mask), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "45:3,90:4"), NST_OK);
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    size_t painted = 0;
    for (size_t i = 0; i < VALUES; i++) {
        const float was = nst_image_pixels(content)[i], is = nst_image_pixels(result)[i];
        if (i / 3 % WIDTH < WIDTH / 3) ck_assert_float_eq(is, was);
        painted += i / 3 % WIDTH >= WIDTH / 3 && fabsf(is - was) > 1e-3F;
    }
    ck_assert_uint_gt(painted, VALUES / 3);
    nst_image_destroy(mask);
    nst_image_destroy(result);
    nst_transfer_destroy(transfer);
    tear_down();
}
END_TEST

START_TEST(a_content_map_of_one_changes_no_bit)
{
    static float plain[VALUES], mapped[VALUES];
    set_up();
    nst_transfer *transfer = make(1, 2);
    nst_image *map = columns(WIDTH / 2, HEIGHT / 2, 0, WIDTH, 1);
    ck_assert_int_eq(nst_transfer_set_content_map(transfer, map), NST_OK);
    ck_assert_double_eq(evaluate(transfer, mapped), evaluate(make(1, 2), plain));
    ck_assert_mem_eq(mapped, plain, sizeof plain);
    nst_image_destroy(map);
    tear_down();
}
END_TEST

START_TEST(bad_masks_are_refused)
{
    set_up();
    nst_transfer *transfer = make(2, 1);
    double total;
    ck_assert_uint_eq(nst_transfer_style_count(transfer), 2);
    nst_image *mask = columns(WIDTH, HEIGHT, 0, 9, 1), *black = columns(8, 8, 0, 0, 1),
              *square = columns(50, 50, 0, 9, 1);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 2, mask), NST_ERR_RANGE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "below 2, found 2"));
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 0, black), NST_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "not black"));
    nst_image *white = columns(8, 8, 0, 8, 1);
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, white), NST_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "left to paint"));
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, square), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_ERR_ARGUMENT);
    ck_assert_str_eq(nst_last_error(), "freeze: expected the proportions of the content, 90x70, found 50x50");
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content_map(transfer, black), NST_ERR_ARGUMENT);
    nst_image_destroy(white);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, square), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_ERR_ARGUMENT);
    ck_assert_str_eq(nst_last_error(), "mask of style 2: expected the proportions of the content, 90x70, found 50x50");
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_OK);
    for (uint32_t i = 0; i < 17; i++) {
        ck_assert_int_eq(nst_transfer_add_style(transfer, painting[0], 1), NST_OK);
        set_mask(transfer, 2 + i, columns(WIDTH, HEIGHT, i, i + 1, 1));
    }
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_ERR_RANGE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "at most 16 regions"));
    nst_style *style;
    ck_assert_int_eq(nst_style_create(&style, painting[0]), NST_OK);
    ck_assert_int_eq(nst_style_set_mask(style, mask), NST_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "the proportions of the style, 60x56, found 90x70"));
    ck_assert_int_eq(nst_transfer_use_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_style_set_mask(style, painting[0]), NST_ERR_STATE);
    nst_style_destroy(style);
    nst_image_destroy(mask);
    nst_image_destroy(black);
    nst_image_destroy(square);
    nst_transfer_destroy(transfer);
    tear_down();
}
END_TEST

RUNNER("regions", a_white_mask_changes_no_bit, styles_with_equal_masks_are_mixed, a_style_pulls_only_where_its_mask_is,
       masks_count_in_tiles_and_threads_as_in_one_piece, the_gradient_is_that_of_the_value,
       masks_that_do_not_fit_together_are_told, frozen_pixels_are_those_of_the_content,
       a_content_map_of_one_changes_no_bit, bad_masks_are_refused)
