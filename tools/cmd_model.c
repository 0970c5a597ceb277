/* nst model: what a model is, which there are, and conversion. */
#include "commands.h"
#include "json_write.h"
#include "outputs.h"
#include "setup.h"
#include "subcommand.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *input_name(nst_input input)
{
    static const char *const names[] = {"auto", "bgr255", "rgb01", "rgb255"};
    return names[input];
}

static const char *input_words(nst_input input)
{
    static const char *const meanings[] = {"", "BGR 0..255 less the mean (Caffe)", "RGB 0..1, normalised (torchvision)",
                                           "RGB 0..255 less the mean (Caffe's weights turned to RGB)"};
    return meanings[input];
}

/* ---- info ---- */

static void print_info_json(const nst_model *model)
{
    json out = {.file = stdout};
    json_open(&out, NULL, '{');
    json_text(&out, "source", nst_model_text(model, NST_MODEL_SOURCE));
    json_text(&out, "format", nst_model_text(model, NST_MODEL_FORMAT));
    json_text(&out, "topology", nst_model_text(model, NST_MODEL_TOPOLOGY));
    json_text(&out, "dtype", nst_model_text(model, NST_MODEL_DTYPE));
    json_text(&out, "input", input_name(nst_model_input(model)));
    json_text(&out, "input_said_by", nst_model_text(model, NST_MODEL_INPUT_SAID));
    json_text(&out, "credit", nst_model_text(model, NST_MODEL_CREDIT));
    json_number(&out, "parameters", (double)nst_model_parameter_count(model));
    json_open(&out, "layers", '[');
    for (size_t i = 0; i < nst_model_layer_count(model); i++) {
        const char *name;
        uint32_t channels;
        if (nst_model_layer(model, i, &name, &channels) != NST_OK) continue;
        json_open(&out, NULL, '{');
        json_text(&out, "name", name);
        json_number(&out, "channels", channels);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_close(&out, '}');
    putchar('\n');
}

static void print_info(const nst_model *model)
{
    char *source = plain_text(nst_model_text(model, NST_MODEL_SOURCE));
    char *credit = plain_text(nst_model_text(model, NST_MODEL_CREDIT));
    printf("source      %s\n", source);
    printf("format      %s, %s\n", nst_model_text(model, NST_MODEL_FORMAT), nst_model_text(model, NST_MODEL_DTYPE));
    printf("topology    %s\n", nst_model_text(model, NST_MODEL_TOPOLOGY));
    printf("input       %s, as %s said\n", input_words(nst_model_input(model)),
           nst_model_text(model, NST_MODEL_INPUT_SAID));
    printf("parameters  %llu\n", (unsigned long long)nst_model_parameter_count(model));
    if (*credit) printf("credit      %s\n", credit);
    printf("layers      ");
    /* The ReLUs have the names and channels of their convolutions. */
    for (size_t i = 0, shown = 0; i < nst_model_layer_count(model); i++) {
        const char *name;
        uint32_t channels;
        if (nst_model_layer(model, i, &name, &channels) != NST_OK || strncmp(name, "conv", 4) != 0) continue;
        printf("%s%s (%u)", shown == 0 ? "" : shown % 4 ? ", " : ",\n            ", name, channels);
        shown++;
    }
    printf(",\n            and relu... behind each\n");
    free(source);
    free(credit);
}

static int info(int count, char **arguments)
{
    setup_choice setup = {0};
    bool as_json = false;
    nst_model *model = NULL;
    command_line parsed;
    const option options[] = {
        {"input", 0, "NAME", "what the first layer expects: auto, bgr255, rgb01, rgb255 [auto]", NULL, &setup.input,
         NULL},
        {"json", 0, NULL, "print a JSON object", &as_json, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst model info [MODEL] [OPTIONS]",
        .about = "Prints what a model is: layers, channels, what it expects, where it is from. MODEL is a\n"
                 "file, the name of an installed model, lite, or random:SEED; without it, the default.",
        .options = options,
    };
    int code = options_parse(&parsed, &command, count, arguments);
    if (code < 0) {
        if (parsed.operands.count > 1)
            code = complain(EXIT_USE, "model info takes one model, found %zu", parsed.operands.count);
        else {
            setup.model = parsed.operands.count ? parsed.operands.word[0] : NULL;
            code = setup_model(&model, &setup);
        }
        if (!code) (as_json ? print_info_json : print_info)(model);
    }
    nst_model_destroy(model);
    options_free(&parsed);
    return code;
}

/* ---- list ---- */

static const char ENDING[] = ".safetensors";

static int is_model(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name), end = sizeof ENDING - 1;
    return length > end && entry->d_name[0] != '.' && strcmp(entry->d_name + length - end, ENDING) == 0;
}

static void list_folder(const char *folder, words *seen)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_model, alphasort);
    for (int i = 0; i < count; i++) {
        const int length = (int)(strlen(entries[i]->d_name) - (sizeof ENDING - 1));
        char *name = print_text("%.*s", length, entries[i]->d_name);
        bool hidden = false;
        for (size_t k = 0; k < seen->count; k++)
            hidden = hidden || strcmp(seen->word[k], name) == 0;
        char *shown = plain_text(name), *path = print_text("%s/%s", folder, entries[i]->d_name);
        char *place = plain_text(path);
        printf("%-12s  %s%s\n", shown, place, hidden ? "  (hidden by the one above)" : "");
        free(shown);
        free(path);
        free(place);
        words_add(seen, name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

static bool is_built_in(const char *name)
{
    nst_model *model;
    const bool there = nst_model_load(&model, name) == NST_OK;
    nst_model_destroy(model);
    return there;
}

static int list(int count, char **arguments)
{
    char folder[4096];
    words seen = {0};
    command_line parsed;
    const option options[] = {{0}};
    const command_spec command = {
        .usage = "nst model list",
        .about = "Lists the models that --model finds by name, and the folders where they are looked for.",
        .options = options,
    };
    int code = options_parse(&parsed, &command, count, arguments);
    if (code < 0 && parsed.operands.count)
        code = complain(EXIT_USE, "model list takes nothing, found '%s'", parsed.operands.word[0]);
    if (code < 0) {
        code = EXIT_DONE;
        if (is_built_in("lite")) printf("%-12s  (embedded)\n", "lite");
        printf("%-12s  (random filters of VGG-19's shapes)\n", "random:SEED");
        for (size_t i = 0; nst_model_folder(i, folder, sizeof folder) == NST_OK; i++)
            list_folder(folder, &seen);
        printf("\nFolders:\n");
        for (size_t i = 0; nst_model_folder(i, folder, sizeof folder) == NST_OK; i++) {
            char *shown = plain_text(folder);
            printf("  %s\n", shown);
            free(shown);
        }
    }
    for (size_t i = 0; i < seen.count; i++)
        free((void *)(uintptr_t)seen.word[i]);
    words_free(&seen);
    options_free(&parsed);
    return code;
}

/* ---- convert ---- */

static int spare_model(const char *out, const char *model)
{
    char *file = setup_model_file(model);
    const int code =
        outputs_spare(&(words){&out, 1, NULL}, &(words){&(const char *){file}, 1, NULL}, "expected another name");
    free(file);
    return code;
}

static int convert_file(const command_line *parsed, setup_choice *setup, const char *out, const char *dtype_name,
                        const char *upto)
{
    nst_dtype dtype = NST_DTYPE_F16;
    nst_model *model;
    int code;
    if (parsed->operands.count != 1)
        return complain(EXIT_USE, "model convert takes one model, found %zu", parsed->operands.count);
    if (!out) return complain(EXIT_USE, "model convert needs a name for the result: -o OUT.safetensors");
    code = setup_dtype(&dtype, dtype_name);
    if (!code) code = output_check(out, false);
    if (!code) code = spare_model(out, parsed->operands.word[0]);
    setup->model = parsed->operands.word[0];
    if (!code) code = setup_model(&model, setup);
    if (code) return code;
    const nst_status status = nst_model_save(model, out, dtype, upto);
    nst_model_destroy(model);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int convert(int count, char **arguments)
{
    setup_choice setup = {0};
    const char *out = NULL, *dtype = "f16", *upto = NULL;
    command_line parsed;
    const option options[] = {
        {"output", 'o', "FILE", "the safetensors file to write", NULL, &out, NULL},
        {"dtype", 0, "TYPE", "how weights are written: f32, f16, bf16 [f16]", NULL, &dtype, NULL},
        {"upto", 0, "LAYER", "leave out what comes behind, as conv5_1 [all is kept]", NULL, &upto, NULL},
        {"input", 0, "NAME", "what the first layer expects: auto, bgr255, rgb01, rgb255 [auto]", NULL, &setup.input,
         NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst model convert MODEL -o OUT.safetensors [OPTIONS]",
        .about = "Writes the weights that style transfer needs, and nothing else, as safetensors: 26 MB of\n"
                 "the 548 MB of a whole VGG-19.",
        .options = options,
    };
    int code = options_parse(&parsed, &command, count, arguments);
    if (code < 0) code = convert_file(&parsed, &setup, out, dtype, upto);
    options_free(&parsed);
    return code;
}

int command_model(int count, char **arguments)
{
    static const subcommand table[] = {
        {"info", "what a model is", info},
        {"list", "which models are installed, and where they are looked for", list},
        {"convert", "another file format to safetensors, without what is not needed", convert},
        {"fetch", "VGG-19 from where its authors put it", command_fetch},
        {0},
    };
    return subcommand_run("model", table, count, arguments);
}
