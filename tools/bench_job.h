/*
 * nst bench --job: a whole picture by the user's clock. It runs nst stylize, and reads the times from its log.
 */
#ifndef NST_TOOLS_BENCH_JOB_H
#define NST_TOOLS_BENCH_JOB_H

#include "setup.h"

typedef struct bench_job {
    const setup_choice *setup;
    const command_line *line; /* its settings are handed on; its operands are CONTENT and STYLE, or none */
    uint32_t width, height;   /* of the pictures that are drawn if there are no operands; the longer is --size */
    bool as_json;
} bench_job;

/* Complains. The exit code of nst stylize if that fails. */
int bench_job_run(const bench_job *job);

#endif
