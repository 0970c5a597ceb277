#include "base/ranks.h"

#include <string.h>

nst_status nst__ranks_init(nst__ranks *out, const nst_ranks *host)
{
    const size_t least = offsetof(nst_ranks, exchange) + sizeof host->exchange;
    *out = (nst__ranks){.failed = false};
    if (host->size < least)
        return nst__fail(NST_ERR_ARGUMENT, "size of the ranks: expected sizeof(nst_ranks), %zu, found %zu",
                         sizeof *host, host->size);
    if (!host->sum || !host->maximum || !host->exchange)
        return nst__fail(NST_ERR_ARGUMENT, "ranks need sum, maximum and exchange");
    if (host->count < 1 || host->rank < 0 || host->rank >= host->count)
        return nst__fail(NST_ERR_RANGE, "ranks: expected a rank of 0 to count - 1, found %d of %d", host->rank,
                         host->count);
    memcpy(&out->host, host, host->size < sizeof out->host ? host->size : sizeof out->host);
    return NST_OK;
}

int nst__ranks_count(const nst__ranks *ranks)
{
    return ranks ? ranks->host.count : 1;
}

int nst__ranks_index(const nst__ranks *ranks)
{
    return ranks ? ranks->host.rank : 0;
}

static bool works(const nst__ranks *ranks)
{
    return ranks && !ranks->failed;
}

void nst__ranks_sum(nst__ranks *ranks, double *values, size_t count)
{
    if (works(ranks) && count > 0) ranks->failed = ranks->host.sum(values, count, ranks->host.user) != 0;
}

void nst__ranks_maximum(nst__ranks *ranks, double *values, size_t count)
{
    if (works(ranks) && count > 0) ranks->failed = ranks->host.maximum(values, count, ranks->host.user) != 0;
}

void nst__ranks_agree(nst__ranks *ranks, double *value)
{
    if (nst__ranks_index(ranks) > 0) *value = 0;
    nst__ranks_sum(ranks, value, 1);
}

bool nst__ranks_any(nst__ranks *ranks, bool value)
{
    double any = value;
    nst__ranks_maximum(ranks, &any, 1);
    return any > 0;
}

nst_status nst__ranks_check(const nst__ranks *ranks)
{
    if (!ranks || !ranks->failed) return NST_OK;
    return nst__fail(NST_ERR_CALLBACK, "rank %d of %d: a function of nst_ranks failed", ranks->host.rank,
                     ranks->host.count);
}

void nst__ranks_send(nst__ranks *ranks, int to, const void *bytes, size_t size)
{
    if (works(ranks)) ranks->failed = ranks->host.exchange(to, bytes, size, -1, NULL, 0, ranks->host.user) != 0;
}

void nst__ranks_receive(nst__ranks *ranks, int from, void *bytes, size_t size)
{
    if (works(ranks)) ranks->failed = ranks->host.exchange(-1, NULL, 0, from, bytes, size, ranks->host.user) != 0;
}

/* ---- Rows ---- */

static nst__rows common(nst__rows a, nst__rows b)
{
    nst__rows rows = {a.first > b.first ? a.first : b.first, a.end < b.end ? a.end : b.end};
    if (rows.end < rows.first) rows.end = rows.first;
    return rows;
}

/* Sends the rows OUT of what begins at row OUT_FIRST, and receives IN likewise. Nothing is sent for no rows: the other
 * rank has the same numbers. */
static void exchange(nst__ranks *ranks, int to, const float *from, nst__rows out, int source, float *into, nst__rows in,
                     size_t row)
{
    const size_t sent = nst__rows_count(out) * row * sizeof *from, received = nst__rows_count(in) * row * sizeof *into;
    if (!works(ranks) || (sent == 0 && received == 0)) return;
    ranks->failed =
        ranks->host.exchange(sent ? to : -1, from, sent, received ? source : -1, into, received, ranks->host.user) != 0;
}

/* In step K each rank sends to the one K after it. So no two ranks wait for each other. */
void nst__ranks_fetch(nst__ranks *ranks, const nst__rows *has, const nst__rows *wants, size_t row, const float *mine,
                      float *out)
{
    const int count = nst__ranks_count(ranks), own = nst__ranks_index(ranks);
    const nst__rows kept = common(has[own], wants[own]);
    if (nst__rows_count(kept) > 0)
        memcpy(out + (kept.first - wants[own].first) * row, mine + (kept.first - has[own].first) * row,
               nst__rows_count(kept) * row * sizeof *out);
    for (int k = 1; k < count; k++) {
        const int to = (own + k) % count, from = (own + count - k) % count;
        const nst__rows sent = common(has[own], wants[to]), received = common(has[from], wants[own]);
        exchange(ranks, to, nst__rows_count(sent) ? mine + (sent.first - has[own].first) * row : mine, sent, from,
                 nst__rows_count(received) ? out + (received.first - wants[own].first) * row : out, received, row);
    }
}

void nst__ranks_add(nst__ranks *ranks, const nst__rows *has, const nst__rows *window, size_t row, const float *share,
                    float *out, float *work)
{
    const int count = nst__ranks_count(ranks), own = nst__ranks_index(ranks);
    const nst__rows kept = common(has[own], window[own]);
    if (nst__rows_count(kept) > 0)
        memcpy(out, share + (kept.first - window[own].first) * row, nst__rows_count(kept) * row * sizeof *out);
    for (int k = 1; k < count; k++) {
        const int to = (own + k) % count, from = (own + count - k) % count;
        const nst__rows sent = common(window[own], has[to]), received = common(window[from], has[own]);
        exchange(ranks, to, nst__rows_count(sent) ? share + (sent.first - window[own].first) * row : share, sent, from,
                 work, received, row);
        float *sum = out + (nst__rows_count(received) ? received.first - has[own].first : 0) * row;
        for (size_t i = 0; i < nst__rows_count(received) * row; i++)
            sum[i] += work[i];
    }
}
