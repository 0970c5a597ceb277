/* Styles as files: they paint what the painting paints, or say why they cannot. */
#include "unit/runner.h"

#include "transfer/style.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* ---- What is painted with ---- */

static char path[] = "/tmp/nst-style-XXXXXX";

static tiny_model tiny;
static nst_image *content, *painting;

static void set_up(void)
{
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    tiny = tiny_model_make(3);
    content = tiny_image(40, 30, 1);
    painting = tiny_image(50, 44, 3);
}

static void tear_down(void)
{
    unlink(path);
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    nst_image_destroy(content);
    nst_image_destroy(painting);
    tiny_model_destroy(&tiny);
}

static nst_transfer *plain_transfer(void)
{
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "20:3,40:3"), NST_OK);
    return transfer;
}

static nst_transfer *transfer_of_content(void)
{
    nst_transfer *transfer = plain_transfer();
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    return transfer;
}

static nst_style *style_of(const nst_image *image)
{
    nst_style *style;
    ck_assert_int_eq(nst_style_create(&style, image), NST_OK);
    return style;
}

/* STYLE after it was saved by TRANSFER, which is destroyed, and read again. */
static nst_style *through_file(nst_transfer *transfer, const nst_style *style, nst_dtype dtype)
{
    nst_style *read;
    ck_assert_msg(nst_transfer_save_style(transfer, style, path, dtype, "by me") == NST_OK, "%s", nst_last_error());
    ck_assert_msg(nst_style_load(&read, path) == NST_OK, "%s", nst_last_error());
    nst_transfer_destroy(transfer);
    return read;
}

static nst_image *paint(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    nst_transfer_destroy(transfer);
    return result;
}

/* The largest difference; both are destroyed. */
static double difference(nst_image *a, nst_image *b)
{
    double most = 0;
    for (size_t i = 0; i < (size_t)nst_image_width(a) * nst_image_height(a) * 3; i++)
        most = fmax(most, fabs((double)nst_image_pixels(a)[i] - (double)nst_image_pixels(b)[i]));
    nst_image_destroy(a);
    nst_image_destroy(b);
    return most;
}

static nst_transfer *use(nst_transfer *transfer, nst_style *style)
{
    ck_assert_msg(nst_transfer_use_style(transfer, style, 1) == NST_OK, "%s", nst_last_error());
    return transfer;
}

static nst_transfer *with(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
    return transfer;
}

/* ---- The same picture ---- */

static const struct loss {
    const char *loss, *form;
    double most; /* difference of two pictures */
} losses[] = {
    {"gram", "relative", 0},    {"gram", "mean", 0},   {"gram", "gatys", 0},          {"gram", "sum", 0},
    {"centred", "relative", 0}, {"w2", "relative", 0}, {"meanstd", "relative", 1e-5},
};

/* One file for all style losses and forms. */
START_TEST(a_file_paints_what_the_painting_paints)
{
    nst_style *style = style_of(painting), *file = through_file(transfer_of_content(), style, NST_DTYPE_F32);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        nst_style *const both[] = {style, file};
        nst_image *result[2];
        for (int k = 0; k < 2; k++) {
            nst_transfer *transfer = with(transfer_of_content(), NST_PARAM_STYLE_LOSS, losses[i].loss);
            result[k] = paint(use(with(transfer, NST_PARAM_FORM, losses[i].form), both[k]));
        }
        const double most = difference(result[0], result[1]);
        ck_assert_msg(most <= losses[i].most, "%s %s: %g", losses[i].loss, losses[i].form, most);
    }
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

/* In half the bytes. */
START_TEST(f16_paints_nearly_the_same)
{
    nst_style *style = style_of(painting), *file = through_file(transfer_of_content(), style, NST_DTYPE_F16);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        nst_style *const both[] = {style, file};
        double total[2];
        for (int k = 0; k < 2; k++) {
            nst_transfer *transfer = with(transfer_of_content(), NST_PARAM_STYLE_LOSS, losses[i].loss);
            use(with(transfer, NST_PARAM_FORM, losses[i].form), both[k]);
            ck_assert_int_eq(nst_transfer_evaluate(transfer, content, &total[k], NULL), NST_OK);
            nst_transfer_destroy(transfer);
        }
        ck_assert_double_ne(total[0], total[1]);
        ck_assert_double_eq_tol(total[0], total[1], 1e-3 * total[0]);
    }
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_DTYPE), "f16");
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

