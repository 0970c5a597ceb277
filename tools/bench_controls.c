#include "bench_controls.h"
#include "json_write.h"
#include "waves.h"

#include <stdlib.h>
#include <string.h>

typedef struct control {
    const char *name;
    nst_param param;   /* 0: none is set */
    const char *value; /* of PARAM */
    const char *preset;
    bool second;      /* another style on the right, with hard masks */
    bool freeze, map; /* the left quarter */
} control;

/* The first is what the others are compared with. */
static const control controls[] = {
    {.name = "one style"},
    {.name = "two styles, hard masks", .second = true},
    {.name = "centred", .param = NST_PARAM_STYLE_LOSS, .value = "centred"},
    {.name = "meanstd", .param = NST_PARAM_STYLE_LOSS, .value = "meanstd"},
    {.name = "w2", .param = NST_PARAM_STYLE_LOSS, .value = "w2"},
    {.name = "color match", .param = NST_PARAM_COLOR, .value = "match"},
    {.name = "color luma", .param = NST_PARAM_COLOR, .value = "luma"},
    {.name = "color both", .param = NST_PARAM_COLOR, .value = "both"},
    {.name = "freeze", .freeze = true},
    {.name = "content map", .map = true},
    {.name = "preset photo", .preset = "photo"},
};
enum { CONTROLS = sizeof controls / sizeof controls[0] };

typedef struct job {
    const bench_controls *bench;
    nst_model *model;
    nst_engine *engine; /* its weights are packed once; memory is new to each run, as it is to a program */
    nst_image *content, *style, *other, *left, *right, *quarter;
    double *seconds[CONTROLS];    /* of each round */
    double evaluations[CONTROLS]; /* of a run */
} job;

/* ---- Pictures ---- */

/* White from column FROM to column TO. */
static nst_status make_mask(nst_image **out, const job *j, uint32_t from, uint32_t to)
{
    const nst_status status = nst_image_create(out, j->bench->width, j->bench->height, 0);
    if (status != NST_OK) return status;
    float *pixels = nst_image_mutable_pixels(*out);
    for (size_t i = 0; i < (size_t)j->bench->width * j->bench->height; i++) {
        const uint32_t x = (uint32_t)(i % j->bench->width);
        for (size_t c = 0; c < 3; c++)
            pixels[3 * i + c] = x >= from && x < to;
    }
    return NST_OK;
}

