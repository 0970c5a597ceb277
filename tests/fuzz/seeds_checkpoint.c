/*
 * Writes the checkpoints of a small run, stopped after each evaluation and before the first, into the folder that its
 * argument names.
 */
#include "checkpoint_run.h"
#include "save_blob.h"

static int stop(nst_transfer *transfer, void *user)
{
    const int *at = user;
    return nst_transfer_progress(transfer, NST_PROGRESS_ALL_EVALUATIONS) >= *at;
}

int main(int argc, char **argv)
{
    const char *folder = folder_argument(argc, argv);
    static const char *const solvers[] = {"lbfgs", "adam"};
    for (int solver = 0; solver < 2; solver++)
        for (int at = 0; at < 8; at++) {
            char path[1024];
            nst_image *image;
            volatile int32_t before = at == 0;
            nst_transfer *transfer = checkpoint_run();
            snprintf(path, sizeof path, "%s/%s%d.checkpoint", folder, solvers[solver], at);
            if (nst_transfer_set_text(transfer, NST_PARAM_OPTIMIZER, solvers[solver]) != NST_OK ||
                nst_transfer_set_cancel_flag(transfer, &before) != NST_OK ||
                nst_transfer_set_progress(transfer, stop, &at) != NST_OK ||
                nst_transfer_set_checkpoint(transfer, path, 0) != NST_OK ||
                nst_transfer_run(&image, transfer, NULL) != NST_OK || *nst_transfer_checkpoint_failure(transfer))
                return EXIT_FAILURE;
            nst_image_destroy(image);
            nst_transfer_destroy(transfer);
        }
    return EXIT_SUCCESS;
}
