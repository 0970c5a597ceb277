/*
 * What every command of the program nst uses: messages, exit codes, memory.
 */
#ifndef NST_TOOLS_COMMON_H
#define NST_TOOLS_COMMON_H

#include <nst/nst.h>

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PRINTF(text, first)
#endif

enum {
    EXIT_DONE = 0,
    EXIT_USE = 1,    /* bad use */
    EXIT_INPUT = 2,  /* bad input */
    EXIT_SYSTEM = 3, /* out of memory, or the system failed */
    EXIT_STOPPED = 130
};

/* SAY gets every line that follows in place of standard error. */
void say_by(void (*say)(const char *line, bool complaint));
/* One line "nst: ..." on standard error; returns CODE. */
int complain(int code, const char *format, ...) PRINTF(2, 3);
/* The same as it is, no complaint. */
void tell(const char *format, ...) PRINTF(1, 2);
/* "nst: warning: NAME: ..." for each line of LINES; NULL: without a name. */
void tell_warnings(const char *name, const char *lines);
/* The last error of the library; returns its exit code. */
int complain_of(nst_status status);
int exit_code(nst_status status);
/* What to do where the message of the library does not say it, as it knows no options: to be put behind it; "" where
 * there is nothing to say. */
const char *advice(nst_status status);
void set_memory_advice(const char *text); /* TEXT lives for ever */

/* Never NULL: without memory the program ends with EXIT_SYSTEM. */
void *grow(void *block, size_t count, size_t size);
char *print_text(const char *format, ...) PRINTF(1, 2); /* to be freed */

/* TEXT, a name or what stands in a file, as it may be printed: nst_text_escape(). To be freed. */
char *plain_text(const char *text);

/* "58 s", "3:20 min", "1:02 h" */
void format_seconds(char *out, size_t size, double seconds);
double now(void);        /* seconds, of a clock that never goes back */
double clock_time(void); /* seconds since 1970 */

/* Where the ending of PATH begins, with its dot; "" where there is none. */
const char *ending(const char *path);
/* The path with SUFFIX put before its ending: ("a/b.png", "-0040") gives a/b-0040.png. To be freed. */
char *path_with(const char *path, const char *suffix);

#endif
