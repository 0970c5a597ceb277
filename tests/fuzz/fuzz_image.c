/*
 * libFuzzer on nst_image_decode(), and on what can be done with the picture that comes of it.
 */
#include "unit/image_files.h"

#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed);

enum { MAX_PIXELS = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    nst_image *image, *small;
    const nst_status status = nst_image_decode(&image, bytes, size, MAX_PIXELS);
    must((status == NST_OK) == (image != NULL));
    if (status != NST_OK) {
        must((status >= 200 && status < 300) || (size == 0 && status == NST_ERR_ARGUMENT));
        return 0;
    }
    const size_t count = (size_t)image->width * image->height;
    must(count >= 1 && count <= MAX_PIXELS);
    for (size_t i = 0; i < 3 * count; i++)
        must(image->pixels[i] >= 0 && image->pixels[i] <= 1);
    for (size_t i = 0; i < count && image->alpha; i++)
        must(image->alpha[i] >= 0 && image->alpha[i] <= 1);
    must(nst_image_resize(&small, image, 5, 9) == NST_OK);
    nst_image_destroy(small);
    nst_image_destroy(image);
    return 0;
}

/* Half of the mutants of a PNG file get their checksums made right, or none would come past the first chunk. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed)
{
    file f = {bytes, LLVMFuzzerMutate(bytes, size, capacity)};
    if (seed % 2 && f.size > 8 && bytes[0] == 0x89) fix_png(&f);
    return f.size;
}
