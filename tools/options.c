#include "options.h"
#include "help.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_add(words *list, const char *word)
{
    list->word = grow(list->word, list->count + 1, sizeof *list->word);
    list->word[list->count++] = word;
}

void words_free(words *list)
{
    free(list->word);
    *list = (words){0};
}

/* ---- What a command takes ---- */

bool options_take(const command_spec *command, nst_param param)
{
    const nst_object object = nst_param_object(param);
    const unsigned bit = object == NST_OBJECT_TRANSFER    ? TAKES_TRANSFER
                         : object == NST_OBJECT_OPTIMIZER ? TAKES_OPTIMIZER
                                                          : TAKES_IMAGE;
    if (!(command->takes & bit)) return false;
    for (const nst_param *p = command->without; p && *p; p++)
        if (*p == param) return false;
    for (const option *o = command->options; o->name; o++)
        if (strcmp(o->name, nst_param_name(param)) == 0) return false;
    return true;
}

static const option *find_option(const command_spec *command, const char *name)
{
    for (const option *o = command->options; o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

static const option *find_letter(const command_spec *command, char letter)
{
    for (const option *o = command->options; o->name; o++)
        if (o->letter == letter) return o;
    return NULL;
}

static bool find_param(const command_spec *command, const char *name, nst_param *out)
{
    for (size_t i = 0; i < nst_param_count(); i++) {
        *out = nst_param_at(i);
        if (options_take(command, *out) && strcmp(nst_param_name(*out), name) == 0) return true;
    }
    return false;
}

/* ---- Misspelt words ---- */

/* Levenshtein's distance: insertions, deletions and substitutions that turn A into B. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    const size_t n = strlen(a), m = strlen(b);
    size_t row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return LONGEST;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t above = row[j];
            size_t least = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < least) least = above + 1;
            if (row[j - 1] + 1 < least) least = row[j - 1] + 1;
            row[j] = least;
            diagonal = above;
        }
    }
    return row[m];
}

const char *closest(const char *word, const char *const *list)
{
    const char *best = NULL;
    size_t least = strlen(word) < 4 ? 2 : 3; /* farther away is no misspelling */
    for (; *list; list++) {
        const size_t away = distance(word, *list);
        const bool begins = strlen(word) >= 3 && strncmp(word, *list, strlen(word)) == 0;
        if (away < least || (begins && !best)) {
            best = *list;
            if (away < least) least = away;
        }
    }
    return best;
}

static int unknown(const command_spec *command, const char *name)
{
    words names = {0};
    for (const option *o = command->options; o->name; o++)
        words_add(&names, o->name);
    for (size_t i = 0; i < nst_param_count(); i++)
        if (options_take(command, nst_param_at(i))) words_add(&names, nst_param_name(nst_param_at(i)));
    words_add(&names, "help");
    words_add(&names, NULL);
    const char *meant = closest(name, names.word);
    if (meant)
        complain(EXIT_USE, "there is no option --%s: did you mean --%s?", name, meant);
    else
        complain(EXIT_USE, "there is no option --%s: --help lists those that there are", name);
    words_free(&names);
    return EXIT_USE;
}

/* ---- Parsing ---- */

static void take_setting(command_line *out, nst_param param, const char *value)
{
    out->settings = grow(out->settings, out->count + 1, sizeof *out->settings);
    out->settings[out->count++] = (setting){param, value};
}

/* The value belongs to the last word given so far, or to the first that will be. */
static int take_belonging(const option *o, const char *value)
{
    const size_t last = o->list->of->count > 0 ? o->list->of->count - 1 : 0;
    if (o->list->count > last)
        return complain(EXIT_USE, "--%s: expected once for each, found '%s' and '%s'", o->name, o->list->word[last],
                        value);
    while (o->list->count < last)
        words_add(o->list, "");
    words_add(o->list, value);
    return -1;
}

static int take_option(const option *o, const char *value)
{
    if (o->flag)
        *o->flag = true;
    else if (o->list && o->list->of)
        return take_belonging(o, value);
    else if (o->list)
        words_add(o->list, value);
    else
        *o->text = o->argument ? value : o->name;
    return -1;
}

/* What stands behind the dashes: NAME, or NAME=VALUE, else the value is the next argument. */
static int take_long(command_line *out, const command_spec *command, const char *text, char *const *next, int *used)
{
    char name[64];
    const char *equals = strchr(text, '='), *value = equals ? equals + 1 : *next;
    const size_t length = equals ? (size_t)(equals - text) : strlen(text);
    nst_param param = (nst_param)0;
    if (length >= sizeof name) return complain(EXIT_USE, "there is no option --%.40s...", text);
    memcpy(name, text, length);
    name[length] = '\0';
    if (strcmp(name, "help") == 0) return help_print(command);
    const option *o = find_option(command, name);
    if (!o && !find_param(command, name, &param)) return unknown(command, name);
    if (o && !o->argument) {
        if (equals) return complain(EXIT_USE, "--%s takes no value, found '%s'", name, value);
        return take_option(o, NULL);
    }
    if (o && o->argument[0] == '[' && !equals) {
        if (*next && ((*next)[0] != '-' || !(*next)[1])) out->loose = out->operands.count + 1;
        return take_option(o, "");
    }
    if (!value)
        return complain(EXIT_USE, "--%s needs a value: --%s %s", name, name, o ? o->argument : help_argument(param));
    *used = !equals;
    if (o) return take_option(o, value);
    take_setting(out, param, value);
    return -1;
}

/* -oFILE, -o FILE, -q */
static int take_short(const command_spec *command, const char *text, char *const *next, int *used)
{
    if (strcmp(text, "h") == 0) return help_print(command);
    const option *o = find_letter(command, text[0]);
    if (!o) return complain(EXIT_USE, "there is no option -%c: --help lists those that there are", text[0]);
    if (!o->argument) {
        if (text[1]) return complain(EXIT_USE, "-%c takes no value, found '%s'", text[0], text + 1);
        return take_option(o, NULL);
    }
    const char *value = text[1] ? text + 1 : *next;
    if (!value) return complain(EXIT_USE, "-%c needs a value: -%c %s", o->letter, o->letter, o->argument);
    *used = !text[1];
    return take_option(o, value);
}

static const char *memory_advice(const command_spec *command)
{
    if (!options_take(command, NST_PARAM_MEMORY_LIMIT)) return "";
    if (options_take(command, NST_PARAM_SIZE) || find_option(command, "size"))
        return "; a smaller --size needs less, and so does --memory-limit with a limit, which computes in tiles";
    return "; --memory-limit with a limit computes in tiles and needs less";
}

/* ARGUMENTS ends with NULL, as that of main() does. */
int options_parse(command_line *out, const command_spec *command, int count, char **arguments)
{
    set_memory_advice(memory_advice(command));
    bool operands_only = false;
    *out = (command_line){0};
    for (int i = 0; i < count; i++) {
        const char *text = arguments[i];
        int used = 0, code = -1;
        if (operands_only || text[0] != '-' || text[1] == '\0')
            words_add(&out->operands, text);
        else if (strcmp(text, "--") == 0)
            operands_only = true;
        else if (text[1] == '-')
            code = take_long(out, command, text + 2, arguments + i + 1, &used);
        else
            code = take_short(command, text + 1, arguments + i + 1, &used);
        if (code >= 0) return code;
        i += used;
    }
    return -1;
}

void options_free(command_line *parsed)
{
    words_free(&parsed->operands);
    free(parsed->settings);
    parsed->settings = NULL;
}

/* ---- Handing on ---- */

/* The library's messages begin with the parameter's name, which here is an option's. */
static int complain_of_setting(nst_status status, const setting *s)
{
    const char *name = nst_param_name(s->param), *detail = nst_last_error();
    const bool named = strncmp(detail, name, strlen(name)) == 0;
    if (named) return complain(exit_code(status), "--%s", detail);
    return complain(exit_code(status), "--%s: %s", name, detail);
}

static int set_param(const command_line *parsed, nst_transfer *transfer, nst_param param)
{
    for (size_t i = 0; i < parsed->count; i++) {
        const setting *s = &parsed->settings[i];
        if (s->param != param) continue;
        const nst_status status = nst_transfer_set_text(transfer, param, s->value);
        if (status != NST_OK) return complain_of_setting(status, s);
    }
    return EXIT_DONE;
}

/* In the order of the table, where an option that sets others, such as --effort, comes before them. */
int options_to_transfer(const command_line *parsed, nst_transfer *transfer)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < nst_param_count() && code == EXIT_DONE; i++)
        if (nst_param_object(nst_param_at(i)) == NST_OBJECT_TRANSFER)
            code = set_param(parsed, transfer, nst_param_at(i));
    return code;
}

