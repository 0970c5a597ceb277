/* Several ranks, here threads, paint what one process does. */
#include "unit/runner.h"

#include "base/ranks.h"
#include "image/image.h"
#include "objective/band.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit/relative_distance.h"
#include "unit/team.h"
#include "unit/tiny_model.h"

enum { WIDTH = 60, HEIGHT = 150, VALUES = WIDTH * HEIGHT * 3 };
enum { LARGE_WIDTH = 200, LARGE_HEIGHT = 300, LARGE_VALUES = LARGE_WIDTH * LARGE_HEIGHT * 3 };
enum { LARGE_LIMIT = 19 << 20 };

typedef void (*change_fn)(nst_transfer *transfer);

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

/* Three sizes: in bands for one rank, for two, and for four. */
static nst_transfer *make(const nst_model *model, change_fn change)
{
    nst_transfer *transfer;
    nst_image *style = tiny_image(70, 90, 3), *content = tiny_image(WIDTH, HEIGHT, 2);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    set(transfer, NST_PARAM_SIZES, "40:2,75:4,150:6");
    if (change) change(transfer);
    nst_image_destroy(style);
    nst_image_destroy(content);
    return transfer;
}

static void nothing(nst_transfer *transfer)
{
    (void)transfer;
}

static void adam(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_OPTIMIZER, "adam");
}

static void noise_and_tv(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_INIT, "noise");
    set(transfer, NST_PARAM_TV_WEIGHT, "0.5");
    set(transfer, NST_PARAM_FORM, "mean");
    set(transfer, NST_PARAM_PADDING, "zero");
}

static void again(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_SIZES, "40:2,150:4,40:3,75:2,150:3");
}

/* The Wasserstein distance amplifies rounding most. */
static void other_terms(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_STYLE_LOSS, "w2");
    set(transfer, NST_PARAM_COLOR, "match");
    set(transfer, NST_PARAM_SIZES, "40:2,75:4,150:2");
}

/* Its guide is made of all its rows. */
static void clear_style(nst_transfer *transfer)
{
    nst_image *style;
    ck_assert_int_eq(nst_image_create(&style, 120, 210, 1), NST_OK);
    for (size_t i = 0; i < 120 * 210; i++) {
        nst_image_mutable_alpha(style)[i] = i % 120 < 70 ? 1 : 0.25f;
        nst_image_mutable_pixels(style)[3 * i + i % 3] = (float)(i % 120) / 120;
    }
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    nst_image_destroy(style);
}

/* A style at its own size, larger than the picture. */
static void own_size(nst_transfer *transfer)
{
    nst_image *style = tiny_image(100, 260, 9);
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    set(transfer, NST_PARAM_STYLE_SCALE, "0");
    nst_image_destroy(style);
}

/* The bands of two ranks in tiles of at least 64 pixels a side. */
static void large(nst_transfer *transfer)
{
    nst_image *content = tiny_image(LARGE_WIDTH, LARGE_HEIGHT, 5);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    set(transfer, NST_PARAM_SIZES, "100:2,300:3");
    nst_image_destroy(content);
}

/* One run of one rank, in a thread of its own. */
struct painter {
    team_member member;
    const nst_model *model;
    change_fn change;
    nst_progress_fn progress;
    uint64_t limit;
    const nst_image *content, *init; /* NULL: those of make() */
    bool bands;                      /* of both: this rank has its band alone */
    const char *file;                /* where the picture of all is saved; NULL: nowhere */
    const char *checkpoint;          /* NULL: none */
    bool goes_on;                    /* from it */
    bool half;                       /* a history of 16 bits */
    double last;                     /* the evaluation at which rank 1, or the only one, cancels; 0: none */
    pthread_t thread;
    nst_status status;
    nst_stop stop;
    double evaluations;
    char message[256];
    nst_image *out;
};

