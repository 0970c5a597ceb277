/*
 * Statuses and the line of detail behind them. The deepest function that knows what went wrong calls nst__fail();
 * those above pass the status on and never overwrite the message.
 */
#ifndef NST_BASE_STATUS_H
#define NST_BASE_STATUS_H

#include <nst/nst.h>

#if defined(__GNUC__)
#define NST__PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define NST__PRINTF(text, first)
#endif

/* Keeps the message (cut at 1023 bytes, escaped: names from files may stand in it) for nst_last_error() in this thread
 * and returns STATUS. Impersonal, one line, no full stop at the end. */
nst_status nst__fail(nst_status status, const char *format, ...) NST__PRINTF(2, 3);

/* In functions with `nst_status status` and a label `out` where everything is released. */
#define NST_TRY(call) \
    do { \
        status = (call); \
        if (status != NST_OK) goto out; \
    } while (0)

/* For arguments of public functions. */
#define NST_NEED(argument) \
    do { \
        if (!(argument)) return nst__fail(NST_ERR_ARGUMENT, "%s: " #argument " is NULL", __func__); \
    } while (0)

#endif
