/*
 * Writes styles of all kinds of numbers into the folder that its argument names.
 */
#include "save_blob.h"
#include "style_world.h"

static void save(const style_world *w, const nst_style *style, const char *folder, const char *name, nst_dtype dtype)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (nst_transfer_save_style(w->transfer, style, path, dtype, "free") == NST_OK) return;
    fprintf(stderr, "%s\n", nst_last_error());
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    const char *folder = folder_argument(argc, argv);
    style_world w = style_world_make();
    nst_image *painting = tiny_image(30, 26, 3);
    nst_style *style;
    must(nst_style_create(&style, painting) == NST_OK);
    save(&w, style, folder, "f32.nststyle", NST_DTYPE_F32);
    save(&w, style, folder, "f16.nststyle", NST_DTYPE_F16);
    must(nst_style_set_mask(style, painting) == NST_OK);
    save(&w, style, folder, "masked.nststyle", NST_DTYPE_F16);
    nst_style_destroy(style);
    nst_image_destroy(painting);
    nst_transfer_destroy(w.transfer);
    nst_image_destroy(w.content);
    tiny_model_destroy(&w.tiny);
    return EXIT_SUCCESS;
}
