/* nst paint: pictures, or a video on its way through pipes, with a painter of nst train. */
#include "commands.h"
#include "outputs.h"
#include "picture.h"
#include "progress.h"
#include "y4m.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    command_line parsed;
    picture_reading reading;
    const char *painter_path, *out, *given_type, *type, *threads_text, *strength_text;
    bool force, quiet;
    nst_painter *painter;
} job;

static int check_outputs(job *j)
{
    const words *names = &j->parsed.operands;
    words outputs = {0};
    int code = picture_type(&j->type, j->out, j->given_type);
    for (size_t i = 0; i < names->count && !code; i++) {
        words_add(&outputs, output_name(j->out, names->word[i]));
        code = picture_check(outputs.word[i]);
    }
    if (!code) code = outputs_differ(&outputs);
    if (!code && !j->force) code = outputs_spare(&outputs, names, "--force allows it");
    for (size_t i = 0; i < outputs.count; i++)
        free((char *)(uintptr_t)outputs.word[i]);
    words_free(&outputs);
    return code;
}

static int check(const job *j)
{
    const words *names = &j->parsed.operands;
    if (!names->count || !j->painter_path || !j->out)
        return complain(EXIT_USE, "paint needs a picture, a painter and a name: nst paint PICTURE --painter P -o OUT");
    if (names->count > 1 && !output_has_name(j->out))
        return complain(EXIT_USE, "-o: expected a name for each of %zu pictures, as '{name}.png', found '%s'",
                        names->count, j->out);
    return picture_check_stream(&names, 1);
}

static int set_strength(const job *j)
{
    if (!j->strength_text) return EXIT_DONE;
    char *end;
    const double strength = strtod(j->strength_text, &end);
    if (end == j->strength_text || *end || nst_painter_set_strength(j->painter, strength) != NST_OK)
        return complain(EXIT_USE, "--strength: expected 0 to 1, found '%s'", j->strength_text);
    return EXIT_DONE;
}

static int load_painter(job *j)
{
    nst_engine *engine = NULL;
    long long threads = 0;
    int code = j->threads_text ? parse_count(&threads, j->threads_text, 0, "threads") : EXIT_DONE;
    if (code) return code;
    nst_status status = nst_painter_load(&j->painter, j->painter_path);
    if (status == NST_OK) status = nst_engine_create(&engine);
    if (status == NST_OK) status = nst_engine_set_int(engine, NST_PARAM_THREADS, threads);
    if (status == NST_OK) status = nst_painter_set_engine(j->painter, engine);
    nst_engine_destroy(engine);
    return status == NST_OK ? set_strength(j) : complain_of(status);
}

/* ---- Pictures ---- */

static int paint_picture(const job *j, const char *name)
{
    nst_image *image, *result = NULL;
    const double begun = now();
    char time[32];
    int code = picture_read(&image, name, &j->reading);
    if (code) return code;
    char *out = output_name(j->out, name);
    const nst_status status = nst_painter_paint(&result, j->painter, image);
    if (status != NST_OK) code = complain(exit_code(status), "%s: %s", name, nst_last_error());
    if (!code) code = options_to_image(&j->parsed, result);
    if (!code) code = picture_write(result, out, j->type);
    format_seconds(time, sizeof time, now() - begun);
    if (!code && !j->quiet)
        tell("%s: %ux%u in %s", picture_is_stream(out) ? "standard output" : out, nst_image_width(result),
             nst_image_height(result), time);
    free(out);
    nst_image_destroy(image);
    nst_image_destroy(result);
    return code;
}

/* One failure does not stop the others; the code is that of the first. */
static int paint_pictures(job *j)
{
    int first = check_outputs(j);
    if (first) return first;
    for (size_t i = 0; i < j->parsed.operands.count; i++) {
        const int code = paint_picture(j, j->parsed.operands.word[i]);
        if (!first) first = code;
    }
    return first;
}

/* ---- Video ---- */

/* A picture format has another first byte. */
static bool is_video(const job *j)
{
    const words *names = &j->parsed.operands;
    return names->count == 1 && picture_is_stream(names->word[0]) && picture_is_stream(j->out) &&
           !isatty(STDIN_FILENO) && picture_peek() == Y4M_MAGIC[0];
}

static int paint_frames(const job *j, y4m *video)
{
    const double begun = now();
    char after[64];
    for (;;) {
        nst_image *frame, *painted = NULL;
        int code = y4m_read(video, &frame);
        if (code || !frame) return code;
        const nst_status status = nst_painter_paint(&painted, j->painter, frame);
        code = status == NST_OK ? y4m_write(video, painted) : complain_of(status);
        nst_image_destroy(frame);
        nst_image_destroy(painted);
        if (code) return code;
        snprintf(after, sizeof after, "%.1f frames a second", (double)video->frames / (now() - begun));
        if (!j->quiet && isatty(STDERR_FILENO) == 1)
            fprintf(stderr, "\r\033[Kframe %llu  %s", (unsigned long long)video->frames, after);
    }
}

static int paint_video(const job *j)
{
    y4m video;
    ungetc(Y4M_MAGIC[0], stdin); /* which was peeked at */
    int code = y4m_open(&video, stdin, "standard input", stdout);
    if (!code) code = paint_frames(j, &video);
    if (!j->quiet && isatty(STDERR_FILENO) == 1) fputs("\r\033[K", stderr);
    if (!code && !j->quiet) tell("%llu frames painted", (unsigned long long)video.frames);
    y4m_close(&video);
    return code;
}

int command_paint(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"painter", 0, "FILE", "a painter of nst train", NULL, &j.painter_path, NULL},
        {"output", 'o', "FILE",
         "the result: .png, .jpg, .ppm, .pgm or .pam; - for standard output; with several pictures {name} stands for "
         "the name of each",
         NULL, &j.out, NULL},
        PICTURE_TYPE(j.given_type),
        {"force", 0, NULL, "let the result replace a picture that is read", &j.force, NULL, NULL},
        {"strength", 0, "X", "how much is painted: 0 to 1, the rest is the picture [1]", NULL, &j.strength_text, NULL},
        {"threads", 0, "N", "threads; 0: every core that the process may use [0]", NULL, &j.threads_text, NULL},
        PICTURE_READING(j.reading),
        {"quiet", 'q', NULL, "say nothing but errors", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst paint PICTURE ... --painter PAINTER -o OUT [OPTIONS]\n"
                 "       ffmpeg -i IN -f yuv4mpegpipe - | nst paint - --painter PAINTER -o - | ffmpeg -i - OUT",
        .about = "Paints pictures, at their own size, with a painter of nst train. A - stands for standard\n"
                 "input and output, which may be a picture or a video in YUV4MPEG2.",
        .options = options,
        .takes = TAKES_IMAGE,
    };
    int code = options_parse(&j.parsed, &command, count, arguments);
    j.reading.quiet = j.quiet;
    if (code < 0) {
        code = check(&j);
        if (!code) code = load_painter(&j);
        if (!code) code = is_video(&j) ? paint_video(&j) : paint_pictures(&j);
    }
    nst_painter_destroy(j.painter);
    options_free(&j.parsed);
    return code;
}
