#include "bench_job.h"
#include "json_write.h"
#include "waves.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- The files of the job, in a folder of their own ---- */

static const char *const names[] = {"content.png", "style.png", "result.png", "log.jsonl", "messages"};
enum file { CONTENT, STYLE, RESULT, LOG, MESSAGES, FILES };

typedef struct folder {
    char *path, *file[FILES];
} folder;

static int folder_make(folder *out)
{
    const char *parent = getenv("TMPDIR");
    out->path = print_text("%s/nst-bench-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(out->path)) return complain(EXIT_SYSTEM, "%s: %s", out->path, strerror(errno));
    for (int i = 0; i < FILES; i++)
        out->file[i] = print_text("%s/%s", out->path, names[i]);
    return EXIT_DONE;
}

static void folder_remove(folder *f)
{
    for (int i = 0; i < FILES && f->file[i]; i++) {
        unlink(f->file[i]);
        free(f->file[i]);
    }
    rmdir(f->path);
    free(f->path);
}

static int draw(const char *path, uint32_t width, uint32_t height, double turn)
{
    nst_image *image;
    nst_status status = waves_create(&image, width, height, turn);
    if (status == NST_OK) status = nst_image_save(image, path);
    nst_image_destroy(image);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

/* ---- nst stylize ---- */

static void add_option(words *list, const char *name, const char *value)
{
    if (value) words_add(list, print_text("--%s=%s", name, value));
}

/* Every word is to be freed. */
static void make_arguments(words *out, const bench_job *job, const folder *f)
{
    const words *given = &job->line->operands;
    char size[16];
    snprintf(size, sizeof size, "%u", job->width > job->height ? job->width : job->height);
    words_add(out, print_text("nst"));
    words_add(out, print_text("stylize"));
    for (size_t i = 0; i < job->line->count; i++)
        add_option(out, nst_param_name(job->line->settings[i].param), job->line->settings[i].value);
    add_option(out, "size", size);
    add_option(out, "model", job->setup->model);
    add_option(out, "input", job->setup->input);
    add_option(out, "preset", job->setup->preset);
    add_option(out, "log", f->file[LOG]);
    add_option(out, "output", f->file[RESULT]);
    words_add(out, print_text("--"));
    words_add(out, print_text("%s", given->count ? given->word[0] : f->file[CONTENT]));
    words_add(out, print_text("%s", given->count ? given->word[1] : f->file[STYLE]));
    words_add(out, NULL);
}

static void show_messages(const char *path)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        fputs(line, stderr);
    if (file) fclose(file);
}

/* The instants when it was started and when it had ended, in seconds since 1970. */
typedef struct span {
    double begin, end;
    double memory; /* bytes at most */
} span;

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return complain(EXIT_SYSTEM, "nst stylize: %s", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : complain(EXIT_SYSTEM, "nst stylize: ended by signal %d", WTERMSIG(status));
}

/* Ctrl-C ends the child, which is in the same group of processes; this one lives on to remove the files. */
static int stylize(span *out, const bench_job *job, const folder *f)
{
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct rusage usage;
    sigset_t usual;
    words arguments = {0};
    pid_t child;
    program[length > 0 ? length : 0] = '\0';
    make_arguments(&arguments, job, f);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, f->file[MESSAGES], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_init(&attributes);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    unsetenv("OPENBLAS_NUM_THREADS"); /* which this process has from its own start: one_thread.c */
    void (*before)(int) = signal(SIGINT, SIG_IGN);
    out->begin = clock_time();
    const int error = posix_spawnp(&child, *program ? program : "nst", &actions, &attributes,
                                   (char **)(uintptr_t)arguments.word, environ);
    const int code = error ? complain(EXIT_SYSTEM, "nst stylize: %s", strerror(error)) : wait_for(child);
    out->end = clock_time();
    signal(SIGINT, before);
    out->memory = getrusage(RUSAGE_CHILDREN, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0;
    if (code) show_messages(f->file[MESSAGES]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < arguments.count; i++)
        free((char *)(uintptr_t)arguments.word[i]);
    words_free(&arguments);
    return code;
}

/* ---- Its log ---- */

typedef struct level {
    double width, height, evaluations;
    double targets, seconds; /* for targets and resizing, and for the evaluations */
} level;

typedef struct times {
    double start, saving, total;
    level *levels;
    size_t count;
} times;

static double number_of(const char *line, const char *key)
{
    char *quoted = print_text("\"%s\": ", key);
    const char *at = strstr(line, quoted);
    const double value = at ? strtod(at + strlen(quoted), NULL) : 0;
    free(quoted);
    return value;
}

static int read_log(times *out, const char *path, const span *run)
{
    char *line = NULL;
    size_t room = 0;
    double before = 0, prepared = 0, began = run->begin;
    FILE *file = fopen(path, "r");
    if (!file) return complain(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
    while (getline(&line, &room, file) > 0) {
        const size_t number = (size_t)number_of(line, "level");
        const double seconds = number_of(line, "seconds");
        if (out->count == 0) began = 1e-3 * number_of(line, "time") - seconds;
        if (number > out->count) {
            const double all = number_of(line, "seconds_preparing");
            out->levels = grow(out->levels, number, sizeof *out->levels);
            out->levels[out->count++] = (level){.width = number_of(line, "width"),
                                                .height = number_of(line, "height"),
                                                .targets = all - prepared,
                                                .seconds = prepared - all};
            prepared = all;
        }
        out->levels[out->count - 1].evaluations++;
        out->levels[out->count - 1].seconds += seconds - before;
        before = seconds;
    }
    free(line);
    fclose(file);
    out->start = began - run->begin;
    out->saving = run->end - began - before;
    out->total = run->end - run->begin;
    return out->count ? EXIT_DONE : complain(EXIT_SYSTEM, "%s: nst stylize wrote no evaluation", path);
}

/* ---- What is printed ---- */

/* Evaluations at the last size that cost as much, by pixels. */
static double worth(const times *t)
{
    const level *last = &t->levels[t->count - 1];
    double pixels = 0;
    for (size_t i = 0; i < t->count; i++)
        pixels += t->levels[i].evaluations * t->levels[i].width * t->levels[i].height;
    return pixels / (last->width * last->height);
}

static void print_json(const times *t, double memory)
{
    json out = {.file = stdout};
    json_open(&out, NULL, '{');
    json_text(&out, "version", nst_version());
    json_text(&out, "blas", nst_build_text(NST_BUILD_BLAS));
    json_text(&out, "simd", nst_build_text(NST_BUILD_SIMD));
    json_number(&out, "seconds", t->total);
    json_number(&out, "start", t->start);
    json_open(&out, "sizes", '[');
    for (size_t i = 0; i < t->count; i++) {
        const level *l = &t->levels[i];
        json_open(&out, NULL, '{');
        json_number(&out, "width", l->width);
        json_number(&out, "height", l->height);
        json_number(&out, "evaluations", l->evaluations);
        json_number(&out, "targets", l->targets);
        json_number(&out, "seconds", l->seconds);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_number(&out, "saving", t->saving);
    json_number(&out, "evaluations_worth", worth(t));
    json_number(&out, "memory_measured", memory);
    json_close(&out, '}');
    putchar('\n');
}

static void print_words(const times *t, double memory)
{
    double targets = 0, evaluations = 0;
    printf("nst %s, %s, instruction set %s\n", nst_version(), nst_build_text(NST_BUILD_BLAS),
           nst_build_text(NST_BUILD_SIMD));
    printf("nst stylize, from its start to its end; peak memory %.0f MB\n\n%-11s %11s %9s\n", memory / 1e6, "part",
           "evaluations", "s");
    printf("%-11s %11s %9.3f\n", "start", "", t->start);
    for (size_t i = 0; i < t->count; i++)
        targets += t->levels[i].targets;
    printf("%-11s %11s %9.3f\n", "targets", "", targets);
    for (size_t i = 0; i < t->count; i++) {
        const level *l = &t->levels[i];
        char size[32];
        snprintf(size, sizeof size, "%.0fx%.0f", l->width, l->height);
        printf("%-11s %11.0f %9.3f\n", size, l->evaluations, l->seconds);
        evaluations += l->evaluations;
    }
    printf("%-11s %11s %9.3f\n", "saving", "", t->saving);
    printf("%-11s %11.0f %9.3f\n\nthe work of %.1f evaluations at the last size\n", "total", evaluations, t->total,
           worth(t));
}

int bench_job_run(const bench_job *job)
{
    folder f = {0};
    times t = {0};
    span run;
    int code = folder_make(&f);
    if (!code && !job->line->operands.count) {
        code = draw(f.file[CONTENT], job->width, job->height, 0.3);
        if (!code) code = draw(f.file[STYLE], job->width, job->height, 1.2);
    }
    if (!code) code = stylize(&run, job, &f);
    if (!code) code = read_log(&t, f.file[LOG], &run);
    if (!code) (job->as_json ? print_json : print_words)(&t, run.memory);
    folder_remove(&f);
    free(t.levels);
    return code;
}
