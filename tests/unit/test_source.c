/* Files read: whole or in pieces, regular or not, cut short while they are read. */
#include "unit/runner.h"

#include "base/alloc.h"
#include "base/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[32], path[64], pipe_path[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/nst-source-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
}

static void remove_folder(void)
{
    unlink(path);
    unlink(pipe_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(const char *name, size_t size)
{
    FILE *file = fopen(name, "wb");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < size; i++)
        putc((int)(i % 251), file);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_bytes(const unsigned char *bytes, size_t size, size_t first)
{
    for (size_t i = 0; i < size; i++)
        ck_assert_uint_eq(bytes[i], (first + i) % 251);
}

START_TEST(pieces_of_files_and_memory)
{
    unsigned char piece[100], all[1000];
    nst__source sources[2];
    make_folder();
    write_file(path, sizeof all);
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (unsigned char)(i % 251);
    ck_assert_int_eq(nst__source_open(&sources[0], path), NST_OK);
    sources[1] = (nst__source){.name = "memory", .size = sizeof all, .bytes = all};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(sources[i].size, sizeof all);
        ck_assert_int_eq(nst__source_read(&sources[i], 800, piece, 100), NST_OK);
        expect_bytes(piece, 100, 800);
        ck_assert_int_eq(nst__source_read(&sources[i], 1000, piece, 0), NST_OK);
        ck_assert_int_eq(nst__source_read(&sources[i], 901, piece, 100), NST_ERR_CORRUPT);
        ck_assert_int_eq(nst__source_read(&sources[i], UINT64_MAX, piece, 2), NST_ERR_CORRUPT);
        nst__source_close(&sources[i]);
        nst__source_close(&sources[i]);
    }
    remove_folder();
}
END_TEST

START_TEST(a_file_cut_short_while_it_is_read)
{
    nst__source source;
    unsigned char piece[10];
    make_folder();
    write_file(path, 100000);
    ck_assert_int_eq(nst__source_open(&source, path), NST_OK);
    ck_assert_int_eq(truncate(path, 1000), 0);
    ck_assert_int_eq(nst__source_read(&source, 990, piece, 10), NST_OK);
    ck_assert_int_eq(nst__source_read(&source, 995, piece, 10), NST_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "the file became shorter while it was read"));
    nst__source_close(&source);
    remove_folder();
}
END_TEST

START_TEST(whole_files)
{
    static const size_t size[] = {1, 1000, 65536, 300000};
    unsigned char *bytes;
    size_t found;
    make_folder();
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
        write_file(path, size[i]);
        ck_assert_int_eq(nst__file_read(&bytes, &found, path, size[i]), NST_OK);
        ck_assert_uint_eq(found, size[i]);
        expect_bytes(bytes, found, 0);
        nst__free(bytes);
        ck_assert_int_eq(nst__file_read(&bytes, &found, path, size[i] - 1), NST_ERR_TOO_LARGE);
        ck_assert_ptr_null(bytes);
    }
    remove_folder();
}
END_TEST

START_TEST(pipes_are_read_to_their_end)
{
    static const uint64_t most[] = {200000, 199999};
    make_folder();
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    for (int i = 0; i < 2; i++) {
        unsigned char *bytes;
        size_t found;
        const pid_t writer = fork();
        if (writer == 0) {
            write_file(pipe_path, 200000);
            _exit(0);
        }
        const nst_status status = nst__file_read(&bytes, &found, pipe_path, most[i]);
        ck_assert_int_eq(status, i == 0 ? NST_OK : NST_ERR_TOO_LARGE);
        ck_assert_uint_eq(found, i == 0 ? 200000 : 0);
        expect_bytes(bytes, found, 0);
        nst__free(bytes);
        ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
    }
    remove_folder();
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    static const struct {
        const char *path;
        nst_status opened, read;
    } bad[] = {{"/nowhere/at/all", NST_ERR_NOT_FOUND, NST_ERR_NOT_FOUND},
               {".", NST_ERR_NOT_FOUND, NST_ERR_NOT_FOUND},
               {"/dev/null", NST_ERR_NOT_FOUND, NST_ERR_CORRUPT},
               {"/dev/zero", NST_ERR_NOT_FOUND, NST_ERR_TOO_LARGE}};
    nst__source source;
    unsigned char *bytes;
    size_t size;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(nst__source_open(&source, bad[i].path), bad[i].opened);
        ck_assert_int_eq(nst__file_read(&bytes, &size, bad[i].path, 1000000), bad[i].read);
        ck_assert_ptr_null(bytes);
    }
    make_folder();
    write_file(path, 0);
    ck_assert_int_eq(nst__source_open(&source, path), NST_ERR_CORRUPT);
    ck_assert_int_eq(nst__file_read(&bytes, &size, path, 1000), NST_ERR_CORRUPT);
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    ck_assert_int_eq(nst__source_open(&source, pipe_path), NST_ERR_NOT_FOUND); /* at once */
    remove_folder();
}
END_TEST

RUNNER("source", pieces_of_files_and_memory, a_file_cut_short_while_it_is_read, whole_files,
       pipes_are_read_to_their_end, what_is_no_file_is_refused)