/* The band of rank R of COUNT: each has one row more than a share, the last one fewer. */
static nst_image *band_of(const nst_image *whole, int r, int count)
{
    const uint32_t height = nst_image_height(whole), width = nst_image_width(whole);
    const uint32_t rows = height / (uint32_t)count + (count > 1), top = (uint32_t)r * rows;
    nst_image *band;
    ck_assert_int_eq(nst_image_from_f32(&band, nst_image_pixels(whole) + (size_t)top * width * 3, width,
                                        r + 1 == count ? height - top : rows, 3, 0),
                     NST_OK);
    ck_assert_int_eq(nst_image_set_band(band, top, height), NST_OK);
    return band;
}

/* What both set functions have in common. */
typedef nst_status (*set_fn)(nst_transfer *transfer, const nst_image *image);

static void give(const struct painter *p, nst_transfer *transfer, const nst_image *image, set_fn set_image)
{
    nst_image *band = p->bands && image ? band_of(image, p->member.rank, p->member.team->count) : NULL;
    if (image) ck_assert_int_eq(set_image(transfer, band ? band : image), NST_OK);
    nst_image_destroy(band);
}

static void *paint(void *user)
{
    struct painter *p = user;
    nst_engine *engine = team_engine(&p->member);
    nst_transfer *transfer = make(p->model, p->change);
    nst_optimizer *optimizer = NULL;
    p->status = nst_transfer_set_engine(transfer, engine);
    give(p, transfer, p->content, nst_transfer_set_content);
    give(p, transfer, p->init, nst_transfer_set_init);
    if (p->half) {
        nst_transfer_make_optimizer(&optimizer, transfer);
        nst_optimizer_set_text(optimizer, NST_PARAM_HISTORY_BITS, "16");
    }
    if (p->limit) nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)p->limit);
    if (p->progress) nst_transfer_set_progress(transfer, p->progress, p);
    if (p->checkpoint) nst_transfer_set_checkpoint(transfer, p->checkpoint, 1e9);
    if (p->status == NST_OK)
        p->status = p->goes_on ? nst_transfer_continue(&p->out, transfer, p->checkpoint, optimizer)
                               : nst_transfer_run(&p->out, transfer, optimizer);
    if (p->status == NST_OK && p->file) p->status = nst_image_save_band(p->out, engine, p->file, "png");
    snprintf(p->message, sizeof p->message, "%s", p->status == NST_OK ? "" : nst_last_error());
    p->stop = nst_transfer_stop_reason(transfer);
    p->evaluations = nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS);
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    nst_engine_destroy(engine);
    return NULL;
}

static void paint_all(struct painter *painters, team *t, const struct painter *like)
{
    for (int r = 0; r < t->count; r++) {
        painters[r] = *like;
        painters[r].member = (team_member){t, r};
    }
    for (int r = 0; r < t->count; r++)
        ck_assert_int_eq(pthread_create(&painters[r].thread, NULL, paint, &painters[r]), 0);
    for (int r = 0; r < t->count; r++)
        ck_assert_int_eq(pthread_join(painters[r].thread, NULL), 0);
}

/* The picture of HEIGHT rows whose bands the ranks have. */
static void join(float *out, struct painter *painters, int count, size_t height)
{
    size_t next = 0;
    for (int r = 0; r < count; r++) {
        nst_image *band = painters[r].out;
        ck_assert_msg(painters[r].status == NST_OK, "rank %d: %s", r, painters[r].message);
        ck_assert_uint_eq(nst_image_whole_height(band), height);
        ck_assert_uint_eq(nst_image_top(band), next);
        const size_t row = (size_t)nst_image_width(band) * 3, rows = nst_image_height(band);
        memcpy(out + next * row, nst_image_pixels(band), rows * row * sizeof *out);
        next += rows;
        nst_image_destroy(band);
    }
    ck_assert_uint_eq(next, height);
}

