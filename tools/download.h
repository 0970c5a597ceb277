/*
 * Brings a file from a web address, through libcurl where the program was built with it.
 */
#ifndef NST_TOOLS_DOWNLOAD_H
#define NST_TOOLS_DOWNLOAD_H

#include "common.h"

bool download_possible(void);

/* Goes on where PATH ends, if there is a beginning of the file and the server can; a transfer that is cut is
 * taken up again by itself a few times. What has come stays at PATH, so that another call goes on. Complains. */
int download(const char *url, const char *path, bool quiet);

#endif
