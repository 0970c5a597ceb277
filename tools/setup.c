#include "setup.h"
#include "picture.h"
#include "together.h"

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
    const uint64_t bytes = together_share(nst_machine_memory() / 4 * 3);
    if (bytes == 0 || options_has(parsed, NST_PARAM_MEMORY_LIMIT)) return EXIT_DONE;
    const nst_status status = nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)bytes);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

int setup_transfer_of(nst_transfer **out, const nst_model *model, const setup_choice *setup, const command_line *parsed)
{
    int code = EXIT_DONE;
    const nst_status status = nst_transfer_create(out, model);
    if (status != NST_OK) return complain_of(status);
    if (setup->preset) code = set_preset(*out, setup->preset);
    if (!code) code = options_to_transfer(parsed, *out);
    if (!code) code = limit_memory(*out, parsed);
    if (!code) code = together_join(*out);
    if (code) {
        nst_transfer_destroy(*out);
        *out = NULL;
    }
    return code;
}

int setup_transfer(nst_transfer **out, const setup_choice *setup, const command_line *parsed)
{
    nst_model *model;
    *out = NULL;
    int code = setup_model(&model, setup);
    if (!code) code = setup_transfer_of(out, model, setup, parsed);
    nst_model_destroy(model);
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

/* Takes "@#rrggbb" off the end of PATH. */
static void take_colour(style_name *name)
{
    char *mark = strrchr(name->path, '@');
    unsigned r, g, b;
    if (!mark || strlen(mark) != strlen("@#rrggbb") || mark[1] != '#' ||
        strspn(mark + 2, "0123456789abcdefABCDEF") != 6 || sscanf(mark + 2, "%2x%2x%2x", &r, &g, &b) != 3)
        return;
    *mark = '\0';
    name->coloured = true;
    name->colour[0] = (unsigned char)r;
    name->colour[1] = (unsigned char)g;
    name->colour[2] = (unsigned char)b;
}

/* A file whose own name ends as a share or a colour does is meant as it is. */
int setup_style(style_name *out, const char *style)
{
    char *end;
    *out = (style_name){.path = print_text("%s", style), .share = 1};
    if (access(style, F_OK) == 0) return EXIT_DONE;
    take_colour(out);
    char *equals = strrchr(out->path, '=');
    if (!equals || access(out->path, F_OK) == 0) return EXIT_DONE;
    const double number = strtod(equals + 1, &end);
    const bool good = end != equals + 1 && !*end && isfinite(number) && number >= 0;
    *equals = '\0';
    if (good) out->share = number;
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

int setup_painting(nst_style **out, const char *name, const picture_reading *how)
{
    nst_image *image;
    nst_status status = picture_comes_once(name) ? NST_ERR_FORMAT : nst_style_load(out, name);
    if (status == NST_OK) return EXIT_DONE;
    if (status != NST_ERR_FORMAT && status != NST_ERR_NOT_FOUND) return complain_of(status);
    const int code = picture_read(&image, name, how);
    if (code) return code;
    status = nst_style_create(out, image);
    nst_image_destroy(image);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

int setup_style_mask(nst_style *style, const char *mask, const picture_reading *how)
{
    nst_image *where;
    const int code = read_mask(&where, mask, how);
    if (code) return code;
    const nst_status status = nst_style_set_mask(style, where);
    nst_image_destroy(where);
    return status == NST_OK ? EXIT_DONE : complain_of_mask(status, "--style-where", mask);
}

/* Style number INDEX, with its masks. */
static int add_style(nst_transfer *transfer, const setup_choice *setup, size_t index, const style_name *name)
{
    const words *masks = &setup->style_where;
    nst_image *where = NULL;
    nst_style *style = NULL;
    nst_status status;
    int code = setup_painting(&style, name->path, &setup->reading);
    if (!code) code = read_mask_of(&where, &setup->where, index, &setup->reading);
    if (!code && index < masks->count && *masks->word[index])
        code = setup_style_mask(style, masks->word[index], &setup->reading);
    if (!code && (status = nst_transfer_use_style(transfer, style, name->share)) != NST_OK) code = complain_of(status);
    if (!code && where && (status = nst_transfer_set_style_mask(transfer, index, where)) != NST_OK)
        code = complain_of_mask(status, "--where", setup->where.word[index]);
    nst_image_destroy(where);
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

/* ---- One picture as all masks ---- */

static double distance(const float *pixel, const unsigned char *colour)
{
    double sum = 0;
    for (size_t c = 0; c < 3; c++)
        sum += pow((double)pixel[c] - colour[c] / 255.0, 2);
    return sum;
}

/* MASK: white where NAMES[index] has the colour that is nearest to that of REGIONS. */
static void paint_region(nst_image *mask, const nst_image *regions, const style_name *names, size_t count, size_t index)
{
    const float *from = nst_image_pixels(regions);
    float *to = nst_image_mutable_pixels(mask);
    const size_t pixels = (size_t)nst_image_width(regions) * nst_image_height(regions);
    for (size_t i = 0; i < pixels; i++, from += 3, to += 3) {
        size_t nearest = index;
        for (size_t k = 0; k < count; k++)
            if (names[k].coloured && distance(from, names[k].colour) < distance(from, names[nearest].colour))
                nearest = k;
        const bool same = memcmp(names[nearest].colour, names[index].colour, sizeof names->colour) == 0;
        to[0] = to[1] = to[2] = same;
    }
}

static int set_region(nst_transfer *transfer, const nst_image *regions, const style_name *names, size_t count,
                      size_t index)
{
    nst_image *mask;
    nst_status status = nst_image_create(&mask, nst_image_width(regions), nst_image_height(regions), 0);
    if (status != NST_OK) return complain_of(status);
    paint_region(mask, regions, names, count, index);
    status = nst_transfer_set_style_mask(transfer, index, mask);
    nst_image_destroy(mask);
    if (status == NST_ERR_ARGUMENT)
        return complain(EXIT_USE,
                        "--regions: expected the colour of each style in the picture; #%02x%02x%02x of %s is not there",
                        names[index].colour[0], names[index].colour[1], names[index].colour[2], names[index].path);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int set_regions(nst_transfer *transfer, const setup_choice *setup)
{
    const size_t count = setup->styles.count;
    style_name *names = calloc(count + 1, sizeof *names);
    nst_image *regions = NULL;
    size_t coloured = 0;
    int code = names ? EXIT_DONE : complain_of(NST_ERR_OUT_OF_MEMORY);
    for (size_t i = 0; i < count && !code; i++) {
        code = setup_style(&names[i], setup->styles.word[i]);
        coloured += names[i].coloured;
        if (names[i].coloured && i < setup->where.count && *setup->where.word[i])
            code = complain(EXIT_USE, "%s: expected --where or a colour of --regions, found both", names[i].path);
    }
    if (!code && (coloured > 0) != (setup->regions != NULL))
        code = complain(EXIT_USE, coloured ? "--style FILE@#rrggbb: expected --regions, the picture of the colours"
                                           : "--regions: expected styles with a colour, as --style FILE@#ff0000");
    if (!code && setup->regions) code = picture_read(&regions, setup->regions, &setup->reading);
    for (size_t i = 0; i < count && regions && !code; i++)
        if (names[i].coloured) code = set_region(transfer, regions, names, count, i);
    for (size_t i = 0; names && i < count; i++)
        free(names[i].path);
    free(names);
    nst_image_destroy(regions);
    return code;
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
        style_name name;
        code = setup_style(&name, styles->word[i]);
        if (!code) code = add_style(transfer, setup, i, &name);
        free(name.path);
        sum += name.share;
    }
    if (!code) code = set_regions(transfer, setup);
    if (code || sum > 0 || styles->count == 0) return code;
    return complain(EXIT_USE, "--style: at least one share must be above 0, found '%s'", styles->word[0]);
}
