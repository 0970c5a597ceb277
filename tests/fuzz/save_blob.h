/* What the programs that write seeds share. */
#ifndef NST_FUZZ_SAVE_BLOB_H
#define NST_FUZZ_SAVE_BLOB_H

#include "unit/model_files.h"

static inline const char *folder_argument(int argc, char **argv)
{
    if (argc == 2) return argv[1];
    fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    exit(EXIT_FAILURE);
}

/* B is taken. */
static inline void save_blob(const char *folder, const char *name, blob b)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(b.bytes, 1, b.size, out) != b.size || fclose(out) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    blob_free(&b);
}

#endif
