/*
 * Video as a stream of YUV4MPEG2, what ffmpeg calls yuv4mpegpipe: frames of 8 bits, 4:2:0, 4:2:2 or 4:4:4. A stream that
 * is written has the size, rate and sampling of the one that was read.
 */
#ifndef NST_TOOLS_Y4M_H
#define NST_TOOLS_Y4M_H

#include "common.h"

#include <stdio.h>

typedef struct y4m {
    FILE *in, *out;
    const char *name; /* of IN, for messages */
    char header[256]; /* the stream's, without its end */
    uint32_t width, height;
    uint32_t across, down; /* luma samples of a chroma sample */
    bool full;             /* values 0..255, not 16..235 */
    double red, blue;      /* weights of the luma */
    uint64_t frames;       /* that were read */
    unsigned char *bytes;  /* of a frame */
} y4m;

#define Y4M_MAGIC "YUV4MPEG2"

/* Reads the header of IN, and writes it to OUT. Complains. */
int y4m_open(y4m *video, FILE *in, const char *name, FILE *out);
/* The next frame; NULL after the last. Complains. */
int y4m_read(y4m *video, nst_image **out);
int y4m_write(y4m *video, const nst_image *image);
void y4m_close(y4m *video);

#endif
