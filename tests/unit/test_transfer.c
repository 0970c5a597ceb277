/* The transfer: tiles, threads, runs, what may be asked when, and what is refused. */
#include "unit/runner.h"

#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

#include "unit/relative_distance.h"
#include "unit/tiny_model.h"

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

static nst_transfer *make(const nst_model *model, uint32_t width, uint32_t height)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(width, height, 2), *style = tiny_image(40, 31, 3);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

static double evaluate(nst_transfer *transfer, const nst_image *x, float *gradient)
{
    double total;
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, gradient) == NST_OK, "%s", nst_last_error());
    return total;
}

/* ---- Evaluation ---- */

START_TEST(tiles_change_nothing)
{
    static const uint32_t sizes[][2] = {{301, 277}, {515, 130}, {131, 402}};
    static const char *const losses[] = {"gram", "centred", "w2"};
    tiny_model tiny = tiny_model_make(1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int padding = 0; padding < 3; padding++) {
            const size_t count = (size_t)sizes[i][0] * sizes[i][1] * 3;
            float *whole = malloc(count * sizeof *whole), *tiled = malloc(count * sizeof *tiled);
            nst_image *x = tiny_image(sizes[i][0], sizes[i][1], 9);
            nst_transfer *transfer = make(tiny.model, sizes[i][0], sizes[i][1]);
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_PADDING, padding), NST_OK);
            set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2,relu1_1=0.1");
            set(transfer, NST_PARAM_STYLE_LOSS, losses[padding]);
            ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_TV_WEIGHT, 0.1), NST_OK);
            const double expected = evaluate(transfer, x, whole);

            /* The smallest limit that works is the one that the message names. */
            double total;
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 1), NST_OK);
            ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, tiled), NST_ERR_MEMORY_LIMIT);
            const char *named = strstr(nst_last_error(), "does is ");
            ck_assert_ptr_nonnull(named);
            char limit[32];
            snprintf(limit, sizeof limit, "%s", named + strlen("does is "));
            set(transfer, NST_PARAM_MEMORY_LIMIT, limit);
            const double found = evaluate(transfer, x, tiled);
            ck_assert_msg(fabs(found - expected) <= 1e-5 * expected, "%.9g in tiles, %.9g whole", found, expected);
            /* A covariance is a small difference of sums, which are in float within a tile. */
            ck_assert_msg(relative_distance(tiled, whole, count) <= (padding ? 3e-5 : 1e-5),
                          "%s: tiles are off by %.3g", losses[padding], relative_distance(tiled, whole, count));
            nst_transfer_destroy(transfer);
            nst_image_destroy(x);
            free(whole);
            free(tiled);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

/* In each rounding mode that the host may set, when the threads are there already. */
START_TEST(same_bits_for_any_number_of_threads)
{
    tiny_model tiny = tiny_model_make(2);
    nst_image *x = tiny_image(123, 77, 9);
    const size_t count = 123 * 77 * 3;
    float *first = malloc(count * sizeof *first), *next = malloc(count * sizeof *next);
    double value = 0;
    static const int threads[] = {1, 2, 3, 8}, modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (size_t mode = 0; mode < 4; mode++)
        for (size_t i = 0; i < 4; i++) {
            nst_transfer *transfer = make(tiny.model, 123, 77);
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, threads[i]), NST_OK);
            set(transfer, NST_PARAM_STYLE_LOSS, mode % 2 ? "w2" : "gram");
            evaluate(transfer, x, next);
            ck_assert_int_eq(fesetround(modes[mode]), 0);
            const double total = evaluate(transfer, x, i ? next : first);
            ck_assert_int_eq(fegetround(), modes[mode]);
            ck_assert_int_eq(fesetround(FE_TONEAREST), 0);
            if (i == 0) value = total;
            ck_assert_double_eq(total, value);
            ck_assert_msg(i == 0 || memcmp(first, next, count * sizeof *first) == 0, "other bits with %d threads",
                          threads[i]);
            nst_transfer_destroy(transfer);
        }
    nst_image_destroy(x);
    free(first);
    free(next);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(terms_make_the_total)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *x = tiny_image(40, 30, 9);
    nst_transfer *transfer = make(tiny.model, 40, 30);
    const double total = evaluate(transfer, x, NULL);
    double sum = 0, value, weight;
    const char *name;
    ck_assert_uint_eq(nst_transfer_term_count(transfer), 7);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_int_eq(nst_transfer_term(transfer, i, &name, &value, &weight), NST_OK);
        sum += value * weight;
    }
    ck_assert_str_eq(name, "range");
    ck_assert_double_eq_tol(sum, total, 1e-12);
    ck_assert_int_eq(nst_transfer_term(transfer, 7, &name, &value, &weight), NST_ERR_RANGE);
    nst_transfer_destroy(transfer);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Runs ---- */

struct watch {
    int calls, levels, stop_at;
    bool snapshot, refused;
    double last_fraction, seconds_left, best;
};

