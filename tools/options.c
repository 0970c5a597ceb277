#include "options.h"

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

static bool takes(const command_spec *command, nst_param param)
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
        if (takes(command, *out) && strcmp(nst_param_name(*out), name) == 0) return true;
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
        if (takes(command, nst_param_at(i))) words_add(&names, nst_param_name(nst_param_at(i)));
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

/* ---- Help ---- */

enum { LEFT = 26, RIGHT = 78 };

/* TEXT behind the option's name, broken into lines. */
static void print_help(const char *text, size_t column)
{
    if (column >= LEFT) {
        putchar('\n');
        column = 0;
    }
    while (*text) {
        const size_t space = RIGHT - LEFT;
        size_t length = strlen(text), cut = length;
        if (length > space)
            for (cut = space; cut > 0 && text[cut] != ' '; cut--)
                ;
        if (cut == 0) cut = length;
        printf("%*s%.*s\n", (int)(LEFT - column), "", (int)cut, text);
        text += cut;
        while (*text == ' ')
            text++;
        column = 0;
    }
}

static void print_option(const option *o)
{
    const int length = o->letter ? printf("  -%c, --%s", o->letter, o->name) : printf("  --%s", o->name);
    const int more = o->argument ? printf(" %s", o->argument) : 0;
    print_help(o->help, (size_t)(length + more));
}

static const char *argument_of(nst_param param)
{
    switch (nst_param_type_of(param)) {
    case NST_TYPE_INT: return "N";
    case NST_TYPE_FLOAT: return "X";
    case NST_TYPE_BYTES: return "BYTES";
    case NST_TYPE_CHOICE: return "NAME";
    default: return "LIST";
    }
}

/* What an optimizer's PARAM is by EXAMPLE's preset, where that differs from the table. */
static void default_of_solver(char *out, size_t size, const nst_transfer *example, nst_param param)
{
    nst_optimizer *optimizer;
    double number;
    if (nst_transfer_optimizer(&optimizer, example) != NST_OK) return;
    if (nst_optimizer_get_float(optimizer, param, &number) == NST_OK && number != strtod(out, NULL))
        snprintf(out, size, "%g", number);
    nst_optimizer_destroy(optimizer);
}

/* What PARAM is where it is not given: EXAMPLE is a transfer with nothing but a preset. */
static void default_of(char *out, size_t size, const nst_transfer *example, nst_param param)
{
    const char *text = nst_transfer_get_text(example, param);
    int64_t whole;
    double number;
    snprintf(out, size, "%s", nst_param_default(param));
    if (nst_param_object(param) == NST_OBJECT_OPTIMIZER) default_of_solver(out, size, example, param);
    if (nst_param_object(param) != NST_OBJECT_TRANSFER) return;
    if (param == NST_PARAM_MEMORY_LIMIT)
        snprintf(out, size, "three quarters of what the machine has");
    else if (text)
        snprintf(out, size, "%s", text);
    else if (nst_transfer_get_float(example, param, &number) == NST_OK)
        snprintf(out, size, "%g", number);
    else if (nst_transfer_get_int(example, param, &whole) == NST_OK)
        snprintf(out, size, "%lld", (long long)whole);
}

static void print_param(const nst_transfer *example, nst_param param)
{
    char text[1024], value[256];
    int at = snprintf(text, sizeof text, "%s", nst_param_help(param));
    const int length = printf("  --%s %s", nst_param_name(param), argument_of(param));
    if (nst_param_type_of(param) == NST_TYPE_CHOICE) {
        for (int64_t i = 0; nst_param_choice(param, i); i++)
            at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", i ? ", " : ": ", nst_param_choice(param, i));
    }
    default_of(value, sizeof value, example, param);
    if (*value) snprintf(text + at, sizeof text - (size_t)at, " [%s]", value);
    print_help(text, (size_t)length);
}

static void print_params(const command_spec *command, const nst_transfer *example, const char *title, int from, int to)
{
    bool any = false;
    for (size_t i = 0; i < nst_param_count(); i++) {
        const nst_param param = nst_param_at(i);
        if ((int)param < from || (int)param > to || !takes(command, param)) continue;
        if (!any) printf("\n%s\n", title);
        any = true;
        print_param(example, param);
    }
}

