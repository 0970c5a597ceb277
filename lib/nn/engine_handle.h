/*
 * The handle nst_engine: settings, threads, and the places at which transfers compute. A place is an nst__engine: the
 * threads, which all places share, and memory of its own.
 */
#ifndef NST_NN_ENGINE_HANDLE_H
#define NST_NN_ENGINE_HANDLE_H

#include "base/settings.h"
#include "nn/engine.h"

/* THREADS, SIMD, CONVOLUTION or GEMM. */
bool nst__engine_has_param(nst_param param);

/* One more reference; nst_engine_destroy() drops it. */
nst_engine *nst__engine_hold(nst_engine *engine);

/* Returns a place, for the use of one thread at a time; leave returns it to the engine. The first call starts the
 * threads and fixes the settings. An instruction set that the machine lacks is NST_ERR_RANGE. A place that was returned
 * keeps its memory and is handed out again. The caller holds a reference to the engine until it leaves. */
nst_status nst__engine_enter(nst__engine **out, nst_engine *engine);
void nst__engine_leave(nst_engine *engine, nst__engine *place);

#endif
