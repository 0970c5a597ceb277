#include "image/background.h"

#include <stdbool.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

nst_status nst__background_parse(float rgb[3], const char *text)
{
    const char *number = strcmp(text, "white") == 0 ? "#ffffff" : strcmp(text, "black") == 0 ? "#000000" : text;
    bool good = strlen(number) == 7 && number[0] == '#';
    for (int c = 0; c < 3 && good; c++) {
        const int high = digit(number[1 + 2 * c]), low = digit(number[2 + 2 * c]);
        good = high >= 0 && low >= 0;
        rgb[c] = (float)(16 * high + low) / 255;
    }
    if (good) return NST_OK;
    return nst__fail(NST_ERR_ARGUMENT, "%s: expected white, black or #rrggbb, found '%s'",
                     nst_param_name(NST_PARAM_BACKGROUND), text);
}
