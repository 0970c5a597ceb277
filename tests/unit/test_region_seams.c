/* Where the regions of a recoloured content meet. */
#include "unit/runner.h"

#include "image/image.h"
#include "transfer/region_seams.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 131, HEIGHT = 20, COUNT = WIDTH * HEIGHT, RADIUS = 2, REGIONS = 3 };

typedef struct scene {
    nst_image *content, *recolored, *smooth;
    float mask[REGIONS][COUNT];
} scene;

/* Any colours, 0..1. */
static nst_image *any_colours(void)
{
    nst_image *image;
    uint32_t state = 7;
    ck_assert_int_eq(nst_image_create(&image, WIDTH, HEIGHT, 0), NST_OK);
    for (size_t i = 0; i < COUNT * 3; i++) {
        state = state * 1664525 + 1013904223;
        image->pixels[i] = (float)(state >> 8) / (1 << 24);
    }
    return image;
}

/* Each region changes the colours by a map of its own: p = scale I + shift. */
static void recolor(scene *s)
{
    static const float scale[REGIONS] = {0.5f, -0.3f, 0.1f}, shift[REGIONS] = {-0.3f, 0.2f, 0.4f};
    for (size_t i = 0; i < COUNT * 3; i++)
        for (size_t r = 0; r < REGIONS; r++)
            s->recolored->pixels[i] += s->mask[r][i / 3] * (scale[r] * s->content->pixels[i] + shift[r]);
}

/* Two regions meet at column 50, softly in the upper half. No region covers the columns from 90 to 94; the third one is
 * behind them. */
static scene make(void)
{
    scene s = {.content = any_colours()};
    for (size_t i = 0; i < COUNT; i++) {
        const size_t x = i % WIDTH;
        s.mask[0][i] = x < 50 ? 1 : i < COUNT / 2 && x < 53 ? 0.4f : 0;
        s.mask[1][i] = x < 90 ? 1 - s.mask[0][i] : 0;
        s.mask[2][i] = x > 94;
    }
    ck_assert_int_eq(nst_image_copy(&s.recolored, s.content), NST_OK);
    recolor(&s);
    return s;
}

static void smooth(scene *s)
{
    nst__masks masks = {.content = NULL};
    for (size_t r = 0; r < REGIONS; r++)
        masks.region[r] = s->mask[r];
    ck_assert_uint_eq(nst__seam_radius(HEIGHT, WIDTH), RADIUS);
    ck_assert_int_eq(nst_image_copy(&s->smooth, s->recolored), NST_OK);
    ck_assert_int_eq(nst__smooth_seams(s->smooth, s->content, &masks, REGIONS), NST_OK);
}

static void destroy(scene *s)
{
    nst_image_destroy(s->content);
    nst_image_destroy(s->recolored);
    nst_image_destroy(s->smooth);
}

static size_t from(size_t at)
{
    return at < RADIUS ? 0 : at - RADIUS;
}

static size_t to(size_t at, size_t length)
{
    return at + RADIUS < length ? at + RADIUS : length - 1;
}

/* x = m^-1 y by elimination */
static void solve(double m[3][3], double y[3])
{
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 3; i++) {
            const double factor = m[i][k] / m[k][k];
            if (i == k) continue;
            for (size_t j = 0; j < 3; j++)
                m[i][j] -= factor * m[k][j];
            y[i] -= factor * y[k];
        }
    for (size_t k = 0; k < 3; k++)
        y[k] /= m[k][k];
}

