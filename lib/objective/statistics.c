#include "objective/statistics.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "nn/kernels.h"

#include <string.h>

enum { MOST = 32 /* sizes, models and settings: a run needs one for each of its sizes */ };

struct nst__statistics {
    nst__lock lock;
    size_t next; /* the next entry to use: the oldest */
    struct entry {
        nst__statistics_key key;
        size_t count;
        float *numbers; /* NULL: free */
    } entry[MOST];
};

void nst__statistics_key_of(nst__statistics_key *key, const nst__net *net, const nst__tiling *tiling,
                            const nst__term_type *type, const nst__tap *taps, size_t count)
{
    memset(key, 0, sizeof *key);
    key->model = nst__model_id(net->model);
    key->kernels = nst__engine_kernels(net->engine);
    key->type = type;
    key->height = tiling->height;
    key->width = tiling->width;
    key->rows = tiling->rows;
    key->columns = tiling->columns;
    key->padding = net->padding;
    key->pooling = net->pooling;
    key->convolution = nst__engine_convolution(net->engine);
    key->gemm = nst__engine_gemm(net->engine);
    key->taps = count;
    for (size_t i = 0; i < count; i++)
        key->layer[i] = taps[i].layer;
}

nst_status nst__statistics_create(nst__statistics **out)
{
    *out = nst__zalloc(1, sizeof **out);
    if (!*out) return NST_ERR_OUT_OF_MEMORY;
    nst__lock_init(&(*out)->lock);
    return NST_OK;
}

void nst__statistics_destroy(nst__statistics *statistics)
{
    if (!statistics) return;
    for (size_t i = 0; i < MOST; i++)
        nst__free(statistics->entry[i].numbers);
    nst__lock_destroy(&statistics->lock);
    nst__free(statistics);
}

/* The caller holds the lock. */
static struct entry *find(nst__statistics *statistics, const nst__statistics_key *key, size_t count)
{
    for (size_t i = 0; i < MOST; i++) {
        struct entry *entry = &statistics->entry[i];
        if (entry->numbers && entry->count == count && memcmp(&entry->key, key, sizeof *key) == 0) return entry;
    }
    return NULL;
}

bool nst__statistics_has(nst__statistics *statistics, const nst__statistics_key *key, size_t count)
{
    nst__lock_take(&statistics->lock);
    const bool found = find(statistics, key, count) != NULL;
    nst__lock_give(&statistics->lock);
    return found;
}

bool nst__statistics_get(nst__statistics *statistics, const nst__statistics_key *key, float *out, size_t count)
{
    nst__lock_take(&statistics->lock);
    const struct entry *entry = find(statistics, key, count);
    if (entry) memcpy(out, entry->numbers, count * sizeof *out);
    nst__lock_give(&statistics->lock);
    return entry != NULL;
}

nst_status nst__statistics_put(nst__statistics *statistics, const nst__statistics_key *key, const float *numbers,
                               size_t count)
{
    float *copy = nst__alloc(count, sizeof *copy);
    if (!copy) return NST_ERR_OUT_OF_MEMORY;
    memcpy(copy, numbers, count * sizeof *copy);
    nst__lock_take(&statistics->lock);
    if (!find(statistics, key, count)) { /* another thread may have added it meanwhile */
        struct entry *entry = &statistics->entry[statistics->next];
        float *oldest = entry->numbers;
        statistics->next = (statistics->next + 1) % MOST;
        *entry = (struct entry){.count = count, .numbers = copy};
        memcpy(&entry->key, key, sizeof *key);
        copy = oldest;
    }
    nst__lock_give(&statistics->lock);
    nst__free(copy);
    return NST_OK;
}

size_t nst__statistics_bytes(nst__statistics *statistics)
{
    size_t bytes = sizeof *statistics;
    nst__lock_take(&statistics->lock);
    for (size_t i = 0; i < MOST; i++)
        bytes += statistics->entry[i].count * sizeof(float);
    nst__lock_give(&statistics->lock);
    return bytes;
}
