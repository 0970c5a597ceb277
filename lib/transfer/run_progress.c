#include "transfer/run_progress.h"
#include "base/log.h"

#include <math.h>
#include <string.h>

void nst__progress_begin(nst__run_progress *progress, double *told)
{
    *progress = (nst__run_progress){.told = told, .started = nst__seconds()};
    memset(told, 0, NST__PROGRESS_COUNT * sizeof *told);
}

void nst__progress_size(nst__run_progress *progress, const nst__level *level, size_t index, size_t count)
{
    const nst__level *last = level + (count - 1 - index);
    double *told = progress->told;
    told[NST_PROGRESS_EVALUATION] = told[NST_PROGRESS_ITERATION] = 0;
    told[NST_PROGRESS_ALL_EVALUATIONS] = (double)progress->before;
    told[NST_PROGRESS_EVALUATIONS] = (double)level->evaluations;
    told[NST_PROGRESS_LEVEL] = (double)(index + 1);
    told[NST_PROGRESS_LEVELS] = (double)count;
    told[NST_PROGRESS_WIDTH] = (double)level->width;
    told[NST_PROGRESS_HEIGHT] = (double)level->height;
    told[NST_PROGRESS_RESULT_WIDTH] = (double)last->width;
    told[NST_PROGRESS_RESULT_HEIGHT] = (double)last->height;
}

/* WORK: done at this size. */
static void set_time(nst__run_progress *progress, double work)
{
    double *told = progress->told;
    const double now = nst__seconds(), done = progress->work_done + work;
    told[NST_PROGRESS_FRACTION] = fmin(1, done / progress->work);
    told[NST_PROGRESS_SECONDS] = now - progress->started;
    told[NST_PROGRESS_SECONDS_LEFT] = (now - progress->level_started) / work * fmax(0, progress->work - done);
}

void nst__progress_evaluation(nst__run_progress *progress, double total, uint64_t iterations)
{
    double *told = progress->told;
    told[NST_PROGRESS_ALL_EVALUATIONS]++;
    if (++told[NST_PROGRESS_EVALUATION] == 1) told[NST_PROGRESS_START] = told[NST_PROGRESS_BEST] = total;
    told[NST_PROGRESS_ITERATION] = (double)iterations;
    told[NST_PROGRESS_TOTAL] = total;
    if (total < told[NST_PROGRESS_BEST]) told[NST_PROGRESS_BEST] = total;
    set_time(progress, told[NST_PROGRESS_WIDTH] * told[NST_PROGRESS_HEIGHT] * told[NST_PROGRESS_EVALUATION]);
}

void nst__progress_size_ends(nst__run_progress *progress, const nst__level *level)
{
    const double pixels = (double)level->width * (double)level->height;
    const double work = progress->told[NST_PROGRESS_EVALUATION] * pixels;
    progress->work -= (double)level->evaluations * pixels - work;
    set_time(progress, work);
    progress->work_done += work;
    progress->before += (uint64_t)progress->told[NST_PROGRESS_EVALUATION];
}

void nst__progress_save(const nst__run_progress *progress, nst__run_point *point)
{
    const double *told = progress->told, now = nst__seconds();
    point->before = progress->before;
    point->seconds = now - progress->started;
    point->preparing = told[NST_PROGRESS_SECONDS_PREPARING];
    point->work = progress->work;
    point->work_done = progress->work_done;
    if (point->phase == NST__SIZE_BEGINS) return;
    point->evaluations = (uint64_t)told[NST_PROGRESS_EVALUATION];
    point->start = told[NST_PROGRESS_START];
    point->best = told[NST_PROGRESS_BEST];
    point->level_seconds = now - progress->level_started;
}

void nst__progress_restore(nst__run_progress *progress, const nst__run_point *point)
{
    progress->before = point->before;
    progress->work = point->work;
    progress->work_done = point->work_done;
    progress->started -= point->seconds;
    progress->told[NST_PROGRESS_SECONDS_PREPARING] = point->preparing;
}

void nst__progress_restore_size(nst__run_progress *progress, const nst__run_point *point)
{
    double *told = progress->told;
    told[NST_PROGRESS_EVALUATION] = (double)point->evaluations;
    if (point->phase == NST__SIZE_SOLVES) told[NST_PROGRESS_ALL_EVALUATIONS] += (double)point->evaluations;
    told[NST_PROGRESS_START] = point->start;
    told[NST_PROGRESS_TOTAL] = told[NST_PROGRESS_BEST] = point->best;
    progress->level_started = nst__seconds() - point->level_seconds;
}
