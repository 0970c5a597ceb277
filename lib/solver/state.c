#include "solver/state.h"
#include "base/assert.h"

#include <string.h>

/* The bytes begin with MARK. A machine with another byte order reads ORDER as another number. */
static const char mark[8] = "nststa2";
static const uint32_t order = 0x01020304;

static void visit(nst__state *state, void *value, size_t size)
{
    if (state->damaged || state->status != NST_OK || state->serves) return;
    if (state->from && size > state->size - state->at) {
        state->damaged = true;
        return;
    }
    if (state->from && value) state->status = nst__source_read(state->from, state->at, value, size);
    if (state->put) state->status = state->put(state->user, value, size);
    state->at += size;
}

void nst__state_number(nst__state *state, double *value)
{
    visit(state, value, sizeof *value);
}

void nst__state_count(nst__state *state, uint64_t *value, uint64_t most)
{
    visit(state, value, sizeof *value);
    if (!state->from || *value <= most) return;
    *value = 0;
    state->damaged = true;
}

void nst__state_flag(nst__state *state, bool *value)
{
    uint64_t number = *value;
    nst__state_count(state, &number, 1);
    *value = number != 0;
}

/* ---- Parts of vectors ---- */

static nst__rows common(size_t begin, size_t end, size_t first, size_t last)
{
    nst__rows rows = {begin > first ? begin : first, end < last ? end : last};
    if (rows.end < rows.first) rows.end = rows.first;
    return rows;
}

/* The elements OWN, numbered as in the whole vector, to or from WORK. */
static void copy_out(float *work, nst__rows own, size_t first, nst__state_at_fn at, void *user)
{
    for (size_t i = own.first, run; i < own.end; i += run) {
        const float *values = at(user, i - first, &run);
        run = run < own.end - i ? run : own.end - i;
        memcpy(work + (i - own.first), values, run * sizeof *work);
    }
}

/* Rank 0 receives the others' pieces even if it cannot write any more: they send them. */
static void gather(nst__state *state, size_t begin, size_t end, nst__state_at_fn at, void *user)
{
    const nst__state_parts *of = state->of;
    const int own = nst__ranks_index(of->ranks);
    for (int r = 0; r < nst__ranks_count(of->ranks); r++) {
        const nst__rows all = common(begin, end, of->first[r], of->first[r + 1]);
        for (size_t i = all.first; i < all.end && (own == 0 || own == r); i += NST__STATE_WORK) {
            const nst__rows piece = {i, all.end - i < NST__STATE_WORK ? all.end : i + NST__STATE_WORK};
            const size_t bytes = nst__rows_count(piece) * sizeof *of->work;
            if (own == r) copy_out(of->work, piece, of->first[r], at, user);
            if (own == 0 && r > 0) nst__ranks_receive(of->ranks, r, of->work, bytes);
            if (own == 0) visit(state, of->work, bytes);
            if (own > 0) nst__ranks_send(of->ranks, 0, of->work, bytes);
        }
    }
}

static void read_part(nst__state *state, size_t begin, size_t end, nst__state_at_fn at, void *user)
{
    const size_t *first = state->of->first + nst__ranks_index(state->of->ranks);
    const nst__rows own = common(begin, end, first[0], first[1]);
    const uint64_t start = state->at;
    for (size_t i = own.first, run; i < own.end && state->status == NST_OK; i += run) {
        float *values = at(user, i - first[0], &run);
        run = run < own.end - i ? run : own.end - i;
        state->status =
            nst__source_read(state->from, start + (i - begin) * sizeof *values, values, run * sizeof *values);
    }
}

void nst__state_slice(nst__state *state, size_t begin, size_t end, nst__state_at_fn at, void *user)
{
    if (state->put || state->serves) {
        gather(state, begin, end, at, user);
        return;
    }
    const bool fits = !state->from || (end - begin) * sizeof(float) <= state->size - state->at;
    if (state->from && !state->check && fits && !state->damaged && state->status == NST_OK)
        read_part(state, begin, end, at, user);
    visit(state, NULL, (end - begin) * sizeof(float)); /* counts, and finds bytes that are missing */
}

