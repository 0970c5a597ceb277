#include "picture.h"
#include "outputs.h"
#include "together.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool picture_is_stream(const char *name)
{
    return strcmp(name, "-") == 0;
}

int picture_check_stream(const words *const *lists, size_t count)
{
    size_t streams = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < lists[i]->count; k++)
            streams += lists[i]->word[k][0] == '-' && strchr("=", lists[i]->word[k][1]) != NULL;
    return streams < 2 ? EXIT_DONE : complain(EXIT_USE, "'-' can be given once: standard input is read to its end");
}

/* ---- In ---- */

enum { HEAD = 16 };                     /* bytes that tell a format */
static const size_t most = 1u << 31;    /* bytes of a picture; the cap on its pixels is checked when they are decoded */
static const size_t at_first = 1 << 16; /* bytes of the buffer, which doubles */

/* What comes through a pipe may be no picture and have no end, as /dev/zero: its first bytes are looked at before the
 * rest is read. */
static bool may_be_picture(const void *bytes, size_t size)
{
    nst_image *none;
    const nst_status status = nst_image_decode(&none, bytes, size < HEAD ? size : HEAD, 0);
    nst_image_destroy(none);
    return status != NST_ERR_FORMAT;
}

static unsigned char peeked; /* of standard input */
static bool has_peeked;

int picture_peek(void)
{
    if (!has_peeked && read(STDIN_FILENO, &peeked, 1) == 1) has_peeked = true;
    return has_peeked ? peeked : -1;
}

/* All that FILE gives, to be freed; complains in the name of NAME. */
static int read_stream(unsigned char **out, size_t *size, int file, const char *name)
{
    size_t room = at_first;
    unsigned char *bytes = grow(NULL, room, 1);
    int code = EXIT_DONE;
    *size = file == STDIN_FILENO && has_peeked;
    bytes[0] = peeked;
    for (bool begun = false;;) {
        const ssize_t n = read(file, bytes + *size, room - *size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) code = complain(EXIT_SYSTEM, "%s: %s", name, strerror(errno));
        if (n <= 0) break;
        *size += (size_t)n;
        if (!begun && *size >= HEAD && !may_be_picture(bytes, *size)) break; /* which decoding will say */
        begun = *size >= HEAD;
        if (*size < room) continue;
        if (room >= most) {
            code = complain(EXIT_INPUT, "%s: more than %zu bytes: expected a picture", name, most);
            break;
        }
        room *= 2;
        bytes = grow(bytes, room, 1);
    }
    if (code) {
        free(bytes);
        bytes = NULL;
    }
    *out = bytes;
    return code;
}

static int decode_stream(nst_image **out, int file, const char *name, uint64_t max_pixels)
{
    unsigned char *bytes;
    size_t size;
    const int code = read_stream(&bytes, &size, file, name);
    if (code) return code;
    const nst_status status = nst_image_decode(out, bytes, size, max_pixels);
    free(bytes);
    return status == NST_OK ? EXIT_DONE : complain(exit_code(status), "%s: %s", name, nst_last_error());
}

/* Neither a file, which the library reads, nor a folder, which nobody does. */
static bool is_pipe(const char *name)
{
    struct stat facts;
    return stat(name, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

bool picture_comes_once(const char *name)
{
    return picture_is_stream(name) || is_pipe(name);
}

static int read_pipe(nst_image **out, const char *name, uint64_t max_pixels)
{
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return complain(EXIT_INPUT, "%s: %s", name, strerror(errno));
    const int code = decode_stream(out, file, name, max_pixels);
    close(file);
    return code;
}

typedef nst_status (*load_fn)(nst_image **out, const char *path, uint64_t max_pixels);

static int read_file(nst_image **out, const char *name, uint64_t max_pixels, load_fn load)
{
    const nst_status status = load(out, name, max_pixels);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int read_by(nst_image **out, const char *name, const picture_reading *how, load_fn load)
{
    const bool stream = picture_is_stream(name);
    const char *shown = stream ? "standard input" : name;
    long long max_pixels = 0;
    int code = EXIT_DONE;
    *out = NULL;
    if (how->max_pixels) code = parse_count(&max_pixels, how->max_pixels, 1, "max-pixels");
    if (code) return code;
    code = stream          ? decode_stream(out, STDIN_FILENO, shown, (uint64_t)max_pixels)
           : is_pipe(name) ? read_pipe(out, name, (uint64_t)max_pixels)
                           : read_file(out, name, (uint64_t)max_pixels, load);
    if (!code && !how->quiet) tell_warnings(shown, nst_image_warnings(*out));
    return code;
}

int picture_read(nst_image **out, const char *name, const picture_reading *how)
{
    return read_by(out, name, how, nst_image_load);
}

int picture_read_part(nst_image **out, const char *name, const picture_reading *how)
{
    return read_by(out, name, how, together_load);
}

/* ---- Out ---- */

/* ".png, .jpg or .jpeg" and so on, with "." BEFORE each. To be freed. */
static char *all_endings(const char *before)
{
    char *all = print_text("%s%s", before, nst_image_ending(0));
    for (size_t i = 1; nst_image_ending(i); i++) {
        char *longer =
            print_text("%s%s%s%s", all, nst_image_ending(i + 1) ? ", " : " or ", before, nst_image_ending(i));
        free(all);
        all = longer;
    }
    return all;
}

int picture_type(const char **out, const char *name, const char *type)
{
    const char *end = ending(name), *by_name = *end ? nst_image_type(end + 1) : NULL;
    *out = type ? nst_image_type(type) : by_name;
    if (!type && !*out && picture_is_stream(name)) *out = "png";
    if (*out && type && by_name && strcmp(by_name, *out) != 0)
        return complain(EXIT_USE, "%s: the name says %s and --type %s: leave one of them out", name, by_name, *out);
    if (*out) return EXIT_DONE;
    char *known = all_endings(type ? "" : ".");
    if (type)
        complain(EXIT_USE, "--type: expected %s, found '%s'", known, type);
    else
        complain(EXIT_USE, "%s: expected a name that ends in %s, or --type", name, known);
    free(known);
    return EXIT_USE;
}

int picture_check(const char *name)
{
    if (!picture_is_stream(name)) return output_check(name, false);
    if (!isatty(STDOUT_FILENO)) return EXIT_DONE;
    return complain(EXIT_USE, "-o -: standard output is a terminal: send it to a file or a program, as with > FILE");
}

int picture_write(const nst_image *image, const char *name, const char *type)
{
    const nst_status status = together_save(image, picture_is_stream(name) ? "/dev/stdout" : name, type);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}
