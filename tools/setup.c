#include "setup.h"
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int find_input(nst_input *out, const char *name)
{
    static const char *const names[] = {"auto", "bgr255", "rgb01", "rgb255"};
    *out = NST_INPUT_AUTO;
    if (!name) return EXIT_DONE;
    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (nst_input)i;
            return EXIT_DONE;
        }
    return complain(EXIT_USE, "--input: expected one of auto, bgr255, rgb01, rgb255, found '%s'", name);
}

void setup_begin(setup_choice *setup)
{
    setup->where.of = setup->style_where.of = &setup->styles;
}

void setup_end(setup_choice *setup)
{
    words_free(&setup->styles);
    words_free(&setup->where);
    words_free(&setup->style_where);
}

int setup_model(nst_model **out, const setup_choice *setup)
{
    nst_input input;
    *out = NULL;
    const int code = find_input(&input, setup->input);
    if (code) return code;
    const nst_status status = nst_model_load_as(out, setup->model, input);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

char *setup_model_file(const char *model)
{
    char folder[4096];
    if (strchr(model, '/') || access(model, F_OK) == 0) return print_text("%s", model);
    for (size_t i = 0; nst_model_folder(i, folder, sizeof folder) == NST_OK; i++) {
        char *path = print_text("%s/%s.safetensors", folder, model);
        if (access(path, F_OK) == 0) return path;
        free(path);
    }
    return print_text("%s", model);
}

int setup_dtype(nst_dtype *out, const char *name)
{
    static const char *const names[] = {"f32", "f16", "bf16"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (nst_dtype)(i + 1);
            return EXIT_DONE;
        }
    return complain(EXIT_USE, "--dtype: expected one of f32, f16, bf16, found '%s'", name);
}

/* Not only what there is: a misspelt name is told apart from one that is far off. */
static int set_preset(nst_transfer *transfer, const char *name)
{
    words names = {0};
    const nst_status status = nst_transfer_set_preset(transfer, name);
    if (status == NST_OK) return EXIT_DONE;
    for (size_t i = 0; nst_preset_name(i); i++)
        words_add(&names, nst_preset_name(i));
    words_add(&names, NULL);
    const char *meant = closest(name, names.word);
    words_free(&names);
    return meant ? complain(exit_code(status), "--preset: %s: did you mean %s?", nst_last_error(), meant)
                 : complain(exit_code(status), "--preset: %s", nst_last_error());
}

/* A picture too large for the machine is painted in tiles, or refused, rather than the program killed half way. */
static int limit_memory(nst_transfer *transfer, const command_line *parsed)
{
    const uint64_t bytes = nst_machine_memory() / 4 * 3;
    if (bytes == 0 || options_has(parsed, NST_PARAM_MEMORY_LIMIT)) return EXIT_DONE;
    const nst_status status = nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)bytes);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

int setup_transfer(nst_transfer **out, const setup_choice *setup, const command_line *parsed)
{
    nst_model *model;
    *out = NULL;
    int code = setup_model(&model, setup);
    if (code) return code;
    const nst_status status = nst_transfer_create(out, model);
    nst_model_destroy(model);
    if (status != NST_OK) return complain_of(status);
    if (setup->preset) code = set_preset(*out, setup->preset);
    if (!code) code = options_to_transfer(parsed, *out);
    if (!code) code = limit_memory(*out, parsed);
    if (code) {
        nst_transfer_destroy(*out);
        *out = NULL;
    }
    return code;
}

