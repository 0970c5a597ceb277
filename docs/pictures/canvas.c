#include "canvas.h"

#include <math.h>

enum { FINER = 2 /* samples per pixel, along each axis */ };

nst_status canvas_create(canvas *out, int width, int height, int larger)
{
    const int scale = FINER * larger;
    *out = (canvas){.width = width * scale, .height = height * scale, .scale = scale};
    const nst_status status = nst_image_create(&out->image, (uint32_t)out->width, (uint32_t)out->height, 0);
    if (status == NST_OK) out->pixels = nst_image_mutable_pixels(out->image);
    return status;
}

nst_status canvas_finish(canvas *c, const char *path)
{
    nst_image *small;
    nst_status status = nst_image_resize(&small, c->image, (uint32_t)(c->width / FINER), (uint32_t)(c->height / FINER));
    if (status == NST_OK) status = nst_image_set_int(small, NST_PARAM_JPEG_QUALITY, 85); /* the page loads them */
    if (status == NST_OK) status = nst_image_set_text(small, NST_PARAM_JPEG_SUBSAMPLING, "420");
    if (status == NST_OK) status = nst_image_save(small, path);
    nst_image_destroy(small);
    nst_image_destroy(c->image);
    return status;
}

static float *sample(const canvas *c, int x, int y)
{
    return c->pixels + 3 * ((ptrdiff_t)y * c->width + x);
}

static int within(double x, int size)
{
    return x < 0 ? 0 : x > size - 1 ? size - 1 : (int)x;
}

rgb canvas_get(const canvas *c, double x, double y)
{
    const float *p = sample(c, within(x * c->scale, c->width), within(y * c->scale, c->height));
    return (rgb){(double)p[0], (double)p[1], (double)p[2]};
}

void canvas_put(canvas *c, int x, int y, rgb colour, double alpha)
{
    if (x < 0 || y < 0 || x >= c->width || y >= c->height) return;
    float *p = sample(c, x, y);
    p[0] += (float)(alpha * (colour.r - (double)p[0]));
    p[1] += (float)(alpha * (colour.g - (double)p[1]));
    p[2] += (float)(alpha * (colour.b - (double)p[2]));
}

/* Even-odd, one row of samples at a time: the crossings of a row, sorted, bound its spans. */
void fill_polygon(canvas *c, const double (*points)[2], int count, paint_fn paint, const void *how)
{
    enum { MOST = 64 };
    double top = points[0][1], bottom = points[0][1];
    for (int i = 1; i < count; i++) {
        top = fmin(top, points[i][1]);
        bottom = fmax(bottom, points[i][1]);
    }
    for (int row = within(top * c->scale, c->height); row <= within(bottom * c->scale, c->height); row++) {
        const double y = (row + 0.5) / c->scale;
        double cross[MOST];
        int n = 0;
        for (int i = 0; i < count && n < MOST; i++) {
            const double *a = points[i], *b = points[(i + 1) % count];
            if ((a[1] <= y) == (b[1] <= y)) continue;
            const double x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            int k = n++;
            for (; k > 0 && cross[k - 1] > x; k--)
                cross[k] = cross[k - 1];
            cross[k] = x;
        }
        for (int k = 0; k + 1 < n; k += 2)
            for (int column = (int)ceil(fmax(cross[k] * c->scale - 0.5, 0));
                 column + 0.5 < cross[k + 1] * c->scale && column < c->width; column++)
                canvas_put(c, column, row, paint(how, (column + 0.5) / c->scale, y), 1);
    }
}

void fill_rectangle(canvas *c, double left, double top, double right, double bottom, paint_fn paint, const void *how)
{
    const double corners[4][2] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    fill_polygon(c, corners, 4, paint, how);
}

void draw_line(canvas *c, double x0, double y0, double x1, double y1, double w0, double w1, rgb colour, double alpha)
{
    const double dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy, wide = fmax(w0, w1) / 2;
    const int left = (int)floor((fmin(x0, x1) - wide) * c->scale), right = (int)ceil((fmax(x0, x1) + wide) * c->scale);
    const int top = (int)floor((fmin(y0, y1) - wide) * c->scale), bottom = (int)ceil((fmax(y0, y1) + wide) * c->scale);
    for (int row = top; row <= bottom; row++)
        for (int column = left; column <= right; column++) {
            const double x = (column + 0.5) / c->scale, y = (row + 0.5) / c->scale;
            const double t = square > 0 ? clamp01(((x - x0) * dx + (y - y0) * dy) / square) : 0;
            if (hypot(x - x0 - t * dx, y - y0 - t * dy) <= (w0 + t * (w1 - w0)) / 2)
                canvas_put(c, column, row, colour, alpha);
        }
}

void draw_disc(canvas *c, double x, double y, double radius, rgb colour, double alpha)
{
    draw_line(c, x, y, x, y, 2 * radius, 2 * radius, colour, alpha);
}

rgb mix(rgb a, rgb b, double t)
{
    return (rgb){a.r + t * (b.r - a.r), a.g + t * (b.g - a.g), a.b + t * (b.b - a.b)};
}

rgb times(rgb a, double k)
{
    return (rgb){a.r * k, a.g * k, a.b * k};
}

double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

double smooth(double from, double to, double x)
{
    const double t = clamp01((x - from) / (to - from));
    return t * t * (3 - 2 * t);
}

/* SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return (double)(mixed(*state) >> 11) / (double)(UINT64_C(1) << 53);
}

double random_at(int x, int y, unsigned seed)
{
    uint64_t state = (uint64_t)(uint32_t)x << 32 | (uint32_t)y;
    state ^= mixed(seed + UINT64_C(0x632be59bd9b4e019));
    return random_next(&state);
}

double noise(double x, double y, unsigned seed)
{
    const double left = floor(x), top = floor(y);
    const int i = (int)left, k = (int)top;
    const double u = smooth(0, 1, x - left), v = smooth(0, 1, y - top);
    const double above = random_at(i, k, seed) * (1 - u) + random_at(i + 1, k, seed) * u;
    const double below = random_at(i, k + 1, seed) * (1 - u) + random_at(i + 1, k + 1, seed) * u;
    return above * (1 - v) + below * v;
}

double fractal(double x, double y, int octaves, unsigned seed)
{
    double sum = 0, total = 0, weight = 1;
    for (int i = 0; i < octaves; i++) {
        sum += weight * noise(x, y, seed + (unsigned)i);
        total += weight;
        weight /= 2;
        x = 2 * x + 17.3;
        y = 2 * y + 5.9;
    }
    return sum / total;
}
