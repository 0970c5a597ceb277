#include "image/distributed.h"
#include "base/alloc.h"
#include "base/hash.h"

/* ---- Who has what ---- */

nst__distributed nst__distributed_alone(const nst_image *image)
{
    const size_t height = image ? image->height : 0;
    return (nst__distributed){.image = image, .height = height, .own = {0, height}};
}

size_t nst__distributed_height(const nst__ranks *ranks, const nst_image *image)
{
    return ranks ? nst_image_whole_height(image) : image->height;
}

/* Part number INDEX of COUNT equal ones. */
static nst__rows part_of(size_t height, size_t index, size_t count)
{
    return (nst__rows){height * index / count, height * (index + 1) / count};
}

/* What each rank says of its picture. */
enum { TOP, END, WHOLE, WIDTH, ALPHA, FACTS };

/* ROWS: of each of COUNT ranks. The pictures are whole, or bands that follow one another. */
static bool make_one_picture(nst__rows *rows, const double *facts, size_t count)
{
    size_t next = 0, all_whole = 0;
    bool alike = true;
    for (size_t r = 0; r < count; r++, facts += FACTS) {
        const double *first = facts - r * FACTS;
        rows[r] = (nst__rows){(size_t)facts[TOP], (size_t)facts[END]};
        alike = alike && facts[WHOLE] == first[WHOLE] && facts[WIDTH] == first[WIDTH] && facts[ALPHA] == first[ALPHA];
        all_whole += facts[TOP] == 0 && facts[END] == facts[WHOLE];
    }
    const size_t height = (size_t)facts[WHOLE - FACTS];
    if (alike && all_whole == count) {
        for (size_t r = 0; r < count; r++)
            rows[r] = part_of(height, r, count);
        return true;
    }
    for (size_t r = 0; r < count; next = rows[r++].end)
        alike = alike && rows[r].first == next && rows[r].end > next;
    return alike && next == height;
}

nst_status nst__distributed_open(nst__distributed *out, nst__ranks *ranks, const nst_image *image)
{
    const size_t count = (size_t)nst__ranks_count(ranks), index = (size_t)nst__ranks_index(ranks);
    nst_status status = NST_OK;
    double *facts = NULL;
    *out = nst__distributed_alone(image);
    if (!ranks) return NST_OK;
    out->has = nst__alloc(count, sizeof *out->has);
    facts = nst__zalloc(count, FACTS * sizeof *facts);
    if (!facts || !out->has) NST_TRY(NST_ERR_OUT_OF_MEMORY);
    double *own = facts + index * FACTS;
    own[TOP] = image->top;
    own[END] = (double)image->top + image->height;
    own[WHOLE] = nst_image_whole_height(image);
    own[WIDTH] = image->width;
    own[ALPHA] = image->alpha != NULL;
    nst__ranks_sum(ranks, facts, count * FACTS);
    NST_TRY(nst__ranks_check(ranks));
    if (!make_one_picture(out->has, facts, count))
        NST_TRY(nst__fail(NST_ERR_ARGUMENT,
                          "ranks: expected the bands of one picture, from top to bottom; rank %zu has rows %u to %u of "
                          "%u, %u pixels wide",
                          index, image->top, image->top + image->height - 1, nst_image_whole_height(image),
                          image->width));
    out->ranks = ranks;
    out->top = image->top;
    out->height = nst_image_whole_height(image);
    out->own = out->has[index];
out:
    nst__free(facts);
    if (status != NST_OK) nst__distributed_close(out);
    return status;
}

void nst__distributed_close(nst__distributed *picture)
{
    nst__free(picture->has);
    *picture = (nst__distributed){.ranks = NULL};
}

/* ---- Resizing ---- */

/* Rows are resized along x where they are, if that makes them shorter: then less is sent, and no rank needs much room
 * for a small picture, however many rows it is made of. */
static bool reduces(size_t width, size_t new_width)
{
    return new_width < width;
}

/* Nothing is left to be done with rows that are fetched. */
static bool complete(size_t height, size_t width, size_t new_height, size_t new_width)
{
    return new_height == height && new_width <= width;
}

/* What rows that are WANTED are made of. */
static nst__rows reads_of(size_t height, size_t width, size_t new_height, size_t new_width, nst__rows wanted)
{
    if (nst__rows_count(wanted) == 0) return (nst__rows){0, 0};
    return complete(height, width, new_height, new_width) ? wanted : nst__resize_reads(height, new_height, wanted);
}

/* The rows of this rank as a picture of its own, on the same pixels. */
static nst_image own_rows(const nst__distributed *picture)
{
    nst_image own = *picture->image;
    own.pixels += (picture->own.first - picture->top) * own.width * 3;
    own.height = (uint32_t)nst__rows_count(picture->own);
    own.top = own.whole = 0;
    return own;
}

