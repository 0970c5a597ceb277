#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = "{name}";

bool output_has_name(const char *pattern)
{
    return strstr(pattern, mark) != NULL;
}

/* ("photos/town.jpg") gives "town"; a name that is nothing but an ending stays whole. */
static char *plain_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *end = ending(path);
    if (strcmp(path, "-") == 0) return print_text("stdin");
    return end > name ? print_text("%.*s", (int)(end - name), name) : print_text("%s", name);
}

char *output_name(const char *pattern, const char *input)
{
    char *name = plain_name(input), *out = print_text("%s", "");
    for (const char *at; (at = strstr(pattern, mark)) != NULL; pattern = at + sizeof mark - 1) {
        char *longer = print_text("%s%.*s%s", out, (int)(at - pattern), pattern, name);
        free(out);
        out = longer;
    }
    char *whole = print_text("%s%s", out, pattern);
    free(out);
    free(name);
    return whole;
}

/* ---- Where a path leads ---- */

/* The program's own descriptor that PATH is a name of, or -1: nst_bytes_save() and its like write to it as it is. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0) return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0) return STDERR_FILENO;
    for (int i = 0; i < 2; i++) {
        const size_t length = strlen(folders[i]);
        if (strncmp(path, folders[i], length) != 0) continue;
        const size_t digits = strspn(path + length, "0123456789");
        if (digits > 0 && digits < 10 && !path[length + digits]) return atoi(path + length);
    }
    return -1;
}

/* Bytes of PATH before the name in it, the slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* PATH with the links followed that its last name is, also one to what does not exist yet. To be freed. */
static char *follow(const char *path)
{
    enum { MOST_LINKS = 40 };
    char *at = print_text("%s", path), next[4096];
    for (int i = 0; i < MOST_LINKS; i++) {
        const ssize_t length = readlink(at, next, sizeof next - 1);
        if (length < 0) break;
        next[length] = '\0';
        char *longer = print_text("%.*s%s", next[0] == '/' ? 0 : (int)folder_length(at), at, next);
        free(at);
        at = longer;
    }
    return at;
}

static char *folder_of(const char *path)
{
    const size_t length = folder_length(path);
    return length ? print_text("%.*s", (int)length, path) : print_text(".");
}

/* What a file is known by, under whatever name: itself, or where none is yet, its folder and its name there. */
typedef struct file_id {
    dev_t device;
    ino_t number;
    char *name; /* NULL: it exists; to be freed */
    const char *path;
} file_id;

static void drop_ids(file_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(ids[i].name);
    free(ids);
}

/* Files alone: devices and pipes are not destroyed by being written. */
static bool identify(file_id *out, const char *path)
{
    struct stat facts;
    *out = (file_id){.path = path};
    if (stat(path, &facts) == 0) {
        out->device = facts.st_dev;
        out->number = facts.st_ino;
        return S_ISREG(facts.st_mode);
    }
    char *end = follow(path), *folder = folder_of(end);
    const bool known = stat(folder, &facts) == 0;
    out->device = known ? facts.st_dev : 0;
    out->number = known ? facts.st_ino : 0;
    out->name = known ? print_text("%s", end + folder_length(end)) : NULL;
    free(end);
    free(folder);
    return known;
}

