/* nst_transfer_resume(): what it gives, what it keeps from call to call, and what makes that invalid. */
#include "unit/runner.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "unit/tiny_model.h"

enum { WIDTH = 52, HEIGHT = 38, FEW = 3 };

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

static void set_content(nst_transfer *transfer, uint64_t seed)
{
    nst_image *content = tiny_image(WIDTH, HEIGHT, seed);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    nst_image_destroy(content);
}

static nst_transfer *make(const nst_model *model)
{
    nst_transfer *transfer;
    nst_image *style = tiny_image(40, 31, 3);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    set_content(transfer, 2);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    set(transfer, NST_PARAM_SIZES, "13:2,26:4");
    nst_image_destroy(style);
    return transfer;
}

static nst_image *resume(nst_transfer *transfer, const nst_image *from, uint64_t evaluations)
{
    nst_image *out;
    ck_assert_msg(nst_transfer_resume(&out, transfer, from, evaluations, NULL) == NST_OK, "%s", nst_last_error());
    return out;
}

static void check_same(nst_image *a, nst_image *b)
{
    ck_assert_uint_eq(nst_image_width(a), nst_image_width(b));
    ck_assert_uint_eq(nst_image_height(a), nst_image_height(b));
    ck_assert_mem_eq(nst_image_pixels(a), nst_image_pixels(b),
                     (size_t)nst_image_width(a) * nst_image_height(a) * 3 * sizeof(float));
    nst_image_destroy(a);
    nst_image_destroy(b);
}

/* What a transfer of its own makes of FROM at the last size, by the settings that say the same. */
static nst_image *run_from(const nst_model *model, const nst_image *from, void (*change)(nst_transfer *),
                           const char *sizes)
{
    nst_image *out;
    nst_transfer *transfer = make(model);
    if (change) change(transfer);
    set(transfer, NST_PARAM_SIZES, sizes);
    ck_assert_int_eq(nst_transfer_set_init(transfer, from), NST_OK);
    ck_assert_msg(nst_transfer_run(&out, transfer, NULL) == NST_OK, "%s", nst_last_error());
    nst_transfer_destroy(transfer);
    return out;
}

START_TEST(it_is_a_run_of_the_last_size_from_a_picture)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model);
    nst_image *first, *again, *large = tiny_image(2 * WIDTH, 2 * HEIGHT, 8);
    const char *sizes;
    int64_t init;
    ck_assert_int_eq(nst_transfer_run(&first, transfer, NULL), NST_OK);
    check_same(resume(transfer, first, FEW), run_from(tiny.model, first, NULL, "26:3"));
    ck_assert_double_eq(nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS), FEW);
    ck_assert_double_eq(nst_transfer_progress(transfer, NST_PROGRESS_LEVELS), 1);
    check_same(resume(transfer, first, 0), run_from(tiny.model, first, NULL, "26:4"));
    check_same(resume(transfer, large, 0), run_from(tiny.model, large, NULL, "26:4")); /* resized */
    /* The settings stay, and so does what a run makes of them. */
    ck_assert_int_eq(nst_transfer_get_text(transfer, NST_PARAM_SIZES, &sizes), NST_OK);
    ck_assert_str_eq(sizes, "13:2,26:4");
    ck_assert_int_eq(nst_transfer_get_int(transfer, NST_PARAM_INIT, &init), NST_OK);
    ck_assert_int_eq(init, NST_INIT_CONTENT);
    ck_assert_int_eq(nst_transfer_run(&again, transfer, NULL), NST_OK);
    check_same(first, again);
    nst_image_destroy(large);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(evaluations_come_from_the_settings)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model);
    nst_image *from = tiny_image(WIDTH, HEIGHT, 8);
    set(transfer, NST_PARAM_SIZE, "26");
    set(transfer, NST_PARAM_SIZES, "auto");
    set(transfer, NST_PARAM_STEPS, "5");
    nst_image_destroy(resume(transfer, from, 0));
    ck_assert_double_eq(nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS), 5);
    ck_assert_double_eq(nst_transfer_progress(transfer, NST_PROGRESS_WIDTH), 26);
    nst_image_destroy(resume(transfer, from, 7));
    ck_assert_double_eq(nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS), 7);
    nst_image_destroy(from);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- What is kept ---- */

static void nothing(nst_transfer *transfer)
{
    (void)transfer;
}

static void weights(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONTENT_WEIGHT, "0.3");
    set(transfer, NST_PARAM_STYLE_WEIGHT, "0.7");
    set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2=0.4,relu1_1=0.1");
}
static void form(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_FORM, "mean");
    set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2,relu1_1=0.1");
}
static void other_style_layers(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_STYLE_LAYERS, "conv1_2,conv2_1");
}
static void other_content(nst_transfer *transfer)
{
    set_content(transfer, 21);
}
static void other_layers(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_1,relu1_1=0.1");
}
static void other_padding(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_PADDING, "zero");
}
static void other_method(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONVOLUTION, "direct");
}
static void under_a_limit_that_suffices(nst_transfer *transfer)
{
    uint64_t bytes;
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)bytes), NST_OK);
}
static void transparent(nst_transfer *transfer)
{
    nst_image *content;
    ck_assert_int_eq(nst_image_create(&content, WIDTH, HEIGHT, 1), NST_OK);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        nst_image_mutable_alpha(content)[i] = i % WIDTH < WIDTH / 2 ? 1 : 0.25f;
    for (size_t i = 0; i < WIDTH * HEIGHT * 3; i++)
        nst_image_mutable_pixels(content)[i] = (float)(i % 7) / 7;
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    nst_image_destroy(content);
}

