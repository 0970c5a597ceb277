#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *help_argument(nst_param param)
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
    if (nst_transfer_make_optimizer(&optimizer, example) != NST_OK) return;
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
    const int length = printf("  --%s %s", nst_param_name(param), help_argument(param));
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
        if ((int)param < from || (int)param > to || !options_take(command, param)) continue;
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

int help_print(const command_spec *command)
{
    printf("Usage: %s\n\n%s\n\nOptions:\n", command->usage, command->about);
    for (const option *o = command->options; o->name; o++)
        print_option(o);
    print_option(&(option){.name = "help", .letter = 'h', .help = "show this"});
    if (command->takes) print_tables(command);
    if (command->preset) print_presets();
    return EXIT_DONE;
}
