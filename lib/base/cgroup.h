/*
 * The limits of the control groups that the process is in, as containers and service managers set them: version 1, 2
 * and both at once. ROOT stands for "/", so that tests can have folders of their own; it is "" otherwise.
 */
#ifndef NST_BASE_CGROUP_H
#define NST_BASE_CGROUP_H

#include <stdint.h>

#define NST__NO_LIMIT UINT64_MAX

/* The lowest limit of the process's own group and of those that this lies in. */
uint64_t nst__cgroup_memory(const char *root); /* bytes */
uint64_t nst__cgroup_cores(const char *root);  /* a share of a core counts as one */

#endif
