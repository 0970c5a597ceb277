/* An application of libnst: paints a small picture with random filters and tells what came of it. */
#include <nst/nst.h>

#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "%s\n", nst_last_error());
    return 1;
}

int main(void)
{
    float pixels[24 * 16 * 3];
    double total = 0;
    nst_model *model = NULL;
    nst_transfer *transfer = NULL;
    nst_image *content = NULL, *style = NULL, *result = NULL;
    for (int i = 0; i < 24 * 16 * 3; i++)
        pixels[i] = (float)(i * 7 % 31) / 31.0f;
    if (!nst_version_check() || nst_image_from_f32(&content, pixels, 24, 16, 3, 0) ||
        nst_image_from_f32(&style, pixels, 16, 24, 3, 0) || nst_model_load(&model, "random:0") ||
        nst_transfer_create(&transfer, model) || nst_transfer_set_content(transfer, content) ||
        nst_transfer_add_style(transfer, style, 1.0) || nst_transfer_evaluate(transfer, content, &total, NULL) ||
        nst_transfer_set_int(transfer, NST_PARAM_SIZE, 24) ||
        nst_transfer_set_text(transfer, NST_PARAM_SIZES, "24:4") || nst_transfer_run(&result, transfer, NULL))
        return fail();
    printf("libnst %s: %ux%u, %s, %s\n", nst_version(), nst_image_width(result), nst_image_height(result),
           nst_stop_text(nst_transfer_stop_reason(transfer)),
           nst_transfer_progress(transfer, NST_PROGRESS_BEST) < total ? "lower" : "no lower");
    nst_image_destroy(result);
    nst_image_destroy(style);
    nst_image_destroy(content);
    nst_transfer_destroy(transfer);
    nst_model_destroy(model);
    return 0;
}