static int look(nst_transfer *transfer, void *user)
{
    struct watch *watch = user;
    const double fraction = nst_transfer_progress(transfer, NST_PROGRESS_FRACTION);
    nst_image *image;
    ck_assert(fraction >= watch->last_fraction && fraction <= 1);
    watch->last_fraction = fraction;
    watch->seconds_left = nst_transfer_progress(transfer, NST_PROGRESS_SECONDS_LEFT);
    ck_assert(watch->seconds_left >= 0 && isfinite(watch->seconds_left));
    watch->calls++;
    watch->levels = (int)nst_transfer_progress(transfer, NST_PROGRESS_LEVEL);
    watch->best = nst_transfer_progress(transfer, NST_PROGRESS_BEST);
    watch->refused = nst_transfer_run(&image, transfer, NULL) == NST_ERR_STATE &&
                     nst_transfer_set_int(transfer, NST_PARAM_STEPS, 3) == NST_ERR_STATE;
    if (nst_transfer_snapshot(&image, transfer) == NST_OK) {
        watch->snapshot = nst_image_width(image) == (uint32_t)nst_transfer_progress(transfer, NST_PROGRESS_WIDTH);
        nst_image_destroy(image);
    }
    return watch->stop_at && watch->calls == watch->stop_at;
}

static nst_image *run(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    return result;
}

START_TEST(a_run_goes_from_coarse_to_fine)
{
    tiny_model tiny = tiny_model_make(5);
    nst_transfer *transfer = make(tiny.model, 90, 60);
    struct watch watch = {0};
    nst_image *image;
    set(transfer, NST_PARAM_SIZES, "24:10,48:8,72:6");
    ck_assert_int_eq(nst_transfer_set_progress(transfer, look, &watch), NST_OK);
    nst_image *result = run(transfer);
    ck_assert_int_eq(watch.levels, 3);
    ck_assert(watch.calls > 15 && watch.calls <= 24);
    ck_assert(watch.snapshot && watch.refused);
    ck_assert_double_eq(watch.last_fraction, 1);
    ck_assert_double_eq(watch.seconds_left, 0);
    ck_assert_uint_eq(nst_image_width(result), 72);
    ck_assert_uint_eq(nst_image_height(result), 48);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_BUDGET);
    for (size_t i = 0; i < 72 * 48 * 3; i++)
        ck_assert(nst_image_pixels(result)[i] >= 0 && nst_image_pixels(result)[i] <= 1);
    ck_assert_int_eq(nst_transfer_snapshot(&image, transfer), NST_ERR_STATE);
    nst_image_destroy(result);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* The picture as it is at each evaluation, also while a smaller size changes it. */
static int look_again(nst_transfer *transfer, void *user)
{
    struct watch *watch = user;
    const bool smaller = nst_transfer_progress(transfer, NST_PROGRESS_WIDTH) < 72;
    nst_image *image;
    watch->levels = (int)nst_transfer_progress(transfer, NST_PROGRESS_LEVEL);
    ck_assert_int_eq(nst_transfer_snapshot(&image, transfer), NST_OK);
    ck_assert_uint_eq(nst_image_width(image), watch->levels > 2 || !smaller ? 72 : 24);
    ck_assert(smaller == (watch->levels != 2 && watch->levels != 5));
    nst_image_destroy(image);
    return ++watch->calls == watch->stop_at;
}

/* The style loss of IMAGE shrunk to 24 pixels, as the smallest size of a run sees it. */
static double loss_at_24(const nst_model *model, const nst_image *image)
{
    nst_transfer *judge = make(model, 90, 60);
    nst_image *small;
    double value;
    set(judge, NST_PARAM_SIZE, "24");
    set(judge, NST_PARAM_CONTENT_WEIGHT, "0");
    ck_assert_int_eq(nst_image_resize(&small, image, 24, 16), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(judge, small, &value, NULL), NST_OK);
    nst_image_destroy(small);
    nst_transfer_destroy(judge);
    return value;
}

