#define _GNU_SOURCE /* sched_getaffinity() */
#include "together.h"

#include <sched.h>
#include <unistd.h>

static const nst_ranks *ranks; /* NULL: alone */
static int peers = 1;
static nst_engine *engine; /* of all */

void together_begin(const nst_ranks *of_all, int on_this_machine)
{
    ranks = of_all->count > 1 ? of_all : NULL;
    peers = ranks ? on_this_machine : 1;
}

void together_end(void)
{
    nst_engine_destroy(engine);
    engine = NULL;
}

bool together(void)
{
    return ranks != NULL;
}

bool together_first(void)
{
    return !ranks || ranks->rank == 0;
}

uint64_t together_share(uint64_t bytes)
{
    return bytes / (uint64_t)peers;
}

/* Where mpirun gave each process cores of its own, 0: all of them. Else a share of all cores. */
static int64_t share_of_cores(void)
{
#ifdef __linux__
    cpu_set_t own;
    const long all = sysconf(_SC_NPROCESSORS_ONLN);
    if (sched_getaffinity(0, sizeof own, &own) == 0 && CPU_COUNT(&own) < all) return 0;
    return all > peers ? all / peers : 1;
#else
    return 0;
#endif
}

/* A shared engine has these parameters in place of the transfer. */
static nst_status take_parameters(const nst_transfer *transfer)
{
    static const nst_param params[] = {NST_PARAM_THREADS, NST_PARAM_SIMD, NST_PARAM_CONVOLUTION, NST_PARAM_GEMM};
    nst_status status = NST_OK;
    for (size_t i = 0; i < sizeof params / sizeof params[0] && status == NST_OK; i++) {
        int64_t value;
        status = nst_transfer_get_int(transfer, params[i], &value);
        if (params[i] == NST_PARAM_THREADS && value == 0) value = share_of_cores();
        if (status == NST_OK) status = nst_engine_set_int(engine, params[i], value);
    }
    return status;
}

int together_join(nst_transfer *transfer)
{
    nst_status status = NST_OK;
    if (!ranks) return EXIT_DONE;
    if (!engine) {
        status = nst_engine_create(&engine);
        if (status == NST_OK) status = take_parameters(transfer);
        if (status == NST_OK) status = nst_engine_set_ranks(engine, ranks);
    }
    if (status == NST_OK) status = nst_transfer_set_engine(transfer, engine);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

nst_status together_load(nst_image **out, const char *path, uint64_t max_pixels)
{
    if (!ranks) return nst_image_load(out, path, max_pixels);
    const nst_status status = nst_image_load_band(out, path, max_pixels, (uint32_t)ranks->rank, (uint32_t)ranks->count);
    return status == NST_ERR_RANGE ? nst_image_load(out, path, max_pixels) : status;
}

nst_status together_save(const nst_image *band, const char *path, const char *type)
{
    return engine ? nst_image_save_band(band, engine, path, type) : nst_image_save_as(band, path, type);
}