static int start(job *j)
{
    const uint32_t w = j->bench->width, h = j->bench->height;
    const int code = setup_model(&j->model, j->bench->setup);
    if (code) return code;
    nst_status status = nst_engine_create(&j->engine);
    if (status == NST_OK) status = waves_create(&j->content, w, h, 0.3);
    if (status == NST_OK) status = waves_create(&j->style, w, h, 1.2);
    if (status == NST_OK) status = waves_create(&j->other, w, h, 2.3);
    if (status == NST_OK) status = make_mask(&j->left, j, 0, w / 2);
    if (status == NST_OK) status = make_mask(&j->right, j, w / 2, w);
    if (status == NST_OK) status = make_mask(&j->quarter, j, 0, w / 4);
    for (size_t i = 0; i < CONTROLS; i++)
        j->seconds[i] = grow(NULL, (size_t)j->bench->rounds, sizeof *j->seconds[i]);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static void end(job *j)
{
    for (size_t i = 0; i < CONTROLS; i++)
        free(j->seconds[i]);
    nst_image *const images[] = {j->content, j->style, j->other, j->left, j->right, j->quarter};
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        nst_image_destroy(images[i]);
    nst_engine_destroy(j->engine);
    nst_model_destroy(j->model);
}

/* ---- One run ---- */

static nst_status prepare(nst_transfer *transfer, const job *j, const control *c)
{
    const uint32_t longer = j->bench->width > j->bench->height ? j->bench->width : j->bench->height;
    nst_status status = nst_transfer_set_int(transfer, NST_PARAM_SIZE, longer);
    if (status == NST_OK && c->param) status = nst_transfer_set_text(transfer, c->param, c->value);
    if (status == NST_OK) status = nst_transfer_set_content(transfer, j->content);
    if (status == NST_OK) status = nst_transfer_add_style(transfer, j->style, 1);
    if (status == NST_OK && c->second) status = nst_transfer_set_style_mask(transfer, 0, j->left);
    if (status == NST_OK && c->second) status = nst_transfer_add_style(transfer, j->other, 1);
    if (status == NST_OK && c->second) status = nst_transfer_set_style_mask(transfer, 1, j->right);
    if (status == NST_OK && c->freeze) status = nst_transfer_set_freeze(transfer, j->quarter);
    if (status == NST_OK && c->map) status = nst_transfer_set_content_map(transfer, j->quarter);
    return status == NST_OK ? nst_transfer_set_engine(transfer, j->engine) : status;
}

static int follow(nst_transfer *transfer, void *user)
{
    (void)transfer;
    ++*(double *)user;
    return 0;
}

static int time_run(double *seconds, double *evaluations, const job *j, const control *c)
{
    nst_transfer *transfer;
    nst_image *result = NULL;
    setup_choice setup = *j->bench->setup;
    if (c->preset) setup.preset = c->preset;
    const int code = setup_transfer_of(&transfer, j->model, &setup, j->bench->line);
    if (code) return code;
    nst_status status = prepare(transfer, j, c);
    *evaluations = 0;
    if (status == NST_OK) status = nst_transfer_set_progress(transfer, follow, evaluations);
    if (status == NST_OK) status = nst_engine_trim(j->engine);
    const double begun = now();
    if (status == NST_OK) status = nst_transfer_run(&result, transfer, NULL);
    *seconds = now() - begun;
    nst_image_destroy(result);
    nst_transfer_destroy(transfer);
    return status == NST_OK ? EXIT_DONE
                            : complain(exit_code(status), "%s: %s%s", c->name, nst_last_error(), advice(status));
}

/* All in turn, so that a slower minute slows all of them, after a run that is not counted. */
static int time_all(job *j)
{
    double warm;
    int code = time_run(&warm, &warm, j, &controls[0]);
    for (long long round = 0; round < j->bench->rounds; round++)
        for (size_t i = 0; i < CONTROLS && !code; i++)
            code = time_run(&j->seconds[i][round], &j->evaluations[i], j, &controls[i]);
    return code;
}

/* ---- The figures ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of A [count] over B, or of A alone where B is NULL. */
static double median(const double *a, const double *b, size_t count)
{
    double *ratio = grow(NULL, count, sizeof *ratio);
    for (size_t i = 0; i < count; i++)
        ratio[i] = b ? a[i] / b[i] : a[i];
    qsort(ratio, count, sizeof *ratio, compare);
    const double middle = (ratio[(count - 1) / 2] + ratio[count / 2]) / 2;
    free(ratio);
    return middle;
}

static void print(const job *j)
{
    const size_t rounds = (size_t)j->bench->rounds;
    json out = {.file = stdout};
    if (j->bench->as_json)
        json_open(&out, NULL, '[');
    else
        printf("whole runs of %ux%u in turn, medians of %zu\n%-24s %11s %9s %8s\n", j->bench->width, j->bench->height,
               rounds, "control", "evaluations", "s", "ratio");
    for (size_t i = 0; i < CONTROLS; i++) {
        const double seconds = median(j->seconds[i], NULL, rounds),
                     ratio = median(j->seconds[i], j->seconds[0], rounds);
        if (j->bench->as_json) {
            json_open(&out, NULL, '{');
            json_text(&out, "control", controls[i].name);
            json_number(&out, "evaluations", j->evaluations[i]);
            json_number(&out, "seconds", seconds);
            json_number(&out, "ratio", ratio);
            json_close(&out, '}');
        } else
            printf("%-24s %11.0f %9.3f %8.2f\n", controls[i].name, j->evaluations[i], seconds, ratio);
    }
    if (!j->bench->as_json) return;
    json_close(&out, ']');
    putchar('\n');
}

int bench_controls_run(const bench_controls *bench)
{
    job j = {.bench = bench};
    int code = start(&j);
    if (!code) code = time_all(&j);
    if (!code) print(&j);
    end(&j);
    return code;
}
