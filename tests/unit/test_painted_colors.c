/* NST_PARAM_COLOR: what is measured, what is painted, and whose colours the result has. */
#include "unit/runner.h"

#include "base/alloc.h"
#include "image/oklab.h"
#include "transfer/painted_colors.h"
#include "transfer/stage.h"
#include "transfer/transfer.h"
#include "unit/counting_heap.h"
#include "unit/relative_distance.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { WIDTH = 40, HEIGHT = 30 };

static const char *const in_grey[] = {"luma", "both"}, *const others[] = {"match", "luma", "both"};

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

/* Greens in the content, reds in the style. */
static nst_image *colored(uint32_t width, uint32_t height, uint64_t seed, size_t strong)
{
    nst_image *image = tiny_image(width, height, seed);
    for (size_t i = 0; i < (size_t)width * height * 3; i++) {
        const float value = fminf(fmaxf(image->pixels[i], 0), 1);
        image->pixels[i] = i % 3 == strong ? 0.2f + 0.8f * value : 0.5f * value;
    }
    return image;
}

static nst_image *content_of(uint32_t width, uint32_t height)
{
    return colored(width, height, 2, 1);
}

static nst_transfer *make(const nst_model *model, const nst_image *content, const char *color)
{
    nst_transfer *transfer;
    nst_image *style = colored(50, 41, 3, 0), *second = colored(37, 44, 5, 2);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 2), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, second, 1), NST_OK);
    set(transfer, NST_PARAM_SIZES, "20:4,40:4");
    set(transfer, NST_PARAM_COLOR, color);
    nst_image_destroy(style);
    nst_image_destroy(second);
    return transfer;
}

static nst_image *paint(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    return result;
}

static size_t values_of(const nst_image *image)
{
    return (size_t)image->width * image->height * 3;
}

static bool is_grey(const nst_image *image)
{
    for (size_t i = 0; i < values_of(image); i += 3)
        if (image->pixels[i] != image->pixels[i + 1] || image->pixels[i] != image->pixels[i + 2]) return false;
    return true;
}

static double largest_difference(const nst_image *a, const nst_image *b)
{
    double most = 0;
    ck_assert_uint_eq(values_of(a), values_of(b));
    for (size_t i = 0; i < values_of(a); i++)
        most = fmax(most, fabs((double)a->pixels[i] - (double)b->pixels[i]));
    return most;
}

static void expect_same(nst_image *a, nst_image *b)
{
    ck_assert_double_eq(largest_difference(a, b), 0);
    nst_image_destroy(a);
    nst_image_destroy(b);
}

/* Putting the colours of CONTENT on the lightness of PICTURE changes nothing: they are there. */
static void expect_colors_of(const nst_image *picture, const nst_image *content)
{
    nst_image *again, *resized;
    ck_assert_int_eq(nst_image_resize(&resized, content, picture->width, picture->height), NST_OK);
    ck_assert_int_eq(nst_image_copy(&again, picture), NST_OK);
    nst__image_put_colors(again, resized);
    ck_assert_double_le(largest_difference(again, picture), 1e-4);
    ck_assert(!is_grey(picture));
    nst_image_destroy(again);
    nst_image_destroy(resized);
}

/* ---- What is measured ---- */

/* The objective is that of pictures recoloured by hand; in grey, its gradient is the mean over the channels. */
static void check_objective(const nst_model *model, const char *color)
{
    nst_image *content = content_of(WIDTH, HEIGHT), *image = colored(WIDTH, HEIGHT, 9, 1);
    nst_transfer *transfer = make(model, content, color), *plain;
    float *found = malloc(values_of(image) * sizeof *found), *expected = malloc(values_of(image) * sizeof *expected);
    double total, by_hand;
    ck_assert_int_eq(nst_transfer_create(&plain, model), NST_OK);
    set(transfer, NST_PARAM_STYLE_SCALE, "0");
    set(plain, NST_PARAM_STYLE_SCALE, "0");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, image, &total, found), NST_OK);
    for (size_t i = 0; i < 2; i++) {
        nst_image *style;
        ck_assert(transfer->styles[i].recolors);
        ck_assert_int_eq(nst_image_copy(&style, transfer->styles[i].style->image), NST_OK);
        nst__image_recolor(style, &transfer->styles[i].recolor);
        ck_assert_int_eq(nst_transfer_add_style(plain, style, transfer->styles[i].share), NST_OK);
        nst_image_destroy(style);
    }
    if (nst__paints_grey(transfer)) {
        nst__image_to_grey(content);
        nst__image_to_grey(image);
    }
    ck_assert_int_eq(nst_transfer_set_content(plain, content), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(plain, image, &by_hand, expected), NST_OK);
    if (nst__paints_grey(transfer)) nst__grey_gradient(expected, values_of(image));
    ck_assert_double_eq(total, by_hand);
    ck_assert_mem_eq(found, expected, values_of(image) * sizeof *found);
    /* As it was before, once the setting is. */
    double before, after;
    ck_assert_int_eq(nst_transfer_evaluate(plain, image, &before, NULL), NST_OK);
    set(plain, NST_PARAM_COLOR, color);
    ck_assert_int_eq(nst_transfer_evaluate(plain, image, &after, NULL), NST_OK);
    set(plain, NST_PARAM_COLOR, "style");
    ck_assert_int_eq(nst_transfer_evaluate(plain, image, &after, NULL), NST_OK);
    ck_assert_double_eq(before, after);
    free(found);
    free(expected);
    nst_transfer_destroy(transfer);
    nst_transfer_destroy(plain);
    nst_image_destroy(content);
    nst_image_destroy(image);
}

