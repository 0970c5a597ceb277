/* Value and gradient of the objective against differences in double of its plain definition. */
#include "unit/runner.h"

#include <math.h>

#include "unit/oracle.h"
#include "unit/tiny_model.h"

static const char *const layer_names[ORACLE_CONVS][2] = {{"conv1_1", "relu1_1"},
                                                         {"conv1_2", "relu1_2"},
                                                         {"conv2_1", "relu2_1"},
                                                         {"conv2_2", "relu2_2"},
                                                         {"conv3_1", "relu3_1"}};

static oracle make_oracle(const tiny_model *tiny)
{
    oracle o = {.padding = NST_PADDING_ZERO, .content_weight = 0.3, .style_weight = 0.7};
    for (size_t i = 0; i < ORACLE_CONVS; i++) {
        o.channels[i] = tiny_channels[i + 1];
        o.weights[i] = tiny->weights[i];
        o.bias[i] = tiny->bias[i];
    }
    return o;
}

static void look(oracle *o, int conv, bool relu, double content, double style)
{
    o->look[o->looks++] = (oracle_look){conv, relu, content, style};
}

static oracle_picture in_double(nst_image *image)
{
    oracle_picture picture = {nst_image_height(image), nst_image_width(image), NULL};
    const size_t count = picture.height * picture.width * 3;
    picture.pixels = malloc(count * sizeof *picture.pixels);
    for (size_t i = 0; i < count; i++)
        picture.pixels[i] = (double)nst_image_pixels(image)[i];
    return picture;
}

static nst_transfer *make_transfer(const oracle *o, const nst_model *model, nst_image *content, nst_image *styles[2])
{
    nst_transfer *transfer;
    char lists[2][256] = {"", ""};
    for (size_t i = 0; i < o->looks; i++)
        for (int kind = 0; kind < 2; kind++) {
            const double weight = kind ? o->look[i].style : o->look[i].content;
            const size_t length = strlen(lists[kind]);
            if (weight > 0)
                snprintf(lists[kind] + length, sizeof lists[kind] - length, "%s%s=%.17g", length ? "," : "",
                         layer_names[o->look[i].conv][o->look[i].relu], weight);
        }
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_CONTENT_LAYERS, lists[0]), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, lists[1]), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_FORM, o->form), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_STYLE_LOSS, o->style_loss), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_PADDING, o->padding), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_POOLING, o->pooling), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_CONTENT_WEIGHT, o->content_weight), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_WEIGHT, o->style_weight), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_TV_WEIGHT, o->tv_weight), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_RANGE_WEIGHT, o->range_weight), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_SCALE, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(nst_transfer_add_style(transfer, styles[i], 3), NST_OK);
    return transfer;
}

/* Every derivative by central differences; the step is small enough that hardly a ReLU or maximum changes
 * sides. */
static void check(const oracle *o, const tiny_model *tiny, uint32_t width, uint32_t height)
{
    nst_image *x = tiny_image(width, height, 1), *content = tiny_image(width, height, 2);
    nst_image *styles[2] = {tiny_image(11, 13, 3), tiny_image(14, 9, 4)};
    oracle_picture in[4] = {in_double(x), in_double(content), in_double(styles[0]), in_double(styles[1])};
    nst_transfer *transfer = make_transfer(o, tiny->model, content, styles);
    const size_t count = (size_t)width * height * 3;
    float *gradient = malloc(count * sizeof *gradient);
    const double step = 1e-6, value = oracle_value(o, &in[0], &in[1], &in[2], 2);
    double total, difference = 0, square = 0;

    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, gradient) == NST_OK, "%s", nst_last_error());
    ck_assert_msg(fabs(total - value) <= 2e-5 * value, "%ux%u: total %.9g, expected %.9g", width, height, total, value);
    for (size_t i = 0; i < count; i++) {
        const double kept = in[0].pixels[i];
        in[0].pixels[i] = kept + step;
        double slope = oracle_value(o, &in[0], &in[1], &in[2], 2);
        in[0].pixels[i] = kept - step;
        slope = (slope - oracle_value(o, &in[0], &in[1], &in[2], 2)) / (2 * step);
        in[0].pixels[i] = kept;
        difference += (slope - (double)gradient[i]) * (slope - (double)gradient[i]);
        square += slope * slope;
    }
    ck_assert_msg(sqrt(difference / square) <= 1e-4, "%ux%u: the gradient is off by %.3g", width, height,
                  sqrt(difference / square));
    nst_transfer_destroy(transfer);
    free(gradient);
    for (size_t i = 0; i < 4; i++)
        free(in[i].pixels);
    nst_image_destroy(x);
    nst_image_destroy(content);
    nst_image_destroy(styles[0]);
    nst_image_destroy(styles[1]);
}

