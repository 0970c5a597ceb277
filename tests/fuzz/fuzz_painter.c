/*
 * libFuzzer on nst_painter_decode(), and on a picture that such a painter paints. The first byte of an input says what
 * follows: 0 a whole file, else its beginning, and so many zero bytes to each of the numbers of a painter.
 */
#include "check_model.h"

#include "nst/nst.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NUMBERS = 350115, WIDEST = 4, HEAD = 1 << 16 };

/* The file that an input stands for, in BUFFER. */
static size_t file_of(const uint8_t *bytes, size_t size, uint8_t *buffer)
{
    const size_t zeros = size > 0 ? bytes[0] % (WIDEST + 1) * NUMBERS : 0;
    const size_t head = size == 0 ? 0 : zeros > 0 && size - 1 > HEAD ? HEAD : size - 1;
    if (zeros == 0) return 0;
    memcpy(buffer, bytes + 1, head);
    memset(buffer + head, 0, zeros);
    return head + zeros;
}

static void use(nst_painter *painter)
{
    static nst_image *picture;
    nst_image *painted;
    if (!picture) must(nst_image_create(&picture, 16, 16, 0) == NST_OK);
    const nst_status status = nst_painter_paint(&painted, painter, picture);
    must(status == NST_OK || status == NST_ERR_NON_FINITE);
    must((status == NST_OK) == (painted != NULL));
    for (size_t i = 0; painted && i < 16 * 16 * 3; i++)
        must(nst_image_pixels(painted)[i] >= 0 && nst_image_pixels(painted)[i] <= 1);
    nst_image_destroy(painted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t buffer[HEAD + WIDEST * NUMBERS];
    nst_painter *painter;
    const size_t padded = file_of(bytes, size, buffer);
    const nst_status status = padded > 0 ? nst_painter_decode(&painter, buffer, padded)
                                         : nst_painter_decode(&painter, size ? bytes + 1 : buffer, size ? size - 1 : 0);
    must((status == NST_OK) == (painter != NULL));
    must(status == NST_OK || (status >= 200 && status < 300));
    must(status == NST_OK || (strlen(nst_last_error()) > 0 && !strchr(nst_last_error(), '\n')));
    for (int key = NST_PAINTER_STYLE; status == NST_OK && key <= NST_PAINTER_TRAINING; key++)
        must(strlen(nst_painter_text(painter, (nst_painter_key)key)) <= 400);
    if (status == NST_OK) must(nst_painter_weight_count(painter) == NUMBERS);
    if (status == NST_OK) use(painter);
    nst_painter_destroy(painter);
    return 0;
}
