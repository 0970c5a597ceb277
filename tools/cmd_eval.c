/* nst eval: the losses of a given picture. */
#include "commands.h"
#include "json_write.h"
#include "picture.h"
#include "setup.h"

#include <stdio.h>
#include <string.h>

typedef struct job {
    setup_choice setup;
    command_line parsed;
    const char *content;
    bool as_json;

    nst_transfer *transfer;
    nst_image *image;
    double total;
} job;

static int evaluate(job *j)
{
    nst_status status;
    int code;
    if (j->parsed.operands.count != 1)
        return complain(EXIT_USE, "eval needs one picture, found %zu: nst eval IMAGE --content C --style S",
                        j->parsed.operands.count);
    const words content = {&j->content, j->content != NULL, NULL};
    const words *const inputs[] = {&content, &j->parsed.operands, &j->setup.styles, &j->setup.where,
                                   &j->setup.style_where};
    code = picture_check_stream(inputs, sizeof inputs / sizeof inputs[0]);
    if (!code) code = setup_transfer(&j->transfer, &j->setup, &j->parsed);
    if (code) return code;
    code = picture_read(&j->image, j->parsed.operands.word[0], &j->setup.reading);
    if (!code && j->content) code = setup_content(j->transfer, j->content, &j->setup.reading);
    if (!code) code = setup_styles(j->transfer, &j->setup);
    if (!code) code = setup_masks(j->transfer, &j->setup);
    if (code) return code;
    status = nst_transfer_evaluate(j->transfer, j->image, &j->total, NULL);
    if (status != NST_OK) return complain_of(status);
    tell_warnings(NULL, nst_transfer_warnings(j->transfer));
    return EXIT_DONE;
}

static void print_json(const job *j)
{
    json out = {.file = stdout};
    json_open(&out, NULL, '{');
    json_text(&out, "image", j->parsed.operands.word[0]);
    json_number(&out, "width", nst_image_width(j->image));
    json_number(&out, "height", nst_image_height(j->image));
    json_number(&out, "total", j->total);
    json_open(&out, "terms", '{');
    for (size_t i = 0; i < nst_transfer_term_count(j->transfer); i++) {
        const char *name;
        double value, weight;
        if (nst_transfer_term(j->transfer, i, &name, &value, &weight) != NST_OK) continue;
        json_open(&out, name, '{');
        json_number(&out, "value", value);
        json_number(&out, "weight", weight);
        json_close(&out, '}');
    }
    json_close(&out, '}');
    json_close(&out, '}');
    putchar('\n');
}

static void print_words(const job *j)
{
    printf("%-20s %14s %12s %14s\n", "term", "loss", "weight", "part of total");
    for (size_t i = 0; i < nst_transfer_term_count(j->transfer); i++) {
        const char *name;
        double value, weight;
        if (nst_transfer_term(j->transfer, i, &name, &value, &weight) != NST_OK) continue;
        printf("%-20s %14.6g %12.6g %14.6g\n", name, value, weight, value * weight);
    }
    printf("%-20s %14s %12s %14.6g\n", "total", "", "", j->total);
}

int command_eval(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"content", 'c', "FILE", "the picture that the content is compared with", NULL, &j.content, NULL},
        SETUP_STYLE(j.setup),
        SETUP_MASKS(j.setup),
        PICTURE_READING(j.setup.reading),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {"json", 0, NULL, "print a JSON object", &j.as_json, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst eval IMAGE --content C --style S [OPTIONS]",
        .about = "Prints the total loss of IMAGE, as it is, and every term of it.",
        .options = options,
        .takes = TAKES_TRANSFER,
        .without = (const nst_param[]){NST_PARAM_SIZE, NST_PARAM_SIZES, NST_PARAM_STEPS, NST_PARAM_EFFORT,
                                       NST_PARAM_INIT, NST_PARAM_OPTIMIZER, NST_PARAM_SEED, (nst_param)0},
        .preset = &j.setup.preset,
    };
    setup_begin(&j.setup);
    int code = options_parse(&j.parsed, &command, count, arguments);
    if (code < 0) {
        code = evaluate(&j);
        if (!code) (j.as_json ? print_json : print_words)(&j);
    }
    nst_image_destroy(j.image);
    nst_transfer_destroy(j.transfer);
    setup_end(&j.setup);
    options_free(&j.parsed);
    return code;
}
