/*
 * NST_ASSERT(condition): for conditions that only a defect of libnst can break. Builds with -DNST_ASSERTIONS=ON, such
 * as those of the tests and fuzzers, check it; in other builds it costs nothing. Errors of callers and files are an
 * nst_status instead.
 */
#ifndef NST_BASE_ASSERT_H
#define NST_BASE_ASSERT_H

#ifdef NST__ASSERTIONS
#undef NDEBUG
#include <assert.h>
#define NST_ASSERT(condition) assert(condition)
#else
#define NST_ASSERT(condition) ((void)0)
#endif

#endif
