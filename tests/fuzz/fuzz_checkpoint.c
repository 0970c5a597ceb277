/*
 * libFuzzer on nst_transfer_continue(): any bytes are refused, or go on to a picture. The checksum is made to fit, or
 * nothing would get past it.
 */
#define _GNU_SOURCE /* memfd_create */
#include "base/hash.h"
#include "checkpoint_run.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int true_here)
{
    if (!true_here) abort();
}

static void write_sealed(int file, const uint8_t *bytes, size_t size)
{
    const size_t body = size < 8 ? size : size - 8;
    uint8_t sum[8];
    nst__hash hash;
    nst__hash_start(&hash);
    nst__hash_add(&hash, bytes, body);
    for (int i = 0; i < 8; i++)
        sum[i] = (uint8_t)(nst__hash_end(&hash) >> 8 * i);
    must(ftruncate(file, 0) == 0 && pwrite(file, bytes, body, 0) == (ssize_t)body);
    must(size < 8 || pwrite(file, sum, sizeof sum, (off_t)body) == (ssize_t)sizeof sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static nst_transfer *transfer;
    static int file;
    static char path[64];
    nst_image *image;
    if (!transfer) {
        transfer = checkpoint_run();
        file = memfd_create("checkpoint", 0);
        must(file >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    write_sealed(file, bytes, size);
    const nst_status status = nst_transfer_continue(&image, transfer, path, NULL);
    must((status == NST_OK) == (image != NULL));
    must(status == NST_OK || status == NST_ERR_STATE || (status >= 200 && status < 300));
    if (status == NST_OK) {
        must(nst_image_width(image) == 12);
        for (size_t i = 0; i < (size_t)3 * 12 * nst_image_height(image); i++)
            must(nst_image_pixels(image)[i] >= 0 && nst_image_pixels(image)[i] <= 1);
    } else {
        must(strlen(nst_last_error()) > 0 && !strchr(nst_last_error(), '\n'));
    }
    nst_image_destroy(image);
    return 0;
}
