/* nst bench: what an evaluation costs, where it goes, and how much memory a run takes. */
#include "bench_controls.h"
#include "bench_job.h"
#include "commands.h"
#include "json_write.h"
#include "setup.h"
#include "waves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct job {
    setup_choice setup;
    command_line line;
    const char *size, *count;
    bool as_json, all_threads, whole, controls;

    nst_transfer *transfer;
    uint32_t width, height;
    long long evaluations;
    double *time; /* when each evaluation was done */
    long long done;
    uint64_t memory_told;
} job;

/* ---- The run ---- */

static int parse_size(job *j)
{
    int used = 0;
    unsigned width = 0, height = 0;
    if (!j->size) j->size = "512";
    if (sscanf(j->size, "%5ux%5u%n", &width, &height, &used) == 2 && !j->size[used])
        ;
    else if (sscanf(j->size, "%5u%n", &width, &used) == 1 && !j->size[used])
        height = width;
    else
        width = 0;
    if (width < 1 || height < 1 || width > 65535 || height > 65535)
        return complain(EXIT_USE, "--size: expected WIDTHxHEIGHT of 1 to 65535 each, found '%s'", j->size);
    j->width = width;
    j->height = height;
    return EXIT_DONE;
}

static nst_status set_picture(job *j, double turn, bool content)
{
    nst_image *image;
    nst_status status = waves_create(&image, j->width, j->height, turn);
    if (status != NST_OK) return status;
    status = content ? nst_transfer_set_content(j->transfer, image) : nst_transfer_add_style(j->transfer, image, 1);
    nst_image_destroy(image);
    return status;
}

/* The first evaluation prepares buffers and weights: what it took is not counted. */
static int follow(nst_transfer *transfer, void *user)
{
    job *j = user;
    if (j->done == 0) (void)nst_transfer_profile_reset(transfer);
    if (j->done <= j->evaluations) j->time[j->done++] = now();
    return 0;
}

static int run(job *j)
{
    char sizes[64];
    nst_image *result = NULL;
    snprintf(sizes, sizeof sizes, "%u:%lld", j->width > j->height ? j->width : j->height, j->evaluations + 1);
    j->time = grow(j->time, (size_t)j->evaluations + 1, sizeof *j->time);
    j->done = 0;
    nst_status status = nst_transfer_set_text(j->transfer, NST_PARAM_SIZES, sizes);
    if (status == NST_OK) status = nst_transfer_clear_styles(j->transfer);
    if (status == NST_OK) status = set_picture(j, 0.3, true);
    if (status == NST_OK) status = set_picture(j, 1.2, false);
    if (status == NST_OK) status = nst_transfer_memory(&j->memory_told, j->transfer, NULL);
    if (status == NST_OK) status = nst_transfer_set_progress(j->transfer, follow, j);
    if (status == NST_OK) status = nst_transfer_run(&result, j->transfer, NULL);
    nst_image_destroy(result);
    if (status != NST_OK) return complain_of(status);
    if (j->done < 2)
        return complain(EXIT_INPUT, "the run ended after %lld evaluations: %s", j->done,
                        nst_stop_text(nst_transfer_stop_reason(j->transfer)));
    return EXIT_DONE;
}

/* ---- The figures ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct figures {
    double median, least, most; /* seconds of an evaluation with the solver's part */
    double operations;          /* of an evaluation, as direct convolutions and products have them */
    double memory_told, memory; /* bytes, of a run and of this process */
    double counted;             /* evaluations */
} figures;

static figures measure(const job *j)
{
    figures f = {.counted = (double)(j->done - 1), .memory_told = (double)j->memory_told};
    struct rusage usage;
    for (long long i = 0; i + 1 < j->done; i++)
        j->time[i] = j->time[i + 1] - j->time[i];
    qsort(j->time, (size_t)(j->done - 1), sizeof *j->time, compare);
    const long long n = j->done - 1;
    f.median = (j->time[(n - 1) / 2] + j->time[n / 2]) / 2;
    f.least = j->time[0];
    f.most = j->time[n - 1];
    for (size_t i = 0; i < nst_transfer_profile_count(j->transfer); i++) {
        const char *layer, *kind;
        double seconds, operations;
        if (nst_transfer_profile(j->transfer, i, &layer, &kind, &seconds, &operations) == NST_OK)
            f.operations += operations / f.counted;
    }
    if (getrusage(RUSAGE_SELF, &usage) == 0) f.memory = 1024.0 * (double)usage.ru_maxrss;
    return f;
}

