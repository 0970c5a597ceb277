/*
 * Whether the evaluations of a size still pay. An iteration must lower the loss by 2 % at the last size, as a mean over
 * the last five. At a size with a quarter of the pixels it costs a quarter and must lower it by a quarter of that.
 */
#ifndef NST_TRANSFER_GAIN_H
#define NST_TRANSFER_GAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NST__GAIN_ITERATIONS = 5 };

typedef struct nst__gain {
    uint64_t iterations; /* at the last look */
    size_t count;
    double value[NST__GAIN_ITERATIONS + 1]; /* after the last iterations, the newest first */
} nst__gain;

/* To be called before each evaluation, with the iterations so far and the lowest value. COST: of an evaluation, in
 * evaluations at the last size. True: the last iterations gained too little. Evaluations within an iteration, such as
 * trials that a line search rejects, do not count. */
bool nst__gain_is_small(nst__gain *gain, double cost, uint64_t iterations, double lowest);

#endif