/* The bound of docs/formats.md, with the channels of VGG-19: the loss `gram` of what is read against what was saved. */
static double gram_error(const nst__saved_style *exact, const nst__saved_style *rounded, size_t layer)
{
    const size_t channels = exact->layer[layer].channels;
    const float *a = nst__saved_moments(exact, 0, layer) + 1 + channels;
    const float *b = nst__saved_moments(rounded, 0, layer) + 1 + channels;
    double away = 0, all = 0;
    for (size_t i = 0; i < channels; i++)
        for (size_t k = i; k < channels; k++, a++, b++) {
            const double both = i == k ? 1 : 2; /* triangles */
            away += both * ((double)*a - (double)*b) * ((double)*a - (double)*b);
            all += both * (double)*a * (double)*a;
        }
    return away / all;
}

START_TEST(f16_is_as_exact_as_it_says)
{
    nst_style *style = style_of(painting), *file[2];
    nst_model *model;
    ck_assert_int_eq(nst_model_load(&model, "random:0"), NST_OK);
    for (int k = 0; k < 2; k++) {
        nst_transfer *transfer;
        ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
        with(with(transfer, NST_PARAM_STYLE_SCALE, "0"), NST_PARAM_SIZES, "50");
        file[k] = through_file(transfer, style, k ? NST_DTYPE_F16 : NST_DTYPE_F32);
    }
    for (size_t layer = 0; layer < 5; layer++) {
        const double error = gram_error(file[0]->saved, file[1]->saved, layer);
        ck_assert_msg(error > 0 && error < 1e-7, "%g", error);
    }
    for (int k = 0; k < 2; k++)
        nst_style_destroy(file[k]);
    nst_model_destroy(model);
    nst_style_destroy(style);
}
END_TEST

/* Without a content the file serves all proportions up to 2:1, and layers that are a part of its own. */
START_TEST(one_file_serves_many_contents)
{
    static const uint32_t sides[][2] = {{40, 40}, {40, 31}, {27, 40}, {20, 40}, {40, 21}};
    nst_style *style = style_of(painting), *file = through_file(plain_transfer(), style, NST_DTYPE_F32);
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        nst_style *const both[] = {style, file};
        nst_image *town = tiny_image(sides[i][0], sides[i][1], 1), *result[2];
        for (int k = 0; k < 2; k++) {
            nst_transfer *transfer = with(plain_transfer(), NST_PARAM_STYLE_LAYERS, "conv2_1=0.5,conv1_2");
            ck_assert_int_eq(nst_transfer_set_content(transfer, town), NST_OK);
            result[k] = paint(use(transfer, both[k]));
        }
        ck_assert_double_eq(difference(result[0], result[1]), 0);
        nst_image_destroy(town);
    }
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

static nst_image *half_mask(bool left)
{
    nst_image *mask;
    ck_assert_int_eq(nst_image_create(&mask, 40, 30, 0), NST_OK);
    for (size_t i = 0; i < 40 * 30 * 3; i++)
        nst_image_mutable_pixels(mask)[i] = (i / 3 % 40 < 20) == left;
    return mask;
}

/* A file and a painting in one run: mixed, in regions, and each with a loss of its own. */
START_TEST(files_and_paintings_mix)
{
    nst_image *other = tiny_image(64, 48, 5), *mask = half_mask(true);
    nst_style *style[2] = {style_of(painting), style_of(other)};
    ck_assert_int_eq(nst_style_set_mask(style[1], mask), NST_OK);
    nst_style *file = through_file(transfer_of_content(), style[1], NST_DTYPE_F32);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_MASKED), "yes");
    for (int kind = 0; kind < 4; kind++) {
        nst_style *const second[] = {style[1], file};
        nst_image *result[2];
        for (int k = 0; k < 2; k++) {
            nst_transfer *transfer = with(transfer_of_content(), NST_PARAM_BLEND, kind % 2 ? "loss" : "target");
            use(use(transfer, style[0]), second[k]);
            if (kind / 2) ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, mask), NST_OK);
            result[k] = paint(transfer);
        }
        ck_assert_double_eq(difference(result[0], result[1]), 0);
    }
    nst_style_destroy(style[0]);
    nst_style_destroy(style[1]);
    nst_style_destroy(file);
    nst_image_destroy(other);
    nst_image_destroy(mask);
}
END_TEST

