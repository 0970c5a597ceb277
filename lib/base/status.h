/*
 * Statuses, and the message of nst_last_error(). The deepest function that can tell what went wrong calls nst__fail();
 * its callers pass the status on and never overwrite the message.
 */
#ifndef NST_BASE_STATUS_H
#define NST_BASE_STATUS_H

#include <nst/nst.h>

#if defined(__GNUC__)
#define NST__PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define NST__PRINTF(text, first)
#endif

/* Stores the message for nst_last_error() in this thread and returns STATUS. The message is escaped, since it may
 * contain names from files, and cut at 1023 bytes. Style: impersonal, one line, no full stop at the end. */
nst_status nst__fail(nst_status status, const char *format, ...) NST__PRINTF(2, 3);

/* For functions with `nst_status status` and a label `out`, at which everything is released. */
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
