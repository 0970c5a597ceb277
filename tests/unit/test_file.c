/* Files are written whole or not at all, where the path leads, with the permissions that they should have. */
#define _GNU_SOURCE
#include "unit/runner.h"

#include "base/file_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- In place of the C library's: a file system that links no nameless files, and a look at the names ---- */

static bool no_links;
static int renames;
static char renamed[2][512]; /* what the last two files were called before */
static mode_t renamed_mode;

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (!no_links) return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    errno = ENOENT; /* as where /proc is not mounted */
    return -1;
}

int rename(const char *from, const char *to)
{
    struct stat facts;
    if (stat(from, &facts) == 0) renamed_mode = facts.st_mode & 07777;
    snprintf(renamed[renames++ % 2], sizeof renamed[0], "%s", from);
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* ---- A folder for each test ---- */

static char folder[64];

static const char *in(const char *name)
{
    static char path[8][512];
    static int next;
    next = (next + 1) % 8;
    snprintf(path[next], sizeof path[0], "%s/%s", folder, name);
    return path[next];
}

static void begin(void)
{
    strcpy(folder, "/tmp/nst-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    umask(022);
}

static int names(void)
{
    int count = 0;
    DIR *entries = opendir(folder);
    for (struct dirent *e; (e = readdir(entries));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(entries);
    return count;
}

static void end(int expected)
{
    ck_assert_int_eq(names(), expected);
    DIR *entries = opendir(folder);
    for (struct dirent *e; (e = readdir(entries));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) remove(in(e->d_name));
    closedir(entries);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void make(const char *path, const char *text, mode_t mode)
{
    remove(path); /* that of before may be read-only */
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0);
}

static void holds(const char *path, const char *text)
{
    char bytes[256] = "";
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    const size_t count = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    ck_assert_uint_eq(count, strlen(text));
    ck_assert_str_eq(bytes, text);
}

static mode_t kind_of(const char *path)
{
    struct stat facts;
    ck_assert_int_eq(lstat(path, &facts), 0);
    return facts.st_mode;
}

static nst_status save(const char *path)
{
    return nst__file_write(path, (nst__part[]){{"new ", 4}, {NULL, 0}, {"text", 4}}, 3);
}

/* ---- Files ---- */

/* Both ways: without a name until it is whole, and under a temporary one. */
START_TEST(permissions)
{
    static const mode_t masks[] = {0, 022, 027, 077}, modes[] = {0600, 0640, 0644, 0666, 0755, 0400};
    begin();
    no_links = _i == 1;
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        umask(masks[i]);
        ck_assert_int_eq(save(in("new")), NST_OK);
        ck_assert_uint_eq(kind_of(in("new")), S_IFREG | (0666 & ~masks[i]));
        holds(in("new"), "new text");
        ck_assert_int_eq(unlink(in("new")), 0);
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            make(in("old"), "a longer text than the new one", modes[m]);
            ck_assert_int_eq(save(in("old")), NST_OK);
            ck_assert_uint_eq(kind_of(in("old")), S_IFREG | modes[m]);
            holds(in("old"), "new text");
            ck_assert_uint_eq(renamed_mode, modes[m]); /* never more than that */
        }
    }
    end(1);
}
END_TEST

START_TEST(owner_and_group)
{
    struct stat facts;
    if (geteuid() != 0) return;
    begin();
    make(in("theirs"), "old", 0640);
    ck_assert_int_eq(chown(in("theirs"), 12345, 23456), 0);
    ck_assert_int_eq(save(in("theirs")), NST_OK);
    ck_assert(stat(in("theirs"), &facts) == 0 && facts.st_uid == 12345 && facts.st_gid == 23456);
    ck_assert_uint_eq(facts.st_mode & 07777, 0640);
    /* Who may not give the group away must not let his own in. */
    ck_assert(chmod(folder, 0777) == 0 && setgid(34567) == 0 && seteuid(12345) == 0);
    ck_assert_int_eq(save(in("theirs")), NST_OK);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert(stat(in("theirs"), &facts) == 0 && facts.st_uid == 12345);
    ck_assert_uint_eq(facts.st_mode & 07777, facts.st_gid == 23456 ? 0640 : 0600);
    end(1);
}
END_TEST

START_TEST(temporary_names_are_short_and_never_the_same)
{
    char longest[257];
    memset(longest, 'x', 255);
    longest[255] = '\0';
    begin();
    no_links = _i == 1;
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(save(in(longest)), NST_OK);
    ck_assert_int_eq(save(in(longest)), NST_OK);
    ck_assert(renames >= 2 && strcmp(renamed[0], renamed[1]) != 0);
    ck_assert_uint_lt(strlen(strrchr(renamed[0], '/')), 40);
    ck_assert_int_eq(save(in(strcat(longest, "x"))), NST_ERR_IO);
    end(1);
}
END_TEST

START_TEST(links_are_followed)
{
    begin();
    no_links = _i == 1;
    ck_assert(mkdir(in("sub"), 0755) == 0 && symlink("sub/file", in("to-new")) == 0);
    ck_assert(symlink(in("to-new"), in("to-link")) == 0 && symlink("loop", in("loop")) == 0);
    ck_assert(symlink("nowhere/file", in("to-nowhere")) == 0);
    ck_assert_int_eq(save(in("to-link")), NST_OK);
    holds(in("sub/file"), "new text");
    make(in("sub/file"), "old", 0600);
    ck_assert_int_eq(save(in("to-link")), NST_OK);
    holds(in("sub/file"), "new text");
    ck_assert_uint_eq(kind_of(in("sub/file")), S_IFREG | 0600);
    ck_assert(S_ISLNK(kind_of(in("to-link"))) && S_ISLNK(kind_of(in("to-new"))));
    ck_assert_int_eq(save(in("loop")), NST_ERR_IO);
    ck_assert_int_eq(save(in("to-nowhere")), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "to-nowhere: cannot be written"));
    ck_assert_int_eq(unlink(in("sub/file")), 0);
    end(5);
}
END_TEST

