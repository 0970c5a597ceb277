/*
 * nst bench --controls: what a whole run costs with each of the artist's controls, beside one without.
 */
#ifndef NST_TOOLS_BENCH_CONTROLS_H
#define NST_TOOLS_BENCH_CONTROLS_H

#include "setup.h"

typedef struct bench_controls {
    const setup_choice *setup;
    const command_line *line; /* its settings are those of every run */
    uint32_t width, height;
    long long rounds;
    bool as_json;
} bench_controls;

/* Complains. */
int bench_controls_run(const bench_controls *bench);

#endif
