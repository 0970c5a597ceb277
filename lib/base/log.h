/*
 * The log function of the host. The library never prints: what it has to tell beside results goes here.
 */
#ifndef NST_BASE_LOG_H
#define NST_BASE_LOG_H

#include "base/status.h"

/* Calls the host's log function if there is one and it wants this LEVEL. One line, escaped, cut at 511 bytes. */
void nst__log(nst_log_level level, const char *format, ...) NST__PRINTF(2, 3);

#endif