static bool links_of_others_are_refused(void)
{
    char digit = '0';
    FILE *file = fopen("/proc/sys/fs/protected_symlinks", "r");
    const bool read = file && fread(&digit, 1, 1, file) == 1;
    if (file) fclose(file);
    return read && digit == '1';
}

/* As the system has it for open(): what another user has laid out in /tmp leads nowhere. */
START_TEST(links_of_others_in_a_sticky_folder)
{
    if (geteuid() != 0 || !links_of_others_are_refused()) return;
    begin();
    ck_assert(chown(folder, 12345, 12345) == 0 && chmod(folder, 01777) == 0);
    make(in("precious"), "precious", 0600);
    ck_assert(symlink("precious", in("link")) == 0 && lchown(in("link"), 23456, 23456) == 0);
    ck_assert(symlink("new", in("dangling")) == 0 && lchown(in("dangling"), 23456, 23456) == 0);
    ck_assert_int_eq(save(in("link")), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "Permission denied"));
    ck_assert_int_eq(save(in("dangling")), NST_ERR_IO);
    holds(in("precious"), "precious");
    end(3);
}
END_TEST

START_TEST(a_path_without_a_folder)
{
    begin();
    no_links = _i == 1;
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert(save("plain") == NST_OK && save("plain") == NST_OK && save("./dotted") == NST_OK);
    holds("plain", "new text");
    ck_assert_int_eq(chdir("/"), 0);
    end(2);
}
END_TEST

/* ---- What fails leaves nothing, and what stood there ---- */

static int seen_signal;
static void on_signal(int number)
{
    seen_signal = number;
}

