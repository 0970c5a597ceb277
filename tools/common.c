#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void (*say)(const char *line, bool complaint); /* NULL: standard error */

void say_by(void (*other)(const char *line, bool complaint))
{
    say = other;
}

/* Names of files and values may hold anything: a line stays one line, and the terminal is told nothing. */
static void print_line(const char *before, const char *format, va_list arguments)
{
    char raw[4096], line[4096];
    vsnprintf(raw, sizeof raw, format, arguments);
    nst_text_escape(line, sizeof line, raw);
    if (say)
        say(line, *before != '\0');
    else
        fprintf(stderr, "%s%s\n", before, line);
}

int complain(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("nst: ", format, arguments);
    va_end(arguments);
    return code;
}

void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("", format, arguments);
    va_end(arguments);
}

void tell_warnings(const char *name, const char *lines)
{
    while (*lines) {
        const size_t length = strcspn(lines, "\n");
        tell("nst: warning: %s%s%.*s", name ? name : "", name ? ": " : "", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

int exit_code(nst_status status)
{
    switch ((int)status / 100) {
    case 0: return EXIT_DONE;
    case 1: return EXIT_USE;
    case 2: return EXIT_INPUT;
    default: return EXIT_SYSTEM;
    }
}

static const char *less_memory = "";

void set_memory_advice(const char *text)
{
    less_memory = text;
}

const char *advice(nst_status status)
{
    return status == NST_ERR_OUT_OF_MEMORY ? less_memory : "";
}

int complain_of(nst_status status)
{
    const char *detail = nst_last_error();
    return complain(exit_code(status), "%s%s", *detail ? detail : nst_status_text(status), advice(status));
}

void *grow(void *block, size_t count, size_t size)
{
    const bool fits = size == 0 || count <= (size_t)-1 / size;
    const size_t bytes = fits ? count * size : 0;
    void *moved = fits ? realloc(block, bytes > 0 ? bytes : 1) : NULL;
    if (!moved) exit(complain(EXIT_SYSTEM, "out of memory%s", less_memory));
    return moved;
}

char *print_text(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = grow(NULL, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *plain_text(const char *text)
{
    const size_t size = nst_text_escape(NULL, 0, text) + 1;
    char *copy = grow(NULL, size, 1);
    nst_text_escape(copy, size, text);
    return copy;
}

void format_seconds(char *out, size_t size, double seconds)
{
    const long long s = seconds > 0 && seconds < 1e12 ? (long long)(seconds + 0.5) : 0;
    if (s < 60)
        snprintf(out, size, "%lld s", s);
    else if (s < 3600)
        snprintf(out, size, "%lld:%02lld min", s / 60, s % 60);
    else
        snprintf(out, size, "%lld:%02lld h", s / 3600, s / 60 % 60);
}

static double read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double clock_time(void)
{
    return read_clock(CLOCK_REALTIME);
}

const char *ending(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name + 1 : path, '.');
    return dot ? dot : path + strlen(path);
}

char *path_with(const char *path, const char *suffix)
{
    const char *end = ending(path);
    return print_text("%.*s%s%s", (int)(end - path), path, suffix, end);
}
