/*
 * The limits of the control groups of the process, which containers and service managers set: version 1, version 2, or
 * both. ROOT is a prefix of all paths, for tests with folders of their own; otherwise it is "".
 */
#ifndef NST_BASE_CGROUP_H
#define NST_BASE_CGROUP_H

#include <stdint.h>

#define NST__NO_LIMIT UINT64_MAX

/* The lowest limit of the process's own group and its parents. */
uint64_t nst__cgroup_memory(const char *root); /* bytes */
uint64_t nst__cgroup_cores(const char *root);  /* a share of a core counts as one */

#endif