START_TEST(a_limit_on_the_size_of_files)
{
    static char large[100000];
    sigset_t pending, mask;
    begin();
    no_links = _i % 2 == 1;
    const bool handled = _i / 2 == 1; /* else it would end the process */
    if (handled) signal(SIGXFSZ, on_signal);
    make(in("old"), "as it was", 0644);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, RLIM_INFINITY}), 0);
    ck_assert_int_eq(nst__file_write(in("old"), &(nst__part){large, sizeof large}, 1), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "/old: cannot be written: File too large"));
    ck_assert_int_eq(nst__file_write(in("new"), &(nst__part){large, sizeof large}, 1), NST_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    ck_assert(sigpending(&pending) == 0 && !sigismember(&pending, SIGXFSZ) && seen_signal == 0);
    ck_assert(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && !sigismember(&mask, SIGXFSZ));
    holds(in("old"), "as it was");
    end(1);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    begin();
    ck_assert_int_eq(mkdir(in("folder"), 0755), 0);
    ck_assert_int_eq(save(in("folder")), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "a directory"));
    ck_assert_int_eq(save(in("folder/")), NST_ERR_IO);
    ck_assert_int_eq(save(in("none/file")), NST_ERR_IO);
    ck_assert_int_eq(save(in("none/")), NST_ERR_IO);
    ck_assert_int_eq(save(""), NST_ERR_IO);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in("socket"));
    const int file = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(file, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(save(in("socket")), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "a socket"));
    close(file);
    ck_assert(S_ISSOCK(kind_of(in("socket"))));
    if (mknod(in("disk"), S_IFBLK | 0600, makedev(240, 77)) == 0) {
        ck_assert_int_eq(save(in("disk")), NST_ERR_IO);
        ck_assert_ptr_nonnull(strstr(nst_last_error(), "block device"));
        ck_assert(S_ISBLK(kind_of(in("disk"))) && unlink(in("disk")) == 0);
    }
    end(2);
}
END_TEST

/* A writer is killed at some moment; all that it had not finished is gone. */
START_TEST(a_killed_process_leaves_nothing)
{
    static char text[1 << 20];
    struct stat facts;
    begin();
    const int nameless = open(folder, O_TMPFILE | O_WRONLY, 0600);
    if (nameless < 0) {
        end(0);
        return; /* this file system has none */
    }
    close(nameless);
    for (int round = 0; round < 5; round++) {
        const pid_t child = fork();
        if (child == 0)
            for (int i = 0;; i++) {
                char name[32];
                snprintf(name, sizeof name, "whole-%d-%d", round, i);
                if (nst__file_write(in(name), &(nst__part){text, sizeof text}, 1) != NST_OK) _exit(1);
            }
        char third[32];
        snprintf(third, sizeof third, "whole-%d-%d", round, 2);
        while (stat(in(third), &facts) != 0 && waitpid(child, NULL, WNOHANG) == 0)
            usleep(1000);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    DIR *entries = opendir(folder);
    for (struct dirent *e; (e = readdir(entries));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        ck_assert_int_eq(strncmp(e->d_name, "whole-", 6), 0);
        ck_assert(stat(in(e->d_name), &facts) == 0 && facts.st_size == sizeof text);
    }
    closedir(entries);
    end(names());
}
END_TEST

/* ---- Through ---- */

START_TEST(devices_are_written_to)
{
    begin();
    if (mknod(in("null"), S_IFCHR | 0666, makedev(1, 3)) != 0) {
        end(0);
        return; /* for root alone */
    }
    ck_assert_int_eq(mknod(in("full"), S_IFCHR | 0666, makedev(1, 7)), 0);
    ck_assert_int_eq(symlink("null", in("link")), 0);
    const int file = open(in("null"), O_WRONLY);
    if (file >= 0) { /* else the file system is mounted without devices */
        close(file);
        ck_assert_int_eq(save(in("null")), NST_OK);
        ck_assert_int_eq(save(in("link")), NST_OK);
        ck_assert_int_eq(save(in("full")), NST_ERR_IO);
        ck_assert_ptr_nonnull(strstr(nst_last_error(), "/full: cannot be written: No space left"));
    }
    ck_assert(S_ISCHR(kind_of(in("null"))) && S_ISCHR(kind_of(in("full"))));
    end(3);
}
END_TEST

static char large[1 << 20]; /* more than a pipe holds */

START_TEST(pipes_are_written_to)
{
    int result;
    begin();
    ck_assert_int_eq(mkfifo(in("pipe"), 0600), 0);
    ck_assert_int_eq(save(in("pipe")), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "a pipe that nothing reads"));
    const int reader = open(in("pipe"), O_RDONLY | O_NONBLOCK);
    const pid_t child = fork();
    if (child == 0) {
        fcntl(reader, F_SETFL, 0);
        size_t count = 0;
        char bytes[4096];
        for (ssize_t n; (n = read(reader, bytes, sizeof bytes)) > 0 || count == 0;)
            count += n > 0 ? (size_t)n : 0;
        _exit(count == sizeof large ? 0 : 1);
    }
    ck_assert_int_eq(nst__file_write(in("pipe"), &(nst__part){large, sizeof large}, 1), NST_OK);
    ck_assert(waitpid(child, &result, 0) == child && WIFEXITED(result) && WEXITSTATUS(result) == 0);
    close(reader);
    ck_assert(S_ISFIFO(kind_of(in("pipe"))));
    end(1);
}
END_TEST