/* Rows READS [index] of the picture, NEW_WIDTH wide if that is less. */
static nst_status fetch(nst_image **out, const nst__distributed *picture, size_t new_width, const nst__rows *reads)
{
    const nst_image *image = picture->image;
    const nst__rows mine = reads[nst__ranks_index(picture->ranks)];
    const size_t rows = nst__rows_count(mine);
    const bool reduced = reduces(image->width, new_width);
    const size_t width = reduced ? new_width : image->width;
    nst_image *narrow = NULL, own = own_rows(picture);
    const float *pixels = own.pixels;
    nst_status status = NST_OK;
    *out = NULL;
    if (reduced && own.height > 0) {
        NST_TRY(nst_image_resize(&narrow, &own, (uint32_t)width, own.height));
        pixels = narrow->pixels;
    }
    NST_TRY(nst__image_create(out, (uint32_t)width, (uint32_t)(rows ? rows : 1), false));
    nst__image_place(*out, mine.first, picture->height);
    nst__ranks_fetch(picture->ranks, picture->has, reads, width * 3, pixels, (*out)->pixels);
    NST_TRY(nst__ranks_check(picture->ranks));
out:
    nst_image_destroy(narrow);
    return status;
}

static nst_status resize_alone(nst_image **out, const nst__distributed *picture, size_t width, size_t height,
                               nst__rows rows)
{
    const nst_image own = own_rows(picture);
    return nst__image_resize_rows(out, &own, width, height, rows);
}

nst_status nst__distributed_resize(nst_image **out, const nst__distributed *picture, size_t width, size_t height,
                                   nst__rows_of wants)
{
    const int count = nst__ranks_count(picture->ranks);
    const nst__rows wanted = wants.rows(wants.user, nst__ranks_index(picture->ranks));
    const size_t old_width = picture->image->width;
    nst_status status = NST_OK;
    nst_image *fetched = NULL;
    nst__rows *reads = NULL;
    *out = NULL;
    if (!picture->ranks) return resize_alone(out, picture, width, height, wanted);
    reads = nst__alloc((size_t)count, sizeof *reads);
    if (!reads) return NST_ERR_OUT_OF_MEMORY;
    for (int r = 0; r < count; r++)
        reads[r] = reads_of(picture->height, old_width, height, width, wants.rows(wants.user, r));
    NST_TRY(fetch(&fetched, picture, width, reads));
    if (nst__rows_count(wanted) == 0) goto out;
    if (complete(picture->height, old_width, height, width)) {
        *out = fetched;
        fetched = NULL;
    } else {
        NST_TRY(nst__image_resize_rows(out, fetched, width, height, wanted));
    }
out:
    nst_image_destroy(fetched);
    nst__free(reads);
    return status;
}

uint64_t nst__distributed_resize_bytes(size_t whole, size_t width, size_t own, size_t new_height, size_t new_width,
                                       nst__rows wants)
{
    const uint64_t narrow = reduces(width, new_width) ? own : 0;
    const nst__rows reads = reads_of(whole, width, new_height, new_width, wants);
    const uint64_t fetched = complete(whole, width, new_height, new_width) ? 0 : nst__rows_count(reads);
    return (narrow + fetched) * (new_width < width ? new_width : width) * 3 * sizeof(float);
}

/* ---- The fingerprint ---- */

/* Each rank goes on with what the one before has found of the rows above. */
uint64_t nst__distributed_hash(const nst__distributed *picture)
{
    nst__ranks *ranks = picture->ranks;
    const int count = nst__ranks_count(ranks), index = nst__ranks_index(ranks);
    const nst_image own = own_rows(picture);
    const size_t pixels = (size_t)own.width * own.height;
    nst__hash hash;
    nst__hash_start(&hash);
    if (index > 0) nst__ranks_receive(ranks, index - 1, &hash, sizeof hash);
    nst__hash_add(&hash, own.pixels, pixels * 3 * sizeof *own.pixels);
    if (own.alpha && !ranks) nst__hash_add(&hash, own.alpha, pixels * sizeof *own.alpha);
    if (index + 1 < count) nst__ranks_send(ranks, index + 1, &hash, sizeof hash);
    uint64_t sum = nst__hash_end(&hash);
    for (int r = 0; r < count - 1 && index == count - 1; r++)
        nst__ranks_send(ranks, r, &sum, sizeof sum);
    if (index < count - 1) nst__ranks_receive(ranks, count - 1, &sum, sizeof sum);
    return sum;
}
