/*
 * Brings a file from a web address, through libcurl where the program was built with it.
 */
#ifndef NST_TOOLS_DOWNLOAD_H
#define NST_TOOLS_DOWNLOAD_H

#include "common.h"

#include <stdint.h>

bool download_possible(void);

/* Goes on where PATH ends, if there is a beginning of the file and the server can; a transfer that is cut is
 * taken up again by itself a few times. What has come stays at PATH, so that another call goes on; of what is larger
 * than MOST bytes nothing stays. An address of https leads to no other protocol. Complains. */
int download(const char *url, const char *path, int64_t most, bool quiet);

#endif
