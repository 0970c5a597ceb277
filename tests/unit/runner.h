/* The main function of a unit test: RUNNER("name", test, test, ...) after the tests, or RUNNER_WITH() with a function
 * that is called before each test and one after it. */
#ifndef NST_UNIT_RUNNER_H
#define NST_UNIT_RUNNER_H

#include <check.h>
#include <stdlib.h>

#define RUNNER(name, ...) RUNNER_WITH(NULL, NULL, name, __VA_ARGS__)
#define RUNNER_WITH(before, after, name, ...) \
    int main(void) \
    { \
        const TTest *tests[] = {__VA_ARGS__}; \
        Suite *suite = suite_create(name); \
        TCase *tcase = tcase_create(name); \
        SRunner *runner = srunner_create(suite); \
        int failed; \
        tcase_set_timeout(tcase, 850); /* seconds a test, by hand as in ctest, on slow machines too */ \
        tcase_add_checked_fixture(tcase, before, after); \
        for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) \
            tcase_add_test(tcase, tests[i]); \
        suite_add_tcase(suite, tcase); \
        srunner_run_all(runner, CK_ENV); \
        failed = srunner_ntests_failed(runner); \
        srunner_free(runner); \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
    }

#endif
