#define _GNU_SOURCE /* O_TMPFILE */
#include "base/file_write.h"
#include "base/alloc.h"
#include "base/hold_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef O_TMPFILE
#define NAMELESS O_TMPFILE
#else
#define NAMELESS 0
#endif

/* ---- Bytes into a descriptor: these give an errno, 0 for success ---- */

struct nst__sink {
    int file;
};

int nst__sink_put(nst__sink *sink, const void *bytes, size_t size)
{
    const char *p = bytes;
    size_t left = size;
    while (left > 0) {
        const ssize_t n = write(sink->file, p, left < ((size_t)1 << 30) ? left : ((size_t)1 << 30));
        if (n < 0 && errno == EAGAIN) /* another process with the same pipe may have made it non-blocking */
            poll(&(struct pollfd){.fd = sink->file, .events = POLLOUT}, 1, -1);
        else if (n == 0 || (n < 0 && errno != EINTR))
            return n == 0 ? EIO : errno;
        if (n <= 0) continue;
        p += n;
        left -= (size_t)n;
    }
    return 0;
}

/* Only files on a disk can be synced. */
static int sync_file(int file)
{
    if (fsync(file) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) return 0;
    return errno;
}

/* What is written. */
typedef struct content {
    nst__fill_fn fill;
    void *user;
} content;

static int write_all(int file, const content *what)
{
    nst__sink sink = {file};
    nst__hold hold;
    nst__hold_signals(&hold);
    const int failure = what->fill(what->user, &sink);
    nst__release_signals(&hold, failure);
    return failure ? failure : sync_file(file);
}

/* ---- What a path names ---- */

typedef struct target {
    char *path; /* symbolic links followed */
    bool exists;
    struct stat facts; /* if it exists */
    int descriptor;    /* of this process, that the path names; else -1 */
} target;

/* /dev/stdout and similar names. Opening them would give another position in the same file, and fail for a socket. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0) return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0) return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const size_t length = strlen(folders[i]);
        const char *digits = path + length;
        if (strncmp(path, folders[i], length) != 0 || !*digits || strlen(digits) > 9) continue;
        if (strspn(digits, "0123456789") == strlen(digits)) return atoi(digits);
    }
    return -1;
}

/* Bytes of PATH up to the name in it, the last slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The first LENGTH bytes of FOLDER, and NAME. NULL: no memory. */
static char *join(const char *folder, size_t length, const char *name)
{
    const size_t rest = strlen(name) + 1;
    char *path = nst__alloc(length + rest, 1);
    if (!path) return NULL;
    memcpy(path, folder, length);
    memcpy(path + length, name, rest);
    return path;
}

/* Replaces T->path, a symbolic link, by the path that it points to. */
static nst_status follow(target *t)
{
    enum { LONGEST = 4096 };
    nst_status status = NST_OK;
    char *next = NULL, *text = nst__alloc(LONGEST, 1);
    if (!text) return NST_ERR_OUT_OF_MEMORY;
    const ssize_t length = readlink(t->path, text, LONGEST - 1);
    if (length < 0)
        status = nst__fail(NST_ERR_IO, "%s: cannot be written: %s", t->path, strerror(errno));
    else {
        text[length] = '\0';
        next = join(t->path, text[0] == '/' ? 0 : folder_length(t->path), text);
        if (!next) status = NST_ERR_OUT_OF_MEMORY;
    }
    nst__free(text);
    if (next) {
        nst__free(t->path);
        t->path = next;
    }
    return status;
}

static nst_status check_kind(const target *t, const char *path)
{
    const mode_t mode = t->facts.st_mode;
    if (!t->exists || S_ISREG(mode) || S_ISFIFO(mode) || S_ISCHR(mode)) return NST_OK;
    return nst__fail(NST_ERR_IO, "%s: cannot be written: %s, not a file", path,
                     S_ISDIR(mode)   ? "a directory"
                     : S_ISBLK(mode) ? "a disk or another block device"
                                     : "a socket");
}

