/*
 * Writes JSON: objects, arrays and their members one after the other; the commas come by themselves.
 */
#ifndef NST_TOOLS_JSON_WRITE_H
#define NST_TOOLS_JSON_WRITE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct json {
    FILE *file;
    bool comma; /* before the next member */
} json;

/* NAME is NULL in an array and at the top. */
void json_open(json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(json *j, char bracket);                  /* '}' or ']' */
void json_text(json *j, const char *name, const char *value);
void json_number(json *j, const char *name, double value); /* null if it is not finite */

#endif