/* Half the size at a style-scale of 2, its own size at 0: what the run would use. */
START_TEST(sizes_follow_the_style_scale)
{
    nst_style *style = style_of(painting);
    nst_style *file = through_file(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0"), style, NST_DTYPE_F32);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_SIZES), "50x44");
    nst_image *a = paint(use(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0"), style));
    nst_image *b = paint(use(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0"), file));
    ck_assert_double_eq(difference(a, b), 0);
    nst_style_destroy(file);
    /* A style's own scale, before and after. */
    file = through_file(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0.5"), style, NST_DTYPE_F32);
    ck_assert_int_eq(nst_style_set_scale(file, 0.5), NST_OK);
    a = paint(use(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0.5"), style));
    b = paint(use(transfer_of_content(), file));
    ck_assert_double_eq(difference(a, b), 0);
    nst_style_destroy(file);
    nst_style_destroy(style);
}
END_TEST

/* ---- What does not fit ---- */

#define FAILS(call, status, said) \
    do { \
        ck_assert_int_eq(call, status); \
        ck_assert_msg(strstr(nst_last_error(), said), "%s", nst_last_error()); \
    } while (0)

/* TRANSFER, which is destroyed, cannot compute with FILE. */
static void cannot(nst_transfer *transfer, nst_style *file, const char *said)
{
    double total;
    use(transfer, file);
    FAILS(nst_transfer_evaluate(transfer, content, &total, NULL), NST_ERR_STATE, said);
    nst_transfer_destroy(transfer);
}

START_TEST(what_does_not_fit_is_told)
{
    nst_style *style = style_of(painting), *file = through_file(transfer_of_content(), style, NST_DTYPE_F32);
    nst_image *large = tiny_image(80, 60, 1);
    double total;
    cannot(with(transfer_of_content(), NST_PARAM_PADDING, "zero"), file, "measured with padding replicate, and not");
    cannot(with(transfer_of_content(), NST_PARAM_POOLING, "average"), file, "measured with pooling max, and not");
    cannot(with(transfer_of_content(), NST_PARAM_STYLE_LAYERS, "relu1_1"), file, "and not at relu1_1");
    cannot(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "4"), file, nst_style_text(file, NST_STYLE_SIZES));
    cannot(with(transfer_of_content(), NST_PARAM_COLOR, "match"), file, "no picture whose colours");
    nst_transfer *transfer = use(transfer_of_content(), file);
    FAILS(nst_transfer_evaluate(transfer, large, &total, NULL), NST_ERR_STATE, "which a picture of 80x60 needs");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, content, &total, NULL), NST_OK); /* nothing is broken by that */
    nst_transfer_destroy(transfer);
    FAILS(nst_style_set_mask(file, painting), NST_ERR_STATE, "this one has no picture");
    nst_image_destroy(large);
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

START_TEST(another_model_is_told)
{
    nst_style *style = style_of(painting), *file = through_file(transfer_of_content(), style, NST_DTYPE_F32);
    tiny_model other = tiny_model_make(4);
    nst_transfer *transfer;
    nst_model *lite;
    ck_assert_int_eq(nst_transfer_create(&transfer, other.model), NST_OK);
    FAILS(nst_transfer_use_style(transfer, file, 1), NST_ERR_ARGUMENT, nst_style_text(file, NST_STYLE_MODEL_HASH));
    ck_assert_uint_eq(nst_transfer_style_count(transfer), 0);
    nst_transfer_destroy(transfer);
    ck_assert_int_eq(nst_model_load(&lite, "random:1"), NST_OK);
    ck_assert_int_eq(nst_transfer_create(&transfer, lite), NST_OK);
    FAILS(nst_transfer_use_style(transfer, file, 1), NST_ERR_ARGUMENT, "with other channels");
    nst_transfer_destroy(transfer);
    nst_model_destroy(lite);
    tiny_model_destroy(&other);
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

/* A model that ends early serves as long as it has the layers of the style, whatever kind of file it is from. */
START_TEST(a_shorter_copy_of_the_model_is_the_same)
{
    nst_transfer *transfer = with(transfer_of_content(), NST_PARAM_STYLE_LAYERS, "conv1_1,conv2_1");
    nst_style *style = style_of(painting), *file = through_file(transfer, style, NST_DTYPE_F32);
    nst_model *copy;
    ck_assert_int_eq(nst_model_save(tiny.model, path, NST_DTYPE_F32, "conv2_2"), NST_OK);
    ck_assert_int_eq(nst_model_load(&copy, path), NST_OK);
    ck_assert_int_eq(nst_transfer_create(&transfer, copy), NST_OK);
    use(transfer, file);
    nst_transfer_destroy(transfer);
    nst_model_destroy(copy);
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

START_TEST(what_cannot_be_saved)
{
    char text[500];
    nst_style *style = style_of(painting), *file = through_file(transfer_of_content(), style, NST_DTYPE_F32);
    nst_transfer *transfer = transfer_of_content();
    memset(text, 'a', sizeof text);
    text[481] = '\0';
    FAILS(nst_transfer_save_style(transfer, file, path, NST_DTYPE_F32, NULL), NST_ERR_STATE, "found one from a file");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_BF16, NULL), NST_ERR_ARGUMENT, "f32 or f16");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, text), NST_ERR_ARGUMENT, "at most 480 bytes");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, "a\nb"), NST_ERR_ARGUMENT, "license");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, "\xff"), NST_ERR_ARGUMENT, "license");
    FAILS(nst_transfer_save_style(transfer, style, "/no/where", NST_DTYPE_F32, NULL), NST_ERR_IO, "/no/where");
    with(transfer, NST_PARAM_MEMORY_LIMIT, "1M");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, NULL), NST_ERR_MEMORY_LIMIT, "too small");
    with(with(transfer, NST_PARAM_MEMORY_LIMIT, "0"), NST_PARAM_COLOR, "luma");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, NULL), NST_ERR_STATE, "color");
    with(with(transfer, NST_PARAM_COLOR, "style"), NST_PARAM_STYLE_WEIGHT, "0");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, NULL), NST_ERR_STATE, "style layer");
    nst_transfer_destroy(transfer);
    transfer = with(with(plain_transfer(), NST_PARAM_SIZES, "none"), NST_PARAM_SIZE, "0");
    FAILS(nst_transfer_save_style(transfer, style, path, NST_DTYPE_F32, NULL), NST_ERR_STATE, "size");
    nst_transfer_destroy(transfer);
    text[480] = '\0';
    nst_transfer *ready = transfer_of_content();
    ck_assert_int_eq(nst_transfer_save_style(ready, style, path, NST_DTYPE_F32, text), NST_OK);
    nst_style_destroy(file);
    ck_assert_int_eq(nst_style_load(&file, path), NST_OK);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_LICENSE), text);
    nst_transfer_destroy(ready);
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

