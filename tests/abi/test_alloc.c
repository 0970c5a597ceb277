/* Every allocation of every public function fails in turn, once and for ever: the call says out of memory,
 * its inputs stay usable, nothing leaks. The host's allocator is asked for everything. */
#include "unit/runner.h"

#include <nst/nst.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The allocator: counts, and fails from number FAIL_AT on, for one allocation or for all ---- */

static struct {
    size_t asked, fail_at, live;
    bool armed, for_ever;
} heap;

static bool refuses(void)
{
    size_t number = heap.asked++;
    return heap.armed && (number == heap.fail_at || (heap.for_ever && number > heap.fail_at));
}

static void *allocate(size_t size, void *user)
{
    ck_assert_ptr_eq(user, &heap);
    void *block = refuses() ? NULL : malloc(size);
    heap.live += block != NULL;
    return block;
}

static void *resize(void *block, size_t size, void *user)
{
    ck_assert_ptr_eq(user, &heap);
    return refuses() ? NULL : realloc(block, size);
}

static void release(void *block, void *user)
{
    ck_assert_ptr_eq(user, &heap);
    heap.live -= block != NULL;
    free(block);
}

static const nst_allocator counting = {
    .size = sizeof(nst_allocator), .allocate = allocate, .resize = resize, .release = release, .user = &heap};

/* ---- What the calls work on ---- */

enum { WIDTH = 20, HEIGHT = 18 };

typedef struct world {
    nst_image *picture;
    nst_model *model;
    nst_transfer *transfer;
    nst_optimizer *optimizer;
    void *png, *jpeg;
    size_t png_size, jpeg_size;
} world;

static char folder[] = "/tmp/nst-alloc-XXXXXX";
static char png_path[64], model_path[64], scratch_path[64], scratch_jpeg[64], scratch_model[64];

/* Four convolutions of 4, 4, 6 and 6 channels, as safetensors. */
static size_t small_model(unsigned char *file, size_t capacity)
{
    static const int key[] = {0, 2, 5, 7}, width[] = {3, 4, 4, 6, 6};
    char header[2048];
    size_t floats = 0, length = (size_t)sprintf(header, "{");
    for (int i = 0; i < 4; i++) {
        const int above = width[i + 1], below = width[i];
        const size_t begin = floats * 4, middle = begin + (size_t)(above * below * 9) * 4,
                     end = middle + (size_t)above * 4;
        length += (size_t)sprintf(header + length,
                                  "%s\"features.%d.weight\":{\"dtype\":\"F32\",\"shape\":[%d,%d,3,3],"
                                  "\"data_offsets\":[%zu,%zu]},\"features.%d.bias\":{\"dtype\":\"F32\","
                                  "\"shape\":[%d],\"data_offsets\":[%zu,%zu]}",
                                  i ? "," : "", key[i], above, below, begin, middle, key[i], above, middle, end);
        floats = end / 4;
    }
    length += (size_t)sprintf(header + length, "}");
    ck_assert_uint_le(8 + length + floats * 4, capacity);
    const uint64_t written = length;
    memcpy(file, &written, 8);
    memcpy(file + 8, header, length);
    for (size_t i = 0; i < floats; i++) {
        const float value = (float)((int)(i * 7919 % 61) - 30) / 90;
        memcpy(file + 8 + length + i * 4, &value, 4);
    }
    return 8 + length + floats * 4;
}

static unsigned char model_file[16384];
static size_t model_size;
static float pixels[WIDTH * HEIGHT * 4];

static void start(void)
{
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    sprintf(png_path, "%s/in.png", folder);
    sprintf(model_path, "%s/in.safetensors", folder);
    sprintf(scratch_path, "%s/out.png", folder);
    sprintf(scratch_jpeg, "%s/out.jpg", folder);
    setenv("NST_MODEL_PATH", folder, 1);
    sprintf(scratch_model, "%s/out.safetensors", folder);
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++)
        pixels[i] = (float)(i * 37 % 101) / 100;
    model_size = small_model(model_file, sizeof model_file);
    FILE *file = fopen(model_path, "wb");
    ck_assert(file && fwrite(model_file, 1, model_size, file) == model_size && fclose(file) == 0);
    nst_image *image;
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, WIDTH, HEIGHT, 4, 0), NST_OK);
    ck_assert_int_eq(nst_image_save(image, png_path), NST_OK);
    nst_image_destroy(image);
}

