/* Checkpoints of a run: it goes on with the same bits from each of them, and only with what it had. */
#include "unit/runner.h"

#include "base/hash.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit/tiny_model.h"

enum { WIDTH = 40, HEIGHT = 30 };
#define EVERY 1e-9 /* seconds: before each evaluation */

/* ---- Runs ---- */

typedef struct scene {
    const char *name, *optimizer, *average, *color, *threads;
    bool masks, tiles, ends_early, again;
} scene;

static const scene scenes[] = {
    {.name = "lbfgs", .optimizer = "lbfgs", .average = "0", .color = "style", .threads = "1"},
    {.name = "adam", .optimizer = "adam", .average = "0", .color = "style", .threads = "1"},
    {.name = "average", .optimizer = "adam", .average = "0.8", .color = "style", .threads = "1"},
    {.name = "masks", .optimizer = "lbfgs", .average = "0", .color = "match", .threads = "1", .masks = true},
    {.name = "tiles", .optimizer = "lbfgs", .average = "0", .color = "style", .threads = "1", .tiles = true},
    {.name = "luma", .optimizer = "lbfgs", .average = "0", .color = "luma", .threads = "1", .masks = true},
    {.name = "early", .optimizer = "lbfgs", .average = "0", .color = "style", .threads = "1", .ends_early = true},
    {.name = "again", .optimizer = "lbfgs", .average = "0", .color = "match", .threads = "1", .again = true},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static tiny_model tiny;
static char folder[64], path[128];

static void begin(void)
{
    strcpy(folder, "/dev/shm/nst-checkpoint-XXXXXX"); /* in memory: hundreds of files are synced */
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/nst-checkpoint-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
    }
    snprintf(path, sizeof path, "%s/run.checkpoint", folder);
    tiny = tiny_model_make(1);
}

static void end(void)
{
    tiny_model_destroy(&tiny);
    remove(path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else is left */
}

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

static void add_style(nst_transfer *transfer, uint64_t seed)
{
    nst_image *style = tiny_image(36, 31, seed);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    nst_image_destroy(style);
}

/* White to the left of WHITE pixels. */
static nst_image *mask(uint32_t white)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, WIDTH, HEIGHT, 0), NST_OK);
    for (size_t i = 0; i < WIDTH * HEIGHT * 3; i++)
        nst_image_mutable_pixels(image)[i] = i / 3 % WIDTH < white;
    return image;
}

static void set_masks(nst_transfer *transfer)
{
    nst_image *left = mask(WIDTH / 2), *edge = mask(5);
    add_style(transfer, 5);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 0, left), NST_OK);
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, edge), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content_map(transfer, left), NST_OK);
    nst_image_destroy(left);
    nst_image_destroy(edge);
}

/* The smallest limit that works is the one that the message names. */
static void set_tiles(nst_transfer *transfer)
{
    uint64_t whole, tiles;
    char limit[32];
    ck_assert_int_eq(nst_transfer_memory(&whole, transfer, NULL), NST_OK);
    set(transfer, NST_PARAM_MEMORY_LIMIT, "1");
    ck_assert_int_eq(nst_transfer_memory(&tiles, transfer, NULL), NST_ERR_MEMORY_LIMIT);
    snprintf(limit, sizeof limit, "%s", strstr(nst_last_error(), "does is ") + strlen("does is "));
    set(transfer, NST_PARAM_MEMORY_LIMIT, limit);
    ck_assert_int_eq(nst_transfer_memory(&tiles, transfer, NULL), NST_OK);
    ck_assert_uint_lt(tiles, whole);
}

static nst_transfer *make(const scene *s)
{
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    set_content(transfer, 2);
    add_style(transfer, 3);
    set(transfer, NST_PARAM_SIZES,
        s->ends_early ? "12,20,28"
        : s->tiles    ? "12:2,200:3"
        : s->again    ? "20:2,28:4,12:3,20:3,28:4"
                      : "12:4,20:3,28:5");
    set(transfer, NST_PARAM_OPTIMIZER, s->optimizer);
    set(transfer, NST_PARAM_COLOR, s->color);
    set(transfer, NST_PARAM_THREADS, s->threads);
    if (s->masks) set_masks(transfer);
    if (s->tiles) set_tiles(transfer);
    return transfer;
}

