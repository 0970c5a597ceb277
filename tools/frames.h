/*
 * A run as numbered pictures in a folder, for a film: FOLDER/0001.png and so on, all of one size.
 */
#ifndef NST_TOOLS_FRAMES_H
#define NST_TOOLS_FRAMES_H

#include "common.h"

/* Makes FOLDER where there is none. Complains if it cannot be written or has frames already, which would mix with
 * new ones. */
int frames_check(const char *folder);
/* The name of frame NUMBER, from 1; to be freed. */
char *frames_name(const char *folder, size_t number);

#endif
