#include "transfer/pyramid.h"
#include "base/param.h"
#include "base/decimal.h"

#include <math.h>
#include <string.h>

enum { COARSEST = 64 };

/* Evaluations by effort: ALONE if there is one size; else BACK[0] at the last size, BACK[1] at the one before, and the
 * last of them at all that are coarser, and at the coarsest of three. Coarse sizes cost little and decide the large
 * shapes; what is left of the loss depends on the last size. Its first evaluation changes nothing. FINE counts its
 * coarse sizes from the coarsest, 100, 80, 60, then 40.
 *
 * The last size loses some of the look that the picture had at smaller ones, since its layers do not see so far. So
 * those are painted AGAIN, from [2], a quarter of the last size, up to [0], the last one itself. */
enum { BACK = 4, AGAIN = 3 };
static const struct effort {
    uint64_t alone, back[BACK], again[AGAIN];
} efforts[] = {
    [NST_EFFORT_INSTANT] = {3, {2, 2, 6, 20}, {0}},
    [NST_EFFORT_DRAFT] = {8, {6, 6, 12, 40}, {0}},
    [NST_EFFORT_NORMAL] = {20, {11, 10, 20, 60}, {3, 3, 3}},
    [NST_EFFORT_FINE] = {30, {22}, {6, 8, 10}},
};
enum { MOST_COARSE = 100, LESS_EACH = 20, LEAST_COARSE = 40 };

struct entry {
    int64_t size, evaluations; /* 0: not said */
};

/* Of size number LEVEL of COUNT. */
static uint64_t evaluations_by(nst_effort effort, size_t level, size_t count)
{
    const size_t back = count - 1 - level, less = level * LESS_EACH;
    if (count == 1) return efforts[effort].alone;
    if (effort == NST_EFFORT_FINE && back > 0)
        return less + LEAST_COARSE < MOST_COARSE ? MOST_COARSE - less : LEAST_COARSE;
    return efforts[effort].back[back < BACK && (level > 0 || back < 2) ? back : BACK - 1];
}

/* "SIZE" or "SIZE:EVALUATIONS" of LENGTH bytes. */
static bool parse_entry(struct entry *out, const char *text, size_t length)
{
    char buffer[48], *colon;
    if (length == 0 || length >= sizeof buffer) return false;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
    out->evaluations = 0;
    colon = strchr(buffer, ':');
    if (colon) {
        *colon = '\0';
        if (!nst__parse_int(&out->evaluations, colon + 1) || out->evaluations < 1 || out->evaluations > 1000000)
            return false;
    }
    return nst__parse_int(&out->size, buffer) && out->size >= 1 && out->size <= NST__SIDE_MOST;
}

static nst_status parse(struct entry out[NST__MAX_LEVELS], size_t *count, const char *sizes)
{
    int64_t largest = 0;
    *count = 0;
    for (const char *item = sizes;; item++) {
        const size_t length = strcspn(item, ",");
        if (*count == NST__MAX_LEVELS)
            return nst__fail(NST_ERR_RANGE, "sizes: expected at most %d of them", NST__MAX_LEVELS);
        if (!parse_entry(&out[*count], item, length))
            return nst__fail(NST_ERR_ARGUMENT,
                             "sizes: expected auto, none, or sizes of 1 to %d such as 64:100,128:80,512, found '%.*s'",
                             NST__SIDE_MOST, (int)(length < 48 ? length : 48), item);
        if (*count > 0 && out[*count].size < out[*count - 1].size && out[*count - 1].size < largest)
            return nst__fail(NST_ERR_ARGUMENT,
                             "sizes: expected them to grow again after a smaller one, up to the largest, %d; found %d "
                             "after %d",
                             (int)largest, (int)out[*count].size, (int)out[*count - 1].size);
        if (out[*count].size > largest) largest = out[*count].size;
        ++*count;
        item += length;
        if (*item) continue;
        if (out[*count - 1].size < largest)
            return nst__fail(NST_ERR_ARGUMENT, "sizes: expected the last to be the largest, %d, found %d", (int)largest,
                             (int)out[*count - 1].size);
        return NST_OK;
    }
}

static bool is_word(const char *sizes)
{
    return strcmp(sizes, "auto") == 0 || strcmp(sizes, "none") == 0;
}

nst_status nst__sizes_check(const char *sizes)
{
    struct entry entries[NST__MAX_LEVELS];
    size_t count;
    return is_word(sizes) ? NST_OK : parse(entries, &count, sizes);
}

const char *nst__sizes_last(const char *sizes)
{
    const char *comma = strrchr(sizes, ',');
    return is_word(sizes) ? "none" : comma ? comma + 1 : sizes;
}

void nst__fit(size_t *out_height, size_t *out_width, size_t height, size_t width, size_t longer)
{
    const double scale = (double)longer / (double)(height > width ? height : width);
    *out_height = height >= width ? longer : (size_t)lround((double)height * scale);
    *out_width = width >= height ? longer : (size_t)lround((double)width * scale);
    *out_height += *out_height == 0;
    *out_width += *out_width == 0;
}

/* The halvings of LAST that are not below COARSEST, smallest first, and LAST. */
static size_t halvings(struct entry out[NST__MAX_LEVELS], int64_t last)
{
    size_t count = 1;
    while (count < NST__MAX_LEVELS - AGAIN && last >> count >= COARSEST)
        count++;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct entry){last >> (count - 1 - i), 0};
    return count;
}

/* The last sizes once more, by EFFORT. */
static void paint_again(nst__level out[NST__MAX_LEVELS], size_t *count, nst_effort effort)
{
    const size_t painted = *count;
    if (painted < 2 || efforts[effort].again[0] == 0) return;
    for (size_t back = painted < AGAIN ? painted : AGAIN; back-- > 0;) {
        out[*count] = out[painted - 1 - back];
        out[(*count)++].evaluations = efforts[effort].again[back];
    }
}

nst_status nst__pyramid(nst__level out[NST__MAX_LEVELS], size_t *count, size_t height, size_t width, int64_t size,
                        const char *sizes, int64_t steps, nst_effort effort, size_t least)
{
    struct entry entries[NST__MAX_LEVELS];
    size_t entry_count = 1;
    nst_status status = NST_OK;
    entries[0] = (struct entry){size ? size : (int64_t)(height > width ? height : width), 0};
    *count = 0;
    if (strcmp(sizes, "auto") == 0)
        entry_count = halvings(entries, entries[0].size);
    else if (!is_word(sizes))
        NST_TRY(parse(entries, &entry_count, sizes));
    for (size_t i = 0; i < entry_count; i++) {
        nst__level *level = &out[*count];
        const bool last = i + 1 == entry_count;
        nst__fit(&level->height, &level->width, height, width, (size_t)entries[i].size);
        level->evaluations = entries[i].evaluations ? (uint64_t)entries[i].evaluations
                             : last && steps        ? (uint64_t)steps
                                                    : evaluations_by(effort, i, entry_count);
        /* Evaluations that were asked for by number are done, and FINE is for the last bit of quality. */
        level->may_end = effort != NST_EFFORT_FINE && !entries[i].evaluations && !(last && steps);
        if (last || (level->height >= least && level->width >= least)) ++*count;
    }
    if (strcmp(sizes, "auto") == 0 && steps == 0) paint_again(out, count, effort);
out:
    return status;
}
