/*
 * One thread for the BLAS that the library calls, decided before the BLAS is there.
 */
#ifndef NST_TOOLS_ONE_THREAD_H
#define NST_TOOLS_ONE_THREAD_H

/* The first thing that main() does: starts the program again with OPENBLAS_NUM_THREADS=1 if it is not set so. Where
 * that cannot be done it returns, and all goes on as it is. */
void one_thread(int count, char **arguments, char **environment);

#endif
