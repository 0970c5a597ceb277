#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[1024];

nst_status nst__fail(nst_status status, const char *format, ...)
{
    char raw[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    nst_text_escape(message, sizeof message, raw);
    return status;
}

const char *nst_last_error(void)
{
    return message;
}

const char *nst_status_text(nst_status status)
{
    switch (status) {
    case NST_OK: return "success";
    case NST_ERR_ARGUMENT: return "invalid argument";
    case NST_ERR_RANGE: return "value out of range";
    case NST_ERR_NAME: return "unknown name";
    case NST_ERR_STATE: return "call out of order";
    case NST_ERR_NOT_FOUND: return "not found";
    case NST_ERR_FORMAT: return "unknown format";
    case NST_ERR_CORRUPT: return "corrupt data";
    case NST_ERR_UNSUPPORTED: return "unsupported feature";
    case NST_ERR_TOO_LARGE: return "too large";
    case NST_ERR_TOO_SMALL: return "too small";
    case NST_ERR_NO_LAYER: return "no such layer in this model";
    case NST_ERR_NON_FINITE: return "not a finite number";
    case NST_ERR_OUT_OF_MEMORY: return "out of memory";
    case NST_ERR_IO: return "input or output failed";
    case NST_ERR_MEMORY_LIMIT: return "memory limit too small";
    case NST_ERR_SYSTEM: return "the system refused";
    case NST_ERR_CANCELLED: return "cancelled";
    case NST_ERR_CALLBACK: return "the objective function failed";
    case NST_ERR_INTERNAL: return "internal error";
    case NST_STATUS_FORCE_32BIT: break;
    }
    return "unknown status";
}

const char *nst_stop_text(nst_stop stop)
{
    switch (stop) {
    case NST_STOP_NONE: return "nothing has run";
    case NST_STOP_CONVERGED: return "a tolerance was met";
    case NST_STOP_STALLED: return "no step lowers the value any more";
    case NST_STOP_BUDGET: return "the evaluations are used up";
    case NST_STOP_CALLBACK: return "stopped by the callback";
    case NST_STOP_CANCELLED: return "cancelled";
    case NST_STOP_NON_FINITE: return "the value is not a finite number";
    case NST_STOP_FORCE_32BIT: break;
    }
    return "unknown reason";
}