int setup_content(nst_transfer *transfer, const char *name, const picture_reading *how)
{
    nst_image *image;
    const int code = picture_read(&image, name, how);
    if (code) return code;
    const nst_status status = nst_transfer_set_content(transfer, image);
    nst_image_destroy(image);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

/* A file whose own name ends as a share does is meant as it is. */
int setup_style(char **path, double *share, const char *style)
{
    const char *equals = strrchr(style, '=');
    char *end;
    *path = print_text("%s", style);
    *share = 1;
    if (!equals || access(style, F_OK) == 0) return EXIT_DONE;
    (*path)[equals - style] = '\0';
    const double number = strtod(equals + 1, &end);
    const bool good = end != equals + 1 && !*end && isfinite(number) && number >= 0;
    if (good) *share = number;
    if (good) return EXIT_DONE;
    return complain(EXIT_USE, "--style: expected a file, or FILE=SHARE with a share of 0 or more, found '%s'", style);
}

const char *setup_mask(bool *inverted, const char *mask)
{
    *inverted = mask[0] == '!' && access(mask, F_OK) != 0;
    return mask + *inverted;
}

/* Grey, times alpha, black and white exchanged. */
static void invert(nst_image *image)
{
    float *pixels = nst_image_mutable_pixels(image), *alpha = nst_image_mutable_alpha(image);
    const size_t count = (size_t)nst_image_width(image) * nst_image_height(image);
    for (size_t i = 0; i < count; i++) {
        const float grey = (pixels[3 * i] + pixels[3 * i + 1] + pixels[3 * i + 2]) / 3 * (alpha ? alpha[i] : 1);
        for (size_t c = 0; c < 3; c++)
            pixels[3 * i + c] = 1 - grey;
        if (alpha) alpha[i] = 1;
    }
}

static int read_mask(nst_image **out, const char *mask, const picture_reading *how)
{
    bool inverted;
    const int code = picture_read(out, setup_mask(&inverted, mask), how);
    if (!code && inverted) invert(*out);
    return code;
}

/* *OUT is NULL if no mask was given for style INDEX. */
static int read_mask_of(nst_image **out, const words *masks, size_t index, const picture_reading *how)
{
    *out = NULL;
    return index < masks->count && *masks->word[index] ? read_mask(out, masks->word[index], how) : EXIT_DONE;
}

static int complain_of_mask(nst_status status, const char *flag, const char *mask)
{
    return complain(exit_code(status), "%s %s: %s", flag, mask, nst_last_error());
}

/* Style number INDEX, with its masks. */
static int add_style(nst_transfer *transfer, const setup_choice *setup, size_t index, const nst_image *image,
                     double share)
{
    nst_image *where = NULL, *style_where = NULL;
    nst_style *style = NULL;
    int code = read_mask_of(&where, &setup->where, index, &setup->reading);
    if (!code) code = read_mask_of(&style_where, &setup->style_where, index, &setup->reading);
    nst_status status = code ? NST_OK : nst_style_create(&style, image);
    if (!code && status != NST_OK) code = complain_of(status);
    if (!code && style_where && (status = nst_style_set_mask(style, style_where)) != NST_OK)
        code = complain_of_mask(status, "--style-where", setup->style_where.word[index]);
    if (!code && (status = nst_transfer_use_style(transfer, style, share)) != NST_OK) code = complain_of(status);
    if (!code && where && (status = nst_transfer_set_style_mask(transfer, index, where)) != NST_OK)
        code = complain_of_mask(status, "--where", setup->where.word[index]);
    nst_image_destroy(where);
    nst_image_destroy(style_where);
    nst_style_destroy(style);
    return code;
}

static int set_mask(nst_transfer *transfer, nst_status (*to)(nst_transfer *transfer, const nst_image *mask),
                    const char *flag, const char *mask, const picture_reading *how)
{
    nst_image *image;
    if (!mask) return EXIT_DONE;
    const int code = read_mask(&image, mask, how);
    if (code) return code;
    const nst_status status = to(transfer, image);
    nst_image_destroy(image);
    return status == NST_OK ? EXIT_DONE : complain_of_mask(status, flag, mask);
}

int setup_masks(nst_transfer *transfer, const setup_choice *setup)
{
    const int code = set_mask(transfer, nst_transfer_set_freeze, "--freeze", setup->freeze, &setup->reading);
    if (code) return code;
    return set_mask(transfer, nst_transfer_set_content_map, "--content-map", setup->content_map, &setup->reading);
}

int setup_styles(nst_transfer *transfer, const setup_choice *setup)
{
    const words *styles = &setup->styles;
    double sum = 0;
    int code = EXIT_DONE;
    if (setup->where.count > styles->count || setup->style_where.count > styles->count)
        return complain(EXIT_USE, "%s: expected a --style that it is for",
                        setup->where.count > styles->count ? "--where" : "--style-where");
    for (size_t i = 0; i < styles->count && !code; i++) {
        nst_image *image = NULL;
        char *path;
        double share;
        code = setup_style(&path, &share, styles->word[i]);
        if (!code) code = picture_read(&image, path, &setup->reading);
        free(path);
        if (code) break;
        code = add_style(transfer, setup, i, image, share);
        nst_image_destroy(image);
        sum += share;
    }
    if (code || sum > 0 || styles->count == 0) return code;
    return complain(EXIT_USE, "--style: at least one share must be above 0, found '%s'", styles->word[0]);
}