START_TEST(smaller_sizes_painted_again_bring_back_their_look)
{
    static const char *const sizes[] = {"24:20,72:10", "24:20,72:10,24:6,48:4,72:3"};
    tiny_model tiny = tiny_model_make(5);
    double loss[2];
    for (int i = 0; i < 2; i++) {
        struct watch watch = {0};
        nst_transfer *transfer = make(tiny.model, 90, 60);
        set(transfer, NST_PARAM_SIZES, sizes[i]);
        ck_assert_int_eq(nst_transfer_set_progress(transfer, look_again, &watch), NST_OK);
        nst_image *result = run(transfer);
        ck_assert_int_eq(watch.levels, i ? 5 : 2);
        ck_assert_uint_eq(nst_image_width(result), 72);
        loss[i] = loss_at_24(tiny.model, result);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    ck_assert_msg(loss[1] < 0.7 * loss[0], "%g, again %g", loss[0], loss[1]);
    tiny_model_destroy(&tiny);
}
END_TEST

/* While a smaller size changes the picture, the picture is still the large one. */
START_TEST(stopped_at_a_smaller_size_that_is_painted_again)
{
    tiny_model tiny = tiny_model_make(5);
    struct watch watch = {.stop_at = 15};
    nst_transfer *transfer = make(tiny.model, 90, 60), *before = make(tiny.model, 90, 60);
    set(transfer, NST_PARAM_SIZES, "24:5,72:5,24:6,72:3");
    set(before, NST_PARAM_SIZES, "24:5,72:5");
    ck_assert_int_eq(nst_transfer_set_progress(transfer, look_again, &watch), NST_OK);
    nst_image *result = run(transfer), *large = run(before);
    ck_assert_int_eq(watch.levels, 3);
    double apart = 0, blurred = 0;
    nst_image *small, *soft;
    ck_assert_int_eq(nst_image_resize(&small, large, 24, 16), NST_OK);
    ck_assert_int_eq(nst_image_resize(&soft, small, 72, 48), NST_OK);
    for (size_t i = 0; i < 72 * 48 * 3; i++) {
        apart += fabs((double)(nst_image_pixels(result)[i] - nst_image_pixels(large)[i]));
        blurred += fabs((double)(nst_image_pixels(soft)[i] - nst_image_pixels(large)[i]));
    }
    ck_assert_msg(apart > 0 && apart < 0.5 * blurred, "%g of %g", apart, blurred); /* fine detail stays */
    nst_image_destroy(small);
    nst_image_destroy(soft);
    nst_image_destroy(result);
    nst_image_destroy(large);
    nst_transfer_destroy(transfer);
    nst_transfer_destroy(before);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(every_approach_lowers_the_total_and_repeats_itself)
{
    static const char *const presets[] = {"content", "baseline"};
    tiny_model tiny = tiny_model_make(6);
    for (size_t i = 0; i < 2; i++) {
        nst_image *result[2];
        for (int again = 0; again < 2; again++) {
            struct watch watch = {0};
            nst_transfer *transfer = make(tiny.model, 64, 48);
            ck_assert_int_eq(nst_transfer_set_preset(transfer, presets[i]), NST_OK);
            set(transfer, NST_PARAM_SIZE, "64");
            set(transfer, NST_PARAM_STEPS, "25");
            set(transfer, NST_PARAM_SEED, "7");
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, again + 1), NST_OK);
            ck_assert_int_eq(nst_transfer_set_progress(transfer, look, &watch), NST_OK);
            result[again] = run(transfer);
            ck_assert(watch.best < 0.7 * nst_transfer_progress(transfer, NST_PROGRESS_START));
            nst_transfer_destroy(transfer);
        }
        ck_assert_msg(memcmp(nst_image_pixels(result[0]), nst_image_pixels(result[1]), 64 * 48 * 12) == 0,
                      "%s: two runs differ", presets[i]);
        nst_image_destroy(result[0]);
        nst_image_destroy(result[1]);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(content_as_style_gives_the_content_back)
{
    static const char *const sizes[] = {"64:50", "16:20,32:20,64:20", "16:5,64:5"};
    tiny_model tiny = tiny_model_make(7);
    nst_image *content = tiny_image(64, 64, 2); /* squares of powers of 2: the style is seen at these very sizes */
    for (size_t i = 0; i < 64 * 64 * 3; i++)
        nst_image_mutable_pixels(content)[i] = fminf(fmaxf(nst_image_pixels(content)[i], 0), 1);
    for (size_t s = 0; s < 3; s++) {
        nst_transfer *transfer;
        ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
        ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
        ck_assert_int_eq(nst_transfer_add_style(transfer, content, 1), NST_OK);
        if (s == 2) ck_assert_int_eq(nst_transfer_set_init(transfer, content), NST_OK);
        set(transfer, NST_PARAM_SIZES, sizes[s]);
        nst_image *result = run(transfer);
        for (size_t i = 0; i < 64 * 64 * 3; i++)
            ck_assert_double_eq_tol((double)nst_image_pixels(result)[i], (double)nst_image_pixels(content)[i], 1e-3);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
    }
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Every size of a run sees the same content as if it had been given at the size of the result. */
START_TEST(a_large_content_is_reduced_first)
{
    tiny_model tiny = tiny_model_make(13);
    nst_image *large = tiny_image(119, 90, 2), *small, *results[2];
    ck_assert_int_eq(nst_image_resize(&small, large, 48, 36), NST_OK);
    for (int i = 0; i < 2; i++) {
        nst_transfer *transfer = make(tiny.model, 8, 8);
        ck_assert_int_eq(nst_transfer_set_content(transfer, i ? small : large), NST_OK);
        set(transfer, NST_PARAM_SIZES, "24:3,48:3");
        ck_assert_msg(nst_transfer_run(&results[i], transfer, NULL) == NST_OK, "%s", nst_last_error());
        nst_transfer_destroy(transfer);
    }
    ck_assert_uint_eq(nst_image_width(results[0]), 48);
    ck_assert_uint_eq(nst_image_height(results[0]), 36);
    ck_assert_mem_eq(nst_image_pixels(results[0]), nst_image_pixels(results[1]), 48 * 36 * 3 * sizeof(float));
    nst_image_destroy(results[0]);
    nst_image_destroy(results[1]);
    nst_image_destroy(large);
    nst_image_destroy(small);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(stopping_keeps_the_best)
{
    tiny_model tiny = tiny_model_make(8);
    nst_transfer *transfer = make(tiny.model, 64, 48);
    struct watch watch = {.stop_at = 12};
    double total;
    set(transfer, NST_PARAM_SIZES, "64:1000");
    ck_assert_int_eq(nst_transfer_set_progress(transfer, look, &watch), NST_OK);
    nst_image *result = run(transfer);
    ck_assert_int_eq(watch.calls, 12);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CALLBACK);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, NULL, NULL), NST_OK);
    total = evaluate(transfer, result, NULL);
    ck_assert_msg(total < 1.05 * watch.best, "%g is not the best, %g", total, watch.best); /* clamped to 0..1 */
    nst_image_destroy(result);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

static void *run_alone(void *user)
{
    nst_image **result = user;
    nst_transfer *transfer = make((const nst_model *)(void *)*result, 64, 48);
    set(transfer, NST_PARAM_SIZES, "64:30");
    *result = run(transfer);
    nst_transfer_destroy(transfer);
    return NULL;
}

START_TEST(two_transfers_share_a_model)
{
    tiny_model tiny = tiny_model_make(10);
    void *slot[2] = {tiny.model, tiny.model};
    pthread_t thread[2];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, run_alone, &slot[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    ck_assert(memcmp(nst_image_pixels(slot[0]), nst_image_pixels(slot[1]), 64 * 48 * 12) == 0);
    nst_image_destroy(slot[0]);
    nst_image_destroy(slot[1]);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- The optimizer of a run ---- */

static void same_pixels(nst_image *a, nst_image *b)
{
    const size_t count = (size_t)nst_image_width(a) * nst_image_height(a) * 3;
    ck_assert(memcmp(nst_image_pixels(a), nst_image_pixels(b), count * sizeof(float)) == 0);
}

START_TEST(its_optimizer_is_what_a_run_uses)
{
    static const double rate[] = {0.02, 0.02, 0.02, 0.02, 0.04};
    tiny_model tiny = tiny_model_make(16);
    nst_transfer *transfer = make(tiny.model, 48, 36);
    for (size_t i = 0; nst_preset_name(i); i++) {
        nst_optimizer *optimizer;
        double found;
        nst_image *painted;
        ck_assert_int_eq(nst_transfer_set_preset(transfer, nst_preset_name(i)), NST_OK);
        set(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,conv2_1");
        set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2");
        set(transfer, NST_PARAM_SIZES, "24:4,48:4");
        set(transfer, NST_PARAM_OPTIMIZER, "adam");
        ck_assert_int_eq(nst_transfer_make_optimizer(&optimizer, transfer), NST_OK);
        ck_assert_int_eq(nst_optimizer_algorithm(optimizer), NST_ALGORITHM_ADAM);
        ck_assert_int_eq(nst_optimizer_get_float(optimizer, NST_PARAM_LEARNING_RATE, &found), NST_OK);
        ck_assert_double_eq(found, rate[i]);
        /* It is of the transfer as it was: what is set later does not reach it. */
        set(transfer, NST_PARAM_OPTIMIZER, "lbfgs");
        ck_assert_int_eq(nst_transfer_run(&painted, transfer, optimizer), NST_OK);
        set(transfer, NST_PARAM_OPTIMIZER, "adam");
        nst_image *own = run(transfer);
        same_pixels(painted, own);
        nst_image_destroy(own);
        nst_image_destroy(painted);
        nst_optimizer_destroy(optimizer);
    }
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(memory_is_that_of_the_optimizer)
{
    enum { WIDTH = 300, HEIGHT = 200 };
    tiny_model tiny = tiny_model_make(17);
    nst_transfer *transfer = make(tiny.model, WIDTH, HEIGHT);
    nst_optimizer *optimizer;
    uint64_t without, ten, three;
    set(transfer, NST_PARAM_SIZES, "300:2");
    ck_assert_int_eq(nst_transfer_make_optimizer(&optimizer, transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&without, transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&ten, transfer, optimizer), NST_OK);
    ck_assert_uint_eq(without, ten);
    ck_assert_int_eq(nst_optimizer_set_int(optimizer, NST_PARAM_HISTORY, 3), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&three, transfer, optimizer), NST_OK);
    ck_assert_uint_ge(ten - three, (uint64_t)(10 - 3) * 2 * WIDTH * HEIGHT * 3 * sizeof(float));
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(alpha_and_other_starts)
{
    tiny_model tiny = tiny_model_make(11);
    nst_transfer *transfer = make(tiny.model, 32, 24);
    nst_image *content, *init = tiny_image(50, 40, 5);
    ck_assert_int_eq(nst_image_create(&content, 32, 24, 1), NST_OK);
    for (int i = 0; i < 32 * 24; i++)
        nst_image_mutable_alpha(content)[i] = 0.25f;
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_set_init(transfer, init), NST_OK);
    const char *text;
    ck_assert_int_eq(nst_transfer_get_text(transfer, NST_PARAM_INIT, &text), NST_OK);
    ck_assert_str_eq(text, "image");
    set(transfer, NST_PARAM_SIZES, "16:3,32:3");
    nst_image *result = run(transfer);
    ck_assert(nst_image_has_alpha(result));
    ck_assert_double_eq_tol((double)nst_image_alpha(result)[5], 0.25, 1e-6);
    nst_image_destroy(result);
    nst_image_destroy(init);
    nst_image_destroy(content);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Refusals ---- */

static void refused(nst_status found, nst_status expected, const char *words)
{
    ck_assert_msg(found == expected, "%s instead of %s: %s", nst_status_text(found), nst_status_text(expected),
                  nst_last_error());
    ck_assert_msg(strstr(nst_last_error(), words) != NULL, "'%s' does not say '%s'", nst_last_error(), words);
}

START_TEST(what_cannot_be_done_is_said)
{
    tiny_model tiny = tiny_model_make(12);
    nst_transfer *transfer;
    nst_image *result = (nst_image *)&tiny, *small = tiny_image(9, 3, 1);
    double total;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_STATE, "no content picture");
    ck_assert_ptr_null(result);
    ck_assert_int_eq(nst_transfer_set_content(transfer, small), NST_OK);
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_STATE, "no style picture");
    refused(nst_transfer_add_style(transfer, small, (double)NAN), NST_ERR_ARGUMENT, "0 to 1e30");
    refused(nst_transfer_add_style(transfer, small, -1), NST_ERR_RANGE, "-1");
    ck_assert_int_eq(nst_transfer_add_style(transfer, small, 0), NST_OK);
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_STATE, "weight 0");
    ck_assert_int_eq(nst_transfer_add_style(transfer, small, 1), NST_OK);
    set(transfer, NST_PARAM_SIZE, "0");
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_TOO_SMALL,
            "9x3 is too small for conv3_1, which needs 4x4");
    refused(nst_transfer_evaluate(transfer, small, &total, NULL), NST_ERR_TOO_SMALL, "conv3_1");
    set(transfer, NST_PARAM_INIT, "image");
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_STATE, "init is image");

    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,conv7_1"), NST_ERR_NAME, "conv7_1");
    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv5_1"), NST_ERR_NO_LAYER, "conv3_1");
    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1=nan"), NST_ERR_ARGUMENT, "weight");
    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1=-1"), NST_ERR_ARGUMENT, "weight");
    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,,conv1_2"), NST_ERR_ARGUMENT, "commas");
    refused(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,conv1_1=2"), NST_ERR_ARGUMENT, "twice");
    refused(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "64,"), NST_ERR_ARGUMENT, "sizes");
    refused(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "64:0"), NST_ERR_ARGUMENT, "64:0");
    refused(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "32,64,16,32"), NST_ERR_ARGUMENT,
            "sizes: expected the last to be the largest, 64, found 32");
    refused(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "64,32,16,64"), NST_ERR_ARGUMENT,
            "sizes: expected them to grow again after a smaller one, up to the largest, 64; found 16 after 32");
    refused(nst_transfer_set_preset(transfer, "gaty"), NST_ERR_NAME, "content, photo, baseline, gatys and johnson");
    nst_optimizer *optimizer = (nst_optimizer *)&tiny;
    refused(nst_transfer_make_optimizer(&optimizer, NULL), NST_ERR_ARGUMENT, "transfer");
    ck_assert_ptr_null(optimizer);
    refused(nst_transfer_make_optimizer(NULL, transfer), NST_ERR_ARGUMENT, "out");
    const char *text;
    ck_assert_int_eq(nst_transfer_get_text(transfer, NST_PARAM_STYLE_LAYERS, &text), NST_OK);
    ck_assert_str_eq(text, "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1");
    refused(nst_transfer_get_text(transfer, NST_PARAM_HISTORY, &text), NST_ERR_ARGUMENT, "of optimizer");
    refused(nst_transfer_get_text(NULL, NST_PARAM_INIT, &text), NST_ERR_ARGUMENT, "transfer");

    nst_image_mutable_pixels(small)[4] = NAN;
    set(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1");
    set(transfer, NST_PARAM_CONTENT_LAYERS, "conv1_2");
    refused(nst_transfer_evaluate(transfer, small, &total, NULL), NST_ERR_NON_FINITE, "nan");
    nst_image_destroy(small);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_limit_too_small_for_the_last_size_is_told_at_once)
{
    tiny_model tiny = tiny_model_make(14);
    nst_transfer *transfer = make(tiny.model, 90, 60);
    struct watch watch = {0};
    nst_image *result;
    uint64_t coarse, whole;
    set(transfer, NST_PARAM_SIZES, "32:2");
    ck_assert_int_eq(nst_transfer_memory(&coarse, transfer, NULL), NST_OK);
    set(transfer, NST_PARAM_SIZES, "32:2,1500:2");
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)coarse + (1 << 20)), NST_OK);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, look, &watch), NST_OK);
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_MEMORY_LIMIT, "1500x1000");
    ck_assert_int_eq(watch.calls, 0);
    refused(nst_transfer_memory(&whole, transfer, NULL), NST_ERR_MEMORY_LIMIT, "1500x1000");
    const char *named = strstr(nst_last_error(), "does is ");
    ck_assert_ptr_nonnull(named);
    char limit[32];
    snprintf(limit, sizeof limit, "%s", named + strlen("does is "));
    set(transfer, NST_PARAM_MEMORY_LIMIT, limit);
    ck_assert_int_eq(nst_transfer_memory(&whole, transfer, NULL), NST_OK);
    ck_assert(whole > coarse);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* Cores have whole steps: some numbers of tiles do not exist for some sizes. */