typedef struct plain {
    float *values;
    size_t count;
} plain;

static float *plain_at(void *user, size_t i, size_t *run)
{
    const plain *p = user;
    *run = p->count - i;
    return p->values + i;
}

void nst__state_floats(nst__state *state, float *values, size_t count)
{
    plain p = {values, count};
    if (state->of) {
        nst__state_slice(state, 0, state->of->first[nst__ranks_count(state->of->ranks)], plain_at, &p);
        return;
    }
    visit(state, state->check ? NULL : values, count * sizeof *values);
}

void nst__state_begin_part(nst__state *state, const char *name, bool floats)
{
    if (state->from || state->put || state->serves) return;
    NST_ASSERT(state->parts < NST__STATE_PARTS);
    state->part[state->parts++] = (nst__state_part){name, floats, state->at};
}

void nst__state_bytes(nst__state *state, void *bytes, size_t size)
{
    visit(state, bytes, size);
}

/* FNV-1a, 64 bits. It detects damage, not malice; every number is checked when it is read. */
static uint64_t checksum(const uint8_t *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

void nst__state_head_visit(nst__state *state, nst__state_head *head)
{
    uint64_t algorithm = head->algorithm;
    nst__state_count(state, &algorithm, UINT32_MAX);
    head->algorithm = (uint32_t)algorithm;
    nst__state_count(state, &head->n, UINT64_MAX);
    nst__state_count(state, &head->evaluations, UINT64_MAX);
    nst__state_count(state, &head->iterations, UINT64_MAX);
    nst__state_number(state, &head->best);
}

/* The bytes in front of the solver's part. */
enum { CHECKED = sizeof mark + sizeof(uint64_t), HEAD = CHECKED + sizeof order };

nst_status nst__state_put(void *user, const void *bytes, size_t size)
{
    uint8_t **to = user;
    memcpy(*to, bytes, size);
    *to += size;
    return NST_OK;
}

void nst__state_seal(uint8_t *bytes, size_t size, const nst__state_head *head)
{
    nst__state_head copy = *head;
    uint8_t *to = bytes + HEAD;
    nst__state state = {.put = nst__state_put, .user = &to};
    memset(bytes, 0, NST__STATE_HEAD);
    memcpy(bytes, mark, sizeof mark);
    memcpy(bytes + CHECKED, &order, sizeof order);
    nst__state_head_visit(&state, &copy);
    const uint64_t sum = checksum(bytes + CHECKED, size - CHECKED);
    memcpy(bytes + sizeof mark, &sum, sizeof sum);
}

nst_status nst__state_open(nst__state_head *head, const uint8_t *bytes, size_t size)
{
    const nst__source source = {.name = "state", .size = size, .bytes = bytes};
    nst__state state = {.from = &source, .at = HEAD, .size = size};
    uint64_t sum;
    uint32_t found;
    if (size < sizeof mark || memcmp(bytes, mark, sizeof mark) != 0)
        return nst__fail(NST_ERR_FORMAT, "expected the state of an optimizer, found other bytes");
    if (size < NST__STATE_HEAD) return nst__fail(NST_ERR_CORRUPT, "the state of the optimizer is cut short");
    memcpy(&sum, bytes + sizeof mark, sizeof sum);
    memcpy(&found, bytes + CHECKED, sizeof found);
    if (found != order)
        return nst__fail(NST_ERR_FORMAT, "the state of the optimizer is from a machine with another order of bytes");
    if (sum != checksum(bytes + CHECKED, size - CHECKED))
        return nst__fail(NST_ERR_CORRUPT, "the state of the optimizer is damaged: its checksum is wrong");
    nst__state_head_visit(&state, head);
    return NST_OK;
}
