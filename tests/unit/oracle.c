#include "unit/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct map {
    size_t height, width, channels;
    double *data;
} map;

static map new_map(size_t height, size_t width, size_t channels)
{
    return (map){height, width, channels, calloc(height * width * channels, sizeof(double))};
}

static double *at(const map *m, size_t y, size_t x)
{
    return m->data + (y * m->width + x) * m->channels;
}

/* Where position I of a side of LENGTH is looked up; false: it is a zero. */
static bool padded(nst_padding padding, long i, size_t length, size_t *out)
{
    const long n = (long)length;
    if (padding == NST_PADDING_ZERO && (i < 0 || i >= n)) return false;
    if (padding == NST_PADDING_REFLECT && n > 1) i = i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
    *out = (size_t)(i < 0 ? 0 : i >= n ? n - 1 : i);
    return true;
}

static map convolve(const oracle *o, int layer, const map *x)
{
    map y = new_map(x->height, x->width, o->channels[layer]);
    for (size_t i = 0; i < y.height; i++)
        for (size_t j = 0; j < y.width; j++)
            for (size_t k = 0; k < y.channels; k++) {
                double sum = o->bias[layer][k];
                for (long r = 0; r < 3; r++)
                    for (long s = 0; s < 3; s++) {
                        size_t row, column;
                        if (!padded(o->padding, (long)i + r - 1, x->height, &row) ||
                            !padded(o->padding, (long)j + s - 1, x->width, &column))
                            continue;
                        for (size_t c = 0; c < x->channels; c++)
                            sum += o->weights[layer][((k * x->channels + c) * 3 + (size_t)r) * 3 + (size_t)s] *
                                   at(x, row, column)[c];
                    }
                at(&y, i, j)[k] = sum;
            }
    return y;
}

static map positive(const map *x)
{
    map y = new_map(x->height, x->width, x->channels);
    for (size_t i = 0; i < x->height * x->width * x->channels; i++)
        y.data[i] = x->data[i] > 0 ? x->data[i] : 0;
    return y;
}

static map pool(nst_pooling pooling, const map *x)
{
    map y = new_map(x->height / 2, x->width / 2, x->channels);
    for (size_t i = 0; i < y.height; i++)
        for (size_t j = 0; j < y.width; j++)
            for (size_t c = 0; c < y.channels; c++) {
                const double v[4] = {at(x, 2 * i, 2 * j)[c], at(x, 2 * i, 2 * j + 1)[c], at(x, 2 * i + 1, 2 * j)[c],
                                     at(x, 2 * i + 1, 2 * j + 1)[c]};
                at(&y, i, j)[c] = pooling == NST_POOLING_MAX ? fmax(fmax(v[0], v[1]), fmax(v[2], v[3]))
                                                             : (v[0] + v[1] + v[2] + v[3]) / 4;
            }
    return y;
}

static map normalised(const oracle_picture *picture)
{
    static const double mean[3] = {0.485, 0.456, 0.406}, deviation[3] = {0.229, 0.224, 0.225};
    map y = new_map(picture->height, picture->width, 3);
    for (size_t i = 0; i < picture->height * picture->width; i++)
        for (size_t c = 0; c < 3; c++)
            y.data[i * 3 + c] = (picture->pixels[i * 3 + c] - mean[c]) / deviation[c];
    return y;
}

/* The features at every look. */
static void features(const oracle *o, const oracle_picture *picture, map out[ORACLE_LOOKS])
{
    map x = normalised(picture);
    int deepest = 0;
    for (size_t i = 0; i < o->looks; i++)
        deepest = o->look[i].conv > deepest ? o->look[i].conv : deepest;
    for (int layer = 0; layer <= deepest; layer++) {
        if (layer == 2 || layer == 4) {
            map pooled = pool(o->pooling, &x);
            free(x.data);
            x = pooled;
        }
        map before = convolve(o, layer, &x), after = positive(&before);
        for (size_t i = 0; i < o->looks; i++)
            if (o->look[i].conv == layer) {
                const map *from = o->look[i].relu ? &after : &before;
                out[i] = new_map(from->height, from->width, from->channels);
                memcpy(out[i].data, from->data, from->height * from->width * from->channels * sizeof(double));
            }
        free(before.data);
        free(x.data);
        x = after;
    }
    free(x.data);
}

static void free_features(const oracle *o, map maps[ORACLE_LOOKS])
{
    for (size_t i = 0; i < o->looks; i++)
        free(maps[i].data);
}

static double gram(const map *f, size_t a, size_t b)
{
    double sum = 0;
    for (size_t i = 0; i < f->height * f->width; i++)
        sum += f->data[i * f->channels + a] * f->data[i * f->channels + b];
    return sum;
}