static nst_optimizer *make_optimizer(const nst_transfer *transfer, const scene *s)
{
    nst_optimizer *optimizer;
    ck_assert_int_eq(nst_transfer_make_optimizer(&optimizer, transfer), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_text(optimizer, NST_PARAM_AVERAGE, s->average), NST_OK);
    return optimizer;
}

/* What is known of a run. */
typedef struct outcome {
    nst_image *image;
    nst_stop stop;
    double evaluations, best;
} outcome;

static outcome concluded(nst_transfer *transfer, nst_optimizer *optimizer, nst_image *image)
{
    const outcome o = {image, nst_transfer_stop_reason(transfer),
                       nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS),
                       nst_transfer_progress(transfer, NST_PROGRESS_BEST)};
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    return o;
}

/* A run that is stopped by STOP, if it is not NULL, and writes checkpoints then, or at each evaluation. */
static outcome run(const scene *s, nst_progress_fn stop, void *user, bool checkpoints)
{
    nst_image *image;
    nst_transfer *transfer = make(s);
    nst_optimizer *optimizer = make_optimizer(transfer, s);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, stop, user), NST_OK);
    if (checkpoints) ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, stop ? 0 : EVERY), NST_OK);
    ck_assert_msg(nst_transfer_run(&image, transfer, optimizer) == NST_OK, "%s", nst_last_error());
    ck_assert_str_eq(nst_transfer_checkpoint_failure(transfer), "");
    return concluded(transfer, optimizer, image);
}

static outcome go_on(const scene *s)
{
    nst_image *image;
    nst_transfer *transfer = make(s);
    nst_optimizer *optimizer = make_optimizer(transfer, s);
    ck_assert_msg(nst_transfer_continue(&image, transfer, path, optimizer) == NST_OK, "%s", nst_last_error());
    ck_assert_ptr_null(strstr(nst_transfer_warnings(transfer), "last bits"));
    return concluded(transfer, optimizer, image);
}

static void check_same(const outcome *whole, outcome *rest)
{
    ck_assert_mem_eq(nst_image_pixels(rest->image), nst_image_pixels(whole->image),
                     (size_t)nst_image_width(whole->image) * nst_image_height(whole->image) * 3 * sizeof(float));
    ck_assert_int_eq(rest->stop, whole->stop);
    ck_assert_double_eq(rest->evaluations, whole->evaluations);
    ck_assert_double_eq(rest->best, whole->best);
    nst_image_destroy(rest->image);
}

/* ---- Stopping ---- */

typedef struct cut {
    double at;   /* evaluations of all sizes */
    bool cancel; /* else by the callback */
} cut;

static int stop_at(nst_transfer *transfer, void *user)
{
    const cut *c = user;
    if (nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS) < c->at) return 0;
    if (c->cancel) nst_transfer_cancel(transfer);
    return !c->cancel;
}

START_TEST(a_run_that_is_stopped_after_any_evaluation_goes_on)
{
    const scene *s = &scenes[_i];
    begin();
    outcome whole = run(s, NULL, NULL, false);
    ck_assert_double_ge(whole.evaluations, 5);
    for (int at = 1; at <= (int)whole.evaluations; at++) {
        cut c = {at, at % 2 == 0};
        outcome part = run(s, stop_at, &c, true);
        ck_assert_double_eq(part.evaluations, at);
        nst_image_destroy(part.image);
        outcome rest = go_on(s);
        check_same(&whole, &rest);
    }
    nst_image_destroy(whole.image);
    end();
}
END_TEST

typedef struct copies {
    int count, at; /* checkpoints so far; of the one that stays */
} copies;

