/*
 * Pictures on a terminal: which protocol it has, and the bytes of each.
 */
#ifndef NST_TOOLS_TERMINAL_H
#define NST_TOOLS_TERMINAL_H

#include "common.h"

#include <stdint.h>
#include <stdio.h>

typedef enum terminal_protocol {
    TERMINAL_NONE,
    TERMINAL_BLOCKS, /* half blocks, two pixels a character, in the terminal's colours */
    TERMINAL_SIXEL,
    TERMINAL_KITTY,
    TERMINAL_ITERM2,
} terminal_protocol;

/* By name: "blocks", "sixel", "kitty", "iterm2"; TERMINAL_NONE where there is none of that name. */
terminal_protocol terminal_find(const char *name);
/* What standard error, if it is a terminal, is known to show: told by variables of the environment, never by asking. */
terminal_protocol terminal_guess(void);

/* RGB of 8 bits, rows from top to bottom. */
typedef struct terminal_picture {
    const uint8_t *pixels;
    uint32_t width, height;
} terminal_picture;

/* Each draws with the upper left corner at the cursor; where the cursor is then is not said. ID: of kitty's image,
 * which replaces one of the same number. */
void terminal_blocks(FILE *out, const terminal_picture *picture, bool true_color);
void terminal_sixel(FILE *out, const terminal_picture *picture);
nst_status terminal_kitty(FILE *out, const terminal_picture *picture, unsigned id);
nst_status terminal_iterm2(FILE *out, const terminal_picture *picture);
bool terminal_true_color(void); /* 24 bits, else 256 colours */

/* The number of the palette's colour that is nearest to RGB, which becomes that colour. */
typedef int (*terminal_nearest)(uint8_t *rgb);
/* A number for each pixel, to be freed: what one is off by is handed on to its neighbours (Floyd and Steinberg 1976). */
uint8_t *terminal_dither(const terminal_picture *picture, terminal_nearest nearest);

#endif
