#include "base/log.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

/* Set before the first handle exists, and unchanged while there are any. */
static struct {
    nst_log_fn log; /* NULL: none */
    nst_log_level most;
    void *user;
} host;

nst_status nst_log_set(nst_log_fn log, nst_log_level most, void *user)
{
    if (!nst__alloc_nothing())
        return nst__fail(NST_ERR_STATE, "the log function can only be set while no libnst handle exists");
    if (log && ((int)most < NST_LOG_WARNING || (int)most > NST_LOG_DEBUG))
        return nst__fail(NST_ERR_ARGUMENT, "log level: expected %d to %d, found %d", NST_LOG_WARNING, NST_LOG_DEBUG,
                         (int)most);
    host.log = log;
    host.most = most;
    host.user = user;
    return NST_OK;
}

void nst__log(nst_log_level level, const char *format, ...)
{
    char line[512], safe[512];
    va_list arguments;
    if (!host.log || level > host.most) return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    nst_text_escape(safe, sizeof safe, line);
    host.log(level, safe, host.user);
}
