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

int setup_styles(nst_transfer *transfer, const setup_choice *setup)
{
    const words *styles = &setup->styles;
    double sum = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < styles->count && !code; i++) {
        nst_image *image = NULL;
        char *path;
        double share;
        code = setup_style(&path, &share, styles->word[i]);
        if (!code) code = picture_read(&image, path, &setup->reading);
        free(path);
        if (code) break;
        const nst_status status = nst_transfer_add_style(transfer, image, share);
        nst_image_destroy(image);
        if (status != NST_OK) code = complain_of(status);
        sum += share;
    }
    if (code || sum > 0 || styles->count == 0) return code;
    return complain(EXIT_USE, "--style: at least one share must be above 0, found '%s'", styles->word[0]);
}
