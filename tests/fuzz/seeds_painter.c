/*
 * Writes painters of all kinds of numbers into the folder that its argument names: the beginning of each, up to its
 * numbers, and one whole.
 */
#include "save_blob.h"

#include "nst/nst.h"

static void save(const nst_painter *painter, const char *folder, const char *name, nst_dtype dtype, unsigned char width)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/painter", folder);
    if (nst_painter_save(painter, path, dtype) != NST_OK) {
        fprintf(stderr, "%s\n", nst_last_error());
        exit(EXIT_FAILURE);
    }
    FILE *file = fopen(path, "rb");
    static unsigned char bytes[1 + 2000000];
    bytes[0] = width;
    const size_t size = file ? fread(bytes + 1, 1, sizeof bytes - 1, file) : 0;
    if (file) fclose(file);
    remove(path);
    blob b = {0};
    blob_put(&b, bytes, 1 + (width > 0 ? size - width * nst_painter_weight_count(painter) : size));
    save_blob(folder, name, b);
}

int main(int argc, char **argv)
{
    const char *folder = folder_argument(argc, argv);
    nst_painter *painter;
    if (nst_painter_create(&painter, 3) != NST_OK) return EXIT_FAILURE;
    nst_painter_set_text(painter, NST_PAINTER_STYLE, "dots");
    save(painter, folder, "f32", NST_DTYPE_F32, 4);
    save(painter, folder, "f16", NST_DTYPE_F16, 2);
    save(painter, folder, "bf16", NST_DTYPE_BF16, 2);
    save(painter, folder, "whole", NST_DTYPE_F16, 0);
    nst_painter_destroy(painter);
    return EXIT_SUCCESS;
}
