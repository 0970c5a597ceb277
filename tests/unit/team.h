/* Ranks (nst_ranks) that are threads of one process. */
#ifndef NST_UNIT_TEAM_H
#define NST_UNIT_TEAM_H

#include <nst/nst.h>

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { TEAM_MOST = 8 };

typedef struct team {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count, arrived;
    unsigned round;
    double *values[TEAM_MOST];                /* of those that have arrived */
    const void *letter[TEAM_MOST][TEAM_MOST]; /* from, to; NULL: taken */
    size_t bytes[TEAM_MOST][TEAM_MOST];
    int calls_left;     /* of sum by rank 0, until all fail; negative: they never do */
    bool fails, failed; /* from this round on; in the last one */
} team;

typedef struct team_member {
    team *team;
    int rank;
} team_member;

static inline void team_init(team *t, int count)
{
    memset(t, 0, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    t->count = count;
    t->calls_left = -1;
}

/* The last one to arrive computes the results of all, in the order of the ranks. */
static inline int team_reduce(team_member *m, double *values, size_t n, bool maximum)
{
    team *t = m->team;
    pthread_mutex_lock(&t->lock);
    t->values[m->rank] = values;
    if (m->rank == 0 && !maximum && t->calls_left >= 0) t->fails = t->calls_left-- == 0;
    if (++t->arrived == t->count) {
        for (size_t i = 0; i < n; i++) {
            double all = t->values[0][i];
            for (int r = 1; r < t->count; r++)
                all = !maximum ? all + t->values[r][i] : t->values[r][i] > all ? t->values[r][i] : all;
            for (int r = 0; r < t->count; r++)
                t->values[r][i] = all;
        }
        t->failed = t->fails;
        t->arrived = 0;
        t->round++;
        pthread_cond_broadcast(&t->changed);
    } else {
        const unsigned round = t->round;
        while (t->round == round)
            pthread_cond_wait(&t->changed, &t->lock);
    }
    const int failed = t->failed;
    pthread_mutex_unlock(&t->lock);
    return failed;
}

static int team_sum(double *values, size_t n, void *user)
{
    return team_reduce(user, values, n, false);
}

static int team_maximum(double *values, size_t n, void *user)
{
    return team_reduce(user, values, n, true);
}

static int team_exchange(int to, const void *out, size_t out_bytes, int from, void *in, size_t in_bytes, void *user)
{
    const team_member *m = user;
    team *t = m->team;
    int failed = 0;
    pthread_mutex_lock(&t->lock);
    if (to >= 0) {
        t->letter[m->rank][to] = out;
        t->bytes[m->rank][to] = out_bytes;
        pthread_cond_broadcast(&t->changed);
    }
    if (from >= 0) {
        while (!t->letter[from][m->rank])
            pthread_cond_wait(&t->changed, &t->lock);
        failed = t->bytes[from][m->rank] != in_bytes; /* both ranks must count the same */
        if (!failed) memcpy(in, t->letter[from][m->rank], in_bytes);
        t->letter[from][m->rank] = NULL;
        pthread_cond_broadcast(&t->changed);
    }
    while (to >= 0 && t->letter[m->rank][to])
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
    return failed;
}

/* An engine of one member, on one thread. */
static inline nst_engine *team_engine(team_member *m)
{
    nst_engine *engine;
    const nst_ranks ranks = {sizeof ranks, m, m->rank, m->team->count, team_sum, team_maximum, team_exchange};
    if (nst_engine_create(&engine) != NST_OK || nst_engine_set_int(engine, NST_PARAM_THREADS, 1) != NST_OK ||
        nst_engine_set_ranks(engine, &ranks) != NST_OK)
        return NULL;
    return engine;
}

#endif
