/*
 * Writes the pickles of small state dicts into the folder that its argument names.
 */
#include "save_blob.h"

int main(int argc, char **argv)
{
    const char *folder = folder_argument(argc, argv);
    save_blob(folder, "plain.pkl", state_pickle(false, false));
    save_blob(folder, "wrapped.pkl", state_pickle(false, true));
    save_blob(folder, "legacy.pkl", state_pickle(true, false));
    save_blob(folder, "python2.pkl", python2_pickle());
    return EXIT_SUCCESS;
}