/* The checkpoint that the evaluation before left is kept under another name, as by a process that is killed now. */
static int keep(nst_transfer *transfer, void *user)
{
    char kept[160];
    copies *c = user;
    ck_assert_str_eq(nst_transfer_checkpoint_failure(transfer), "");
    snprintf(kept, sizeof kept, "%s.%d", path, c->count++);
    ck_assert_int_eq(link(path, kept), 0);
    ck_assert_int_eq(unlink(path), 0);
    return 0;
}

START_TEST(a_run_goes_on_from_each_checkpoint)
{
    const scene *s = &scenes[_i];
    copies c = {0};
    char kept[160];
    nst_image *image;
    begin();
    nst_transfer *transfer = make(s);
    nst_optimizer *optimizer = make_optimizer(transfer, s);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, keep, &c), NST_OK);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, EVERY), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&image, transfer, optimizer), NST_OK);
    outcome whole = concluded(transfer, optimizer, image);
    ck_assert_int_eq(c.count, (int)whole.evaluations);
    for (int i = 0; i < c.count; i++) {
        snprintf(kept, sizeof kept, "%s.%d", path, i);
        ck_assert_int_eq(rename(kept, path), 0);
        scene other = *s; /* threads do not matter, except for what a memory limit allows */
        other.threads = i == 2 && !s->tiles ? "2" : "1";
        outcome rest = go_on(&other);
        check_same(&whole, &rest);
    }
    nst_image_destroy(whole.image);
    end();
}
END_TEST

/* A run that goes on is stopped, again and again. */
START_TEST(a_run_goes_on_many_times)
{
    const scene *s = &scenes[_i];
    begin();
    outcome whole = run(s, NULL, NULL, false);
    cut c = {1, true};
    outcome part = run(s, stop_at, &c, true);
    while (c.at < whole.evaluations) {
        c.at += 2;
        nst_image_destroy(part.image);
        nst_transfer *transfer = make(s);
        nst_optimizer *optimizer = make_optimizer(transfer, s);
        ck_assert_int_eq(nst_transfer_set_progress(transfer, stop_at, &c), NST_OK);
        ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, 0), NST_OK);
        ck_assert_msg(nst_transfer_continue(&part.image, transfer, path, optimizer) == NST_OK, "%s", nst_last_error());
        part = concluded(transfer, optimizer, part.image);
    }
    part.stop = whole.stop; /* if the last evaluation was the one to stop at */
    check_same(&whole, &part);
    nst_image_destroy(whole.image);
    end();
}
END_TEST

START_TEST(cancelled_before_it_begins)
{
    static const volatile int32_t set_before = 1;
    const scene *s = &scenes[0];
    nst_image *image;
    begin();
    outcome whole = run(s, NULL, NULL, false);
    nst_transfer *transfer = make(s);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, &set_before), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&image, transfer, NULL), NST_OK);
    nst_image_destroy(image);
    outcome rest = go_on(s);
    check_same(&whole, &rest);
    /* A run that goes on and is cancelled at once leaves a picture, and the checkpoint as it was. */
    cut c = {9, true};
    nst_image_destroy(run(s, stop_at, &c, true).image);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(nst_transfer_continue(&image, transfer, path, NULL), NST_OK);
        ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CANCELLED);
        ck_assert(nst_image_width(image) == 28 && nst_image_pixels(image)[100] > 0);
        nst_image_destroy(image);
    }
    rest = go_on(s);
    check_same(&whole, &rest);
    nst_image_destroy(whole.image);
    nst_transfer_destroy(transfer);
    end();
}
END_TEST

