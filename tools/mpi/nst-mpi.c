/*
 * The program nst-mpi: nst stylize by several processes, on any number of machines, over MPI. It has the options of nst
 * and gives the table nst_ranks its functions.
 */
#include "commands.h"
#include "one_thread.h"
#include "together.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Errors of MPI end the job with a message: that is its default. */

enum { MOST = 1 << 30, PATIENCE = 5 /* seconds */ };

/* ---- The functions of nst_ranks ---- */

static int reduce(double *values, size_t n, MPI_Op operation)
{
    while (n > 0) {
        const int now_count = n < MOST / sizeof *values ? (int)n : (int)(MOST / sizeof *values);
        MPI_Allreduce(MPI_IN_PLACE, values, now_count, MPI_DOUBLE, operation, MPI_COMM_WORLD);
        values += now_count;
        n -= (size_t)now_count;
    }
    return 0;
}

static int sum(double *values, size_t n, void *user)
{
    (void)user;
    return reduce(values, n, MPI_SUM);
}

static int maximum(double *values, size_t n, void *user)
{
    (void)user;
    return reduce(values, n, MPI_MAX);
}

/* In pieces whose lengths fit an int. A direction that is done has no partner any more. */
static int exchange(int to, const void *out, size_t out_bytes, int from, void *in, size_t in_bytes, void *user)
{
    const char *sent = out;
    char *received = in;
    (void)user;
    while (out_bytes > 0 || in_bytes > 0) {
        const size_t o = out_bytes < MOST ? out_bytes : MOST, i = in_bytes < MOST ? in_bytes : MOST;
        MPI_Sendrecv(sent, (int)o, MPI_BYTE, o ? to : MPI_PROC_NULL, 0, received, (int)i, MPI_BYTE,
                     i ? from : MPI_PROC_NULL, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        sent += o;
        received += i;
        out_bytes -= o;
        in_bytes -= i;
    }
    return 0;
}

/* ---- What is said ---- */

/* Usually all ranks find the same fault, so rank 0 alone says it at once. The others keep theirs. */
static char kept[4096];

static void keep(const char *line, bool complaint)
{
    if (complaint) snprintf(kept, sizeof kept, "%s", line);
}

static void say_kept(int rank)
{
    if (*kept) fprintf(stderr, "nst: rank %d: %s\n", rank, kept);
    fflush(stderr);
}

/* ---- The end ---- */

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* The first rank that failed says why, and all end with its code. A rank that failed alone finds the others at work,
 * where they wait for it: it ends the job. */
static int end_together(int code, int rank, int count)
{
    int *codes = malloc((size_t)count * sizeof *codes), done = 0;
    const double start = now();
    MPI_Request request;
    if (!codes) MPI_Abort(MPI_COMM_WORLD, EXIT_SYSTEM);
    MPI_Iallgather(&code, 1, MPI_INT, codes, 1, MPI_INT, MPI_COMM_WORLD, &request);
    for (;;) {
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (done) break;
        if (code != EXIT_DONE && now() - start > PATIENCE) {
            say_kept(rank);
            MPI_Abort(MPI_COMM_WORLD, code);
        }
        pause_a_little();
    }
    int first = 0;
    while (first < count && codes[first] == EXIT_DONE)
        first++;
    if (first < count) code = codes[first];
    if (first == rank && rank > 0) say_kept(rank);
    free(codes);
    return code;
}

/* ---- The program ---- */

static void usage(FILE *file)
{
    fputs("Usage: mpirun -n N nst-mpi stylize CONTENT STYLE -o OUT [OPTIONS]\n\n"
          "Paints one picture in N processes, each a band of it, on one machine or many: the\n"
          "picture of nst stylize, with its options. nst-mpi stylize --help lists them.\n\n"
          "Every process reads the model, the styles and its part of the content; the first one\n"
          "writes. SIGUSR1 stops with the best picture so far.\n",
          file);
}

static int run(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";
    if (strcmp(name, "stylize") == 0) return command_stylize(count - 2, arguments + 2);
    const bool asked = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (asked || !*name) {
        if (together_first()) usage(asked ? stdout : stderr);
        return asked ? EXIT_DONE : EXIT_USE;
    }
    return complain(EXIT_USE, "expected nst-mpi stylize, found '%s'", name);
}

/* How many processes share this machine. */
static int count_peers(void)
{
    MPI_Comm machine;
    int peers;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &peers);
    MPI_Comm_free(&machine);
    return peers;
}

extern char **environ;

int main(int count, char **arguments)
{
    int provided;
    nst_ranks ranks = {.size = sizeof ranks, .sum = sum, .maximum = maximum, .exchange = exchange};
    one_thread(count, arguments, environ);
    signal(SIGXFSZ, SIG_IGN); /* a file that is larger than allowed is a write that fails */
    MPI_Init_thread(&count, &arguments, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks.count);
    if (ranks.rank > 0) say_by(keep);
    together_begin(&ranks, count_peers());
    int code = run(count, arguments);
    together_end();
    code = end_together(code, ranks.rank, ranks.count);
    MPI_Finalize();
    return code;
}
