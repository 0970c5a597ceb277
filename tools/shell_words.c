#include "shell_words.h"

#include <string.h>

void shell_word(FILE *file, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,@%+-";
    if (*word && !word[strspn(word, plain)]) {
        fprintf(file, " %s", word);
        return;
    }
    fputs(" '", file);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", file);
        else
            fputc(*word, file);
    fputc('\'', file);
}

static void option_of(FILE *file, const char *name, const char *value)
{
    if (!value || !*value) return;
    fprintf(file, " --%s", name);
    shell_word(file, value);
}

void shell_stylize(FILE *file, const char *content, const setup_choice *setup, const command_line *parsed,
                   const char *out)
{
    fputs("nst stylize", file);
    for (size_t i = 0; i < setup->styles.count; i++) {
        option_of(file, "style", setup->styles.word[i]);
        if (i < setup->where.count) option_of(file, "where", setup->where.word[i]);
        if (i < setup->style_where.count) option_of(file, "style-where", setup->style_where.word[i]);
    }
    option_of(file, "freeze", setup->freeze);
    option_of(file, "content-map", setup->content_map);
    option_of(file, "model", setup->model);
    option_of(file, "input", setup->input);
    option_of(file, "preset", setup->preset);
    option_of(file, "max-pixels", setup->reading.max_pixels);
    for (size_t i = 0; i < parsed->count; i++)
        option_of(file, nst_param_name(parsed->settings[i].param), parsed->settings[i].value);
    option_of(file, "output", out);
    fputs(" --", file);
    shell_word(file, content);
}
