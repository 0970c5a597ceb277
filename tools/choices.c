#include "choices.h"
#include "outputs.h"

#include <stdlib.h>
#include <string.h>

/* One for each look that a single option gives. */
/* clang-format off */
static const char *const controls[] = {
    "content-weight=0.02", "content-weight=0.1", "style-scale=0.5", "style-scale=2",
    "style-loss=centred", "style-loss=meanstd", "style-loss=w2", "color=match", "color=luma", "color=both",
    "tv-weight=1", "init=noise", "style-layers=conv1_1,conv1_2", "preset=photo",
};
/* clang-format on */

static choice *add(axis *a, char *caption)
{
    a->choice = grow(a->choice, a->count + 1, sizeof *a->choice);
    choice *c = &a->choice[a->count++];
    *c = (choice){.caption = caption, .style = NO_STYLE, .path = -1};
    return c;
}

void axis_free(axis *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->choice[i].caption);
    for (size_t i = 0; i < a->texts.count; i++)
        free((char *)(uintptr_t)a->texts.word[i]);
    words_free(&a->texts);
    free(a->choice);
    *a = (axis){0};
}

void axis_nothing(axis *out)
{
    add(out, print_text("%s", ""));
}

void axis_contents(axis *out, const words *contents)
{
    for (size_t i = 0; i < contents->count; i++)
        add(out, output_name("{name}", contents->word[i]))->content = contents->word[i];
}

void axis_styles(axis *out, const words *styles)
{
    for (size_t i = 0; i < styles->count; i++)
        add(out, output_name("{name}", styles->word[i]))->style = (long)i;
}

void axis_path(axis *out, const words *styles, long long steps)
{
    char *from = output_name("{name}", styles->word[0]), *to = output_name("{name}", styles->word[1]);
    for (long long i = 0; i < steps; i++) {
        const double part = (double)i / (double)(steps - 1);
        add(out, print_text("%s %.3g %%, %s %.3g %%", from, 100 - 100 * part, to, 100 * part))->path = part;
    }
    free(from);
    free(to);
}

/* ---- Settings ---- */

static bool find_param(const command_spec *command, nst_param *out, const char *name)
{
    for (size_t i = 0; i < nst_param_count(); i++) {
        *out = nst_param_at(i);
        const nst_object object = nst_param_object(*out);
        if (options_take(command, *out) && object != NST_OBJECT_IMAGE && strcmp(nst_param_name(*out), name) == 0)
            return true;
    }
    return false;
}

static int unknown(const command_spec *command, const char *name)
{
    words names = {0};
    for (size_t i = 0; i < nst_param_count(); i++)
        if (options_take(command, nst_param_at(i))) words_add(&names, nst_param_name(nst_param_at(i)));
    words_add(&names, "model");
    words_add(&names, "preset");
    words_add(&names, NULL);
    const char *meant = closest(name, names.word);
    words_free(&names);
    return complain(EXIT_USE, "--vary: expected the name of an option and its values, found '%s'%s%s%s", name,
                    meant ? ": did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

/* NAME and VALUE: of AXIS's texts. */
static int add_setting(axis *a, const command_spec *command, const char *name, const char *value)
{
    nst_param param = (nst_param)0;
    const bool model = strcmp(name, "model") == 0, preset = strcmp(name, "preset") == 0;
    if (!model && !preset && !find_param(command, &param, name)) return unknown(command, name);
    choice *c = add(a, print_text("%s=%s", name, value));
    if (model) c->model = value;
    if (preset) c->preset = value;
    if (model || preset) return EXIT_DONE;
    c->setting = (setting){param, value};
    c->sets = true;
    return EXIT_DONE;
}

static char *keep(axis *a, char *text)
{
    words_add(&a->texts, text);
    return text;
}

int axis_vary(axis *out, const command_spec *command, const char *text)
{
    char *name = keep(out, print_text("%s", text)), *values = strchr(name, '=');
    if (!values) return unknown(command, text);
    *values++ = '\0';
    const char *between = strchr(values, ';') ? ";" : ",";
    int code = EXIT_DONE;
    for (char *value = values, *next; value && !code; value = next) {
        next = value + strcspn(value, between);
        if (*next)
            *next++ = '\0';
        else
            next = NULL;
        code = add_setting(out, command, name, value);
    }
    return code;
}

int axis_controls(axis *out, const command_spec *command)
{
    int code = EXIT_DONE;
    add(out, print_text("as it is"));
    for (size_t i = 0; i < sizeof controls / sizeof controls[0] && !code; i++) {
        char *name = keep(out, print_text("%s", controls[i])), *value = strchr(name, '=');
        *value++ = '\0';
        code = add_setting(out, command, name, value);
    }
    return code;
}