START_TEST(a_reader_that_leaves_is_an_error)
{
    int ends[2];
    char path[64];
    sigset_t pending;
    begin();
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    ck_assert_int_eq(save(path), NST_ERR_IO); /* SIGPIPE would have ended the test */
    ck_assert(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
    close(ends[1]);
    ck_assert_int_eq(save(path), NST_ERR_IO);
    end(0);
}
END_TEST

/* As after the shell's >>: what is there stays, and the next one goes on behind it. */
START_TEST(descriptors_are_written_to_where_they_stand)
{
    char path[64];
    begin();
    make(in("log"), "before ", 0644);
    const int file = open(in("log"), O_WRONLY | O_APPEND);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ck_assert_int_eq(symlink(path, in("link")), 0);
    ck_assert(save(path) == NST_OK && save(in("link")) == NST_OK);
    ck_assert_int_eq((int)write(file, ".", 1), 1);
    holds(in("log"), "before new textnew text.");
    ck_assert_int_eq(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
    ck_assert_int_eq(nst_bytes_save("!", 1, "/dev/stdout"), NST_OK);
    close(file);
    close(STDOUT_FILENO);
    holds(in("log"), "before new textnew text.!");
    end(2);
}
END_TEST

/* Counts down from *USER, and fails where it is negative. */
static int count_down(void *user, nst__sink *sink)
{
    const int most = *(int *)user;
    int failure = 0;
    for (int i = most; i > 0 && !failure; i--)
        failure = nst__sink_put(sink, &"0123456789"[i], 1);
    return most < 0 ? EIO : failure;
}

START_TEST(bytes_that_are_made_while_they_are_written)
{
    int most = 9;
    begin();
    no_links = _i == 1;
    ck_assert_int_eq(nst__file_write_with(in("count"), count_down, &most), NST_OK);
    holds(in("count"), "987654321");
    most = -1;
    ck_assert_int_eq(nst__file_write_with(in("count"), count_down, &most), NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "/count: cannot be written: Input/output error"));
    ck_assert_int_eq(nst__file_write_with(in("none"), count_down, &most), NST_ERR_IO);
    holds(in("count"), "987654321");
    end(1);
}
END_TEST

START_TEST(bytes)
{
    begin();
    ck_assert_int_eq(nst_bytes_save(NULL, 0, in("empty")), NST_OK);
    holds(in("empty"), "");
    ck_assert_int_eq(nst_bytes_save("abc", 2, in("two")), NST_OK);
    holds(in("two"), "ab");
    ck_assert_int_eq(nst_bytes_save(NULL, 2, in("none")), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_bytes_save("abc", 2, NULL), NST_ERR_ARGUMENT);
    end(2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tcase = tcase_create("file");
    SRunner *runner = srunner_create(suite);
    tcase_set_timeout(tcase, 1800);
    tcase_add_loop_test(tcase, permissions, 0, 2);
    tcase_add_test(tcase, owner_and_group);
    tcase_add_loop_test(tcase, temporary_names_are_short_and_never_the_same, 0, 2);
    tcase_add_loop_test(tcase, links_are_followed, 0, 2);
    tcase_add_test(tcase, links_of_others_in_a_sticky_folder);
    tcase_add_loop_test(tcase, a_path_without_a_folder, 0, 2);
    tcase_add_loop_test(tcase, a_limit_on_the_size_of_files, 0, 4);
    tcase_add_test(tcase, what_is_no_file_is_refused);
    tcase_add_test(tcase, a_killed_process_leaves_nothing);
    tcase_add_test(tcase, devices_are_written_to);
    tcase_add_test(tcase, pipes_are_written_to);
    tcase_add_test(tcase, a_reader_that_leaves_is_an_error);
    tcase_add_test(tcase, descriptors_are_written_to_where_they_stand);
    tcase_add_loop_test(tcase, bytes_that_are_made_while_they_are_written, 0, 2);
    tcase_add_test(tcase, bytes);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