static int compare_ids(const void *a, const void *b)
{
    const file_id *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

/* Those that can be told, sorted; to be dropped. */
static file_id *identify_all(size_t *count, const words *paths)
{
    file_id *ids = grow(NULL, paths->count, sizeof *ids);
    *count = 0;
    for (size_t i = 0; i < paths->count; i++)
        *count += identify(&ids[*count], paths->word[i]);
    qsort(ids, *count, sizeof *ids, compare_ids);
    return ids;
}

int outputs_differ(const words *outputs)
{
    size_t count;
    file_id *ids = identify_all(&count, outputs);
    int code = EXIT_DONE;
    for (size_t i = 1; i < count && !code; i++) {
        const char *a = ids[i - 1].path, *b = ids[i].path;
        const bool alike = strcmp(a, b) == 0;
        if (compare_ids(&ids[i - 1], &ids[i]) == 0)
            code = complain(EXIT_USE, "%s: would be written twice%s%s: expected a name of its own for each output", b,
                            alike ? "" : ", also as ", alike ? "" : a);
    }
    drop_ids(ids, count);
    return code;
}

int outputs_spare(const words *outputs, const words *inputs, const char *advice)
{
    size_t count;
    file_id *known = identify_all(&count, inputs);
    int code = EXIT_DONE;
    for (size_t i = 0; i < outputs->count && !code; i++) {
        file_id id;
        if (identify(&id, outputs->word[i]) && !id.name && bsearch(&id, known, count, sizeof *known, compare_ids))
            code = complain(EXIT_USE, "%s: is read and would be replaced: %s", outputs->word[i], advice);
        free(id.name);
    }
    drop_ids(known, count);
    return code;
}

/* ---- Before the work ---- */

/* As the shell's redirection, it waits for a reader; and the reader waits for the work, as the pipe stays open until
 * the program ends. */
static int hold_pipe(const char *path)
{
    int file = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 && errno == ENXIO) {
        tell("%s: a pipe: waiting for its reader", path);
        file = open(path, O_WRONLY | O_CLOEXEC);
    }
    return file >= 0 ? EXIT_DONE : complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
}

static int check_kind(const char *path, mode_t mode)
{
    if (S_ISREG(mode) || S_ISCHR(mode) || S_ISFIFO(mode)) return EXIT_DONE;
    return complain(EXIT_SYSTEM, "%s: cannot be written: %s, not a file", path,
                    S_ISDIR(mode)   ? "a folder"
                    : S_ISBLK(mode) ? "a disk or another block device"
                                    : "a socket");
}

/* The library makes a new file there. */
static int check_folder(const char *path)
{
    char *end = follow(path), *folder = folder_of(end);
    const int code = access(folder, W_OK | X_OK) == 0
                         ? EXIT_DONE
                         : complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
    free(end);
    free(folder);
    return code;
}

bool output_is_special(const char *path)
{
    struct stat facts;
    if (descriptor_of(path) >= 0) return true;
    return stat(path, &facts) == 0 && (S_ISCHR(facts.st_mode) || S_ISFIFO(facts.st_mode));
}

int output_check(const char *path, bool grows)
{
    struct stat facts;
    if (!*path) return complain(EXIT_USE, "an output needs a name, found an empty one");
    if (descriptor_of(path) >= 0) return EXIT_DONE;
    if (stat(path, &facts) != 0) {
        if (errno == ENOENT) return check_folder(path);
        return complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
    }
    const int code = check_kind(path, facts.st_mode);
    if (code) return code;
    if (S_ISFIFO(facts.st_mode)) return hold_pipe(path);
    if (S_ISREG(facts.st_mode) && !grows) return check_folder(path);
    return access(path, W_OK) == 0 ? EXIT_DONE
                                   : complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
}

/* ---- Logs ---- */

/* What standard output has already stays: its file is not emptied. */
static FILE *open_descriptor(int number)
{
    const int copy = fcntl(number, F_DUPFD_CLOEXEC, 0);
    FILE *file = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (!file && copy >= 0) close(copy);
    return file;
}

FILE *output_open(const char *path)
{
    struct stat facts;
    const int descriptor = descriptor_of(path);
    if (descriptor < 0 && stat(path, &facts) == 0 && check_kind(path, facts.st_mode) != EXIT_DONE) return NULL;
    FILE *file = descriptor >= 0 ? open_descriptor(descriptor) : fopen(path, "we");
    if (!file) complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
    return file;
}

/* What is no file on a disk cannot be synced. */
static bool is_synced(FILE *file)
{
    return fsync(fileno(file)) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

int output_close(FILE *file, const char *path)
{
    if (!file) return EXIT_DONE;
    const bool good = fflush(file) == 0 && is_synced(file);
    const int reason = errno;
    if (fclose(file) == 0 && good) return EXIT_DONE;
    return complain(EXIT_SYSTEM, "%s: cannot be written: %s", path, strerror(good ? errno : reason));
}