START_TEST(each_layer_alone)
{
    tiny_model tiny = tiny_model_make(1);
    for (int conv = 0; conv < ORACLE_CONVS; conv++)
        for (int relu = 0; relu < 2; relu++) {
            oracle style = make_oracle(&tiny), content = style;
            look(&style, conv, relu, 0, 1);
            check(&style, &tiny, 9, 7);
            look(&content, conv, relu, 1, 0);
            check(&content, &tiny, 8, 6);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(every_form_with_all_losses)
{
    tiny_model tiny = tiny_model_make(2);
    for (int form = 0; form <= NST_FORM_SUM; form++) {
        oracle o = make_oracle(&tiny);
        o.form = (nst_form)form;
        o.tv_weight = 0.2;
        o.range_weight = 5;
        look(&o, 0, false, 0, 0.5);
        look(&o, 1, true, 0, 1.5); /* looked at on both sides of its ReLU */
        look(&o, 1, false, 0.25, 2);
        look(&o, 3, true, 1, 0);
        look(&o, 4, true, 0.5, 1);
        check(&o, &tiny, 10, 9);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(every_style_loss)
{
    static const nst_style_loss losses[] = {NST_STYLE_LOSS_CENTRED, NST_STYLE_LOSS_MEANSTD, NST_STYLE_LOSS_W2};
    tiny_model tiny = tiny_model_make(5);
    for (int i = 0; i < 3; i++) {
        oracle o = make_oracle(&tiny);
        o.style_loss = losses[i];
        look(&o, 0, false, 0, 1); /* from the patches of the picture */
        look(&o, 1, true, 0, 1.5);
        look(&o, 1, false, 0.25, 2);
        look(&o, 3, true, 1, 1);
        look(&o, 4, false, 0, 1);
        check(&o, &tiny, 10, 9);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(every_padding_and_pooling)
{
    tiny_model tiny = tiny_model_make(3);
    for (int padding = 0; padding <= NST_PADDING_REPLICATE; padding++)
        for (int pooling = 0; pooling <= NST_POOLING_AVERAGE; pooling++) {
            oracle o = make_oracle(&tiny);
            o.padding = (nst_padding)padding;
            o.pooling = (nst_pooling)pooling;
            look(&o, 0, true, 0, 1);
            look(&o, 2, false, 0, 1);
            look(&o, 3, false, 1, 1);
            look(&o, 4, false, 0, 1);
            check(&o, &tiny, 11, 7);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(small_and_thin_pictures)
{
    static const uint32_t sizes[][2] = {{4, 4}, {5, 4}, {4, 23}, {31, 5}, {17, 17}};
    tiny_model tiny = tiny_model_make(4);
    for (int padding = 0; padding <= NST_PADDING_REPLICATE; padding++) {
        oracle deep = make_oracle(&tiny), shallow = deep;
        deep.padding = shallow.padding = (nst_padding)padding;
        deep.tv_weight = 1;
        look(&deep, 1, false, 0.5, 1);
        look(&deep, 4, false, 0, 1);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            check(&deep, &tiny, sizes[i][0], sizes[i][1]);
        look(&shallow, 0, false, 0, 1);
        look(&shallow, 1, false, 1, 1);
        check(&shallow, &tiny, 19, 1); /* a single row, a single column, a single pixel */
        check(&shallow, &tiny, 1, 12);
        shallow.look[1].content = 0; /* one position has no variation to be relative to */
        check(&shallow, &tiny, 1, 1);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("gradient", each_layer_alone, every_form_with_all_losses, every_style_loss, every_padding_and_pooling,
       small_and_thin_pictures)