static void paint_with(float *out, const struct painter *like, int count, size_t height)
{
    struct painter painters[TEAM_MOST];
    team t;
    team_init(&t, count);
    paint_all(painters, &t, like);
    join(out, painters, count, height);
}

static void paint_alone(float *out, const nst_model *model, change_fn change, uint64_t limit)
{
    nst_image *image;
    nst_transfer *transfer = make(model, change);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)limit), NST_OK);
    ck_assert_msg(nst_transfer_run(&image, transfer, NULL) == NST_OK, "%s", nst_last_error());
    memcpy(out, nst_image_pixels(image), (size_t)nst_image_width(image) * nst_image_height(image) * 3 * sizeof *out);
    nst_image_destroy(image);
    nst_transfer_destroy(transfer);
}

static const change_fn changes[] = {nothing, adam, noise_and_tv, again, other_terms, clear_style, own_size};
enum { CHANGES = sizeof changes / sizeof changes[0] };

/* Sums in another order differ by rounding, which every evaluation amplifies a little. */
START_TEST(ranks_paint_what_one_does)
{
    static float alone[VALUES], together[VALUES], again[VALUES];
    tiny_model tiny = tiny_model_make(1);
    for (int i = 0; i < CHANGES; i++) {
        paint_alone(alone, tiny.model, changes[i], 0);
        for (int count = 1; count <= 4; count++) {
            const struct painter like = {.model = tiny.model, .change = changes[i]};
            paint_with(together, &like, count, HEIGHT);
            paint_with(again, &like, count, HEIGHT);
            const double distance = relative_distance(together, alone, VALUES);
            if (count == 1)
                ck_assert_mem_eq(together, alone, sizeof together);
            else
                ck_assert_msg(distance < 2e-6, "settings %d, %d ranks: %g", i, count, distance);
            ck_assert_mem_eq(together, again, sizeof together);
        }
    }
    tiny_model_destroy(&tiny);
}
END_TEST

static void recolored(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_INIT, "recolored");
}

static void matched(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_COLOR, "match");
}

/* Contents larger than the result, as large, larger than all but the last size, and smaller than all sizes. The bands
 * have the bits of the whole; colours are means over other parts, so they differ by rounding. */
START_TEST(bands_of_the_content_are_enough)
{
    static const uint32_t sizes[][2] = {{130, 325}, {WIDTH, HEIGHT}, {37, 93}, {12, 30}};
    static const change_fn settings[] = {nothing, noise_and_tv, recolored, matched};
    static float whole[VALUES], bands[VALUES];
    tiny_model tiny = tiny_model_make(1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        nst_image *content = tiny_image(sizes[i][0], sizes[i][1], 6), *init = tiny_image(90, 80, 7);
        for (size_t k = 0; k < 5; k++) {
            for (int count = 1; count <= 4; count++) {
                struct painter like = {.model = tiny.model, .change = settings[k % 4], .content = content};
                if (k == 4) like.init = init;
                paint_with(whole, &like, count, HEIGHT);
                like.bands = true;
                paint_with(bands, &like, count, HEIGHT);
                const double distance = relative_distance(bands, whole, VALUES);
                ck_assert_msg(distance <= (k == 2 || k == 3 ? 2e-6 : 0), "size %zu, settings %zu, %d ranks: %g", i, k,
                              count, distance);
            }
        }
        nst_image_destroy(content);
        nst_image_destroy(init);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* All ranks have the same rows. */
static void wrong_bands(nst_transfer *transfer)
{
    nst_image *content = tiny_image(WIDTH, HEIGHT, 2);
    ck_assert_int_eq(nst_image_set_band(content, 10, HEIGHT + 10), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    nst_image_destroy(content);
}

/* What each of four ranks plans. With bands of the content it is little more than a fourth. */
struct planner {
    team_member member;
    const nst_model *model;
    const nst_image *content;
    bool bands;
    uint64_t limit, bytes;
    nst_status status;
    char message[256];
    pthread_t thread;
};

static void *plan(void *user)
{
    struct planner *p = user;
    const struct painter like = {.member = p->member, .bands = p->bands};
    nst_engine *engine = team_engine(&p->member);
    nst_transfer *transfer = make(p->model, NULL);
    ck_assert_int_eq(nst_transfer_set_engine(transfer, engine), NST_OK);
    give(&like, transfer, p->content, nst_transfer_set_content);
    set(transfer, NST_PARAM_SIZES, "800:1");
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)p->limit), NST_OK);
    p->status = nst_transfer_memory(&p->bytes, transfer, NULL);
    snprintf(p->message, sizeof p->message, "%s", p->status == NST_OK ? "" : nst_last_error());
    nst_transfer_destroy(transfer);
    nst_engine_destroy(engine);
    return NULL;
}