START_TEST(painting_on_from_a_picture_goes_on_without_it)
{
    const scene *s = &scenes[0];
    nst_image *from = tiny_image(30, 22, 8), *whole, *rest;
    cut c = {3, true};
    begin();
    nst_transfer *transfer = make(s);
    ck_assert_int_eq(nst_transfer_resume(&whole, transfer, from, 6, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, stop_at, &c), NST_OK);
    ck_assert_int_eq(nst_transfer_resume(&rest, transfer, from, 6, NULL), NST_OK);
    nst_image_destroy(rest);
    nst_transfer_destroy(transfer);
    rest = go_on(s).image;
    ck_assert_mem_eq(nst_image_pixels(rest), nst_image_pixels(whole), 28 * 21 * 3 * sizeof(float));
    nst_image_destroy(rest);
    nst_image_destroy(whole);
    nst_image_destroy(from);
    end();
}
END_TEST

/* ---- Other inputs and settings ---- */

static void none(nst_transfer *transfer)
{
    (void)transfer;
}
static void other_content(nst_transfer *transfer)
{
    set_content(transfer, 9);
}
static void other_size(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_SIZES, "12:4,20:3,28:6");
}
static void one_style_more(nst_transfer *transfer)
{
    add_style(transfer, 4);
}
static void other_style(nst_transfer *transfer)
{
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    add_style(transfer, 4);
}
static void other_weights(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONTENT_WEIGHT, "0.5");
    set(transfer, NST_PARAM_TV_WEIGHT, "0.25");
}
static void other_solver(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_OPTIMIZER, "adam");
}
static void a_freeze(nst_transfer *transfer)
{
    nst_image *edge = mask(5);
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, edge), NST_OK);
    nst_image_destroy(edge);
}
static void a_mask(nst_transfer *transfer)
{
    nst_image *edge = mask(5);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 0, edge), NST_OK);
    nst_image_destroy(edge);
}
static int nothing(nst_transfer *transfer, uint32_t height, uint32_t width, const float *picture, double *value,
                   float *gradient, void *user)
{
    (void)transfer, (void)height, (void)width, (void)picture, (void)gradient, (void)user;
    *value = 0;
    return 0;
}
static void a_term(nst_transfer *transfer)
{
    ck_assert_int_eq(nst_transfer_add_term(transfer, "mine", 2, nothing, NULL), NST_OK);
}
static void other_method(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_CONVOLUTION, "direct");
}

static const struct change {
    void (*change)(nst_transfer *);
    const char *said[2]; /* in the error; NULL: there is none */
    const char *warned;
} changes[] = {
    {none, {NULL, NULL}, ""},
    {other_content, {"; content: then 40x30 ", ", now 40x30 "}, ""},
    {other_size, {"sizes: then 12:4,20:3,28:5, now 12:4,20:3,28:6", NULL}, ""},
    {one_style_more, {"styles: then 1, now 2", NULL}, ""},
    {other_style, {"style 1: then 36x31 ", ", now 36x31 "}, ""},
    {other_weights, {"content-weight: then 0.002, now 0.5", "; tv-weight: then "}, ""},
    {other_solver, {"optimizer: then lbfgs, now adam", NULL}, ""},
    {a_freeze, {"freeze: then none, now 40x30", NULL}, ""},
    {a_mask, {"mask of style 1: then none, now 40x30", NULL}, ""},
    {a_term, {"terms of the host: then none, now mine=2", NULL}, ""},
    {other_method,
     {NULL, NULL},
     "the last bits may differ from those of a run that was not stopped: convolution: then auto, now direct"},
};

START_TEST(other_inputs_and_settings_are_listed)
{
    const scene *s = &scenes[0];
    begin();
    cut c = {6, true};
    nst_image_destroy(run(s, stop_at, &c, true).image);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const struct change *change = &changes[i];
        nst_image *image;
        nst_transfer *transfer = make(s);
        change->change(transfer);
        const nst_status status = nst_transfer_continue(&image, transfer, path, NULL);
        if (change->said[0]) {
            ck_assert_int_eq(status, NST_ERR_STATE);
            ck_assert_ptr_null(image);
            ck_assert_ptr_nonnull(strstr(nst_last_error(), "the run that was stopped had other inputs or settings: "));
            for (int k = 0; k < 2 && change->said[k]; k++)
                ck_assert_msg(strstr(nst_last_error(), change->said[k] + (i == 1 && k == 0 ? 2 : 0)) != NULL, "%s",
                              nst_last_error());
        } else {
            ck_assert_msg(status == NST_OK, "%s", nst_last_error());
            ck_assert_msg(strstr(nst_transfer_warnings(transfer), change->warned) != NULL, "%s",
                          nst_transfer_warnings(transfer));
            nst_image_destroy(image);
        }
        nst_transfer_destroy(transfer);
    }
    end();
}
END_TEST

