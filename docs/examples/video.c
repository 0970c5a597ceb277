/*
 * A film of a camera that stands still: cc video.c $(pkg-config --cflags --libs nst) -lm
 *     video painting.jpg painted frames/00001.png frames/00002.png ...
 * Each frame starts from the painted frame before it, and only what has moved is painted anew. So nothing else
 * flickers. The painted frames are written to the folder "painted" as 00001.png, 00002.png ...
 */
#include <nst/nst.h>

#include <math.h>
#include <stdio.h>

enum {
    SIZE = 512,
    CELL = 8 /* pixels: movement is looked for in squares of this size, where the noise of a camera averages out */
};
static const float change = 0.03f; /* of 0..1: a square that changes by more has moved */

static float between(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Every pixel of IMAGE becomes white if one of its channels is above LIMIT, else black. */
static void threshold(nst_image *image, float limit)
{
    float *p = nst_image_mutable_pixels(image);
    const size_t pixels = (size_t)nst_image_width(image) * nst_image_height(image);
    for (size_t i = 0; i < pixels; i++, p += 3)
        p[0] = p[1] = p[2] = p[0] > limit || p[1] > limit || p[2] > limit ? 1 : 0;
}

/* Replaces *IMAGE by its resized version. */
static int resize(nst_image **image, uint32_t width, uint32_t height)
{
    nst_image *resized;
    if (nst_image_resize(&resized, *image, width ? width : 1, height ? height : 1)) return -1;
    nst_image_destroy(*image);
    *image = resized;
    return 0;
}

/* Where FRAME is to be painted anew: 1 there, 0 elsewhere, with a soft border around it. */
static int moved(nst_image **out, const nst_image *frame, const nst_image *before)
{
    const uint32_t width = nst_image_width(frame), height = nst_image_height(frame);
    const size_t values = (size_t)width * height * 3;
    if (nst_image_copy(out, frame)) return -1;
    float *p = nst_image_mutable_pixels(*out);
    for (size_t i = 0; i < values; i++)
        p[i] = fabsf(p[i] - nst_image_pixels(before)[i]);
    if (resize(out, width / CELL, height / CELL)) return -1;
    threshold(*out, change);
    if (resize(out, width / (2 * CELL), height / (2 * CELL))) return -1;
    threshold(*out, 0.01f);
    if (resize(out, width, height)) return -1;
    p = nst_image_mutable_pixels(*out);
    for (size_t i = 0; i < values; i++)
        p[i] = between(2 * p[i]);
    return 0;
}

/* IMAGE becomes NEW * IMAGE + (1 - NEW) * OLD. */
static void blend(nst_image *image, const nst_image *new, const nst_image *old)
{
    const size_t values = (size_t)nst_image_width(image) * nst_image_height(image) * 3;
    const float *w = nst_image_pixels(new), *o = nst_image_pixels(old);
    float *p = nst_image_mutable_pixels(image);
    for (size_t i = 0; i < values; i++)
        p[i] = w[i] * p[i] + (1 - w[i]) * o[i];
}

/* *PAINTED becomes the painted FRAME. It was that of BEFORE; both are NULL at the first frame. */
static int paint(nst_transfer *transfer, nst_image **painted, const nst_image *frame, const nst_image *before)
{
    nst_image *new = NULL, *start = NULL, *result = NULL;
    if (nst_transfer_set_content(transfer, frame)) return -1;
    if (!*painted) return nst_transfer_run(painted, transfer, NULL) ? -1 : 0;
    int failed = moved(&new, frame, before) || nst_image_copy(&start, frame);
    if (!failed) blend(start, new, *painted);
    failed = failed || nst_transfer_set_init(transfer, start) || nst_transfer_run(&result, transfer, NULL);
    if (!failed) {
        blend(result, new, *painted);
        nst_image_destroy(*painted);
        *painted = result;
    }
    nst_image_destroy(start);
    nst_image_destroy(new);
    return failed ? -1 : 0;
}

/* SIZE pixels on the longer side. */
static int load(nst_image **out, const char *path)
{
    if (nst_image_load(out, path, 0)) return -1;
    const double width = nst_image_width(*out), height = nst_image_height(*out), scale = SIZE / fmax(width, height);
    return resize(out, (uint32_t)lround(width * scale), (uint32_t)lround(height * scale));
}

int main(int argc, char **argv)
{
    nst_image *style = NULL, *painted = NULL, *before = NULL;
    nst_model *model = NULL;
    nst_engine *engine = NULL;
    nst_transfer *transfer = NULL;
    if (argc < 4) {
        fprintf(stderr, "usage: video STYLE FOLDER FRAME ...\n");
        return 2;
    }
    int failed = nst_image_load(&style, argv[1], 0) || nst_model_load(&model, NULL) || nst_engine_create(&engine) ||
                 nst_transfer_create(&transfer, model) || nst_transfer_add_style(transfer, style, 1.0) ||
                 nst_transfer_set_engine(transfer, engine) || /* which keeps its memory from frame to frame */
                 nst_transfer_set_int(transfer, NST_PARAM_SIZE, 0) ||
                 nst_transfer_set_int(transfer, NST_PARAM_EFFORT, NST_EFFORT_DRAFT);
    for (int i = 3; i < argc && !failed; i++) {
        char path[4096];
        nst_image *frame = NULL;
        snprintf(path, sizeof path, "%s/%05d.png", argv[2], i - 2);
        failed = load(&frame, argv[i]) || paint(transfer, &painted, frame, before) || nst_image_save(painted, path);
        nst_image_destroy(before);
        before = frame;
    }
    if (failed) fprintf(stderr, "video: %s\n", nst_last_error());
    nst_image_destroy(before);
    nst_image_destroy(painted);
    nst_transfer_destroy(transfer);
    nst_engine_destroy(engine);
    nst_model_destroy(model);
    nst_image_destroy(style);
    return failed ? 1 : 0;
}