/* What the window with its middle at X, Y answers for the pixel AT and the channel Q, by the definition. */
static double answer(const scene *s, size_t x, size_t y, size_t at, size_t q)
{
    double weight = 0, own[REGIONS] = {0}, mean[3] = {0}, change = 0, m[3][3] = {{0}}, a[3] = {0};
    const float *content = s->content->pixels, *recolored = s->recolored->pixels;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t j = from(y); j <= to(y, HEIGHT); j++)
            for (size_t i = from(x); i <= to(x, WIDTH); i++) {
                const size_t k = j * WIDTH + i;
                const double w = (double)(s->mask[0][k] + s->mask[1][k] + s->mask[2][k]);
                const double p = (double)recolored[3 * k + q] - (double)content[3 * k + q];
                for (size_t c = 0; c < 3; c++) {
                    const double value = (double)content[3 * k + c];
                    if (!pass) mean[c] += w * value;
                    for (size_t d = 0; d < 3 && pass; d++)
                        m[c][d] += w * (value - mean[c]) * ((double)content[3 * k + d] - mean[d]) / weight;
                    if (pass) a[c] += w * (value - mean[c]) * (p - change) / weight;
                }
                if (pass) continue;
                weight += w;
                change += w * p;
                for (size_t r = 0; r < REGIONS; r++)
                    own[r] += (double)s->mask[r][k];
                if (j < to(y, HEIGHT) || i < to(x, WIDTH)) continue;
                const double most = fmax(own[0], fmax(own[1], own[2]));
                if (most >= weight) return (double)recolored[3 * at + q] - (double)content[3 * at + q];
                change /= weight;
                for (size_t c = 0; c < 3; c++)
                    mean[c] /= weight;
            }
    for (size_t c = 0; c < 3; c++)
        m[c][c] += 1e-3;
    solve(m, a);
    for (size_t c = 0; c < 3; c++)
        change += a[c] * ((double)content[3 * at + c] - mean[c]);
    return change;
}

START_TEST(the_definition_holds)
{
    scene s = make();
    smooth(&s);
    for (size_t at = 0; at < COUNT; at++)
        for (size_t q = 0; q < 3; q++) {
            const size_t x = at % WIDTH, y = at / WIDTH;
            double sum = 0, windows = 0;
            for (size_t j = from(y); j <= to(y, HEIGHT); j++)
                for (size_t i = from(x); i <= to(x, WIDTH); i++, windows++)
                    sum += answer(&s, i, j, at, q);
            const double expected = x >= 90 && x <= 94 ? 0 : sum / windows;
            ck_assert_double_eq_tol((double)s.smooth->pixels[3 * at + q],
                                    (double)s.content->pixels[3 * at + q] + expected, 2e-6);
        }
    destroy(&s);
}
END_TEST

START_TEST(pixels_far_from_a_seam_stay)
{
    scene s = make();
    double most = 0;
    smooth(&s);
    for (size_t i = 0; i < COUNT * 3; i++) {
        const size_t x = i / 3 % WIDTH;
        if (x < 50 - 2 * RADIUS || x >= 53 + 2 * RADIUS)
            ck_assert_float_eq(s.smooth->pixels[i], s.recolored->pixels[i]);
        else
            most = fmax(most, fabs((double)(s.smooth->pixels[i] - s.recolored->pixels[i])));
    }
    ck_assert_double_gt(most, 0.1);
    destroy(&s);
}
END_TEST

/* A dark and a bright part, and a column between them that is half of each, in the mask of the bright part alone. By
 * its map that column would be a line darker than both parts. In windows as small as these nearly half of the
 * difference is gone. */
START_TEST(an_edge_gets_less_of_a_line)
{
    scene s = make();
    for (size_t i = 0; i < COUNT; i++) {
        const size_t x = i % WIDTH;
        s.mask[0][i] = x < 50;
        s.mask[1][i] = x >= 50;
        s.mask[2][i] = 0;
        for (size_t c = 0; c < 3; c++) {
            s.content->pixels[3 * i + c] = x < 50 ? 0.1f : x == 50 ? 0.5f : 0.9f;
            s.recolored->pixels[3 * i + c] = x < 50    ? 0.8f
                                             : x == 50 ? -1.1f
                                                       : 0.3f; /* by 3 I - 2.4 where it is bright */
        }
    }
    smooth(&s);
    for (size_t y = 0; y < HEIGHT; y++) {
        const float *row = s.smooth->pixels + 3 * y * WIDTH;
        ck_assert_double_gt((double)row[3 * 50], 0.55 - 0.55 * (0.55 + 1.1)); /* 0.55: the mean of both parts */
        ck_assert_double_eq_tol((double)row[3 * 45], 0.8, 1e-6);
        ck_assert_double_eq_tol((double)row[3 * 56], 0.3, 1e-6);
    }
    destroy(&s);
}
END_TEST

RUNNER("region_seams", the_definition_holds, pixels_far_from_a_seam_stay, an_edge_gets_less_of_a_line)