/* ---- Files ---- */

static unsigned char *read_file(size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void write_file(const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static nst_status try_file(nst_transfer *transfer)
{
    nst_image *image;
    const nst_status status = nst_transfer_continue(&image, transfer, path, NULL);
    ck_assert_int_eq(status == NST_OK, image != NULL);
    nst_image_destroy(image);
    return status;
}

START_TEST(a_file_that_is_cut_or_changed_is_refused)
{
    const scene *s = &scenes[0];
    size_t size;
    begin();
    cut c = {6, true};
    nst_image_destroy(run(s, stop_at, &c, true).image);
    unsigned char *bytes = read_file(&size);
    nst_transfer *transfer = make(s);
    for (size_t cut_at = 0; cut_at < size; cut_at += 1 + cut_at / 97) {
        write_file(bytes, cut_at);
        const nst_status status = try_file(transfer);
        ck_assert_msg(status == NST_ERR_CORRUPT || (cut_at < 9 && status == NST_ERR_FORMAT), "%zu: %s", cut_at,
                      nst_last_error());
    }
    for (size_t at = 0; at < size; at += 1 + at / 61) {
        bytes[at] ^= 0x04;
        write_file(bytes, size);
        const nst_status status = try_file(transfer);
        ck_assert_msg(status >= 200 && status < 300, "%zu: %d %s", at, status, nst_last_error());
        bytes[at] ^= 0x04;
    }
    write_file(bytes, size);
    ck_assert_int_eq(try_file(transfer), NST_OK);
    write_file((const unsigned char *)tiny.file, 6000);
    ck_assert_int_ne(try_file(transfer), NST_OK);
    write_file((const unsigned char *)"P6\n1 1\n255\nabc", 14);
    ck_assert_int_eq(try_file(transfer), NST_ERR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(nst_last_error(), "run.checkpoint: expected a checkpoint, which is a safetensors file"));
    remove(path);
    ck_assert_int_eq(try_file(transfer), NST_ERR_NOT_FOUND);
    nst_transfer_destroy(transfer);
    free(bytes);
    end();
}
END_TEST

/* The checksum is no secret. */
static void seal(unsigned char *bytes, size_t size)
{
    nst__hash hash;
    nst__hash_start(&hash);
    nst__hash_add(&hash, bytes, size - 8);
    const uint64_t sum = nst__hash_end(&hash);
    for (int i = 0; i < 8; i++)
        bytes[size - 8 + (size_t)i] = (unsigned char)(sum >> 8 * i);
}

START_TEST(hostile_files_do_no_harm)
{
    const scene *s = &scenes[_i];
    size_t size;
    uint64_t random = 7;
    begin();
    cut c = {6, true};
    nst_image_destroy(run(s, stop_at, &c, true).image);
    unsigned char *whole = read_file(&size), *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    uint64_t header;
    memcpy(&header, whole, 8);
    const char *text = (const char *)whole + 8 + header, *last_fact = strstr(text, "~tiles");
    ck_assert_ptr_nonnull(last_fact);
    const size_t state = (size_t)((const unsigned char *)strchr(last_fact, '\n') + 1 - whole);
    nst_transfer *transfer = make(s);
    for (int i = 0; i < 160; i++) {
        memcpy(bytes, whole, size);
        for (int k = 0; k < 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            const size_t numbers = state + (random >> 33) % 320, any = (random >> 33) % (size - 8);
            bytes[i < 120 ? numbers : any] = (unsigned char)(random >> 20);
        }
        seal(bytes, size);
        write_file(bytes, size);
        const nst_status status = try_file(transfer);
        ck_assert_msg(status == NST_OK || (status >= 200 && status < 300) || status == NST_ERR_STATE, "%d: %s", status,
                      nst_last_error());
    }
    memcpy(bytes, whole, size);
    char *version = strstr((char *)bytes + 8, "\"version\":\"1\"");
    ck_assert_ptr_nonnull(version);
    version[strlen("\"version\":\"")] = '2';
    seal(bytes, size);
    write_file(bytes, size);
    ck_assert_int_eq(try_file(transfer), NST_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "a checkpoint of version 2: libnst "));
    memcpy(bytes, whole, size);
    bytes[state] = 1; /* of the mark 0x01020304 */
    seal(bytes, size);
    write_file(bytes, size);
    ck_assert_int_eq(try_file(transfer), NST_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "another order of bytes"));
    /* After the mark: size, phase, from a picture, its evaluations, stop, evaluations at this size and before it. */
    static const struct {
        size_t number;
        uint64_t value;
    } counts[] = {{3, 5}, {3, 1000001}, {5, 1000001}, {6, UINT64_MAX}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        memcpy(bytes, whole, size);
        memcpy(bytes + state + 4 + 8 * counts[i].number, &counts[i].value, 8);
        seal(bytes, size);
        write_file(bytes, size);
        ck_assert_int_eq(try_file(transfer), NST_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(nst_last_error(), "contradicts itself"));
    }
    nst_transfer_destroy(transfer);
    free(bytes);
    free(whole);
    end();
}
END_TEST