START_TEST(recolored_pictures_are_measured)
{
    tiny_model tiny = tiny_model_make(3);
    for (size_t i = 0; i < 3; i++)
        check_objective(tiny.model, others[i]);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A style that is the content itself is not changed by a match, to rounding. */
START_TEST(a_match_with_itself_changes_nothing)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(WIDTH, HEIGHT), *image = colored(WIDTH, HEIGHT, 9, 1);
    nst_transfer *transfer = make(tiny.model, content, "style");
    double plain, matched;
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, content, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, image, &plain, NULL), NST_OK);
    set(transfer, NST_PARAM_COLOR, "match");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, image, &matched, NULL), NST_OK);
    ck_assert_double_eq_tol(matched / plain, 1, 1e-5);
    nst_transfer_destroy(transfer);
    nst_image_destroy(content);
    nst_image_destroy(image);
    tiny_model_destroy(&tiny);
}
END_TEST

/* What is kept of a style is of one content: another one finds its own. */
START_TEST(statistics_belong_to_a_content)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content[2] = {content_of(WIDTH, HEIGHT), colored(WIDTH, HEIGHT, 6, 2)};
    nst_image *painting = colored(50, 41, 3, 0);
    nst_style *style;
    ck_assert_int_eq(nst_style_create(&style, painting), NST_OK);
    for (size_t i = 0; i < 12; i++) {
        nst_transfer *kept = make(tiny.model, content[i % 2], others[i / 4]);
        nst_transfer *fresh = make(tiny.model, content[i % 2], others[i / 4]);
        ck_assert_int_eq(nst_transfer_clear_styles(kept), NST_OK);
        ck_assert_int_eq(nst_transfer_clear_styles(fresh), NST_OK);
        ck_assert_int_eq(nst_transfer_use_style(kept, style, 1), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(fresh, painting, 1), NST_OK);
        expect_same(paint(kept), paint(fresh));
        /* The content of one transfer changes too. */
        ck_assert_int_eq(nst_transfer_set_content(kept, content[1 - i % 2]), NST_OK);
        ck_assert_int_eq(nst_transfer_set_content(fresh, content[1 - i % 2]), NST_OK);
        ck_assert_int_eq(nst_transfer_clear_styles(fresh), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(fresh, painting, 1), NST_OK);
        expect_same(paint(kept), paint(fresh));
        nst_transfer_destroy(kept);
        nst_transfer_destroy(fresh);
    }
    nst_style_destroy(style);
    nst_image_destroy(painting);
    nst_image_destroy(content[0]);
    nst_image_destroy(content[1]);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- What is painted ---- */

static int sees_grey(nst_transfer *transfer, uint32_t height, uint32_t width, const float *picture, double *value,
                     float *gradient, void *user)
{
    (void)transfer;
    (void)gradient;
    for (size_t i = 0; i < (size_t)height * width * 3; i += 3)
        ck_assert(picture[i] == picture[i + 1] && picture[i] == picture[i + 2]);
    ++*(int *)user;
    *value = 0;
    return 0;
}

static int shows_colors(nst_transfer *transfer, void *user)
{
    nst_image *snapshot;
    ck_assert_int_eq(nst_transfer_snapshot(&snapshot, transfer), NST_OK);
    expect_colors_of(snapshot, user);
    nst_image_destroy(snapshot);
    return 0;
}