START_TEST(the_smallest_limit_is_found_for_every_size)
{
    tiny_model tiny = tiny_model_make(15);
    nst_transfer *transfer = make(tiny.model, 90, 60);
    uint64_t bytes;
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 1), NST_OK);
    for (int64_t size = 100; size < 65535; size = size * 9 / 8 + 1) {
        ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_SIZE, size), NST_OK);
        refused(nst_transfer_memory(&bytes, transfer, NULL), NST_ERR_MEMORY_LIMIT, "does is ");
    }
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Terms of the host ---- */

struct pull {
    float towards;
    int calls, fail_at, answer;
    uint32_t width;
};

/* Mean squared distance from one grey. */
static int pull(nst_transfer *transfer, uint32_t height, uint32_t width, const float *x, double *value, float *gradient,
                void *user)
{
    struct pull *p = user;
    const size_t n = (size_t)height * width * 3;
    ck_assert_ptr_nonnull(transfer);
    p->width = width;
    if (++p->calls == p->fail_at) return p->answer;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        const double away = (double)x[i] - (double)p->towards;
        *value += away * away / (double)n;
        if (gradient) {
            ck_assert(gradient[i] == 0);
            gradient[i] = (float)(2 * away / (double)n);
        }
    }
    return 0;
}

static double mean_distance(const nst_image *image, float grey)
{
    const size_t n = (size_t)nst_image_width(image) * nst_image_height(image) * 3;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs((double)nst_image_pixels(image)[i] - (double)grey) / (double)n;
    return sum;
}