/* ---- What it says ---- */

START_TEST(the_facts)
{
    nst_style *style = style_of(painting);
    ck_assert_str_eq(nst_style_text(style, NST_STYLE_LAYERS), "");
    ck_assert_str_eq(nst_style_text(NULL, NST_STYLE_LAYERS), "");
    nst_style *file = through_file(transfer_of_content(), style, NST_DTYPE_F32);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_SOURCE), path);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_PICTURE), "50x44");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_MODEL), "memory");
    ck_assert_uint_eq(strlen(nst_style_text(file, NST_STYLE_MODEL_HASH)), 16);
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_LAYERS), "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_PADDING), "replicate");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_POOLING), "max");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_DTYPE), "f32");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_MASKED), "no");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_LICENSE), "by me");
    ck_assert_str_eq(nst_style_text(file, NST_STYLE_VERSION), nst_version());
    ck_assert_str_eq(nst_style_text(file, (nst_style_key)0), "");
    ck_assert_str_eq(nst_style_text(file, (nst_style_key)13), "");
    ck_assert_double_eq(nst_style_scale(file), 1);
    nst_style_destroy(style);
    nst_style_destroy(file);
}
END_TEST

/* ---- Tiles ---- */

/* The largest difference of two moments of one layer, relative to the largest moment. */
static double tiled_error(const nst__saved_style *a, const nst__saved_style *b)
{
    double worst = 0;
    ck_assert_uint_eq(a->sizes, b->sizes);
    for (size_t i = 0; i < a->sizes * a->layers; i++) {
        const size_t size = i / a->layers, layer = i % a->layers, channels = a->layer[layer].channels;
        const float *x = nst__saved_moments(a, size, layer), *y = nst__saved_moments(b, size, layer);
        double most = 0, away = 0;
        ck_assert(x[0] == y[0]);
        for (size_t k = 1; k < 1 + channels + nst__triangle(channels); k++) {
            most = fmax(most, fabs((double)x[k]));
            away = fmax(away, fabs((double)x[k] - (double)y[k]));
        }
        worst = fmax(worst, away / most);
    }
    return worst;
}

