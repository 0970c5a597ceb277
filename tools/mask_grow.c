/*
 * Region growing: a shortest-path forest from the seeds (Falcão et al., "The image foresting transform", 2004). A step
 * costs more where the colour changes, and where it is more like that of the other side's seeds. Costs are small whole
 * numbers, so a ring of buckets is the queue (Dial).
 */
#include "mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEAREST = 511, BUCKETS = DEAREST + 1 };
#define NONE   UINT32_MAX
#define CHANGE 500     /* the cost of a step, for a distance of 1 in OkLab; each step costs 1 more */
#define ALIEN  250     /* and of one into a colour that only the other side's seeds have */
enum { SAMPLES = 64 }; /* colours of the seeds of each side */

/* Doubly linked lists of pixels, one for each cost modulo BUCKETS. */
typedef struct queue {
    uint32_t head[BUCKETS], *next, *before, *cost;
    size_t waiting;
} queue;

static void take_out(queue *q, uint32_t pixel)
{
    if (q->before[pixel] != NONE)
        q->next[q->before[pixel]] = q->next[pixel];
    else
        q->head[q->cost[pixel] % BUCKETS] = q->next[pixel];
    if (q->next[pixel] != NONE) q->before[q->next[pixel]] = q->before[pixel];
    q->waiting--;
}

static void put_in(queue *q, uint32_t pixel, uint32_t cost)
{
    uint32_t *head = &q->head[cost % BUCKETS];
    q->cost[pixel] = cost;
    q->before[pixel] = NONE;
    q->next[pixel] = *head;
    if (*head != NONE) q->before[*head] = pixel;
    *head = pixel;
    q->waiting++;
}

static double distance(const float *a, const float *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

/* ---- Likeness: 0 for a colour of the seeds inside, 1 for one of those outside ---- */

typedef struct samples {
    float lab[SAMPLES][3];
    size_t count;
} samples;

/* Evenly, of all seeds WITH this label. */
static void take_samples(samples *out, const unsigned char *label, const mask_source *source, unsigned char with)
{
    const size_t count = source->width * source->height;
    size_t seeds = 0, seen = 0;
    for (size_t i = 0; i < count; i++)
        seeds += label[i] == with;
    out->count = 0;
    for (size_t i = 0; i < count && out->count < SAMPLES; i++)
        if (label[i] == with && seen++ * SAMPLES >= out->count * seeds)
            memcpy(out->lab[out->count++], source->lab + 3 * i, sizeof out->lab[0]);
}

static double nearest(const samples *from, const float *lab)
{
    double least = 1e9;
    for (size_t i = 0; i < from->count; i++)
        least = fmin(least, distance(from->lab[i], lab));
    return least;
}

static float *likeness(const unsigned char *label, const mask_source *source)
{
    samples inside, outside;
    const size_t count = source->width * source->height;
    float *out = grow(NULL, count, sizeof *out);
    take_samples(&inside, label, source, MASK_INSIDE);
    take_samples(&outside, label, source, MASK_OUTSIDE);
    for (size_t i = 0; i < count; i++) {
        const double in = nearest(&inside, source->lab + 3 * i), away = nearest(&outside, source->lab + 3 * i);
        out[i] = (float)((in + 1e-3) / (in + away + 2e-3));
    }
    return out;
}

/* ---- Paths ---- */

typedef struct forest {
    queue queue;
    unsigned char *label;
    const float *lab, *likeness;
} forest;

static void reach(forest *f, uint32_t from, uint32_t to)
{
    queue *q = &f->queue;
    const double alien = f->label[from] == MASK_INSIDE ? f->likeness[to] : 1 - f->likeness[to];
    const double step =
        1 + CHANGE * distance(f->lab + 3 * (size_t)from, f->lab + 3 * (size_t)to) + ALIEN * alien * alien;
    const uint32_t cost = q->cost[from] + (step < DEAREST ? (uint32_t)step : DEAREST);
    if (q->cost[to] <= cost) return;
    if (q->cost[to] != NONE) take_out(q, to);
    f->label[to] = f->label[from];
    put_in(q, to, cost);
}

static void spread(forest *f, uint32_t width, uint32_t count)
{
    queue *q = &f->queue;
    for (uint32_t cost = 0; q->waiting; cost++)
        for (uint32_t pixel; (pixel = q->head[cost % BUCKETS]) != NONE;) {
            const uint32_t x = pixel % width;
            take_out(q, pixel);
            if (x > 0) reach(f, pixel, pixel - 1);
            if (x + 1 < width) reach(f, pixel, pixel + 1);
            if (pixel >= width) reach(f, pixel, pixel - width);
            if (pixel + width < count) reach(f, pixel, pixel + width);
        }
}

void mask_grow(unsigned char *label, const mask_source *source)
{
    const size_t count = source->width * source->height;
    uint32_t *links = grow(NULL, 3 * count, sizeof *links);
    float *alike = likeness(label, source);
    forest f = {{.next = links, .before = links + count, .cost = links + 2 * count}, label, source->lab, alike};
    for (int i = 0; i < BUCKETS; i++)
        f.queue.head[i] = NONE;
    for (uint32_t i = 0; i < count; i++) {
        f.queue.cost[i] = NONE;
        if (label[i] != MASK_UNKNOWN) put_in(&f.queue, i, 0);
    }
    spread(&f, (uint32_t)source->width, (uint32_t)count);
    free(links);
    free(alike);
}

/* ---- Seeds ---- */

static void set(unsigned char *label, const mask_source *source, double x, double y, unsigned char with)
{
    const size_t column = x < 0 ? 0 : (size_t)x, row = y < 0 ? 0 : (size_t)y;
    label[(row < source->height ? row : source->height - 1) * source->width +
          (column < source->width ? column : source->width - 1)] = with;
}

void mask_seed(unsigned char *label, const mask_source *source, const mask_points *points, unsigned char with)
{
    for (size_t i = 0; i < points->count; i++) {
        const double *to = points->at[i], *from = points->begins[i] ? to : points->at[i - 1];
        const double length = fmax(fabs(to[0] - from[0]), fabs(to[1] - from[1]));
        for (double done = 0; done <= length; done++) {
            const double part = length > 0 ? done / length : 0;
            set(label, source, from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]), with);
        }
        set(label, source, to[0], to[1], with);
    }
}
