/*
 * An evaluation, value and gradient, of a large picture under a limit of memory, through the public interface:
 *
 *   bench_tiles WIDTH HEIGHT LIMIT [MODEL]    as 7680 4320 2G: seconds, and the peak of this process
 *   bench_tiles check WIDTH HEIGHT LIMIT [MODEL]   with and without the limit: how far the gradients are apart
 *
 * The peak holds all: the program, the picture, a copy of it as content, the gradient, the tile at work.
 *
 * Tiles are exact: with the direct convolution, which rounds the same wherever a tile begins, gradients agree to the
 * last digits of a float. Winograd's rounds by where its own tiles lie, some 1e-6 of a feature; a value before a ReLU
 * that is nearer to 0 than that changes its sign, and so a gradient that is as good as the other but not the same.
 */
#include <nst/nst.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void need(nst_status status)
{
    if (status == NST_OK) return;
    fprintf(stderr, "%s\n", nst_last_error());
    exit(EXIT_FAILURE);
}

/* Waves of several lengths, with noise from SEED. */
static nst_image *paint(uint32_t width, uint32_t height, uint32_t seed)
{
    nst_image *image;
    need(nst_image_create(&image, width, height, 0));
    float *pixel = nst_image_mutable_pixels(image);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                seed = seed * 1664525U + 1013904223U;
                *pixel++ = (float)(0.4 + 0.2 * sin(x / 7.0 + c) + 0.15 * sin(y / 23.0 - x / 61.0) + seed / 0x1p35);
            }
    return image;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double evaluate(nst_transfer *transfer, const nst_image *image, float *gradient)
{
    double total;
    need(nst_transfer_evaluate(transfer, image, &total, gradient));
    return total;
}

static double distance(const float *a, const float *b, size_t count)
{
    double difference = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        square += (double)a[i] * (double)a[i];
    }
    return sqrt(difference / square);
}

/* GRADIENT: room for one. */
static void compare(nst_transfer *transfer, const nst_image *image, float *gradient, const char *limit,
                    const char *convolution)
{
    const size_t values = (size_t)nst_image_width(image) * nst_image_height(image) * 3;
    float *whole = malloc(values * sizeof *whole);
    if (!whole) exit(EXIT_FAILURE);
    need(nst_transfer_set_text(transfer, NST_PARAM_CONVOLUTION, convolution));
    need(nst_transfer_set_text(transfer, NST_PARAM_MEMORY_LIMIT, "0"));
    const double expected = evaluate(transfer, image, whole);
    need(nst_transfer_set_text(transfer, NST_PARAM_MEMORY_LIMIT, limit));
    const double total = evaluate(transfer, image, gradient);
    printf("convolution %s: totals %.2g apart, gradients %.2g, |a-b|/|a|\n", convolution, fabs(1 - total / expected),
           distance(whole, gradient, values));
    free(whole);
}

static void usage(void)
{
    fprintf(stderr, "usage: bench_tiles [check] WIDTH HEIGHT LIMIT [MODEL]\n");
    exit(EXIT_FAILURE);
}

int main(int count, char **words)
{
    const int check = count > 1 && strcmp(words[1], "check") == 0;
    char **word = words + 1 + check;
    if (count - check < 4 || count - check > 5) usage();
    const uint32_t width = (uint32_t)strtoul(word[0], NULL, 10), height = (uint32_t)strtoul(word[1], NULL, 10);
    nst_model *model;
    nst_transfer *transfer;
    need(nst_model_load(&model, count - check > 4 ? word[3] : NULL));
    need(nst_transfer_create(&transfer, model));
    nst_model_destroy(model);
    nst_image *image = paint(width, height, 1), *style = paint(640, 480, 2);
    need(nst_transfer_set_content(transfer, image));
    need(nst_transfer_add_style(transfer, style, 1));
    nst_image_destroy(style);
    const size_t values = (size_t)width * height * 3;
    float *pixels = nst_image_mutable_pixels(image), *gradient = malloc(values * sizeof *gradient);
    if (!gradient) return EXIT_FAILURE;
    for (size_t i = 0; i < values; i++)
        pixels[i] = 0.05F + 0.9F * pixels[i];
    if (check) {
        compare(transfer, image, gradient, word[2], "auto");
        compare(transfer, image, gradient, word[2], "direct");
        return EXIT_SUCCESS;
    }
    need(nst_transfer_set_text(transfer, NST_PARAM_MEMORY_LIMIT, word[2]));
    for (int i = 0; i < 2; i++) { /* targets and buffers are made with the first */
        const double start = seconds(), total = evaluate(transfer, image, gradient);
        printf("%ux%u under %s, %s: %.2f s, total %.8g\n", width, height, word[2],
               i ? "an evaluation" : "preparation and an evaluation", seconds() - start, total);
    }
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) printf("peak %.0f MiB\n", (double)usage.ru_maxrss / 1024);
    free(gradient);
    nst_image_destroy(image);
    nst_transfer_destroy(transfer);
    return EXIT_SUCCESS;
}
