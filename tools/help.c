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

/* What PARAM is where it is not given: EXAMPLE and SOLVER have nothing but a preset. */
static const char *default_of(const nst_transfer *example, const nst_optimizer *solver, nst_param param)
{
    const char *text = nst_param_default(param);
    if (param == NST_PARAM_MEMORY_LIMIT) return "three quarters of what the machine has";
    if (nst_param_object(param) == NST_OBJECT_TRANSFER) nst_transfer_get_text(example, param, &text);
    if (nst_param_object(param) == NST_OBJECT_OPTIMIZER) nst_optimizer_get_text(solver, param, &text);
    return text;
}

static void print_param(nst_param param, const char *value)
{
    char text[1024];
    int at = snprintf(text, sizeof text, "%s", nst_param_help(param));
    const int length = printf("  --%s %s", nst_param_name(param), help_argument(param));
    for (size_t i = 0; nst_param_choice(param, i, NULL); i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", i ? ", " : ": ", nst_param_choice(param, i, NULL));
    if (*value) snprintf(text + at, sizeof text - (size_t)at, " [%s]", value);
    print_help(text, (size_t)length);
}

/* The table has each group in one piece. */
static void print_params(const command_spec *command, const nst_transfer *example, const nst_optimizer *solver)
{
    const char *group = "";
    for (size_t i = 0; i < nst_param_count(); i++) {
        const nst_param param = nst_param_at(i);
        if (!options_take(command, param)) continue;
        if (strcmp(group, nst_param_group(param)) != 0) printf("\n%s:\n", nst_param_group(param));
        group = nst_param_group(param);
        print_param(param, default_of(example, solver, param));
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

/* A transfer as PRESET makes it, or the default preset where there is none of that name. NULL: no memory. */
static nst_transfer *make_example(const char *preset)
{
    nst_model *model;
    nst_transfer *example;
    if (nst_model_load(&model, NULL) != NST_OK) return NULL;
    if (nst_transfer_create(&example, model) == NST_OK) nst_transfer_set_preset(example, preset);
    nst_model_destroy(model);
    return example;
}

static void print_tables(const command_spec *command)
{
    nst_transfer *example = make_example(command->preset && *command->preset ? *command->preset : nst_preset_name(0));
    nst_optimizer *solver = NULL;
    if (example) nst_transfer_make_optimizer(&solver, example);
    print_params(command, example, solver);
    nst_optimizer_destroy(solver);
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
