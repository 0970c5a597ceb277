#include "train_state.h"
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 1024 };

int train_state_save(const nst_optimizer *optimizer, const char *path, const char *training)
{
    void *bytes;
    size_t size;
    nst_status status = nst_optimizer_save_state(&bytes, &size, optimizer);
    if (status != NST_OK) return complain_of(status);
    const size_t head = strlen(training) + 1;
    char *all = grow(NULL, head + size, 1);
    memcpy(all, training, head - 1);
    all[head - 1] = '\n';
    memcpy(all + head, bytes, size);
    nst_bytes_destroy(bytes);
    status = nst_bytes_save(all, head + size, path);
    free(all);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

int train_state_load(nst_optimizer *optimizer, const char *path, const char *training)
{
    FILE *file = fopen(path, "rb");
    if (!file) return complain(EXIT_INPUT, "--resume: %s is not there to go on with", path);
    char line[LINE_MOST] = "";
    unsigned char *bytes = NULL;
    size_t size = 0, n = 1;
    if (fgets(line, sizeof line, file)) line[strcspn(line, "\n")] = '\0';
    while (n > 0) {
        bytes = grow(bytes, size + 65536, 1);
        n = fread(bytes + size, 1, 65536, file);
        size += n;
    }
    fclose(file);
    nst_status status = NST_OK;
    int code = EXIT_DONE;
    if (strcmp(line, training) != 0)
        code = complain(EXIT_INPUT, "--resume: %s: expected '%s', found '%.400s'", path, training, line);
    else if ((status = nst_optimizer_load_state(optimizer, bytes, size)) != NST_OK)
        code = complain(exit_code(status), "%s: %s", path, nst_last_error());
    free(bytes);
    return code;
}