typedef struct limits {
    size_t size;
    int failures;
    char said[256];
} limits;

/* No file may become as large as a checkpoint after the fifth evaluation, up to the ninth. Check's own are smaller. */
static int limit(nst_transfer *transfer, void *user)
{
    limits *l = user;
    const double at = nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS);
    const char *failure = nst_transfer_checkpoint_failure(transfer);
    if (*failure) snprintf(l->said, sizeof l->said, "%s", failure);
    l->failures += *failure != '\0';
    if (at == 5) {
        free(read_file(&l->size));
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){l->size - 1, RLIM_INFINITY}), 0);
    }
    if (at == 9) ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    return 0;
}

START_TEST(a_full_disk_costs_no_run_and_no_old_checkpoint)
{
    const scene *s = &scenes[0];
    limits l = {0};
    nst_image *image;
    begin();
    outcome whole = run(s, NULL, NULL, false);
    nst_transfer *transfer = make(s);
    nst_optimizer *optimizer = make_optimizer(transfer, s);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, limit, &l), NST_OK);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, EVERY), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&image, transfer, optimizer), NST_OK);
    ck_assert_str_eq(nst_transfer_checkpoint_failure(transfer), ""); /* the last ones were written */
    outcome same = concluded(transfer, optimizer, image);
    check_same(&whole, &same);
    ck_assert_int_eq(l.failures, 4);
    ck_assert_ptr_nonnull(strstr(l.said, "/run.checkpoint: cannot be written: File too large"));
    /* Once more, with the limit to the end: the old checkpoint is there, and good. */
    transfer = make(s);
    optimizer = make_optimizer(transfer, s);
    cut c = {5, true};
    nst_image_destroy(run(s, stop_at, &c, true).image);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, EVERY), NST_OK);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){l.size - 1, RLIM_INFINITY}), 0);
    ck_assert_int_eq(nst_transfer_continue(&image, transfer, path, optimizer), NST_OK);
    ck_assert_ptr_nonnull(strstr(nst_transfer_checkpoint_failure(transfer), "File too large"));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    same = concluded(transfer, optimizer, image);
    check_same(&whole, &same);
    same = go_on(s);
    check_same(&whole, &same);
    nst_image_destroy(whole.image);
    end();
}
END_TEST

