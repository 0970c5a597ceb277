#include "outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char mark[] = "{name}";

bool output_has_name(const char *pattern)
{
    return strstr(pattern, mark) != NULL;
}

/* ("photos/town.jpg") gives "town"; a name that is nothing but an ending stays whole. */
static char *plain_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *end = ending(path);
    if (strcmp(path, "-") == 0) return print_text("stdin");
    return end > name ? print_text("%.*s", (int)(end - name), name) : print_text("%s", name);
}

char *output_name(const char *pattern, const char *input)
{
    char *name = plain_name(input), *out = print_text("%s", "");
    for (const char *at; (at = strstr(pattern, mark)) != NULL; pattern = at + sizeof mark - 1) {
        char *longer = print_text("%s%.*s%s", out, (int)(at - pattern), pattern, name);
        free(out);
        out = longer;
    }
    char *whole = print_text("%s%s", out, pattern);
    free(out);
    free(name);
    return whole;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int outputs_differ(const words *outputs)
{
    const size_t count = outputs->count;
    const char **sorted = grow(NULL, count, sizeof *sorted);
    int code = EXIT_DONE;
    for (size_t i = 0; i < count; i++)
        sorted[i] = outputs->word[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < count && !code; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            code =
                complain(EXIT_USE, "%s: would be written twice: expected a name of its own for each output", sorted[i]);
    free(sorted);
    return code;
}

/* ---- Outputs that are inputs ---- */

typedef struct file_id {
    dev_t device;
    ino_t number;
} file_id;

/* Files alone: devices and pipes are not destroyed by being written. */
static bool identify(file_id *out, const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    *out = (file_id){facts.st_dev, facts.st_ino};
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    const file_id *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return x->number == y->number ? 0 : x->number < y->number ? -1 : 1;
}

int outputs_spare(const words *outputs, const words *inputs, const char *advice)
{
    file_id *known = grow(NULL, inputs->count, sizeof *known), id;
    size_t count = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < inputs->count; i++)
        count += identify(&known[count], inputs->word[i]);
    qsort(known, count, sizeof *known, compare_ids);
    for (size_t i = 0; i < outputs->count && !code; i++)
        if (identify(&id, outputs->word[i]) && bsearch(&id, known, count, sizeof *known, compare_ids))
            code = complain(EXIT_USE, "%s: is read and would be replaced: %s", outputs->word[i], advice);
    free(known);
    return code;
}