static void print_json(const job *j, const figures *f)
{
    json out = {.file = stdout};
    json_open(&out, NULL, '{');
    json_text(&out, "version", nst_version());
    json_text(&out, "blas", nst_build_text(NST_BUILD_BLAS));
    json_text(&out, "simd", nst_build_text(NST_BUILD_SIMD));
    json_number(&out, "width", j->width);
    json_number(&out, "height", j->height);
    json_number(&out, "evaluations", f->counted);
    json_number(&out, "seconds", f->median);
    json_number(&out, "seconds_least", f->least);
    json_number(&out, "seconds_most", f->most);
    json_number(&out, "gflop", f->operations * 1e-9);
    json_number(&out, "gflop_per_second", f->operations * 1e-9 / f->median);
    json_number(&out, "memory_predicted", f->memory_told);
    json_number(&out, "memory_measured", f->memory);
    json_open(&out, "profile", '[');
    for (size_t i = 0; i < nst_transfer_profile_count(j->transfer); i++) {
        const char *layer, *kind;
        double seconds, operations;
        if (nst_transfer_profile(j->transfer, i, &layer, &kind, &seconds, &operations) != NST_OK) continue;
        if (seconds <= 0) continue;
        json_open(&out, NULL, '{');
        json_text(&out, "layer", layer);
        json_text(&out, "kind", kind);
        json_number(&out, "seconds", seconds / f->counted);
        json_number(&out, "gflop", operations * 1e-9 / f->counted);
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_close(&out, '}');
    putchar('\n');
}

/* SHARE: of the median evaluation. */
static void print_row(const char *layer, const char *kind, double seconds, double operations, double median)
{
    printf("%-10s %-10s %9.2f %6.1f %%", layer, kind, 1e3 * seconds, 100 * seconds / median);
    if (operations > 0) printf(" %9.2f %9.0f", operations * 1e-9, operations * 1e-9 / seconds);
    putchar('\n');
}

/* The same kinds, over all layers. */
static void print_kinds(const job *j, const figures *f)
{
    const size_t count = nst_transfer_profile_count(j->transfer);
    for (size_t i = 0; i < count; i++) {
        const char *layer, *kind, *other;
        double seconds = 0, operations = 0, s, o;
        bool first = true;
        if (nst_transfer_profile(j->transfer, i, &layer, &kind, &s, &o) != NST_OK) continue;
        for (size_t k = 0; k < count; k++) {
            if (nst_transfer_profile(j->transfer, k, &layer, &other, &s, &o) != NST_OK) continue;
            if (strcmp(kind, other) != 0) continue;
            first = first && k >= i;
            seconds += s;
            operations += o;
        }
        if (first) print_row("all", kind, seconds / f->counted, operations / f->counted, f->median);
    }
}

static void print_words(const job *j, const figures *f)
{
    printf("nst %s, %s, instruction set %s\n", nst_version(), nst_build_text(NST_BUILD_BLAS),
           nst_build_text(NST_BUILD_SIMD));
    printf("%ux%u: median of %.0f evaluations %.4f s (%.4f to %.4f), %.1f GFLOP, %.0f GFLOP/s\n", j->width, j->height,
           f->counted, f->median, f->least, f->most, f->operations * 1e-9, f->operations * 1e-9 / f->median);
    printf("peak memory: %.0f MB predicted, %.0f MB measured\n\n", f->memory_told / 1e6, f->memory / 1e6);
    printf("%-10s %-10s %9s %8s %9s %9s\n", "layer", "work", "ms", "share", "GFLOP", "GFLOP/s");
    for (size_t i = 0; i < nst_transfer_profile_count(j->transfer); i++) {
        const char *layer, *kind;
        double seconds, operations;
        if (nst_transfer_profile(j->transfer, i, &layer, &kind, &seconds, &operations) == NST_OK && seconds > 0)
            print_row(layer, kind, seconds / f->counted, operations / f->counted, f->median);
    }
    putchar('\n');
    print_kinds(j, f);
}

/* ---- Scaling ---- */

/* One line for each number of threads: 1, 2, 4 ... and the most. Amdahl's share is what would have to be serial for the
 * time that was found: (n T(n) / T(1) - 1) / (n - 1). */
static int scale(job *j)
{
    int64_t most = 0;
    double one = 0;
    json out = {.file = stdout};
    nst_status status = nst_transfer_get_int(j->transfer, NST_PARAM_THREADS, &most);
    if (status != NST_OK) return complain_of(status);
    if (most == 0) most = nst_machine_cores();
    if (j->as_json)
        json_open(&out, NULL, '[');
    else
        printf("%ux%u, median of %lld evaluations\n%7s %9s %10s %12s\n", j->width, j->height, j->evaluations, "threads",
               "s", "efficiency", "serial share");
    for (int64_t threads = 1; threads <= most; threads = threads < most && 2 * threads > most ? most : 2 * threads) {
        status = nst_transfer_set_int(j->transfer, NST_PARAM_THREADS, threads);
        if (status != NST_OK) return complain_of(status);
        const int code = run(j);
        if (code) return code;
        const double seconds = measure(j).median, n = (double)threads;
        if (threads == 1) one = seconds;
        const double serial = threads > 1 ? (n * seconds / one - 1) / (n - 1) : 0;
        if (j->as_json) {
            json_open(&out, NULL, '{');
            json_number(&out, "threads", n);
            json_number(&out, "seconds", seconds);
            json_number(&out, "efficiency", one / seconds / n);
            json_number(&out, "serial_share", serial);
            json_close(&out, '}');
        } else {
            printf("%7.0f %9.4f %8.0f %% %10.1f %%\n", n, seconds, 100 * one / seconds / n, 100 * serial);
        }
        fflush(stdout);
    }
    if (j->as_json) {
        json_close(&out, ']');
        putchar('\n');
    }
    return EXIT_DONE;
}

/* ---- The command ---- */

static int bench_whole(const job *j)
{
    const words *pictures = &j->line.operands;
    if (j->count || j->all_threads)
        return complain(EXIT_USE, "--%s measures evaluations, and --job a whole picture: leave one of them out",
                        j->count ? "evaluations" : "threads-all");
    if (pictures->count != 0 && pictures->count != 2)
        return complain(EXIT_USE, "bench --job takes CONTENT and STYLE, or draws its own, found %zu name%s",
                        pictures->count, pictures->count == 1 ? "" : "s");
    if (pictures->count && strchr(j->size, 'x'))
        return complain(EXIT_USE, "--size: expected the longer side of the result, found '%s'", j->size);
    return bench_job_run(&(bench_job){&j->setup, &j->line, j->width, j->height, j->as_json});
}

static int bench_all_controls(const job *j)
{
    long long rounds;
    if (j->whole || j->all_threads)
        return complain(EXIT_USE, "--controls and --%s measure different things: leave one of them out",
                        j->whole ? "job" : "threads-all");
    if (j->line.operands.count)
        return complain(EXIT_USE, "bench takes no picture without --job, found '%s'", j->line.operands.word[0]);
    const int code = parse_count(&rounds, j->count ? j->count : "5", 1, "evaluations");
    if (code) return code;
    return bench_controls_run(&(bench_controls){&j->setup, &j->line, j->width, j->height, rounds, j->as_json});
}

static int bench_evaluations(job *j)
{
    static const nst_param of_jobs[] = {NST_PARAM_SIZES, NST_PARAM_STEPS, NST_PARAM_EFFORT};
    int code;
    if (j->line.operands.count)
        return complain(EXIT_USE, "bench takes no picture without --job, found '%s'", j->line.operands.word[0]);
    for (size_t i = 0; i < sizeof of_jobs / sizeof of_jobs[0]; i++)
        if (options_has(&j->line, of_jobs[i]))
            return complain(EXIT_USE,
                            "--%s is for bench --job and --controls; else --evaluations says how many are measured",
                            nst_param_name(of_jobs[i]));
    code = parse_count(&j->evaluations, j->count ? j->count : "11", 1, "evaluations");
    if (!code && j->evaluations > 100000)
        code = complain(EXIT_USE, "--evaluations: expected at most 100000, found %lld", j->evaluations);
    if (!code) code = setup_transfer(&j->transfer, &j->setup, &j->line);
    if (code) return code;
    if (j->all_threads) return scale(j);
    code = run(j);
    if (code) return code;
    const figures f = measure(j);
    (j->as_json ? print_json : print_words)(j, &f);
    return EXIT_DONE;
}

int command_bench(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {"size", 0, "WxH", "pixels of the picture [512x512]", NULL, &j.size, NULL},
        {"evaluations", 'n', "N", "how many are measured, after one that is not [11]; of --controls, runs of each [5]",
         NULL, &j.count, NULL},
        {"job", 0, NULL,
         "time a whole picture instead, from the start of nst stylize to its end: one of its own, or STYLE's painting "
         "of "
         "CONTENT with --size N",
         &j.whole, NULL, NULL},
        {"controls", 0, NULL,
         "time whole runs with each of the artist's controls, in turn, and their ratio to a run without", &j.controls,
         NULL, NULL},
        {"threads-all", 0, NULL, "measure with 1, 2, 4 ... threads, up to --threads", &j.all_threads, NULL, NULL},
        {"json", 0, NULL, "print a JSON object", &j.as_json, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst bench [OPTIONS]\n       nst bench --job [CONTENT STYLE] [OPTIONS]\n       nst bench --controls "
                 "[OPTIONS]",
        .about = "Measures evaluations of the objective and its gradient on pictures of its own, with the\n"
                 "solver's work between them: by layer and kind of work, and the memory of the process.",
        .options = options,
        .takes = TAKES_TRANSFER,
        .preset = &j.setup.preset,
    };
    int code = options_parse(&j.line, &command, count, arguments);
    if (code < 0) {
        code = parse_size(&j);
        if (!code) code = j.controls ? bench_all_controls(&j) : j.whole ? bench_whole(&j) : bench_evaluations(&j);
    }
    free(j.time);
    nst_transfer_destroy(j.transfer);
    options_free(&j.line);
    return code;
}