static void print_presets(void)
{
    fputs("\nPresets (--preset NAME --help tells the values of each):\n", stdout);
    for (size_t i = 0; nst_preset_name(i); i++) {
        const int length = printf("  %s", nst_preset_name(i));
        print_help(nst_preset_help(i), (size_t)length);
    }
}

/* A transfer as *PRESET makes it; *PRESET becomes the default where there is none of that name. NULL: no memory. */
static nst_transfer *make_example(const char **preset)
{
    nst_model *model;
    nst_transfer *example;
    if (nst_model_load(&model, NULL) != NST_OK) return NULL;
    if (nst_transfer_create(&example, model) == NST_OK && nst_transfer_set_preset(example, *preset) != NST_OK)
        *preset = nst_preset_name(0);
    nst_model_destroy(model);
    return example;
}

static void print_tables(const command_spec *command)
{
    const char *preset = command->preset && *command->preset ? *command->preset : nst_preset_name(0);
    nst_transfer *example = make_example(&preset);
    char title[128];
    snprintf(title, sizeof title, "What is asked for, with the values of preset %s:", preset);
    print_params(command, example, title, 200, 249);
    print_params(command, example, "How it is computed:", 250, 299);
    print_params(command, example, "The solver:", 300, 399);
    print_params(command, example, "The file that is written:", 100, 199);
    nst_transfer_destroy(example);
}

static int help(const command_spec *command)
{
    printf("Usage: %s\n\n%s\n\nOptions:\n", command->usage, command->about);
    for (const option *o = command->options; o->name; o++)
        print_option(o);
    print_option(&(option){.name = "help", .letter = 'h', .help = "show this"});
    if (command->takes) print_tables(command);
    if (command->preset) print_presets();
    return EXIT_DONE;
}

/* ---- Parsing ---- */

static void take_setting(command_line *out, nst_param param, const char *value)
{
    out->settings = grow(out->settings, out->count + 1, sizeof *out->settings);
    out->settings[out->count++] = (setting){param, value};
}

static int take_option(const option *o, const char *value)
{
    if (o->flag)
        *o->flag = true;
    else if (o->list)
        words_add(o->list, value);
    else
        *o->text = value;
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
    if (strcmp(name, "help") == 0) return help(command);
    const option *o = find_option(command, name);
    if (!o && !find_param(command, name, &param)) return unknown(command, name);
    if (o && o->flag) {
        if (equals) return complain(EXIT_USE, "--%s takes no value, found '%s'", name, value);
        return take_option(o, NULL);
    }
    if (o && o->argument[0] == '[' && !equals) {
        if (*next && ((*next)[0] != '-' || !(*next)[1])) out->loose = out->operands.count + 1;
        return take_option(o, "");
    }
    if (!value)
        return complain(EXIT_USE, "--%s needs a value: --%s %s", name, name, o ? o->argument : argument_of(param));
    *used = !equals;
    if (o) return take_option(o, value);
    take_setting(out, param, value);
    return -1;
}

/* -oFILE, -o FILE, -q */
static int take_short(const command_spec *command, const char *text, char *const *next, int *used)
{
    if (strcmp(text, "h") == 0) return help(command);
    const option *o = find_letter(command, text[0]);
    if (!o) return complain(EXIT_USE, "there is no option -%c: --help lists those that there are", text[0]);
    if (o->flag) {
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
    if (!takes(command, NST_PARAM_MEMORY_LIMIT)) return "";
    if (takes(command, NST_PARAM_SIZE) || find_option(command, "size"))
        return "; a smaller --size needs less, and so does --memory with a limit, which computes in tiles";
    return "; --memory with a limit computes in tiles and needs less";
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

int options_to_transfer(const command_line *parsed, nst_transfer *transfer)
{
    for (size_t i = 0; i < parsed->count; i++) {
        const setting *s = &parsed->settings[i];
        if (nst_param_object(s->param) != NST_OBJECT_TRANSFER) continue;
        const nst_status status = nst_transfer_set_text(transfer, s->param, s->value);
        if (status != NST_OK) return complain_of_setting(status, s);
    }
    return EXIT_DONE;
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
    nst_status status = nst_transfer_optimizer(out, transfer);
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