START_TEST(a_term_of_the_host_is_part_of_the_objective)
{
    enum { W = 64, H = 48, N = W * H * 3 };
    tiny_model tiny = tiny_model_make(17);
    nst_transfer *transfer = make(tiny.model, W, H);
    nst_image *x = tiny_image(W, H, 4);
    struct pull p = {.towards = 0.25f};
    static float before[N], after[N], tiled[N], slope[N];
    double value, weight, own = 0;
    const char *name;
    const double plain = evaluate(transfer, x, before);
    const size_t terms = nst_transfer_term_count(transfer);
    ck_assert_int_eq(nst_transfer_add_term(transfer, "pull", 3, pull, &p), NST_OK);
    const double total = evaluate(transfer, x, after);
    ck_assert_int_eq(p.calls, 1);
    memset(slope, 0, sizeof slope);
    pull(transfer, H, W, nst_image_pixels(x), &own, slope, &p);
    ck_assert_double_eq_tol(total, plain + 3 * own, 1e-12 * total);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(after[i], before[i] + (float)(3 * (double)slope[i]));
    ck_assert_uint_eq(nst_transfer_term_count(transfer), terms + 1);
    ck_assert_int_eq(nst_transfer_term(transfer, terms, &name, &value, &weight), NST_OK);
    ck_assert(strcmp(name, "pull") == 0 && value == own && weight == 3);
    set(transfer, NST_PARAM_MEMORY_LIMIT, "14M"); /* in tiles */
    p.calls = 0;
    ck_assert_double_eq_tol(evaluate(transfer, x, tiled), total, 1e-6 * total);
    ck_assert_int_eq(p.calls, 1);
    ck_assert(relative_distance(tiled, after, N) < 1e-3);
    ck_assert_int_eq(nst_transfer_clear_terms(transfer), NST_OK);
    set(transfer, NST_PARAM_MEMORY_LIMIT, "0");
    ck_assert(evaluate(transfer, x, after) == plain && memcmp(before, after, sizeof before) == 0);
    nst_image_destroy(x);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_run_follows_a_term_of_the_host)
{
    tiny_model tiny = tiny_model_make(18);
    nst_transfer *transfer = make(tiny.model, 64, 48);
    struct pull p = {.towards = 0.75f};
    set(transfer, NST_PARAM_SIZES, "32:10,64:10");
    nst_image *plain = run(transfer);
    ck_assert_int_eq(nst_transfer_add_term(transfer, "pull", 1000, pull, &p), NST_OK);
    nst_image *pulled = run(transfer);
    ck_assert(p.calls == 20 && p.width == 64);
    ck_assert_double_lt(mean_distance(pulled, 0.75f), 0.1 * mean_distance(plain, 0.75f));
    nst_image_destroy(pulled);

    p = (struct pull){.towards = 0.75f, .fail_at = 13, .answer = NST_OBJECTIVE_STOP};
    pulled = run(transfer);
    ck_assert_int_eq(p.calls, 13);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CALLBACK);
    nst_image_destroy(pulled);
    p = (struct pull){.fail_at = 13, .answer = 7};
    refused(nst_transfer_run(&pulled, transfer, NULL), NST_ERR_CALLBACK, "the term 'pull' failed with 7");
    ck_assert_ptr_null(pulled);
    p = (struct pull){.fail_at = 1, .answer = 1};
    double total;
    refused(nst_transfer_evaluate(transfer, plain, &total, NULL), NST_ERR_CALLBACK, "'pull'");
    p = (struct pull){.towards = NAN};
    refused(nst_transfer_evaluate(transfer, plain, &total, NULL), NST_ERR_NON_FINITE, "nan");
    nst_image_destroy(plain);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(terms_that_cannot_be_added_are_refused)
{
    tiny_model tiny = tiny_model_make(19);
    nst_transfer *transfer = make(tiny.model, 64, 48);
    struct pull p = {0};
    char name[] = "term-0";
    refused(nst_transfer_add_term(transfer, "tv", 1, pull, &p), NST_ERR_NAME, "'tv' is a term of the library");
    refused(nst_transfer_add_term(transfer, "style/x", 1, pull, &p), NST_ERR_ARGUMENT, "found 'style/x'");
    refused(nst_transfer_add_term(transfer, "", 1, pull, &p), NST_ERR_ARGUMENT, "1 to 23 letters");
    refused(nst_transfer_add_term(transfer, "abcdefghijklmnopqrstuvwx", 1, pull, &p), NST_ERR_ARGUMENT, "1 to 23");
    refused(nst_transfer_add_term(transfer, "a", -1, pull, &p), NST_ERR_RANGE, "found -1");
    refused(nst_transfer_add_term(transfer, "a", (double)NAN, pull, &p), NST_ERR_ARGUMENT, "found NaN");
    refused(nst_transfer_add_term(transfer, "a", 1, NULL, &p), NST_ERR_ARGUMENT, "term is NULL");
    refused(nst_transfer_add_term(NULL, "a", 1, pull, &p), NST_ERR_ARGUMENT, "transfer is NULL");
    for (int i = 0; i < 8; i++, name[5]++)
        ck_assert_int_eq(nst_transfer_add_term(transfer, name, 0, pull, &p), NST_OK);
    refused(nst_transfer_add_term(transfer, "term-3", 1, pull, &p), NST_ERR_NAME, "already");
    refused(nst_transfer_add_term(transfer, "a", 1, pull, &p), NST_ERR_STATE, "at most 8");
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(presets_that_a_model_is_too_short_for_say_so)
{
    tiny_model tiny = tiny_model_make(13);
    nst_transfer *transfer = make(tiny.model, 64, 64);
    nst_image *result;
    ck_assert_int_eq(nst_transfer_set_preset(transfer, "gatys"), NST_OK);
    refused(nst_transfer_run(&result, transfer, NULL), NST_ERR_NO_LAYER, "conv3_1");
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Effort ---- */

/* The evaluations' worth of a run: evaluations times their pixels, over those of the last size. */
struct worth {
    double sum, last;
    size_t last_evaluations;
};

static int count_worth(nst_transfer *transfer, void *user)
{
    struct worth *worth = user;
    const double pixels =
        nst_transfer_progress(transfer, NST_PROGRESS_WIDTH) * nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT);
    const double all = nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS);
    if (nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) > 1) return 0;
    worth->sum += all * pixels;
    worth->last = pixels;
    worth->last_evaluations = (size_t)all;
    return 0;
}