static void plan_all(struct planner *planners, int count, const struct planner *like)
{
    team t;
    team_init(&t, count);
    for (int r = 0; r < count; r++) {
        planners[r] = *like;
        planners[r].member = (team_member){&t, r};
        ck_assert_int_eq(pthread_create(&planners[r].thread, NULL, plan, &planners[r]), 0);
    }
    for (int r = 0; r < count; r++)
        ck_assert_int_eq(pthread_join(planners[r].thread, NULL), 0);
}

START_TEST(memory_is_divided)
{
    static const uint32_t sides[] = {800, 2000};
    const uint64_t process = 12 << 20; /* which no rank is spared */
    tiny_model tiny = tiny_model_make(1);
    for (size_t i = 0; i < 2; i++) {
        nst_image *content = tiny_image(sides[i], sides[i], 6);
        struct planner p[TEAM_MOST], like = {.model = tiny.model, .content = content, .bands = true};
        plan_all(p, 1, &like);
        const uint64_t alone = p[0].bytes - process;
        plan_all(p, 4, &like);
        for (int r = 0; r < 4; r++) {
            ck_assert_uint_eq(p[r].bytes, p[0].bytes);
            ck_assert_uint_lt(p[r].bytes - process, alone / 100 * 36);
        }
        const uint64_t bands = p[0].bytes;
        like.bands = false;
        plan_all(p, 4, &like);
        ck_assert_uint_gt(p[0].bytes, bands + (uint64_t)sides[i] * sides[i] * 12 / 10 * 6);
        like.limit = 1 << 20;
        plan_all(p, 4, &like);
        for (int r = 0; r < 4; r++) {
            ck_assert_int_eq(p[r].status, NST_ERR_MEMORY_LIMIT);
            ck_assert_str_eq(p[r].message, p[0].message);
        }
        nst_image_destroy(content);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

static atomic_int most_tiles;

static void find_tiles(nst_log_level level, const char *message, void *user)
{
    int tiles;
    (void)level;
    (void)user;
    if (strstr(message, " tiles, ") && sscanf(message, "size %*dx%*d: %d tiles", &tiles) == 1 && tiles > most_tiles)
        most_tiles = tiles;
}

START_TEST(bands_are_cut_into_tiles)
{
    static float alone[LARGE_VALUES], together[LARGE_VALUES];
    ck_assert_int_eq(nst_log_set(find_tiles, NST_LOG_DEBUG, NULL), NST_OK);
    tiny_model tiny = tiny_model_make(1);
    const struct painter like = {.model = tiny.model, .change = large, .limit = LARGE_LIMIT};
    paint_alone(alone, tiny.model, large, 0);
    ck_assert_int_eq(most_tiles, 1);
    paint_with(together, &like, 2, LARGE_HEIGHT);
    ck_assert_int_gt(most_tiles, 1);
    const double distance = relative_distance(together, alone, LARGE_VALUES);
    ck_assert_msg(distance < 2e-6, "%g", distance);
    tiny_model_destroy(&tiny);
    ck_assert_int_eq(nst_log_set(NULL, NST_LOG_DEBUG, NULL), NST_OK);
}
END_TEST

/* ---- The file ---- */

static size_t read_file(uint8_t *out, size_t most, const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(out, 1, most, file);
    fclose(file);
    return size;
}

START_TEST(one_file_has_all_bands)
{
    static float joined[VALUES];
    static uint8_t bytes[VALUES], expected[VALUES];
    char path[] = "/tmp/nst-ranks-XXXXXX";
    tiny_model tiny = tiny_model_make(1);
    nst_image *whole;
    const int made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
    const struct painter like = {.model = tiny.model, .change = nothing, .file = path};
    paint_with(joined, &like, 3, HEIGHT);
    const size_t size = read_file(bytes, sizeof bytes, path);
    ck_assert_int_eq(nst_image_from_f32(&whole, joined, WIDTH, HEIGHT, 3, 0), NST_OK);
    ck_assert_int_eq(nst_image_save_as(whole, path, "png"), NST_OK);
    ck_assert_uint_eq(read_file(expected, sizeof expected, path), size);
    ck_assert_mem_eq(bytes, expected, size);
    remove(path);
    nst_image_destroy(whole);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_file_that_fails_fails_on_all)
{
    tiny_model tiny = tiny_model_make(1);
    struct painter painters[TEAM_MOST];
    const struct painter like = {.model = tiny.model, .change = nothing, .file = "/no/such/folder/o.png"};
    team t;
    team_init(&t, 2);
    paint_all(painters, &t, &like);
    for (int r = 0; r < 2; r++) {
        ck_assert_int_eq(painters[r].status, NST_ERR_IO);
        ck_assert_ptr_nonnull(strstr(painters[r].message, "/no/such/folder/o.png: "));
        nst_image_destroy(painters[r].out);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- What ends a run ---- */

static int stop_at_the_fifth(nst_transfer *transfer, void *user)
{
    const struct painter *painter = user;
    return painter->member.rank == 1 && nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS) == 5;
}

static int cancel_at_the_fifth(nst_transfer *transfer, void *user)
{
    if (stop_at_the_fifth(transfer, user)) nst_transfer_cancel(transfer);
    return 0;
}

START_TEST(what_stops_one_stops_all)
{
    static float out[VALUES];
    tiny_model tiny = tiny_model_make(1);
    for (int way = 0; way < 2; way++) {
        struct painter painters[TEAM_MOST];
        const struct painter like = {
            .model = tiny.model, .change = nothing, .progress = way ? cancel_at_the_fifth : stop_at_the_fifth};
        team t;
        team_init(&t, 3);
        paint_all(painters, &t, &like);
        join(out, painters, 3, HEIGHT);
        for (int r = 0; r < 3; r++) {
            ck_assert_int_eq(painters[r].stop, way ? NST_STOP_CANCELLED : NST_STOP_CALLBACK);
            ck_assert_double_eq(painters[r].evaluations, 5);
        }
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* Sum number N fails on every rank: an error, whenever it happens. */
START_TEST(a_function_of_the_host_fails)
{
    tiny_model tiny = tiny_model_make(1);
    for (int n = 0; n < 200; n = 2 * n + 1) {
        struct painter painters[TEAM_MOST];
        const struct painter like = {.model = tiny.model, .change = nothing};
        team t;
        team_init(&t, 2);
        t.calls_left = n;
        paint_all(painters, &t, &like);
        for (int r = 0; r < 2; r++) {
            ck_assert_int_eq(painters[r].status, NST_ERR_CALLBACK);
            ck_assert_ptr_nonnull(strstr(painters[r].message, "a function of nst_ranks failed"));
            ck_assert_ptr_null(painters[r].out);
        }
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Checkpoints ---- */

static int cancel_at_last(nst_transfer *transfer, void *user)
{
    const struct painter *p = user;
    const bool asks = p->member.rank == 1 || p->member.team->count == 1;
    if (asks && nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS) == p->last) nst_transfer_cancel(transfer);
    return 0;
}

/* A run of COUNT ranks that is cancelled at evaluation LAST. */
static void paint_half(struct painter like, int count, double last)
{
    static float out[VALUES];
    like.last = last;
    like.progress = cancel_at_last;
    paint_with(out, &like, count, HEIGHT);
}

/* Cancelled at the end of a size, at the first and at a later evaluation of one. */
START_TEST(other_numbers_of_ranks_go_on)
{
    static const double moments[] = {2, 3, 5, 7, 10};
    static float whole[VALUES], out[VALUES];
    char path[] = "/tmp/nst-ranks-XXXXXX";
    tiny_model tiny = tiny_model_make(1);
    nst_image *content = tiny_image(WIDTH, HEIGHT, 2);
    const int made = mkstemp(path);
    ck_assert_int_ge(made, 0);
    close(made);
    for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++) {
        for (int before = 1; before <= 3; before++) {
            const struct painter plain = {.model = tiny.model, .change = m % 2 ? adam : nothing};
            struct painter like = plain;
            like.checkpoint = path;
            like.content = content;
            like.bands = m % 2 == 0;
            paint_with(whole, &plain, before, HEIGHT);
            paint_half(like, before, moments[m]);
            like.goes_on = true;
            for (int after = 1; after <= 3; after++) {
                like.bands = !like.bands;
                paint_with(out, &like, after, HEIGHT);
                const double distance = relative_distance(out, whole, VALUES);
                if (after == before)
                    ck_assert_mem_eq(out, whole, sizeof out);
                else
                    ck_assert_msg(distance < 2e-6, "evaluation %g, %d ranks, then %d: %g", moments[m], before, after,
                                  distance);
            }
        }
    }
    remove(path);
    nst_image_destroy(content);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- What is refused ---- */

static void add_mask(nst_transfer *transfer)
{
    nst_image *mask = tiny_image(WIDTH, HEIGHT, 5);
    for (size_t i = 0; i < VALUES; i++)
        nst_image_mutable_pixels(mask)[i] = (float)(i % 2);
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, mask), NST_OK);
    nst_image_destroy(mask);
}

static void grey(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_COLOR, "luma");
}

static void keep_checkpoints(nst_transfer *transfer)
{
    ck_assert_int_eq(nst_transfer_set_checkpoint(transfer, "no/such/folder", 1), NST_OK);
}

static void small(nst_transfer *transfer)
{
    set(transfer, NST_PARAM_SIZES, "75:2");
}

START_TEST(what_ranks_cannot_do_is_an_error)
{
    static const struct {
        change_fn change;
        nst_status status;
        const char *message;
    } cases[] = {
        {add_mask, NST_ERR_UNSUPPORTED, "frozen pixels: one rank can do that, found 3 ranks"},
        {grey, NST_ERR_UNSUPPORTED, "color luma: one rank can do that, found 3 ranks"},
        {keep_checkpoints, NST_ERR_UNSUPPORTED,
         "checkpoints of several ranks: expected a history of 32 bits in memory, found one of 16 bits: history-bits "
         "32, and fewer pairs or more ranks, help"},
        {small, NST_ERR_RANGE, "ranks: expected at most 2 for 75 rows, found 3"},
        {wrong_bands, NST_ERR_ARGUMENT,
         "ranks: expected the bands of one picture, from top to bottom; rank %d has rows 10 to 159 of 160, 60 pixels "
         "wide"},
    };
    tiny_model tiny = tiny_model_make(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct painter painters[TEAM_MOST];
        const struct painter like = {.model = tiny.model, .change = cases[i].change, .half = true};
        team t;
        team_init(&t, 3);
        paint_all(painters, &t, &like);
        for (int r = 0; r < 3; r++) {
            ck_assert_int_eq(painters[r].status, cases[i].status);
            char expected[256];
            snprintf(expected, sizeof expected, cases[i].message, r);
            ck_assert_str_eq(painters[r].message, expected);
        }
    }
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_table_is_checked)
{
    team_member member = {0};
    nst_engine *engine;
    const nst_ranks good = {sizeof good, &member, 1, 2, team_sum, team_maximum, team_exchange};
    nst_ranks bad = good;
    ck_assert_int_eq(nst_engine_create(&engine), NST_OK);
    bad.size = 8;
    ck_assert_int_eq(nst_engine_set_ranks(engine, &bad), NST_ERR_ARGUMENT);
    bad = good;
    bad.maximum = NULL;
    ck_assert_int_eq(nst_engine_set_ranks(engine, &bad), NST_ERR_ARGUMENT);
    bad = good;
    bad.rank = 2;
    ck_assert_int_eq(nst_engine_set_ranks(engine, &bad), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "ranks: expected a rank of 0 to count - 1, found 2 of 2");
    ck_assert_int_eq(nst_engine_set_ranks(engine, &good), NST_OK);
    ck_assert_int_eq(nst_engine_set_ranks(engine, NULL), NST_OK);
    nst_engine_destroy(engine);
}
END_TEST

/* ---- Parts ---- */

/* The rows that a part of the result reads are enough, and all of them are needed. */
START_TEST(rows_are_resized_like_the_whole)
{
    static const uint32_t heights[] = {20, 61, 90, 91, 200};
    nst_image *image = tiny_image(50, 90, 4);
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        const size_t height = heights[i];
        nst_image *whole, *part, *band;
        ck_assert_int_eq(nst_image_resize(&whole, image, 33, heights[i]), NST_OK);
        for (size_t first = 0; first < height; first += 7) {
            const nst__rows rows = {first, first + 7 < height ? first + 7 : height};
            const nst__rows reads = nst__resize_reads(90, height, rows);
            ck_assert_int_eq(nst__image_resize_rows(&part, image, 50, 90, reads), NST_OK);
            ck_assert_int_eq(nst__image_resize_rows(&band, part, 33, height, rows), NST_OK);
            ck_assert_uint_eq(nst_image_top(band), first);
            ck_assert_mem_eq(nst_image_pixels(band), nst_image_pixels(whole) + first * 33 * 3,
                             nst__rows_count(rows) * 33 * 3 * sizeof(float));
            nst_image_destroy(part);
            nst_image_destroy(band);
        }
        nst_image_destroy(whole);
    }
    nst_image_destroy(image);
}
END_TEST

START_TEST(bands_cover_the_picture)
{
    for (int count = 1; count < 9; count++) {
        for (size_t height = 1; height < 300; height += 13) {
            nst__ranks ranks = {.host = {.count = count}};
            const nst__net net = {.depth = 0};
            nst__bands bands = nst__bands_make(&ranks, &net, height);
            bands.halo = 5;
            size_t next = 0;
            for (int r = 0; r < count; r++) {
                const nst__rows rows = nst__bands_rows(&bands, r), window = nst__bands_window(&bands, r);
                ck_assert_uint_eq(rows.first, next);
                ck_assert(rows.end == rows.first || bands.count == 1 || rows.end - rows.first >= 32);
                ck_assert(window.first <= rows.first && window.end >= rows.end && window.end <= height);
                next = rows.end;
            }
            ck_assert_uint_eq(next, height);
        }
    }
}
END_TEST

RUNNER("ranks", ranks_paint_what_one_does, bands_of_the_content_are_enough, memory_is_divided, bands_are_cut_into_tiles,
       one_file_has_all_bands, a_file_that_fails_fails_on_all, other_numbers_of_ranks_go_on, what_stops_one_stops_all,
       a_function_of_the_host_fails, what_ranks_cannot_do_is_an_error, a_table_is_checked,
       rows_are_resized_like_the_whole, bands_cover_the_picture)
