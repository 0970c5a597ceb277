/*
 * From the command line to a transfer that is ready: what stylize, eval and bench share.
 */
#ifndef NST_TOOLS_SETUP_H
#define NST_TOOLS_SETUP_H

#include "picture.h"

typedef struct setup_choice {
    const char *model, *input, *preset;
    words styles;                     /* of --style: "FILE" or "FILE=SHARE" each */
    const char *regions;              /* a picture in the colours of the styles */
    const char *freeze, *content_map; /* masks of the content, "FILE" or "!FILE" */
    words where, style_where;         /* of --where and --style-where: a mask for a style, "FILE" or "!FILE" */
    picture_reading reading;
} setup_choice;

/* The rows of these in a command's table of options. */
#define SETUP_MODEL(s) \
    {"model", 'm',        "MODEL", "a file, the name of an installed model, lite, or random:SEED [the embedded one]", \
     NULL,    &(s).model, NULL}, \
    { \
        "input", 0, "NAME", "what the model's first layer expects: auto, bgr255, rgb01, rgb255 [auto]", NULL, \
            &(s).input, NULL \
    }
#define SETUP_PRESET(s) \
    {"photo", 0,           NULL, "paint a photograph in the light of another, as a photograph: --preset photo", \
     NULL,    &(s).preset, NULL}, \
    { \
        "preset", 'p', "NAME", "an approach: content, photo, baseline, gatys, johnson [content]", NULL, &(s).preset, \
            NULL \
    }
#define SETUP_STYLE(s) \
    { \
        "style", 's', "FILE", \
            "a style picture, or a file of nst style save; may be given again: FILE=2 counts twice as much as FILE=1", \
            NULL, NULL, &(s).styles \
    }

#define SETUP_MASKS(s) \
    {"regions", \
     0, \
     "FILE", \
     "one picture as the masks of all styles: each --style FILE@#rrggbb is painted where the colour is nearest to " \
     "its own", \
     NULL, \
     &(s).regions, \
     NULL}, \
        {"freeze", 0, \
         "FILE",   "keep the content's pixels where this picture is white; !FILE: where it is black", \
         NULL,     &(s).freeze, \
         NULL}, \
        {"content-map", \
         0, \
         "FILE", \
         "how much the content counts: where this picture is white as ever, where it is black not at all; !FILE: the " \
         "reverse", \
         NULL, \
         &(s).content_map, \
         NULL}, \
        {"where", \
         0, \
         "FILE", \
         "paint the --style before it only where this picture is white; !FILE: where it is black. Any size of the " \
         "content's proportions; styles without it share the rest", \
         NULL, \
         NULL, \
         &(s).where}, \
    { \
        "style-where", 0, "FILE", \
            "learn the --style before it only from the part where this picture is white; !FILE: where it is black", \
            NULL, NULL, &(s).style_where \
    }

/* Before the options are parsed; the lists belong to SETUP. */
void setup_begin(setup_choice *setup);
void setup_end(setup_choice *setup);

/* Where it complains, the exit code; nothing is left behind then. */
int setup_model(nst_model **out, const setup_choice *setup);
/* The file that MODEL names, of those that the library finds, else MODEL itself. To be freed. */
char *setup_model_file(const char *model);
/* Model, preset and the parameters of PARSED; with a model that is loaded already. */
int setup_transfer_of(nst_transfer **out, const nst_model *model, const setup_choice *setup,
                      const command_line *parsed);
int setup_transfer(nst_transfer **out, const setup_choice *setup, const command_line *parsed);
/* A saved style, or a style of a picture. */
int setup_painting(nst_style **out, const char *name, const picture_reading *how);
int setup_style_mask(nst_style *style, const char *mask, const picture_reading *how); /* of --style-where */
int setup_content(nst_transfer *transfer, const char *name, const picture_reading *how);
int setup_styles(nst_transfer *transfer, const setup_choice *setup);
int setup_masks(nst_transfer *transfer, const setup_choice *setup); /* freeze and content map */
/* The parts of a style. */
typedef struct style_name {
    char *path;   /* to be freed, also after a complaint */
    double share; /* 1 where none is given */
    bool coloured;
    unsigned char colour[3];
} style_name;
int setup_style(style_name *out, const char *style);
/* The file of a mask, "FILE" or "!FILE", which *INVERTED tells. */
const char *setup_mask(bool *inverted, const char *mask);

int setup_dtype(nst_dtype *out, const char *name); /* of --dtype */

#endif