static struct worth worth_of(nst_transfer *transfer)
{
    struct worth worth = {0};
    ck_assert_int_eq(nst_transfer_set_progress(transfer, count_worth, &worth), NST_OK);
    nst_image_destroy(run(transfer));
    worth.sum /= worth.last;
    return worth;
}

START_TEST(effort_is_in_evaluations_worth)
{
    static const struct {
        const char *effort;
        double least, most;
    } efforts[] = {{"instant", 1.5, 4}, {"draft", 6, 11}, {"normal", 15, 25}, {"fine", 30, 60}};
    static const char *const sizes[] = {"64", "128", "256"};
    tiny_model tiny = tiny_model_make(1);
    for (size_t s = 0; s < 3; s++)
        for (size_t e = 0; e < 4; e++) {
            nst_transfer *transfer = make(tiny.model, 48, 32);
            set(transfer, NST_PARAM_SIZE, sizes[s]);
            set(transfer, NST_PARAM_EFFORT, efforts[e].effort);
            const struct worth worth = worth_of(transfer);
            ck_assert_msg(worth.sum >= efforts[e].least && worth.sum <= efforts[e].most, "%s at %s: %.1f",
                          efforts[e].effort, sizes[s], worth.sum);
            nst_transfer_destroy(transfer);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

/* Steps and sizes that are set later replace it; an effort that is set later replaces the steps, of a preset too. */
START_TEST(the_later_of_effort_and_steps_counts)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model, 48, 32);
    int64_t value;
    ck_assert_int_eq(nst_transfer_get_int(transfer, NST_PARAM_EFFORT, &value), NST_OK);
    ck_assert_int_eq(value, NST_EFFORT_NORMAL);
    set(transfer, NST_PARAM_SIZE, "128");
    set(transfer, NST_PARAM_EFFORT, "draft");
    set(transfer, NST_PARAM_STEPS, "2");
    ck_assert_uint_eq(worth_of(transfer).last_evaluations, 2);
    set(transfer, NST_PARAM_EFFORT, "draft");
    ck_assert_uint_eq(worth_of(transfer).last_evaluations, 6);
    set(transfer, NST_PARAM_SIZES, "64:3,128:4");
    ck_assert_uint_eq(worth_of(transfer).last_evaluations, 4);
    ck_assert_int_eq(nst_transfer_set_preset(transfer, "baseline"), NST_OK);
    set(transfer, NST_PARAM_EFFORT, "instant");
    ck_assert_uint_eq(worth_of(transfer).last_evaluations, 3);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_EFFORT, 0), NST_ERR_RANGE);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* The evaluations of a run with these parameters, whose progress ends at 1. */