/* A style whose maps do not fit the limit is measured in tiles: the same numbers to rounding. */
START_TEST(a_large_style_is_measured_in_tiles)
{
    nst_image *large = tiny_image(700, 500, 3);
    nst_style *style = style_of(large), *whole, *tiled;
    for (int masked = 0; masked < 2; masked++) {
        nst_transfer *transfer = with(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0"), NST_PARAM_THREADS, "1");
        whole = through_file(transfer, style, NST_DTYPE_F32);
        transfer = with(with(transfer_of_content(), NST_PARAM_STYLE_SCALE, "0"), NST_PARAM_THREADS, "1");
        tiled = through_file(with(transfer, NST_PARAM_MEMORY_LIMIT, "30M"), style, NST_DTYPE_F32);
        const double error = tiled_error(whole->saved, tiled->saved);
        ck_assert_msg(error > 0 && error < 3e-6, "%g", error);
        nst_style_destroy(whole);
        nst_style_destroy(tiled);
        nst_image *mask = tiny_image(70, 50, 8);
        for (size_t i = 0; i < 70 * 50 * 3; i++)
            nst_image_mutable_pixels(mask)[i] = nst_image_pixels(mask)[i] > 0.5F;
        ck_assert_int_eq(nst_style_set_mask(style, mask), NST_OK);
        nst_image_destroy(mask);
    }
    nst_style_destroy(style);
    nst_image_destroy(large);
}
END_TEST

/* ---- Files that are damaged ---- */

static unsigned char *read_all(size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    unsigned char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    ck_assert(*size > 500 && *size < 1 << 20);
    return bytes;
}

static void is_refused(const unsigned char *bytes, size_t size, nst_status wanted, const char *said)
{
    nst_style *style;
    const nst_status status = nst_style_decode(&style, bytes, size);
    ck_assert_ptr_null(style);
    ck_assert_msg(status == wanted && strstr(nst_last_error(), said), "%d: %s", status, nst_last_error());
}

/* A file of one size and two layers. */
static unsigned char *small_file(size_t *size, nst_dtype dtype)
{
    nst_transfer *transfer = with(transfer_of_content(), NST_PARAM_STYLE_LAYERS, "conv1_1,conv2_1");
    nst_style *style = style_of(painting);
    nst_style_destroy(through_file(with(transfer, NST_PARAM_SIZES, "40"), style, dtype));
    nst_style_destroy(style);
    return read_all(size);
}

START_TEST(a_cut_file_is_refused)
{
    for (nst_dtype dtype = NST_DTYPE_F32; dtype <= NST_DTYPE_F16; dtype++) {
        size_t size;
        unsigned char *bytes = small_file(&size, dtype);
        nst_style *style;
        for (size_t cut = 0; cut < size; cut++) {
            unsigned char *part = malloc(cut + 1); /* so that reading too far is seen */
            memcpy(part, bytes, cut);
            const nst_status status = nst_style_decode(&style, part, cut);
            ck_assert_msg(status >= 200 && status < 300, "%zu: %d", cut, status);
            ck_assert_ptr_null(style);
            free(part);
        }
        ck_assert_int_eq(nst_style_decode(&style, bytes, size), NST_OK);
        ck_assert_str_eq(nst_style_text(style, NST_STYLE_SOURCE), "memory");
        nst_style_destroy(style);
        free(bytes);
    }
}
END_TEST

/* Replaces FROM by TO, of the same length, everywhere in the header. */
static void rename_all(unsigned char *bytes, const char *from, const char *to)
{
    const size_t header = 8 + (size_t)(bytes[0] | bytes[1] << 8), length = strlen(from);
    size_t found = 0;
    ck_assert_uint_eq(length, strlen(to));
    for (size_t i = 8; i + length <= header; i++)
        if (memcmp(bytes + i, from, length) == 0) {
            memcpy(bytes + i, to, length);
            found++;
        }
    ck_assert_uint_gt(found, 0);
}

static const struct lie {
    const char *from, *to, *said;
    nst_status status;
} lies[] = {
    {"\"nststyle\":\"1\"", "\"nststyle\":\"2\"", "version 1", NST_ERR_UNSUPPORTED},
    {"\"nststyle\"", "\"nothing!\"", "a style that was saved", NST_ERR_FORMAT},
    {"\"picture\":\"50x44\"", "\"picture\":\"50y44\"", "the size of a picture", NST_ERR_CORRUPT},
    {"\"picture\":\"50x44\"", "\"picture\":\"0x444\"", "the size of a picture", NST_ERR_CORRUPT},
    {"\"picture\"", "\"painter\"", "a note 'picture'", NST_ERR_CORRUPT},
    {"conv1_1,conv2_1", "conv1_1,conv1_1", "different layers", NST_ERR_CORRUPT},
    {"conv1_1,conv2_1", "conv1_1,conv2_2", "conv2_2/mean", NST_ERR_CORRUPT},
    {"conv1_1,conv2_1", ",,,,,,,,,,,,,,,", "different layers", NST_ERR_CORRUPT},
    {"\"replicate\"", "\"replicant\"", "padding", NST_ERR_CORRUPT},
    {"\"pooling\":\"max\"", "\"pooling\":\"min\"", "pooling", NST_ERR_CORRUPT},
    {"\"dtype\":\"f32\"", "\"dtype\":\"f16\"", "deviation", NST_ERR_CORRUPT},
    {"/conv1_1/mass", "/conv1_1/miss", "conv1_1/mass", NST_ERR_CORRUPT},
    {"\"shape\":[5]", "\"shape\":[6]", "", NST_ERR_CORRUPT},
};

START_TEST(lies_are_found)
{
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        size_t size;
        unsigned char *bytes = small_file(&size, NST_DTYPE_F32);
        rename_all(bytes, lies[i].from, lies[i].to);
        is_refused(bytes, size, lies[i].status, lies[i].said);
        free(bytes);
    }
}
END_TEST

