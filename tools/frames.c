#include "frames.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *frames_name(const char *folder, size_t number)
{
    return print_text("%s/%04zu.png", folder, number);
}

/* Digits, and ".png". */
static bool is_frame(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    return digits > 0 && strcmp(name + digits, ".png") == 0;
}

static int complain_of_folder(const char *folder)
{
    return complain(EXIT_SYSTEM, "--frames: %s: cannot be written: %s", folder, strerror(errno));
}

int frames_check(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) return complain_of_folder(folder);
    DIR *list = opendir(folder);
    if (!list || access(folder, W_OK | X_OK) != 0) {
        const int code = complain_of_folder(folder);
        if (list) closedir(list);
        return code;
    }
    const struct dirent *entry;
    int code = EXIT_DONE;
    while (!code && (entry = readdir(list)) != NULL)
        if (is_frame(entry->d_name))
            code = complain(EXIT_USE,
                            "--frames: %s: has frames already, such as %s: expected an empty folder, or a new name",
                            folder, entry->d_name);
    closedir(list);
    return code;
}
