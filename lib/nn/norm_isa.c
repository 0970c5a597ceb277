/*
 * The passes of an instance normalisation over a map (norm.c), compiled once for each instruction set. Sums run over a
 * few positions in float, then in double.
 */
#include "nn/kernels.h"
#include "nn/lanes.h"

nst__norm_fn JOIN(nst__norm_, NST__ISA);
nst__norm_sums_fn JOIN(nst__norm_sums_, NST__ISA);
nst__norm_slopes_fn JOIN(nst__norm_slopes_, NST__ISA);
nst__norm_back_fn JOIN(nst__norm_back_, NST__ISA);

#define FEW 16 /* positions that are summed in float */

ALWAYS void add_to(double *sums, vec v, size_t count)
{
    float part[WIDTH];
    store(part, v);
    for (size_t i = 0; i < count; i++)
        sums[i] += (double)part[i];
}

void JOIN(nst__norm_sums_, NST__ISA)(size_t channels, size_t n, const float *x, double *sums)
{
    for (; n > 0; n -= n < FEW ? n : FEW, x += FEW * channels)
        for (size_t c = 0; c < channels; c += WIDTH) {
            const size_t count = channels - c < WIDTH ? channels - c : WIDTH;
            vec sum = splat(0), square = splat(0);
            for (size_t p = 0; p < n && p < FEW; p++) {
                const vec v = load_part(x + p * channels + c, count);
                sum += v;
                square += v * v;
            }
            add_to(sums + c, sum, count);
            add_to(sums + channels + c, square, count);
        }
}

/* One vector of channels of the numbers of a pass. */
typedef struct lane {
    vec scale, shift, spread, centre;
} lane;

ALWAYS lane lane_of(const nst__norm_pass *pass, size_t c, size_t count)
{
    return (lane){load_part(pass->scale + c, count), load_part(pass->shift + c, count),
                  load_part(pass->spread + c, count), load_part(pass->centre + c, count)};
}

/* dy before the ReLU. */
ALWAYS vec slope_of(const nst__norm_pass *pass, const lane *l, vec x, vec dy)
{
    return pass->relu ? keep(dy, l->scale * x + l->shift > 0) : dy;
}

void JOIN(nst__norm_, NST__ISA)(const nst__norm_pass *pass, size_t n, const float *x, float *y)
{
    const size_t channels = pass->channels;
    for (size_t p = 0; p < n; p++, x += channels, y += channels)
        for (size_t c = 0; c < channels; c += WIDTH) {
            const size_t count = channels - c < WIDTH ? channels - c : WIDTH;
            const vec v =
                load_part(pass->scale + c, count) * load_part(x + c, count) + load_part(pass->shift + c, count);
            store_part(y + c, pass->relu ? positive(v) : v, count);
        }
}

void JOIN(nst__norm_slopes_, NST__ISA)(const nst__norm_pass *pass, size_t n, const float *x, const float *dy,
                                       double *sums)
{
    const size_t channels = pass->channels;
    for (; n > 0; n -= n < FEW ? n : FEW, x += FEW * channels, dy += FEW * channels)
        for (size_t c = 0; c < channels; c += WIDTH) {
            const size_t count = channels - c < WIDTH ? channels - c : WIDTH;
            const lane l = lane_of(pass, c, count);
            vec sum = splat(0), product = splat(0);
            for (size_t p = 0; p < n && p < FEW; p++) {
                const vec v = load_part(x + p * channels + c, count);
                const vec g = slope_of(pass, &l, v, load_part(dy + p * channels + c, count));
                sum += g;
                product += g * (l.spread * v + l.centre);
            }
            add_to(sums + c, sum, count);
            add_to(sums + channels + c, product, count);
        }
}

void JOIN(nst__norm_back_, NST__ISA)(const nst__norm_pass *pass, size_t n, const float *x, const float *dy, bool add,
                                     float *dx)
{
    const size_t channels = pass->channels;
    for (size_t c = 0; c < channels; c += WIDTH) {
        const size_t count = channels - c < WIDTH ? channels - c : WIDTH;
        const lane l = lane_of(pass, c, count);
        const vec mean = load_part(pass->mean + c, count), slope = load_part(pass->slope + c, count);
        for (size_t p = 0; p < n; p++) {
            const size_t at = p * channels + c;
            const vec v = load_part(x + at, count), g = slope_of(pass, &l, v, load_part(dy + at, count));
            const vec d = l.scale * (g - mean - (l.spread * v + l.centre) * slope);
            store_part(dx + at, add ? load_part(dx + at, count) + d : d, count);
        }
    }
}