static int evaluations_of(const tiny_model *tiny, const char *effort, const char *steps, const char *sizes,
                          nst_stop stop)
{
    nst_transfer *transfer = make(tiny->model, 48, 32);
    struct watch watch = {0};
    set(transfer, NST_PARAM_SIZE, "64");
    set(transfer, NST_PARAM_CONTENT_WEIGHT, "1000");
    set(transfer, NST_PARAM_EFFORT, effort);
    set(transfer, NST_PARAM_STEPS, steps);
    set(transfer, NST_PARAM_SIZES, sizes);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, look, &watch), NST_OK);
    nst_image_destroy(run(transfer));
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), stop);
    ck_assert_double_eq_tol(nst_transfer_progress(transfer, NST_PROGRESS_FRACTION), 1, 1e-9);
    ck_assert_double_eq_tol(nst_transfer_progress(transfer, NST_PROGRESS_SECONDS_LEFT), 0, 1e-9);
    nst_transfer_destroy(transfer);
    return watch.calls;
}

/* The content weighs so much that the first steps gain nearly all there is. */
START_TEST(a_size_ends_when_it_gains_little)
{
    tiny_model tiny = tiny_model_make(1);
    ck_assert_int_lt(evaluations_of(&tiny, "normal", "0", "none", NST_STOP_CONVERGED), 18);
    ck_assert_int_lt(evaluations_of(&tiny, "normal", "0", "32,64", NST_STOP_CONVERGED), 28);
    ck_assert_int_eq(evaluations_of(&tiny, "normal", "20", "none", NST_STOP_BUDGET), 20);
    ck_assert_int_eq(evaluations_of(&tiny, "normal", "0", "64:20", NST_STOP_BUDGET), 20);
    ck_assert_int_eq(evaluations_of(&tiny, "fine", "0", "none", NST_STOP_BUDGET), 30);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("transfer", smaller_sizes_painted_again_bring_back_their_look, stopped_at_a_smaller_size_that_is_painted_again,
       a_size_ends_when_it_gains_little, effort_is_in_evaluations_worth, the_later_of_effort_and_steps_counts,
       tiles_change_nothing, same_bits_for_any_number_of_threads, terms_make_the_total, a_run_goes_from_coarse_to_fine,
       every_approach_lowers_the_total_and_repeats_itself, content_as_style_gives_the_content_back,
       a_large_content_is_reduced_first, stopping_keeps_the_best, two_transfers_share_a_model,
       its_optimizer_is_what_a_run_uses, memory_is_that_of_the_optimizer, alpha_and_other_starts,
       what_cannot_be_done_is_said, a_limit_too_small_for_the_last_size_is_told_at_once,
       the_smallest_limit_is_found_for_every_size, presets_that_a_model_is_too_short_for_say_so,
       a_term_of_the_host_is_part_of_the_objective, a_run_follows_a_term_of_the_host,
       terms_that_cannot_be_added_are_refused)
