/*
 * The smallest whole program: cc stylize.c $(pkg-config --cflags --libs nst)
 *     stylize town.jpg painting.jpg result.png
 */
#include <nst/nst.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    nst_image *content = NULL, *style = NULL, *result = NULL;
    nst_model *model = NULL;
    nst_transfer *transfer = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: stylize CONTENT STYLE RESULT\n");
        return 2;
    }
    /* Every call gives 0 or what went wrong, so that they chain. */
    int failed = nst_image_load(&content, argv[1], 0) || nst_image_load(&style, argv[2], 0) ||
                 nst_model_load(&model, NULL) || nst_transfer_create(&transfer, model) ||
                 nst_transfer_set_content(transfer, content) || nst_transfer_add_style(transfer, style, 1.0) ||
                 nst_transfer_set_int(transfer, NST_PARAM_SIZE, 0) || /* the content's own size */
                 nst_transfer_run(&result, transfer, NULL) || nst_image_save(result, argv[3]);
    if (failed)
        fprintf(stderr, "stylize: %s\n", nst_last_error());
    else
        printf("%s: %u x %u pixels\n", argv[3], nst_image_width(result), nst_image_height(result));
    nst_transfer_destroy(transfer); /* NULL is fine */
    nst_model_destroy(model);
    nst_image_destroy(result);
    nst_image_destroy(style);
    nst_image_destroy(content);
    return failed ? 1 : 0;
}