/* Numbers that are none, and a mass below 0: the mass of the first layer is the first number of the file. */
START_TEST(numbers_are_checked)
{
    size_t size;
    unsigned char *bytes = small_file(&size, NST_DTYPE_F32);
    const size_t header = 8 + (size_t)(bytes[0] | bytes[1] << 8);
    memcpy(bytes + header, &(float){NAN}, sizeof(float));
    is_refused(bytes, size, NST_ERR_NON_FINITE, "mass");
    memcpy(bytes + header, &(float){-1}, sizeof(float));
    is_refused(bytes, size, NST_ERR_CORRUPT, "a mass of 0 or more");
    free(bytes);
    bytes = small_file(&size, NST_DTYPE_F16);
    const size_t mean = 8 + (size_t)(bytes[0] | bytes[1] << 8) + sizeof(float);
    memcpy(bytes + mean, &(float){3e38F}, sizeof(float)); /* its square is none */
    is_refused(bytes, size, NST_ERR_NON_FINITE, "conv1_1: a moment is too large");
    free(bytes);
}
END_TEST

START_TEST(other_files_are_no_styles)
{
    void *png, *none = "x";
    size_t size;
    nst_style *style;
    ck_assert_int_eq(nst_image_encode(&png, &size, painting, "png"), NST_OK);
    is_refused(png, size, NST_ERR_FORMAT, "expected a style");
    nst_bytes_destroy(png);
    ck_assert_int_eq(nst_model_save(tiny.model, path, NST_DTYPE_F32, NULL), NST_OK);
    FAILS(nst_style_load(&style, path), NST_ERR_FORMAT, "found other safetensors");
    is_refused(none, 0, NST_ERR_CORRUPT, "0 bytes");
    FAILS(nst_style_load(&style, "/no/where"), NST_ERR_NOT_FOUND, "/no/where");
}
END_TEST

RUNNER_WITH(set_up, tear_down, "style_file", a_file_paints_what_the_painting_paints, f16_paints_nearly_the_same,
            f16_is_as_exact_as_it_says, one_file_serves_many_contents, files_and_paintings_mix,
            sizes_follow_the_style_scale, what_does_not_fit_is_told, another_model_is_told,
            a_shorter_copy_of_the_model_is_the_same, what_cannot_be_saved, the_facts,
            a_large_style_is_measured_in_tiles, a_cut_file_is_refused, lies_are_found, numbers_are_checked,
            other_files_are_no_styles)
