/*
 * The command line, driven by tables: what a command takes itself, and the parameters of the library's own
 * table. The same tables make the help.
 */
#ifndef NST_TOOLS_OPTIONS_H
#define NST_TOOLS_OPTIONS_H

#include "common.h"

typedef struct words {
    const char **word;
    size_t count;
    const struct words *of; /* of an option that may follow each of these words: word i belongs to word i, "" where
                             * none was given; NULL for others */
} words;

void words_add(words *list, const char *word);
void words_free(words *list);

/* An option of the command's own. Exactly one of FLAG, TEXT, LIST is set. */
typedef struct option {
    const char *name;     /* without the two dashes */
    char letter;          /* of the short form; 0: none */
    const char *argument; /* as the help calls it; NULL: takes none, TEXT is NAME then; "[X]" may be left
                           * out, TEXT is "" then */
    const char *help;
    bool *flag;
    const char **text;
    words *list; /* may be given again */
} option;

/* Parameters of the library that a command takes, by what they belong to. */
enum { TAKES_TRANSFER = 1, TAKES_OPTIMIZER = 2, TAKES_IMAGE = 4 };

typedef struct command_spec {
    const char *usage;     /* "nst eval IMAGE ..." */
    const char *about;     /* a paragraph */
    const option *options; /* until one without a name; they win over parameters of the same name */
    unsigned takes;
    const nst_param *without; /* parameters that it does not take, until 0; may be NULL */
    const char **preset;      /* the one whose values the help tells as defaults; NULL: takes none */
} command_spec;

typedef struct setting {
    nst_param param;
    const char *value;
} setting;

typedef struct command_line {
    words operands;
    setting *settings;
    size_t count;
    size_t loose; /* operand LOOSE - 1 directly follows an option without its value, and may be it; 0: none */
} command_line;

/* Reads the arguments behind the command's name. Returns -1 to go on, or an exit code: after a complaint, or
 * when help was asked for and printed. */
int options_parse(command_line *out, const command_spec *command, int count, char **arguments);
void options_free(command_line *parsed);

bool options_take(const command_spec *command, nst_param param);

/* Hands on the settings that belong to each; complains. */
int options_to_transfer(const command_line *parsed, nst_transfer *transfer);
int options_to_image(const command_line *parsed, nst_image *image);
/* The transfer's own optimizer with these settings. */
int options_to_optimizer(const command_line *parsed, const nst_transfer *transfer, nst_optimizer **out);
bool options_has(const command_line *parsed, nst_param param);

/* The word of LIST (NULL ends it) that WORD may have been meant to be, or NULL. */
const char *closest(const char *word, const char *const *list);

/* A whole number of MINIMUM or more; complains. */
int parse_count(long long *out, const char *text, long long minimum, const char *name);

#endif
