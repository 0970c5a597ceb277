/* nst mask: makes masks for --where, --style-where, --freeze and --content-map. */
#include "commands.h"
#include "mask.h"
#include "outputs.h"
#include "preview.h"

#include <stdlib.h>
#include <string.h>

typedef struct job {
    command_line parsed;
    picture_reading reading;
    const char *out, *given_type, *type, *feather, *preview_where;
    bool invert, quiet;
    double width; /* of the soft edge */

    nst_image *picture;
    preview preview;
    mask mask;
} job;

static int parse_width(job *j)
{
    char *end;
    if (!j->feather) return EXIT_DONE;
    j->width = strtod(j->feather, &end);
    if (end != j->feather && !*end && j->width >= 0 && j->width <= 10000) return EXIT_DONE;
    return complain(EXIT_USE, "--feather: expected pixels from 0 to 10000, found '%s'", j->feather);
}

static int check(job *j)
{
    const words *names = &j->parsed.operands;
    if (names->count < 2)
        return complain(EXIT_USE, "mask needs a picture and a shape: nst mask PICTURE color=#8fc4ee:0.1 -o OUT.png");
    if (!j->out) return complain(EXIT_USE, "mask needs a name for the result: -o OUT.png");
    int code = picture_type(&j->type, j->out, j->given_type);
    if (!code) code = picture_check(j->out);
    if (!code)
        code = outputs_spare(&(words){&j->out, 1, NULL}, &(words){names->word, 1, NULL}, "expected another name");
    if (!code) code = parse_width(j);
    if (!code) code = preview_start(&j->preview, j->preview_where);
    return code;
}

static int draw(job *j)
{
    mask_source source;
    int code = picture_read(&j->picture, j->parsed.operands.word[0], &j->reading);
    if (code) return code;
    mask_source_start(&source, j->picture, &j->reading);
    code = mask_draw(&j->mask, &source, &j->parsed.operands, 1);
    mask_source_end(&source);
    if (code) return code;
    if (j->invert) mask_invert(&j->mask);
    if (j->width > 0) mask_feather(&j->mask, j->width);
    return EXIT_DONE;
}

static void warn_of_nothing(const job *j)
{
    double sum = 0;
    const size_t count = j->mask.width * j->mask.height;
    for (size_t i = 0; i < count; i++)
        sum += j->mask.value[i];
    if (sum == 0) tell("nst: warning: %s: the mask is black everywhere", j->out);
    if (sum == (double)count) tell("nst: warning: %s: the mask is white everywhere", j->out);
    if (!j->quiet) tell("%s: %zux%zu, %.1f %% white", j->out, j->mask.width, j->mask.height, 100 * sum / (double)count);
}

static int save(const job *j)
{
    nst_image *image;
    nst_status status = nst_image_create(&image, (uint32_t)j->mask.width, (uint32_t)j->mask.height, 0);
    if (status != NST_OK) return complain_of(status);
    float *pixels = nst_image_mutable_pixels(image);
    for (size_t i = 0; i < 3 * j->mask.width * j->mask.height; i++)
        pixels[i] = j->mask.value[i / 3];
    int code = options_to_image(&j->parsed, image);
    if (!code) code = picture_write(image, j->out, j->type);
    nst_image_destroy(image);
    return code;
}

/* The picture as it is where the mask is white, and in red, half as light, where it is black. */
static int show(job *j)
{
    static const float red[] = {1, 0, 0};
    float *pixels = nst_image_mutable_pixels(j->picture);
    if (!preview_due(&j->preview)) return EXIT_DONE;
    for (size_t i = 0; i < 3 * j->mask.width * j->mask.height; i++) {
        const float white = j->mask.value[i / 3], grey = (pixels[i] + red[i % 3]) / 2;
        pixels[i] = white * pixels[i] + (1 - white) * grey;
    }
    return preview_show(&j->preview, j->picture);
}

static int make(job *j)
{
    int code = check(j);
    if (!code) code = draw(j);
    if (!code) code = save(j);
    if (code) return code;
    warn_of_nothing(j);
    return show(j);
}

int command_mask(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"output", 'o', "FILE", "the mask: .png, .pgm or another picture; - for standard output", NULL, &j.out, NULL},
        PICTURE_TYPE(j.given_type),
        {"feather", 0, "PIXELS", "make the edges soft, so many pixels wide [0]", NULL, &j.feather, NULL},
        {"invert", 0, NULL, "exchange black and white at the end", &j.invert, NULL, NULL},
        {"preview", 0, "[WHERE]",
         "show the picture, red where the mask is black, on the terminal; WHERE: a file instead, or what the terminal "
         "shows: sixel, kitty, iterm2, blocks",
         NULL, &j.preview_where, NULL},
        PICTURE_READING(j.reading),
        {"quiet", 'q', NULL, "say nothing but errors and warnings", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst mask PICTURE SHAPE [and|or [not] SHAPE] ... -o OUT [OPTIONS]",
        .about = "Makes a mask of PICTURE's size, white in SHAPE:\n"
                 "  color=COLOR:RANGE     colours near COLOR, #rrggbb or that at X,Y; RANGE in OkLab [0.1]\n"
                 "  luma=FROM:TO          lightness from FROM to TO, 0..1\n"
                 "  polygon=X,Y/X,Y/X,Y   a polygon through these points\n"
                 "  gradient=X,Y/X,Y      from black at the first point to white at the second\n"
                 "  grow=INSIDE:OUTSIDE   what belongs to strokes, X,Y/X,Y+X,Y; + begins another stroke\n"
                 "  strokes=FILE          the same, with white strokes inside and black ones outside\n"
                 "  file=FILE             a mask that there is\n"
                 "Points are in pixels, or in parts of the picture as 50%,100%. Shapes are joined from left\n"
                 "to right. color takes several colours with / between them.",
        .options = options,
        .takes = TAKES_IMAGE,
        .without =
            (const nst_param[]){NST_PARAM_BACKGROUND, NST_PARAM_JPEG_QUALITY, NST_PARAM_JPEG_SUBSAMPLING, (nst_param)0},
    };
    int code = options_parse(&j.parsed, &command, count, arguments);
    j.reading.quiet = j.quiet;
    if (code < 0) code = make(&j);
    mask_free(&j.mask);
    nst_image_destroy(j.picture);
    options_free(&j.parsed);
    return code;
}