START_TEST(the_size_is_known_beforehand)
{
    begin();
    for (size_t i = 0; i < SCENES; i++) {
        size_t size;
        uint64_t most;
        const scene *s = &scenes[i];
        nst_transfer *transfer = make(s);
        nst_optimizer *optimizer = make_optimizer(transfer, s);
        nst_image *image;
        ck_assert_int_eq(nst_optimizer_set_text(optimizer, NST_PARAM_HISTORY, "3"), NST_OK);
        ck_assert_int_eq(nst_transfer_checkpoint_bytes(&most, transfer, optimizer), NST_OK);
        ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, EVERY), NST_OK);
        ck_assert_int_eq(nst_transfer_run(&image, transfer, optimizer), NST_OK);
        nst_image_destroy(image);
        free(read_file(&size));
        ck_assert_msg(size <= most, "%s: %zu of %zu", s->name, size, (size_t)most);
        if (i < 2)
            ck_assert_msg(size > most / 2, "%s: %zu of %zu", s->name, size, (size_t)most); /* all pairs are there */
        nst_optimizer_destroy(optimizer);
        nst_transfer_destroy(transfer);
    }
    end();
}
END_TEST

static int own_solver(nst_optimizer *optimizer, size_t n, float *x, void *user)
{
    (void)optimizer, (void)n, (void)x, (void)user;
    return 0;
}

START_TEST(what_cannot_be_done_is_said)
{
    uint64_t bytes = 1;
    nst_image *image;
    nst_optimizer *custom;
    begin();
    nst_transfer *transfer = make(&scenes[0]);
    ck_assert_int_eq(nst_transfer_set_checkpoint(NULL, path, 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, -1), NST_ERR_RANGE);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, NAN), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, "", 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_continue(NULL, transfer, path, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_continue(&image, NULL, path, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_continue(&image, transfer, NULL, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_checkpoint_bytes(NULL, transfer, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_checkpoint_bytes(&bytes, NULL, NULL), NST_ERR_ARGUMENT);
    ck_assert_uint_eq(bytes, 0);
    ck_assert_str_eq(nst_transfer_checkpoint_failure(NULL), "");
    ck_assert_int_eq(nst_optimizer_create_custom(&custom, "mine", own_solver, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, path, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&image, transfer, custom), NST_ERR_UNSUPPORTED);
    ck_assert_str_eq(nst_last_error(), "checkpoints: the state of the custom solver mine is its own");
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, NULL, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&image, transfer, NULL), NST_OK);
    ck_assert_int_ne(access(path, F_OK), 0);
    nst_image_destroy(image);
    nst_optimizer_destroy(custom);
    nst_transfer_destroy(transfer);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tcase = tcase_create("checkpoint");
    SRunner *runner = srunner_create(suite);
    tcase_set_timeout(tcase, 850);
    tcase_add_loop_test(tcase, a_run_that_is_stopped_after_any_evaluation_goes_on, 0, SCENES);
    tcase_add_loop_test(tcase, a_run_goes_on_from_each_checkpoint, 0, SCENES);
    tcase_add_loop_test(tcase, a_run_goes_on_many_times, 0, SCENES);
    tcase_add_test(tcase, cancelled_before_it_begins);
    tcase_add_test(tcase, painting_on_from_a_picture_goes_on_without_it);
    tcase_add_test(tcase, other_inputs_and_settings_are_listed);
    tcase_add_test(tcase, a_file_that_is_cut_or_changed_is_refused);
    tcase_add_loop_test(tcase, hostile_files_do_no_harm, 0, 3);
    tcase_add_test(tcase, a_full_disk_costs_no_run_and_no_old_checkpoint);
    tcase_add_test(tcase, the_size_is_known_beforehand);
    tcase_add_test(tcase, what_cannot_be_done_is_said);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