static double style_norm(nst_form form, const map *f)
{
    const double positions = (double)(f->height * f->width), channels = (double)f->channels;
    return form == NST_FORM_SUM ? 1 : form == NST_FORM_MEAN ? 1 / (channels * positions) : 1 / positions;
}

static double gram_loss(nst_form form, const map *f, const map *targets[], size_t count)
{
    const double channels = (double)f->channels;
    double distance = 0, square = 0;
    for (size_t a = 0; a < f->channels; a++)
        for (size_t b = 0; b < f->channels; b++) {
            double target = 0;
            for (size_t s = 0; s < count; s++)
                target += style_norm(form, targets[s]) * gram(targets[s], a, b) / (double)count;
            const double difference = style_norm(form, f) * gram(f, a, b) - target;
            distance += difference * difference;
            square += target * target;
        }
    switch (form) {
    case NST_FORM_RELATIVE: return distance / square;
    case NST_FORM_MEAN: return distance / (channels * channels);
    case NST_FORM_GATYS: return distance / (4 * channels * channels);
    default: return distance / 2;
    }
}

/* ---- Style losses by means and covariances ---- */

enum { MOST = 16 };
typedef struct square_matrix {
    double at[MOST][MOST];
} square_matrix;

typedef struct moments {
    size_t channels;
    double mean[MOST], second; /* the trace of the second moment */
    square_matrix covariance;
} moments;

/* Of COUNT maps in equal shares. */
static moments moments_of(const map *maps[], size_t count)
{
    moments m = {.channels = maps[0]->channels};
    for (size_t s = 0; s < count; s++) {
        const double share = 1 / (double)count, positions = (double)(maps[s]->height * maps[s]->width);
        for (size_t a = 0; a < m.channels; a++) {
            for (size_t i = a; i < maps[s]->height * maps[s]->width * m.channels; i += m.channels)
                m.mean[a] += share * maps[s]->data[i] / positions;
            for (size_t b = 0; b < m.channels; b++)
                m.covariance.at[a][b] += share * gram(maps[s], a, b) / positions;
        }
    }
    for (size_t a = 0; a < m.channels; a++)
        m.second += m.covariance.at[a][a];
    for (size_t a = 0; a < m.channels; a++)
        for (size_t b = 0; b < m.channels; b++)
            m.covariance.at[a][b] -= m.mean[a] * m.mean[b];
    return m;
}

static square_matrix product(size_t n, const square_matrix *a, const square_matrix *b)
{
    square_matrix c = {{{0}}};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                c.at[i][j] += a->at[i][k] * b->at[k][j];
    return c;
}

/* Rotates rows and columns P and Q of A so that A[p][q] is 0, and the columns of V. */
static void rotate(size_t n, square_matrix *a, square_matrix *v, size_t p, size_t q)
{
    const double angle = 0.5 * atan2(2 * a->at[p][q], a->at[q][q] - a->at[p][p]), c = cos(angle), s = sin(angle);
    for (size_t k = 0; k < n; k++) {
        const double x = a->at[k][p], y = a->at[k][q], vx = v->at[k][p], vy = v->at[k][q];
        a->at[k][p] = c * x - s * y;
        a->at[k][q] = s * x + c * y;
        v->at[k][p] = c * vx - s * vy;
        v->at[k][q] = s * vx + c * vy;
    }
    for (size_t k = 0; k < n; k++) {
        const double x = a->at[p][k], y = a->at[q][k];
        a->at[p][k] = c * x - s * y;
        a->at[q][k] = s * x + c * y;
    }
}

/* The square root of a positive semidefinite A, by Jacobi's method. */
static square_matrix root(size_t n, square_matrix a)
{
    square_matrix v = {{{0}}}, out = {{{0}}};
    for (size_t i = 0; i < n; i++)
        v.at[i][i] = 1;
    for (int sweep = 0; sweep < 12; sweep++)
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                rotate(n, &a, &v, p, q);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                out.at[i][j] += v.at[i][k] * sqrt(fmax(a.at[k][k], 0)) * v.at[j][k];
    return out;
}

static double trace(size_t n, const square_matrix *a)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a->at[i][i];
    return sum;
}

static double centred_loss(const moments *m, const moments *target)
{
    double rest = 0, rest_square = 0, mean = 0, mean_square = 0;
    for (size_t a = 0; a < m->channels; a++) {
        mean += pow(m->mean[a] - target->mean[a], 2);
        mean_square += pow(target->mean[a], 2);
        for (size_t b = 0; b < m->channels; b++) {
            rest += pow(m->covariance.at[a][b] - target->covariance.at[a][b], 2);
            rest_square += pow(target->covariance.at[a][b], 2);
        }
    }
    return rest / rest_square + mean / mean_square;
}