static void base(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2,relu1_1=0.1");
}

/* The floating-point operations forward through conv1_2: every pass over a picture has them once. */
static double operations(const nst_transfer *transfer)
{
    double sum = 0;
    for (size_t i = 0; i < nst_transfer_profile_count(transfer); i++) {
        const char *layer, *kind;
        double seconds, of_layer;
        ck_assert_int_eq(nst_transfer_profile(transfer, i, &layer, &kind, &seconds, &of_layer), NST_OK);
        if (strcmp(layer, "conv1_2") == 0 && strcmp(kind, "forward") == 0) sum += of_layer;
    }
    return sum;
}

static const struct change {
    void (*change)(nst_transfer *);
    bool kept; /* the content's features */
} changes[] = {
    {nothing, true},
    {weights, true},
    {form, true},
    {other_style_layers, true},
    {other_content, false},
    {other_layers, false},
    {other_padding, false},
    {other_method, false},
    {under_a_limit_that_suffices, true},
    {transparent, false},
};

/* The bits are those of a transfer that kept nothing, and the pass over the content is left out where it may be. */
START_TEST(what_is_kept_is_what_would_be_computed)
{
    tiny_model tiny = tiny_model_make(4);
    nst_image *from = tiny_image(26, 19, 8);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        nst_transfer *transfer = make(tiny.model), *fresh = make(tiny.model);
        base(transfer);
        nst_image_destroy(resume(transfer, from, FEW));
        changes[i].change(transfer);
        ck_assert_int_eq(nst_transfer_profile_reset(transfer), NST_OK);
        nst_image *found = resume(transfer, from, FEW);
        base(fresh);
        changes[i].change(fresh);
        check_same(found, resume(fresh, from, FEW));
        const double pass = operations(fresh) / (FEW + 1); /* the content, and the evaluations */
        const double left_out = (operations(fresh) - operations(transfer)) / pass;
        ck_assert_msg(fabs(left_out - changes[i].kept) < 1e-9, "change %zu: %g passes left out", i, left_out);
        nst_transfer_destroy(transfer);
        nst_transfer_destroy(fresh);
    }
    nst_image_destroy(from);
    tiny_model_destroy(&tiny);
}
END_TEST

static int stop_at_second(nst_transfer *transfer, void *user)
{
    (void)user;
    if (nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) == 2) nst_transfer_cancel(transfer);
    return 0;
}

START_TEST(it_goes_on_after_a_cancelled_one)
{
    static const volatile int32_t set_before = 1;
    tiny_model tiny = tiny_model_make(5);
    nst_transfer *transfer = make(tiny.model);
    nst_image *from = tiny_image(26, 19, 8), *part;
    ck_assert_int_eq(nst_transfer_set_progress(transfer, stop_at_second, NULL), NST_OK);
    part = resume(transfer, from, 6);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CANCELLED);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, NULL, NULL), NST_OK);
    check_same(resume(transfer, part, FEW), run_from(tiny.model, part, NULL, "26:3"));
    /* Cancelled before its first evaluation, it gives FROM. */
    ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, &set_before), NST_OK);
    nst_image *same = resume(transfer, part, FEW);
    ck_assert_mem_eq(nst_image_pixels(same), nst_image_pixels(part), 26 * 19 * 3 * sizeof(float));
    ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, NULL), NST_OK);
    check_same(resume(transfer, same, FEW), run_from(tiny.model, part, NULL, "26:3"));
    nst_image_destroy(same);
    nst_image_destroy(part);
    nst_image_destroy(from);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

static int resume_inside(nst_transfer *transfer, void *user)
{
    nst_image *out;
    ck_assert_int_eq(nst_transfer_resume(&out, transfer, user, 1, NULL), NST_ERR_STATE);
    ck_assert_ptr_null(out);
    return 0;
}

START_TEST(what_cannot_be_done_is_said)
{
    tiny_model tiny = tiny_model_make(6);
    nst_transfer *transfer = make(tiny.model), *bare;
    nst_image *from = tiny_image(26, 19, 8), *out = from;
    ck_assert_int_eq(nst_transfer_resume(&out, transfer, NULL, 1, NULL), NST_ERR_ARGUMENT);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(nst_transfer_resume(&out, NULL, from, 1, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_resume(NULL, transfer, from, 1, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_resume(&out, transfer, from, UINT64_MAX, NULL), NST_ERR_RANGE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "expected at most 1000000, found 18446744073709551615"));
    set(transfer, NST_PARAM_INIT, "image"); /* which a run would need a picture for */
    nst_image_destroy(resume(transfer, from, 1));
    ck_assert_int_eq(nst_transfer_set_progress(transfer, resume_inside, from), NST_OK);
    nst_image_destroy(resume(transfer, from, 1));
    ck_assert_int_eq(nst_transfer_create(&bare, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_resume(&out, bare, from, 1, NULL), NST_ERR_STATE);
    ck_assert_ptr_null(out);
    nst_transfer_destroy(bare);
    nst_image_destroy(from);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("resume", it_is_a_run_of_the_last_size_from_a_picture, evaluations_come_from_the_settings,
       what_is_kept_is_what_would_be_computed, it_goes_on_after_a_cancelled_one, what_cannot_be_done_is_said)