START_TEST(luma_paints_in_grey_and_ends_in_color)
{
    static const char *const solvers[] = {"lbfgs", "adam"}, *const inits[] = {"content", "noise", "image"};
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(57, 43), *init = colored(61, 48, 7, 2);
    for (size_t i = 0; i < 12; i++) {
        nst_transfer *transfer = make(tiny.model, content, in_grey[i % 2]);
        int seen = 0;
        ck_assert_int_eq(nst_transfer_set_init(transfer, init), NST_OK);
        set(transfer, NST_PARAM_OPTIMIZER, solvers[i / 2 % 2]);
        set(transfer, NST_PARAM_INIT, inits[i / 4]);
        ck_assert_int_eq(nst_transfer_add_term(transfer, "grey", 1, sees_grey, &seen), NST_OK);
        ck_assert_int_eq(nst_transfer_set_progress(transfer, shows_colors, content), NST_OK);
        nst_image *result = paint(transfer);
        ck_assert_int_eq(seen, 8);
        expect_colors_of(result, content);
        for (size_t k = 0; k < values_of(result); k++)
            ck_assert(result->pixels[k] >= 0 && result->pixels[k] <= 1);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(content);
    nst_image_destroy(init);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_grey_photo_stays_grey)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(57, 43), *init = colored(61, 48, 7, 2);
    nst__image_to_grey(content);
    for (size_t i = 0; i < 2; i++) {
        nst_transfer *transfer = make(tiny.model, content, in_grey[i]);
        ck_assert_int_eq(nst_transfer_set_init(transfer, init), NST_OK);
        nst_image *result = paint(transfer);
        ck_assert(is_grey(result));
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(content);
    nst_image_destroy(init);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A result is what its run measured last, but for colours that the gamut cuts: its losses can be read from it. */
START_TEST(a_result_has_the_losses_of_its_run)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(WIDTH, HEIGHT);
    for (size_t i = 0; i < 2; i++) {
        nst_transfer *transfer = make(tiny.model, content, in_grey[i]);
        set(transfer, NST_PARAM_RANGE_WEIGHT, "100");
        nst_image *result = paint(transfer);
        double total;
        const double best = nst_transfer_progress(transfer, NST_PROGRESS_BEST);
        ck_assert_int_eq(nst_transfer_evaluate(transfer, result, &total, NULL), NST_OK);
        ck_assert_double_eq_tol(total / best, 1, 0.02);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(threads_do_not_change_the_bits)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(57, 43);
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *one = make(tiny.model, content, others[i]), *three = make(tiny.model, content, others[i]);
        set(one, NST_PARAM_THREADS, "1");
        set(three, NST_PARAM_THREADS, "3");
        expect_same(paint(one), paint(three));
        nst_transfer_destroy(one);
        nst_transfer_destroy(three);
    }
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

/* From call to call of nst_transfer_resume() the features of the content are kept: not those of another colour. */
START_TEST(resuming_follows_the_setting)
{
    static const char *const colors[] = {"style", "luma", "match", "both", "style"};
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(WIDTH, HEIGHT), *from = colored(WIDTH, HEIGHT, 9, 1);
    nst_transfer *transfer = make(tiny.model, content, "style");
    for (size_t i = 0; i < 5; i++) {
        nst_transfer *fresh = make(tiny.model, content, colors[i]);
        nst_image *first, *again, *expected;
        set(transfer, NST_PARAM_COLOR, colors[i]);
        ck_assert_int_eq(nst_transfer_resume(&first, transfer, from, 3, NULL), NST_OK);
        ck_assert_int_eq(nst_transfer_resume(&again, transfer, from, 3, NULL), NST_OK); /* from what is kept */
        ck_assert_int_eq(nst_transfer_resume(&expected, fresh, from, 3, NULL), NST_OK);
        ck_assert_double_eq(largest_difference(first, again), 0);
        expect_same(first, expected);
        nst_image_destroy(again);
        nst_transfer_destroy(fresh);
    }
    nst_image_destroy(content);
    nst_image_destroy(from);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Alpha ---- */

static nst_image *with_hidden(float hidden)
{
    nst_image *image = content_of(WIDTH, HEIGHT);
    image->alpha = nst__alloc_aligned(WIDTH * HEIGHT, sizeof(float));
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        image->alpha[i] = i < WIDTH * 10 ? 0 : 1;
        for (size_t c = 0; i < WIDTH * 10 && c < 3; c++)
            image->pixels[3 * i + c] = c == 0 ? hidden : 0.1f;
    }
    return image;
}

START_TEST(hidden_pixels_do_not_count)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content[2] = {with_hidden(0), with_hidden(1)};
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *transfer = make(tiny.model, content[0], others[i]);
        nst__config config;
        ck_assert_int_eq(nst__transfer_config(transfer, &config), NST_OK);
        const nst__recolor recolor = transfer->styles[0].recolor;
        nst_image *result = paint(transfer);
        ck_assert_ptr_nonnull(result->alpha);
        ck_assert_mem_eq(result->alpha, content[0]->alpha, WIDTH * HEIGHT * sizeof(float));
        ck_assert_int_eq(nst_transfer_set_content(transfer, content[1]), NST_OK);
        ck_assert_int_eq(nst__transfer_config(transfer, &config), NST_OK);
        ck_assert_mem_eq(&recolor, &transfer->styles[0].recolor, sizeof recolor);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(content[0]);
    nst_image_destroy(content[1]);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Masks ---- */

static nst_image *half(uint32_t width, uint32_t height, bool left)
{
    nst_image *mask;
    ck_assert_int_eq(nst_image_create(&mask, width, height, 0), NST_OK);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        mask->pixels[i] = (i / 3 % width < width / 2) == left;
    return mask;
}

/* The left half of the content alone. */
static nst_image *left_of(const nst_image *content)
{
    nst_image *left;
    ck_assert_int_eq(nst_image_create(&left, content->width / 2, content->height, 0), NST_OK);
    for (size_t y = 0; y < left->height; y++)
        memcpy(left->pixels + y * left->width * 3, content->pixels + y * content->width * 3,
               left->width * 3 * sizeof(float));
    return left;
}

static void expect_near(const nst__recolor *a, const nst__recolor *b)
{
    double numbers[2][sizeof *a / sizeof(double)];
    memcpy(numbers[0], a, sizeof *a);
    memcpy(numbers[1], b, sizeof *b);
    for (size_t i = 0; i < sizeof *a / sizeof(double); i++)
        ck_assert_double_eq_tol(numbers[0][i], numbers[1][i], 1e-9);
}

/* A style is matched to its region: by its mask, and without what is frozen. */
START_TEST(a_style_takes_the_colors_of_its_region)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(WIDTH, HEIGHT), *left = left_of(content);
    nst_image *mask = half(WIDTH, HEIGHT, true), *other = half(WIDTH, HEIGHT, false);
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *alone = make(tiny.model, left, others[i]), *whole = make(tiny.model, content, others[i]);
        nst__config config;
        ck_assert_int_eq(nst__transfer_config(alone, &config), NST_OK);
        ck_assert_int_eq(nst__transfer_config(whole, &config), NST_OK);
        const nst__recolor expected = alone->styles[0].recolor, without = whole->styles[0].recolor;
        ck_assert_double_gt(fabs(expected.offset - without.offset) + fabs(expected.shift[0] - without.shift[0]), 1e-3);
        ck_assert_int_eq(nst_transfer_set_style_mask(whole, 0, mask), NST_OK);
        ck_assert_int_eq(nst__transfer_config(whole, &config), NST_OK);
        expect_near(&whole->styles[0].recolor, &expected);
        nst_image_destroy(paint(whole));
        ck_assert_int_eq(nst_transfer_set_style_mask(whole, 0, NULL), NST_OK);
        ck_assert_int_eq(nst__transfer_config(whole, &config), NST_OK);
        expect_near(&whole->styles[0].recolor, &without);
        ck_assert_int_eq(nst_transfer_set_freeze(whole, other), NST_OK);
        ck_assert_int_eq(nst__transfer_config(whole, &config), NST_OK);
        expect_near(&whole->styles[0].recolor, &expected);
        nst_transfer_destroy(alone);
        nst_transfer_destroy(whole);
    }
    nst_image_destroy(mask);
    nst_image_destroy(other);
    nst_image_destroy(left);
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Frozen pixels are the content's to the bit, also where the painting is in grey. */
START_TEST(frozen_pixels_keep_their_colors)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(WIDTH, HEIGHT), *mask = half(WIDTH, HEIGHT, false);
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *transfer = make(tiny.model, content, others[i]);
        int seen = 0;
        ck_assert_int_eq(nst_transfer_set_freeze(transfer, mask), NST_OK);
        if (nst__paints_grey(transfer))
            ck_assert_int_eq(nst_transfer_add_term(transfer, "grey", 1, sees_grey, &seen), NST_OK);
        nst_image *result = paint(transfer);
        double total;
        for (size_t k = 0; k < values_of(result); k++)
            if (mask->pixels[k] > 0) ck_assert(result->pixels[k] == content->pixels[k]);
        ck_assert_double_gt(largest_difference(result, content), 0.01);
        ck_assert_int_eq(nst_transfer_evaluate(transfer, result, &total, NULL), NST_OK);
        if (nst__paints_grey(transfer)) ck_assert_int_gt(seen, 1);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(mask);
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Memory and tiles ---- */

/* A run by COLOR takes at most what is planned, and hardly less. */
static void check_memory(const nst_model *model, const nst_image *content, const char *color)
{
    const size_t own = values_of(content) * sizeof(float); /* of this test */
    nst_transfer *transfer = make(model, content, color);
    uint64_t bytes;
    set(transfer, NST_PARAM_SIZES, "150:2,300:2");
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
    heap.peak = heap.live;
    nst_image_destroy(paint(transfer));
    const double planned = (double)(bytes - NST__PROCESS_BYTES), counted = (double)(heap.peak - own);
    printf("%-5s, content %ux%u: planned %.0f, counted %.0f\n", color, content->width, content->height, planned,
           counted);
    ck_assert_msg(counted <= 1.02 * planned && counted >= 0.9 * planned, "%s, content %ux%u: planned %g, counted %g",
                  color, content->width, content->height, planned, counted);
    nst_transfer_destroy(transfer);
}

START_TEST(copies_are_planned)
{
    static const uint32_t sizes[][2] = {{300, 260}, {200, 173}, {400, 347}};
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    for (size_t s = 0; s < 3; s++) {
        tiny_model tiny = tiny_model_make(3);
        nst_image *content = content_of(sizes[s][0], sizes[s][1]);
        check_memory(tiny.model, content, "style");
        for (size_t i = 0; i < 3; i++)
            check_memory(tiny.model, content, others[i]);
        nst_image_destroy(content);
        tiny_model_destroy(&tiny);
    }
    ck_assert_uint_eq(heap.live, 0);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

START_TEST(tiles_measure_the_same)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = content_of(300, 260), *image = colored(300, 260, 9, 0);
    float *whole = malloc(values_of(image) * sizeof *whole), *tiled = malloc(values_of(image) * sizeof *tiled);
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *transfer = make(tiny.model, content, others[i]);
        double total, cut;
        uint64_t bytes;
        set(transfer, NST_PARAM_SIZES, "300:2");
        ck_assert_int_eq(nst_transfer_evaluate(transfer, image, &total, whole), NST_OK);
        ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
        do {
            bytes -= 1 << 20;
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)bytes), NST_OK);
            ck_assert_msg(nst_transfer_evaluate(transfer, image, &cut, tiled) == NST_OK, "%s", nst_last_error());
        } while (nst__objective_tiles(transfer->stage->objective) == 1);
        ck_assert_double_eq_tol(cut / total, 1, 1e-5);
        ck_assert_double_le(relative_distance(tiled, whole, values_of(image)), 1e-4);
        nst_transfer_destroy(transfer);
    }
    free(whole);
    free(tiled);
    nst_image_destroy(content);
    nst_image_destroy(image);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(what_cannot_be_done_is_said)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *style = colored(50, 41, 3, 0);
    nst_transfer *transfer;
    double total;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_COLOR, "grey"), NST_ERR_NAME);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_COLOR, 4), NST_ERR_RANGE);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    set(transfer, NST_PARAM_CONTENT_WEIGHT, "0");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, style, &total, NULL), NST_OK);
    set(transfer, NST_PARAM_COLOR, "match");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, style, &total, NULL), NST_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "color match: no content picture"));
    nst_transfer_destroy(transfer);
    nst_image_destroy(style);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("painted_colors", recolored_pictures_are_measured, a_match_with_itself_changes_nothing,
       statistics_belong_to_a_content, luma_paints_in_grey_and_ends_in_color, a_grey_photo_stays_grey,
       a_result_has_the_losses_of_its_run, threads_do_not_change_the_bits, resuming_follows_the_setting,
       hidden_pixels_do_not_count, a_style_takes_the_colors_of_its_region, frozen_pixels_keep_their_colors,
       copies_are_planned, tiles_measure_the_same, what_cannot_be_done_is_said)