static double meanstd_loss(const moments *m, const moments *target)
{
    const double e = 1e-5 * trace(m->channels, &target->covariance) / (double)m->channels;
    double sum = 0;
    for (size_t a = 0; a < m->channels; a++)
        sum += pow(m->mean[a] - target->mean[a], 2) +
               pow(sqrt(m->covariance.at[a][a] + e) - sqrt(target->covariance.at[a][a] + e), 2);
    return sum / target->second;
}

static double w2_loss(const moments *m, const moments *target)
{
    const size_t n = m->channels;
    const double e = 1e-4 * trace(n, &target->covariance) / (double)n;
    square_matrix own = m->covariance, style = target->covariance;
    double sum = 0;
    for (size_t a = 0; a < n; a++) {
        sum += pow(m->mean[a] - target->mean[a], 2);
        own.at[a][a] += e;
        style.at[a][a] += e;
    }
    const square_matrix r = root(n, style), left = product(n, &r, &own), both = root(n, product(n, &left, &r));
    return (sum + trace(n, &own) + trace(n, &style) - 2 * trace(n, &both)) / target->second;
}

static double style_loss(const oracle *o, const map *f, const map *targets[], size_t count)
{
    const moments own = moments_of(&f, 1), target = moments_of(targets, count);
    switch (o->style_loss) {
    case NST_STYLE_LOSS_CENTRED: return centred_loss(&own, &target);
    case NST_STYLE_LOSS_MEANSTD: return meanstd_loss(&own, &target);
    case NST_STYLE_LOSS_W2: return w2_loss(&own, &target);
    default: return gram_loss(o->form, f, targets, count);
    }
}

static double content_loss(nst_form form, const map *f, const map *p)
{
    const size_t positions = f->height * f->width;
    double distance = 0, variation = 0;
    for (size_t c = 0; c < f->channels; c++) {
        double mean = 0;
        for (size_t i = 0; i < positions; i++)
            mean += p->data[i * f->channels + c] / (double)positions;
        for (size_t i = 0; i < positions; i++) {
            const double value = p->data[i * f->channels + c], difference = f->data[i * f->channels + c] - value;
            distance += difference * difference;
            variation += (value - mean) * (value - mean);
        }
    }
    return form == NST_FORM_RELATIVE ? distance / variation
           : form == NST_FORM_MEAN   ? distance / (double)(positions * f->channels)
                                     : distance / 2;
}

static double square(double x)
{
    return x * x;
}

static double tv_loss(const oracle_picture *x)
{
    const size_t row = x->width * 3;
    double sum = 0;
    for (size_t i = 0; i < x->height; i++)
        for (size_t j = 0; j < row; j++) {
            const double *p = x->pixels + i * row + j;
            sum += (j + 3 < row ? square(p[3] - p[0]) : 0) + (i + 1 < x->height ? square(p[row] - p[0]) : 0);
        }
    return sum / (double)(x->height * row);
}

static double range_loss(const oracle_picture *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->height * x->width * 3; i++)
        sum += square(fmax(0, -x->pixels[i])) + square(fmax(0, x->pixels[i] - 1));
    return sum / (double)(x->height * x->width * 3);
}

double oracle_value(const oracle *o, const oracle_picture *x, const oracle_picture *content,
                    const oracle_picture *styles, size_t style_count)
{
    map f[ORACLE_LOOKS], p[ORACLE_LOOKS], s[4][ORACLE_LOOKS];
    double style_looks = 0, total = o->tv_weight * tv_loss(x) + o->range_weight * range_loss(x);
    for (size_t i = 0; i < o->looks; i++)
        style_looks += o->look[i].style > 0;
    features(o, x, f);
    features(o, content, p);
    for (size_t i = 0; i < style_count; i++)
        features(o, &styles[i], s[i]);
    for (size_t i = 0; i < o->looks; i++) {
        const oracle_look *look = &o->look[i];
        const map *targets[4];
        for (size_t k = 0; k < style_count; k++)
            targets[k] = &s[k][i];
        if (look->content > 0) total += o->content_weight * look->content * content_loss(o->form, &f[i], &p[i]);
        if (look->style > 0)
            total += o->style_weight * look->style * style_loss(o, &f[i], targets, style_count) /
                     (o->form == NST_FORM_RELATIVE ? style_looks : 1);
    }
    free_features(o, f);
    free_features(o, p);
    for (size_t i = 0; i < style_count; i++)
        free_features(o, s[i]);
    return total;
}