static nst_status find_target(target *t, const char *path)
{
    enum { MOST_LINKS = 40 };
    nst_status status = NST_OK;
    struct stat facts;
    *t = (target){.path = nst__copy_text(path), .descriptor = -1};
    if (!t->path) return NST_ERR_OUT_OF_MEMORY;
    /* The system's rules for links apply first: in a folder such as /tmp it does not follow links of other users. */
    if (descriptor_of(path) < 0 && stat(path, &facts) != 0 && errno != ENOENT)
        return nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    for (int links = 0; links <= MOST_LINKS; links++) {
        t->descriptor = descriptor_of(t->path);
        if (t->descriptor >= 0) return NST_OK;
        t->exists = lstat(t->path, &t->facts) == 0;
        if (!t->exists && errno != ENOENT)
            return nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
        if (!t->exists || !S_ISLNK(t->facts.st_mode)) return check_kind(t, path);
        NST_TRY(follow(t));
    }
    status = nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(ELOOP));
out:
    return status;
}

/* ---- Through: a pipe, a device, a descriptor ---- */

/* Opening a FIFO must not wait for a reader; writing may wait for a slow reader. */
static int open_through(const target *t)
{
    struct stat facts;
    if (t->descriptor >= 0) return fcntl(t->descriptor, F_DUPFD_CLOEXEC, 0);
    const int file = open(t->path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) return -1;
    const bool same = fstat(file, &facts) == 0 && facts.st_dev == t->facts.st_dev && facts.st_ino == t->facts.st_ino;
    if (!same) errno = ESTALE; /* replaced since it was looked at */
    if (same && fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK) == 0) return file;
    close(file);
    return -1;
}

static nst_status write_through(const target *t, const char *path, const content *what)
{
    const int file = open_through(t);
    if (file < 0 && errno == ENXIO && S_ISFIFO(t->facts.st_mode))
        return nst__fail(NST_ERR_IO, "%s: cannot be written: a pipe that nothing reads: start its reader first", path);
    if (file < 0) return nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    int failure = write_all(file, what);
    if (close(file) != 0 && !failure) failure = errno;
    return failure ? nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(failure)) : NST_OK;
}

/* ---- Replacing: these give an errno, 0 for success ---- */

/* Gives FILE the group, owner and permissions of the file that it replaces. If the group cannot be set, the permissions
 * of the group are removed; if the owner cannot be set, the owner is the user. */
static int keep_permissions(int file, const struct stat *before)
{
    struct stat facts;
    mode_t mode = before->st_mode & 0777;
    if (fstat(file, &facts) != 0) return errno;
    if (facts.st_gid != before->st_gid && fchown(file, (uid_t)-1, before->st_gid) != 0)
        mode = (mode & 0707) | (mode & 07) << 3;
    const int owner_kept = facts.st_uid == before->st_uid || fchown(file, before->st_uid, (gid_t)-1) == 0;
    (void)owner_kept;
    return fchmod(file, mode) == 0 ? 0 : errno;
}

typedef struct job {
    const target *target;
    const content *what;
    mode_t mode; /* of the new file, before the umask; that of an old one comes later */
    char *folder;
    char *temporary; /* a path in it */
    char *random;    /* the last DIGITS bytes of that */
} job;

enum { DIGITS = 16, TRIES = 100 };
static const char PREFIX[] = ".nst-"; /* short, whatever the name of the target: that may have 255 bytes */

static int choose_name(const job *j)
{
    unsigned char random[DIGITS / 2];
    if (getentropy(random, sizeof random) != 0) return errno;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(j->random + 2 * i, 3, "%02x", random[i]);
    return 0;
}

static int fill(const job *j, int file)
{
    const int failure = j->target->exists ? keep_permissions(file, &j->target->facts) : 0;
    return failure ? failure : write_all(file, j->what);
}

static int rename_to_target(const job *j)
{
    if (rename(j->temporary, j->target->path) == 0) return 0;
    const int failure = errno;
    unlink(j->temporary);
    return failure;
}

