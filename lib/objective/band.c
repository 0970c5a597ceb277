#include "objective/band.h"
#include "base/alloc.h"

/* A thinner band would spend most of its work on the halo. */
enum { LEAST_ROWS = 32 };

struct nst__halo {
    nst__bands bands;
    size_t row;                 /* floats */
    nst__rows *has, *window;    /* of every rank */
    float *x, *gradient, *work; /* [window, width, 3], and as WORK one halo */
};

nst__bands nst__bands_make(nst__ranks *ranks, const nst__net *net, size_t height)
{
    nst__bands bands = {.ranks = ranks, .height = height, .step = 1, .count = 1};
    if (net->depth > 0) {
        bands.step = nst__net_least(net);
        bands.halo = nst__net_halo(net);
    }
    const size_t least = bands.halo > LEAST_ROWS ? bands.halo : LEAST_ROWS;
    const size_t steps = height / bands.step, least_steps = (least + bands.step - 1) / bands.step;
    const size_t most = steps / least_steps, ranks_count = (size_t)nst__ranks_count(ranks);
    bands.count = most < 1 ? 1 : most < ranks_count ? most : ranks_count;
    return bands;
}

/* The pixels after the last whole step belong to the last band. */
nst__rows nst__bands_rows(const nst__bands *bands, int rank)
{
    const size_t steps = bands->height / bands->step, i = (size_t)rank;
    if (i >= bands->count) return (nst__rows){bands->height, bands->height};
    const size_t end = i + 1 == bands->count ? bands->height : steps * (i + 1) / bands->count * bands->step;
    return (nst__rows){steps * i / bands->count * bands->step, end};
}

nst__rows nst__bands_window(const nst__bands *bands, int rank)
{
    nst__rows rows = nst__bands_rows(bands, rank);
    if (rows.first == rows.end) return rows;
    rows.first = rows.first > bands->halo ? rows.first - bands->halo : 0;
    rows.end = bands->height - rows.end > bands->halo ? rows.end + bands->halo : bands->height;
    return rows;
}

nst__rows nst__bands_own(const nst__bands *bands)
{
    return nst__bands_rows(bands, nst__ranks_index(bands->ranks));
}

nst__rows nst__bands_own_window(const nst__bands *bands)
{
    return nst__bands_window(bands, nst__ranks_index(bands->ranks));
}

static nst__rows rows_of_rank(const void *user, int rank)
{
    return nst__bands_rows(user, rank);
}

static nst__rows window_of_rank(const void *user, int rank)
{
    return nst__bands_window(user, rank);
}

nst__rows_of nst__bands_all(const nst__bands *bands)
{
    return (nst__rows_of){rows_of_rank, bands};
}

nst__rows_of nst__bands_all_windows(const nst__bands *bands)
{
    return (nst__rows_of){window_of_rank, bands};
}

/* ---- Halos ---- */

size_t nst__halo_bytes(const nst__bands *bands, size_t width)
{
    if (!bands->ranks) return 0;
    const size_t rows = 2 * nst__rows_count(nst__bands_own_window(bands)) + bands->halo;
    return rows * width * 3 * sizeof(float) + (size_t)nst__ranks_count(bands->ranks) * 2 * sizeof(nst__rows);
}

nst_status nst__halo_create(nst__halo **out, const nst__bands *bands, size_t width)
{
    nst_status status = NST_ERR_OUT_OF_MEMORY;
    *out = NULL;
    if (!bands->ranks) return NST_OK;
    const int ranks = nst__ranks_count(bands->ranks);
    nst__halo *halo = nst__zalloc(1, sizeof *halo);
    if (!halo) return status;
    const size_t rows = nst__rows_count(nst__bands_own_window(bands));
    halo->bands = *bands;
    halo->row = width * 3;
    halo->has = nst__alloc(2 * (size_t)ranks, sizeof *halo->has);
    halo->x = nst__alloc_aligned(rows + 1, halo->row * sizeof *halo->x);
    halo->gradient = nst__alloc_aligned(rows + 1, halo->row * sizeof *halo->gradient);
    halo->work = nst__alloc_aligned(bands->halo + 1, halo->row * sizeof *halo->work);
    if (!halo->has || !halo->x || !halo->gradient || !halo->work) goto out;
    halo->window = halo->has + ranks;
    for (int i = 0; i < ranks; i++) {
        halo->has[i] = nst__bands_rows(bands, i);
        halo->window[i] = nst__bands_window(bands, i);
    }
    *out = halo;
    halo = NULL;
    status = NST_OK;
out:
    nst__halo_destroy(halo);
    return status;
}

void nst__halo_destroy(nst__halo *halo)
{
    if (!halo) return;
    nst__free(halo->has);
    nst__free_aligned(halo->x);
    nst__free_aligned(halo->gradient);
    nst__free_aligned(halo->work);
    nst__free(halo);
}

const float *nst__halo_fill(nst__halo *halo, const float *x)
{
    if (!halo) return x;
    nst__ranks_fetch(halo->bands.ranks, halo->has, halo->window, halo->row, x, halo->x);
    return halo->x;
}

float *nst__halo_gradient(nst__halo *halo, float *gradient)
{
    return halo && gradient ? halo->gradient : gradient;
}

void nst__halo_collect(nst__halo *halo, float *gradient)
{
    if (halo && gradient)
        nst__ranks_add(halo->bands.ranks, halo->has, halo->window, halo->row, halo->gradient, gradient, halo->work);
}
