#include "json.h"

#include <math.h>

static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(file, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(file, "\\u%04x", *p);
        else
            fputc(*p, file);
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
