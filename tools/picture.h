/*
 * Pictures in and out of the program: files, pipes, and "-" for standard input and output.
 */
#ifndef NST_TOOLS_PICTURE_H
#define NST_TOOLS_PICTURE_H

#include "options.h"

/* How pictures are read. */
typedef struct picture_reading {
    const char *max_pixels; /* of the option; NULL: the library's cap */
    bool quiet;             /* warnings are not told */
} picture_reading;

/* NAME: a file, a device or pipe such as /dev/stdin, or "-". Tells its warnings; complains. */
int picture_read(nst_image **out, const char *name, const picture_reading *how);

/* The same of a picture of which each process that paints together with others needs its part (together.h). */
int picture_read_part(nst_image **out, const char *name, const picture_reading *how);

#define PICTURE_READING(how) \
    { \
        "max-pixels", 0, "N", "most pixels of a picture that is read, as a guard against files that lie [268435456]", \
            NULL, &(how).max_pixels, NULL \
    }

/* What NAME is written as: TYPE, of --type, where its ending does not tell; "png" for "-". Complains. */
int picture_type(const char **out, const char *name, const char *type);
/* NAME can be written, as far as that is known before; else complains. */
int picture_check(const char *name);
int picture_write(const nst_image *image, const char *name, const char *type);

bool picture_is_stream(const char *name);  /* "-" */
bool picture_comes_once(const char *name); /* "-" or a pipe: whoever looks into it takes it away */
/* The first byte of standard input, which picture_read() reads nevertheless; -1: it has none. */
int picture_peek(void);
/* Standard input can be read once: "-" (or "-=SHARE", of a style) stands once at most in the COUNT LISTS. Complains. */
int picture_check_stream(const words *const *lists, size_t count);

#define PICTURE_TYPE(where) \
    { \
        "type", 0, "NAME", "how the result is written if its name does not tell: png, jpeg, ppm, pgm, pam", NULL, \
            &(where), NULL \
    }

#endif
