#include "solver/state.h"

#include <string.h>

/* The bytes begin with MARK. A machine with another byte order reads ORDER as another number. */
static const char mark[8] = "nststa1";
static const uint32_t order = 0x01020304;

static void visit(nst__state *state, void *value, size_t size)
{
    if (state->bytes) {
        if (state->damaged || size > state->size - state->at) {
            state->damaged = true;
            return;
        }
        if (state->load && value)
            memcpy(value, state->bytes + state->at, size);
        else if (!state->load)
            memcpy(state->bytes + state->at, value, size);
    }
    state->at += size;
}

void nst__state_number(nst__state *state, double *value)
{
    visit(state, value, sizeof *value);
}

void nst__state_count(nst__state *state, uint64_t *value, uint64_t most)
{
    visit(state, value, sizeof *value);
    if (!state->load || *value <= most) return;
    *value = 0;
    state->damaged = true;
}

void nst__state_flag(nst__state *state, bool *value)
{
    uint64_t number = *value;
    nst__state_count(state, &number, 1);
    *value = number != 0;
}

void nst__state_floats(nst__state *state, float *values, size_t count)
{
    visit(state, state->check ? NULL : values, count * sizeof *values);
}

/* FNV-1a, 64 bits. It detects damage, not malice; every number is checked when it is read. */
static uint64_t checksum(const uint8_t *bytes, size_t size)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static void visit_head(nst__state *state, nst__state_head *head)
{
    visit(state, &head->algorithm, sizeof head->algorithm);
    visit(state, &head->n, sizeof head->n);
    visit(state, &head->evaluations, sizeof head->evaluations);
    visit(state, &head->iterations, sizeof head->iterations);
    visit(state, &head->best, sizeof head->best);
}

void nst__state_seal(uint8_t *bytes, size_t size, const nst__state_head *head)
{
    nst__state_head copy = *head;
    nst__state state = {.bytes = bytes, .size = size};
    const size_t checked = sizeof mark + sizeof(uint64_t);
    memset(bytes, 0, NST__STATE_HEAD);
    memcpy(bytes, mark, sizeof mark);
    state.at = checked;
    visit(&state, (void *)(uintptr_t)&order, sizeof order);
    visit_head(&state, &copy);
    const uint64_t sum = checksum(bytes + checked, size - checked);
    memcpy(bytes + sizeof mark, &sum, sizeof sum);
}

nst_status nst__state_open(nst__state_head *head, const uint8_t *bytes, size_t size)
{
    nst__state state = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size, .load = true};
    const size_t checked = sizeof mark + sizeof(uint64_t);
    uint64_t sum;
    uint32_t found;
    if (size < sizeof mark || memcmp(bytes, mark, sizeof mark) != 0)
        return nst__fail(NST_ERR_FORMAT, "expected the state of an optimizer, found other bytes");
    if (size < NST__STATE_HEAD) return nst__fail(NST_ERR_CORRUPT, "the state of the optimizer is cut short");
    memcpy(&sum, bytes + sizeof mark, sizeof sum);
    state.at = checked;
    visit(&state, &found, sizeof found);
    if (found != order)
        return nst__fail(NST_ERR_FORMAT, "the state of the optimizer is from a machine with another order of bytes");
    if (sum != checksum(bytes + checked, size - checked))
        return nst__fail(NST_ERR_CORRUPT, "the state of the optimizer is damaged: its checksum is wrong");
    visit_head(&state, head);
    return NST_OK;
}