/* FILE has no name yet. linkat() never replaces a file, so an old file is replaced by a rename. */
static int give_name(const job *j, int file)
{
    char self[64];
    int failure = EEXIST;
    snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    if (!j->target->exists && linkat(AT_FDCWD, self, AT_FDCWD, j->target->path, AT_SYMLINK_FOLLOW) == 0) return 0;
    for (int i = 0; i < TRIES && failure == EEXIST; i++) {
        failure = choose_name(j);
        if (!failure && linkat(AT_FDCWD, self, AT_FDCWD, j->temporary, AT_SYMLINK_FOLLOW) != 0) failure = errno;
    }
    return failure ? failure : rename_to_target(j);
}

/* The file has no name until everything is written, so a killed process leaves nothing behind. */
static int replace_nameless(const job *j)
{
    if (!NAMELESS) return ENOTSUP;
    const int file = open(j->folder, NAMELESS | O_WRONLY | O_CLOEXEC, j->mode);
    if (file < 0) return errno;
    int failure = fill(j, file);
    if (!failure) failure = give_name(j, file);
    close(file); /* synced already: an error here means nothing */
    return failure;
}

static int replace_named(const job *j)
{
    int file = -1, failure = EEXIST;
    for (int i = 0; i < TRIES && failure == EEXIST; i++) {
        failure = choose_name(j);
        if (failure) break;
        file = open(j->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, j->mode);
        failure = file < 0 ? errno : 0;
    }
    if (failure) return failure;
    failure = fill(j, file);
    if (close(file) != 0 && !failure) failure = errno;
    if (!failure) return rename_to_target(j);
    unlink(j->temporary);
    return failure;
}

/* Brings the name to the disk too. Some file systems cannot do this, and some folders cannot be opened for reading. */
static void sync_folder(const char *folder)
{
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return;
    fsync(file);
    close(file);
}

static nst_status replace(const target *t, const char *path, const content *what)
{
    const size_t length = folder_length(t->path);
    nst_status status = NST_OK;
    job j = {.target = t, .what = what, .mode = t->exists ? 0600 : 0666};
    j.folder = join(t->path, length, ".");
    j.temporary = nst__alloc(length + sizeof PREFIX + DIGITS, 1);
    if (!j.folder || !j.temporary) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    memcpy(j.temporary, t->path, length);
    memcpy(j.temporary + length, PREFIX, sizeof PREFIX);
    j.random = j.temporary + length + sizeof PREFIX - 1;
    /* The second way is for file systems without nameless files, or where they cannot be linked. It sets the message on
     * failure. */
    int failure = replace_nameless(&j);
    if (failure) failure = replace_named(&j);
    if (failure)
        status = nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(failure));
    else
        sync_folder(j.folder);
out:
    nst__free(j.folder);
    nst__free(j.temporary);
    return status;
}

nst_status nst__file_write_with(const char *path, nst__fill_fn fill_with, void *user)
{
    const content what = {fill_with, user};
    target t;
    nst_status status = find_target(&t, path);
    if (status == NST_OK) {
        const bool through = t.descriptor >= 0 || (t.exists && !S_ISREG(t.facts.st_mode));
        status = (through ? write_through : replace)(&t, path, &what);
    }
    nst__free(t.path);
    return status;
}

typedef struct parts {
    const nst__part *part;
    size_t count;
} parts;

static int put_parts(void *user, nst__sink *sink)
{
    const parts *p = user;
    int failure = 0;
    for (size_t i = 0; i < p->count && !failure; i++)
        failure = nst__sink_put(sink, p->part[i].bytes, p->part[i].size);
    return failure;
}

nst_status nst__file_write(const char *path, const nst__part *part, size_t count)
{
    parts p = {part, count};
    return nst__file_write_with(path, put_parts, &p);
}

nst_status nst_bytes_save(const void *bytes, size_t size, const char *path)
{
    if (size > 0) NST_NEED(bytes);
    NST_NEED(path);
    return nst__file_write(path, &(nst__part){bytes, size}, 1);
}