int options_to_image(const command_line *parsed, nst_image *image)
{
    for (size_t i = 0; i < parsed->count; i++) {
        const setting *s = &parsed->settings[i];
        if (nst_param_object(s->param) != NST_OBJECT_IMAGE) continue;
        const nst_status status = nst_image_set_text(image, s->param, s->value);
        if (status != NST_OK) return complain_of_setting(status, s);
    }
    return EXIT_DONE;
}

int options_to_optimizer(const command_line *parsed, const nst_transfer *transfer, nst_optimizer **out)
{
    nst_status status = nst_transfer_make_optimizer(out, transfer);
    if (status != NST_OK) return complain_of(status);
    for (size_t i = 0; i < parsed->count; i++) {
        const setting *s = &parsed->settings[i];
        if (nst_param_object(s->param) != NST_OBJECT_OPTIMIZER) continue;
        status = nst_optimizer_set_text(*out, s->param, s->value);
        if (status != NST_OK) return complain_of_setting(status, s);
    }
    return EXIT_DONE;
}

bool options_has(const command_line *parsed, nst_param param)
{
    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->settings[i].param == param) return true;
    return false;
}

/* ---- Numbers ---- */

int parse_count(long long *out, const char *text, long long minimum, const char *name)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end == text || *end || errno || *out < minimum)
        return complain(EXIT_USE, "--%s: expected a whole number of at least %lld, found '%s'", name, minimum, text);
    return EXIT_DONE;
}
