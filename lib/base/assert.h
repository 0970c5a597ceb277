/*
 * NST_ASSERT(condition): what only a defect of libnst can break. It is checked in builds with -DNST_ASSERTIONS=ON, which
 * the tests and the fuzzers use, and costs nothing in any other. What a caller or a file can break is an nst_status.
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