static void finish(void)
{
    unlink(png_path);
    unlink(model_path);
    unlink(scratch_path);
    unlink(scratch_jpeg);
    unlink(scratch_model);
    ck_assert_int_eq(rmdir(folder), 0); /* no temporary file was left */
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}

static void make(world *w)
{
    ck_assert_int_eq(nst_image_from_f32(&w->picture, pixels, WIDTH, HEIGHT, 3, 0), NST_OK);
    ck_assert_int_eq(nst_model_decode(&w->model, model_file, model_size, NST_INPUT_RGB01), NST_OK);
    ck_assert_int_eq(nst_transfer_create(&w->transfer, w->model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(w->transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,relu2_1"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(w->transfer, NST_PARAM_THREADS, 2), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(w->transfer, NST_PARAM_SIZES, "16:3,20:3"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(w->transfer, w->picture), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(w->transfer, w->picture, 1), NST_OK);
    ck_assert_int_eq(nst_optimizer_create(&w->optimizer, NST_ALGORITHM_LBFGS), NST_OK);
    ck_assert_int_eq(nst_image_encode(&w->png, &w->png_size, w->picture, "png"), NST_OK);
    ck_assert_int_eq(nst_image_encode(&w->jpeg, &w->jpeg_size, w->picture, "jpeg"), NST_OK);
}

static void unmake(world *w)
{
    nst_bytes_destroy(w->jpeg);
    nst_bytes_destroy(w->png);
    nst_optimizer_destroy(w->optimizer);
    nst_transfer_destroy(w->transfer);
    nst_model_destroy(w->model);
    nst_image_destroy(w->picture);
}

/* ---- The calls: each gives back its status and releases what it made ---- */

static nst_status drop_image(nst_status status, nst_image *out)
{
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    nst_image_destroy(out);
    return status;
}

static nst_status drop_model(nst_status status, nst_model *out)
{
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    nst_model_destroy(out);
    return status;
}

#define CALL(name) static nst_status name(world *w)
#define IMAGE_CALL(name, ...) \
    CALL(name) \
    { \
        nst_image *out = NULL; \
        (void)w; \
        nst_status status = __VA_ARGS__; \
        return drop_image(status, out); \
    }
#define MODEL_CALL(name, ...) \
    CALL(name) \
    { \
        nst_model *out = NULL; \
        (void)w; \
        nst_status status = __VA_ARGS__; \
        return drop_model(status, out); \
    }
#define PLAIN_CALL(name, ...) \
    CALL(name) \
    { \
        return __VA_ARGS__; \
    }

IMAGE_CALL(image_load, nst_image_load(&out, png_path, 0))
IMAGE_CALL(image_load_band, nst_image_load_band(&out, png_path, 0, 1, 3))
IMAGE_CALL(image_decode, nst_image_decode(&out, w->png, w->png_size, 0))
IMAGE_CALL(image_decode_jpeg, nst_image_decode(&out, w->jpeg, w->jpeg_size, 0))
IMAGE_CALL(image_create, nst_image_create(&out, WIDTH, HEIGHT, 1))
IMAGE_CALL(image_from_f32, nst_image_from_f32(&out, pixels, WIDTH, HEIGHT, 4, 0))
IMAGE_CALL(image_from_u8, nst_image_from_u8(&out, (const uint8_t *)w->png, 2, 3, 4, 0))
IMAGE_CALL(image_resize, nst_image_resize(&out, w->picture, 7, 31))
IMAGE_CALL(image_copy, nst_image_copy(&out, w->picture))
IMAGE_CALL(transfer_run, nst_transfer_run(&out, w->transfer, NULL))
IMAGE_CALL(transfer_run_with, nst_transfer_run(&out, w->transfer, w->optimizer))
IMAGE_CALL(resume, nst_transfer_resume(&out, w->transfer, w->picture, 2, NULL))
MODEL_CALL(model_load, nst_model_load(&out, model_path))
MODEL_CALL(model_by_name, nst_model_load(&out, "in"))
MODEL_CALL(model_load_as, nst_model_load_as(&out, model_path, NST_INPUT_BGR255))
MODEL_CALL(model_decode, nst_model_decode(&out, model_file, model_size, NST_INPUT_AUTO))
MODEL_CALL(model_lite, nst_model_load(&out, NULL))
PLAIN_CALL(image_save, nst_image_save(w->picture, scratch_path))
PLAIN_CALL(image_save_as, nst_image_save_as(w->picture, scratch_path, "png"))
PLAIN_CALL(image_save_jpeg, nst_image_save(w->picture, scratch_jpeg))
PLAIN_CALL(bytes_save, nst_bytes_save(w->png, w->png_size, scratch_path))
PLAIN_CALL(image_set_text, nst_image_set_text(w->picture, NST_PARAM_PNG_DEPTH, "16"))
PLAIN_CALL(image_to_u8, nst_image_to_u8(w->picture, (uint8_t[WIDTH * HEIGHT * 4]){0}, 4, 0))
PLAIN_CALL(image_to_f32, nst_image_to_f32(w->picture, (float[WIDTH * HEIGHT]){0}, 1, 0))
PLAIN_CALL(find_layer, nst_model_find_layer(w->model, "relu2_1", &(size_t){0}))
PLAIN_CALL(optimizer_set_text, nst_optimizer_set_text(w->optimizer, NST_PARAM_HISTORY, "7"))
PLAIN_CALL(clear_styles, nst_transfer_clear_styles(w->transfer))
PLAIN_CALL(model_save, nst_model_save(w->model, scratch_model, NST_DTYPE_F16, "conv2_1"))
PLAIN_CALL(set_preset, nst_transfer_set_preset(w->transfer, "gatys"))
PLAIN_CALL(set_text, nst_transfer_set_text(w->transfer, NST_PARAM_STYLE_LAYERS, "conv1_1=0.5,conv1_2"))
PLAIN_CALL(set_sizes, nst_transfer_set_text(w->transfer, NST_PARAM_SIZES, "16:2,20:2"))
PLAIN_CALL(set_content, nst_transfer_set_content(w->transfer, w->picture))
PLAIN_CALL(add_style, nst_transfer_add_style(w->transfer, w->picture, 0.5))
PLAIN_CALL(set_freeze, nst_transfer_set_freeze(w->transfer, w->picture))
PLAIN_CALL(set_content_map, nst_transfer_set_content_map(w->transfer, w->picture))
PLAIN_CALL(set_style_mask, nst_transfer_set_style_mask(w->transfer, 0, w->picture))
PLAIN_CALL(set_init, nst_transfer_set_init(w->transfer, w->picture))

CALL(image_encode)
{
    void *out = NULL;
    size_t size = 0;
    nst_status status = nst_image_encode(&out, &size, w->picture, "png");
    ck_assert(status == NST_OK ? out != NULL && size > 0 : out == NULL && size == 0);
    nst_bytes_destroy(out);
    return status;
}

CALL(optimizer_create)
{
    nst_optimizer *out = NULL;
    (void)w;
    nst_status status = nst_optimizer_create(&out, NST_ALGORITHM_ADAM);
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    nst_optimizer_destroy(out);
    return status;
}

static int bowl(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *gradient, void *user)
{
    (void)optimizer;
    (void)user;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        *value += (double)x[i] * (double)x[i] * (double)(i + 1);
        gradient[i] = 2 * x[i] * (float)(i + 1);
    }
    return 0;
}

CALL(minimize)
{
    float x[] = {1, -2, 3};
    nst_status status = nst_optimizer_minimize(w->optimizer, 3, x, bowl, NULL);
    if (status == NST_ERR_OUT_OF_MEMORY) ck_assert(x[0] == 1 && x[1] == -2 && x[2] == 3);
    return status;
}

CALL(transfer_create)
{
    nst_transfer *out = NULL;
    nst_status status = nst_transfer_create(&out, w->model);
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    nst_transfer_destroy(out);
    return status;
}

CALL(evaluate)
{
    static float gradient[WIDTH * HEIGHT * 3];
    double total;
    return nst_transfer_evaluate(w->transfer, w->picture, &total, gradient);
}

/* A picture and a transfer of its own, so tight that it has to work in tiles: LIMIT 0 asks how tight that is. */
static nst_status evaluate_in_tiles(world *w, int64_t limit, uint64_t *needed)
{
    nst_image *large = NULL;
    nst_transfer *t = NULL;
    double total;
    nst_status status = nst_image_resize(&large, w->picture, 240, 120);
    if (!status) status = nst_transfer_create(&t, w->model);
    if (!status) status = nst_transfer_set_text(t, NST_PARAM_STYLE_LAYERS, "conv1_1");
    if (!status) status = nst_transfer_set_text(t, NST_PARAM_CONTENT_LAYERS, "conv1_2");
    if (!status) status = nst_transfer_set_text(t, NST_PARAM_SIZES, "240:1");
    if (!status) status = nst_transfer_set_int(t, NST_PARAM_THREADS, 1);
    if (!status) status = nst_transfer_set_content(t, large);
    if (!status) status = nst_transfer_add_style(t, w->picture, 1);
    if (!status && needed) status = nst_transfer_memory(needed, t, NULL);
    if (!status) status = nst_transfer_set_int(t, NST_PARAM_MEMORY_LIMIT, limit);
    if (!status) status = nst_transfer_evaluate(t, large, &total, NULL);
    nst_transfer_destroy(t);
    nst_image_destroy(large);
    return status;
}

static int64_t tight; /* the smallest limit that will do, as the message of a smaller one says */

CALL(evaluate_tiled)
{
    return evaluate_in_tiles(w, tight, NULL);
}

static void find_tight(void)
{
    world w;
    uint64_t needed;
    make(&w);
    ck_assert_int_eq(evaluate_in_tiles(&w, 1, &needed), NST_ERR_MEMORY_LIMIT);
    const char *named = strstr(nst_last_error(), "does is ");
    ck_assert_ptr_nonnull(named);
    tight = strtoll(named + strlen("does is "), &(char *){NULL}, 10) * 1048576; /* in M */
    ck_assert_msg(tight > 0 && (uint64_t)tight < needed, "%lld would do, whole it needs %llu", (long long)tight,
                  (unsigned long long)needed);
    unmake(&w);
}

CALL(features)
{
    nst_features *out = NULL;
    nst_status status = nst_features_create(&out, w->model, NULL);
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    if (status == NST_OK) status = nst_features_add_map(out, "relu2_1");
    if (status == NST_OK) status = nst_features_add_gram(out, "conv2_2");
    if (status == NST_OK) status = nst_features_read(out, w->picture);
    nst_features_destroy(out);
    return status;
}

CALL(painter)
{
    nst_painter *out = NULL, *copy = NULL;
    nst_image *result = NULL, *photo = NULL;
    double total;
    nst_status status = nst_painter_create(&out, 1);
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    if (status == NST_OK) status = nst_painter_paint(&result, out, w->picture);
    if (status == NST_OK) status = nst_painter_save(out, scratch_model, NST_DTYPE_F16);
    if (status == NST_OK) status = nst_painter_load(&copy, scratch_model);
    if (status == NST_OK) status = nst_image_resize(&photo, w->picture, 16, 16);
    if (status == NST_OK) {
        float *gradient = calloc(nst_painter_weight_count(copy), sizeof *gradient);
        status = nst_painter_evaluate(copy, w->transfer, photo, &total, gradient);
        free(gradient);
    }
    nst_image_destroy(result);
    nst_image_destroy(photo);
    nst_painter_destroy(out);
    nst_painter_destroy(copy);
    return status;
}

CALL(make_optimizer)
{
    nst_optimizer *out = NULL;
    nst_status status = nst_transfer_make_optimizer(&out, w->transfer);
    ck_assert(status == NST_OK ? out != NULL : out == NULL);
    nst_optimizer_destroy(out);
    return status;
}

CALL(memory)
{
    uint64_t bytes;
    return nst_transfer_memory(&bytes, w->transfer, NULL);
}

CALL(run_noise)
{
    nst_image *out = NULL;
    nst_status status = nst_transfer_set_text(w->transfer, NST_PARAM_INIT, "noise");
    if (!status) status = nst_transfer_set_text(w->transfer, NST_PARAM_OPTIMIZER, "adam");
    if (!status) status = nst_transfer_run(&out, w->transfer, NULL);
    return drop_image(status, out);
}

CALL(resume_twice)
{
    nst_image *out = NULL, *next = NULL;
    nst_status status = nst_transfer_resume(&out, w->transfer, w->picture, 2, NULL);
    if (!status) status = nst_transfer_set_float(w->transfer, NST_PARAM_CONTENT_WEIGHT, 0.01);
    if (!status) status = nst_transfer_resume(&next, w->transfer, out, 2, NULL);
    nst_image_destroy(out);
    return drop_image(status, next);
}

/* Of a picture of its own, through a file and back. */
CALL(style_file)
{
    nst_style *style, *file = NULL;
    nst_status status = nst_style_create(&style, w->picture);
    if (!status) status = nst_transfer_save_style(w->transfer, style, scratch_model, NST_DTYPE_F16, "free");
    if (!status) status = nst_style_load(&file, scratch_model);
    if (!status) status = nst_transfer_use_style(w->transfer, file, 1);
    ck_assert(status == NST_OK ? file != NULL : true);
    nst_style_destroy(style);
    nst_style_destroy(file);
    return status;
}

/* Of a run that is stopped. A checkpoint that could not be written is no error of the run. */
static int stop(nst_transfer *transfer, void *user)
{
    (void)user;
    return nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) == 2;
}

CALL(checkpoint)
{
    nst_image *out = NULL;
    nst_status status = nst_transfer_set_checkpoint(w->transfer, scratch_model, 0);
    ck_assert_int_eq(nst_transfer_set_progress(w->transfer, stop, NULL), NST_OK);
    if (!status) status = nst_transfer_run(&out, w->transfer, NULL);
    const bool written = !status && !*nst_transfer_checkpoint_failure(w->transfer);
    drop_image(status, out);
    out = NULL;
    ck_assert_int_eq(nst_transfer_set_progress(w->transfer, NULL, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_checkpoint(w->transfer, NULL, 0), NST_OK);
    if (!status && !written) return NST_ERR_OUT_OF_MEMORY;
    if (!status) status = nst_transfer_continue(&out, w->transfer, scratch_model, NULL);
    return drop_image(status, out);
}

static int take_snapshot(nst_transfer *transfer, void *user)
{
    nst_image *out = NULL;
    nst_status *status = user;
    *status = nst_transfer_snapshot(&out, transfer);
    return drop_image(*status, out) != NST_OK;
}

CALL(snapshot)
{
    nst_status inside = NST_OK;
    nst_image *out = NULL;
    ck_assert_int_eq(nst_transfer_set_progress(w->transfer, take_snapshot, &inside), NST_OK);
    nst_status status = nst_transfer_run(&out, w->transfer, NULL);
    drop_image(status, out);
    ck_assert_int_eq(nst_transfer_set_progress(w->transfer, NULL, NULL), NST_OK);
    return status ? status : inside;
}

static const struct {
    const char *name;
    nst_status (*call)(world *w);
} calls[] = {
#define ROW(name) \
    { \
#name, name \
    }
    ROW(image_load),        ROW(image_load_band),
    ROW(image_decode),      ROW(image_create),
    ROW(image_from_f32),    ROW(image_from_u8),
    ROW(image_resize),      ROW(image_copy),
    ROW(image_save),        ROW(image_save_as),
    ROW(bytes_save),        ROW(image_encode),
    ROW(model_load),        ROW(model_load_as),
    ROW(model_decode),      ROW(model_lite),
    ROW(model_save),        ROW(optimizer_create),
    ROW(minimize),          ROW(set_preset),
    ROW(set_text),          ROW(set_sizes),
    ROW(set_content),       ROW(add_style),
    ROW(set_init),          ROW(set_style_mask),
    ROW(set_freeze),        ROW(set_content_map),
    ROW(style_file),        ROW(evaluate),
    ROW(features),          ROW(painter),
    ROW(make_optimizer),    ROW(memory),
    ROW(snapshot),          ROW(transfer_run),
    ROW(transfer_create),   ROW(transfer_run_with),
    ROW(image_decode_jpeg), ROW(image_save_jpeg),
    ROW(image_set_text),    ROW(image_to_u8),
    ROW(image_to_f32),      ROW(model_by_name),
    ROW(find_layer),        ROW(optimizer_set_text),
    ROW(clear_styles),      ROW(run_noise),
    ROW(evaluate_tiled),    ROW(resume),
    ROW(resume_twice),      ROW(checkpoint),
};

/* ---- The tests ---- */

/* Allocation NUMBER of the call fails. False when the call makes no more than that. */
static bool attempt(size_t index, size_t number, bool for_ever)
{
    world w;
    make(&w);
    heap.asked = 0;
    heap.fail_at = number;
    heap.for_ever = for_ever;
    heap.armed = true;
    nst_status status = calls[index].call(&w);
    const bool failed = heap.asked > number;
    heap.armed = false;
    ck_assert_msg(status == (failed ? NST_ERR_OUT_OF_MEMORY : NST_OK), "%s, allocation %zu %s: status %d, %s",
                  calls[index].name, number, for_ever ? "and all after" : "alone", (int)status, nst_last_error());
    if (failed) {
        status = calls[index].call(&w);
        ck_assert_msg(status == NST_OK, "%s, after allocation %zu %s failed: %s", calls[index].name, number,
                      for_ever ? "and all after" : "alone", nst_last_error());
    }
    unmake(&w);
    ck_assert_msg(heap.live == 0, "%s, allocation %zu %s: %zu blocks leaked", calls[index].name, number,
                  for_ever ? "and all after" : "alone", heap.live);
    return failed;
}

static size_t exhaust(bool for_ever)
{
    size_t total = 0;
    find_tight();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t number = 0;
        while (attempt(i, number, for_ever))
            number++;
        total += number;
    }
    return total;
}

START_TEST(each_allocation_fails_once)
{
    start();
    ck_assert_uint_gt(exhaust(false), 100);
    finish();
}
END_TEST

START_TEST(memory_runs_out_for_ever)
{
    start();
    ck_assert_uint_gt(exhaust(true), 100);
    finish();
}
END_TEST

static size_t aligned_blocks;

static void *allocate_aligned(size_t size, size_t alignment, void *user)
{
    void *block = NULL;
    ck_assert_ptr_eq(user, &heap);
    if (refuses() || posix_memalign(&block, alignment, size) != 0) return NULL;
    heap.live++;
    aligned_blocks++;
    return block;
}

START_TEST(vectors_are_aligned_by_the_allocator_that_can)
{
    nst_image *image;
    nst_allocator aligning = counting;
    aligning.allocate_aligned = allocate_aligned;
    ck_assert_int_eq(nst_allocator_set(&aligning), NST_OK);
    ck_assert_int_eq(nst_image_create(&image, 7, 5, 1), NST_OK);
    ck_assert_uint_eq(aligned_blocks, 2); /* pixels and alpha */
    ck_assert_uint_eq((uintptr_t)nst_image_pixels(image) % 64, 0);
    nst_image_destroy(image);
    ck_assert_uint_eq(heap.live, 0);
    aligning.size = offsetof(nst_allocator, allocate_aligned); /* an older host, which has no such member */
    ck_assert_int_eq(nst_allocator_set(&aligning), NST_OK);
    ck_assert_int_eq(nst_image_create(&image, 7, 5, 1), NST_OK);
    ck_assert_uint_eq(aligned_blocks, 2);
    ck_assert_uint_eq((uintptr_t)nst_image_pixels(image) % 64, 0);
    nst_image_destroy(image);
    ck_assert_uint_eq(heap.live, 0);
    aligning.size = 8;
    ck_assert_int_eq(nst_allocator_set(&aligning), NST_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "found 8"));
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

START_TEST(the_allocator_stays_while_a_handle_lives)
{
    nst_image *image;
    nst_allocator half = counting;
    half.release = NULL;
    ck_assert_int_eq(nst_allocator_set(&half), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    ck_assert_int_eq(nst_image_create(&image, 3, 3, 0), NST_OK);
    ck_assert_uint_gt(heap.live, 0);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_ERR_STATE);
    nst_image_destroy(image);
    ck_assert_uint_eq(heap.live, 0);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
    ck_assert_int_eq(nst_image_create(&image, 3, 3, 0), NST_OK);
    ck_assert_uint_eq(heap.live, 0);
    nst_image_destroy(image);
}
END_TEST

RUNNER("alloc", each_allocation_fails_once, memory_runs_out_for_ever, the_allocator_stays_while_a_handle_lives,
       vectors_are_aligned_by_the_allocator_that_can)
