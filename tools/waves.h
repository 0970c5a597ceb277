/*
 * Pictures to measure with.
 */
#ifndef NST_TOOLS_WAVES_H
#define NST_TOOLS_WAVES_H

#include "common.h"

/* Waves of several lengths and directions, turned by TURN: neither flat nor noise, and the same everywhere. */
nst_status waves_create(nst_image **out, uint32_t width, uint32_t height, double turn);

#endif
