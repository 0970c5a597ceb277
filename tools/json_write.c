#include "json_write.h"

#include <nst/nst.h>

#include <math.h>

/* Bytes of the character at P, 0 where it is no UTF-8 (RFC 3629). */
static size_t character(const unsigned char *p)
{
    const size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    const unsigned least = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned most = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (length > 1 && (p[1] < least || p[1] > most)) return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return length;
}

/* The library's escapes, \n and \u202e, are JSON's, but for \x1b. */
static void write_character(FILE *file, const unsigned char *p, size_t length)
{
    char one[5], shown[8];
    snprintf(one, sizeof one, "%.*s", (int)length, (const char *)p);
    nst_text_escape(shown, sizeof shown, one);
    if (shown[0] == '\\' && shown[1] == 'x')
        fprintf(file, "\\u00%s", shown + 2);
    else
        fputs(shown, file);
}

/* Names of files may hold any bytes; what JSON cannot say is U+FFFD, the replacement character. */
static void write_text(FILE *file, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    fputc('"', file);
    while (*p) {
        const size_t length = character(p);
        if (length == 0)
            fputs("\\ufffd", file);
        else if (*p == '"' || *p == '\\')
            fprintf(file, "\\%c", *p);
        else
            write_character(file, p, length);
        p += length ? length : 1;
    }
    fputc('"', file);
}

static void begin(json *j, const char *name)
{
    if (j->comma) fputs(", ", j->file);
    j->comma = true;
    if (name) {
        write_text(j->file, name);
        fputs(": ", j->file);
    }
}

void json_open(json *j, const char *name, char bracket)
{
    begin(j, name);
    fputc(bracket, j->file);
    j->comma = false;
}

void json_close(json *j, char bracket)
{
    fputc(bracket, j->file);
    j->comma = true;
}

void json_text(json *j, const char *name, const char *value)
{
    begin(j, name);
    write_text(j->file, value);
}

void json_number(json *j, const char *name, double value)
{
    begin(j, name);
    if (!isfinite(value))
        fputs("null", j->file);
    else if (value == floor(value) && fabs(value) < 1e15)
        fprintf(j->file, "%.0f", value);
    else
        fprintf(j->file, "%.10g", value);
}
