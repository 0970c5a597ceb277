/* MAT-files of MATLAB, as MatConvNet has them. */
#include "unit/model_checks.h"

#include "format/inflate.h"

START_TEST(both_layouts_are_read)
{
    assert_reads(mat_file(false, false), "mat");
    assert_reads(mat_file(true, false), "mat");
    if (nst__have_inflate()) {
        assert_reads(mat_file(false, true), "mat");
        assert_reads(mat_file(true, true), "mat");
    } else {
        assert_refused(mat_file(false, true), NST_ERR_UNSUPPORTED, "built without zlib");
    }
}
END_TEST

/* The file after its header: a mean, and the layers. */
static blob with_mean(double red, double green, double blue)
{
    blob b = mat_start();
    mat_add(&b, mat_mean(red, green, blue), false);
    mat_add(&b, mat_layers(false), false);
    return b;
}

static void assert_input(blob b, nst_input asked, nst_input expected, const char *said)
{
    nst_model *model;
    ck_assert_int_eq(nst_model_decode(&model, b.bytes, b.size, asked), NST_OK);
    ck_assert_int_eq(nst_model_input(model), expected);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), said);
    nst_model_destroy(model);
    blob_free(&b);
}

START_TEST(the_mean_picture_gives_the_input_space)
{
    blob bare = mat_start();
    mat_add(&bare, mat_layers(false), false);
    assert_input(with_mean(123.68, 116.779, 103.939), NST_INPUT_AUTO, NST_INPUT_RGB255, "metadata");
    assert_input(with_mean((double)123.68f, (double)116.779f, (double)103.939f), NST_INPUT_AUTO, NST_INPUT_RGB255,
                 "metadata");
    assert_input(with_mean(129.1863, 104.7624, 93.594), NST_INPUT_RGB255, NST_INPUT_RGB255, "caller");
    assert_input(bare, NST_INPUT_AUTO, NST_INPUT_RGB01, "values of conv1_1");
    assert_refused(with_mean(129.1863, 104.7624, 93.594), NST_ERR_UNSUPPORTED,
                   "found 'rgb 0..255 minus mean 129.186,104.762,93.594'");
}
END_TEST

START_TEST(lying_files_are_refused)
{
    const int one[2] = {1, 1};
    blob b = mat_file(false, false);
    b.size = 100;
    assert_refused(b, NST_ERR_CORRUPT, "expected the header of a MAT-file, of 128 bytes, found 100");
    assert_refused(with(mat_file(false, false), "MATLAB 5.0", 10, "MATLAB 7.3"), NST_ERR_UNSUPPORTED, "version 7.3");
    assert_refused(with(mat_file(false, false), "IM", 2, "MI"), NST_ERR_UNSUPPORTED, "a big-endian MAT-file");
    assert_refused(with(mat_file(false, false), "\0\1IM", 4, "\0\2IM"), NST_ERR_CORRUPT,
                   "version 0x0100, found 0x0200");
    assert_refused(with(mat_file(false, false), "\x0e\0\0\0", 4, "\x0d\0\0\0"), NST_ERR_CORRUPT,
                   "expected an array, found an element of type 13");
    /* The shape of the first kernel, [3, 3, 3, 2], has other numbers of elements, none, or more than 32 bits hold. */
    static const char shape[] = "\3\0\0\0\3\0\0\0\3\0\0\0\2\0\0";
    assert_refused(with(mat_file(false, false), shape, 16, "\3\0\0\0\3\0\0\0\3\0\0\0\3\0\0"), NST_ERR_CORRUPT,
                   "layers.0.weights.0: expected 81 numbers, found 216 bytes");
    assert_refused(with(mat_file(false, false), shape, 16, "\xff\xff\xff\xff\xff\xff\xff\xff\3\0\0\0\3\0\0"),
                   NST_ERR_CORRUPT, "expected 4294967295 numbers, found 216 bytes");
    assert_refused(with(mat_file(false, false), shape, 16, "\0\0\0\0\3\0\0\0\3\0\0\0\3\0\0"), NST_ERR_CORRUPT,
                   "expected 0 numbers");
    assert_refused(with(mat_file(false, false), shape, 16, "\6\0\0\0\3\0\0\0\3\0\0\0\1\0\0"), NST_ERR_UNSUPPORTED,
                   "expected shape [channels, 3, 3, 3], found [1, 3, 6, 3]");
    assert_refused(with(mat_file(false, false), "\7\0\0\0\xd8", 5, "\5\0\0\0\xd8"), NST_ERR_UNSUPPORTED,
                   "expected numbers of type");
    assert_refused(with(mat_file(false, false), "\7\0\0\0\xd8", 5, "\7\0\0\0\xd7"), NST_ERR_CORRUPT,
                   "expected 54 numbers");
    assert_refused(with(mat_file(false, false), "\7\0\0\0\xd8\0\0\0", 8, "\7\0\0\0\xd8\0\0\xf0"), NST_ERR_CORRUPT,
                   "bytes of an element");
    assert_refused(with(mat_file(false, false), "\7\0\0\0\0\0\0\0\5", 9, "\7\x08\0\0\0\0\0\0\5"), NST_ERR_UNSUPPORTED,
                   "complex numbers");
    assert_refused(with(mat_file(false, false), "conv1_2", 7, "conv1_9"), NST_ERR_UNSUPPORTED,
                   "layers.conv1_9.weights.0: no VGG has a convolution of that name");
    /* Names of fields of no bytes, of too many, and more structs and cells than there are bytes. */
    assert_refused(with(mat_file(true, false), "\5\0\0\0\4\0\0\0\x08", 9, "\5\0\0\0\4\0\0\0\0"), NST_ERR_CORRUPT,
                   "bytes for each field");
    assert_refused(with(mat_file(true, false), "\5\0\0\0\4\0\0\0\x08", 9, "\5\0\0\0\4\0\0\0\7"), NST_ERR_CORRUPT,
                   "bytes for each field");
    assert_refused(with(mat_file(true, false), "\2\0\0\0\0\0\0\0\5\0\0\0\x08\0\0\0\1", 17,
                        "\2\0\0\0\0\0\0\0\5\0\0\0\x08\0\0\0\xff"),
                   NST_ERR_CORRUPT, "expected 255 structs");
    assert_refused(with(mat_file(true, false), "\1\0\0\0\2\0\0\0\1", 9, "\xff\xff\xff\xff\xff\xff\xff\xff\1"),
                   NST_ERR_CORRUPT, "expected 4294967295 arrays");
    for (int depth = 15; depth <= 16; depth++) { /* cells in cells, the innermost empty */
        blob cells = {0};
        for (int i = 0; i <= depth; i++) {
            blob outer = {0};
            mat_put_array(&outer, 1, i ? one : (const int[]){0, 0}, 2, "", cells);
            cells = outer;
        }
        b = mat_start();
        mat_add(&b, cells, false);
        assert_refused(b, NST_ERR_UNSUPPORTED, depth == 15 ? "no tensor is called" : "at most 16 deep");
    }
    b = mat_start();
    for (int i = 0; i < 65; i++)
        mat_put_array(&b, 1, (const int[]){0, 0}, 2, "x", (blob){0});
    assert_refused(b, NST_ERR_UNSUPPORTED, "at most 64 variables");
}
END_TEST

/* A compressed variable that says to have SIZE bytes. */
static blob packed(uint64_t size)
{
    blob b = mat_start(), variable = {0};
    blob_put_int(&variable, 14, 4);
    blob_put_int(&variable, size, 4);
    blob_put_int(&variable, 0, 64);
    mat_add(&b, variable, true);
    return b;
}

START_TEST(compressed_data_may_lie)
{
    if (!nst__have_inflate()) return;
    assert_refused(packed(UINT32_MAX), NST_ERR_TOO_LARGE, "at most 1073741824 unpacked bytes");
    assert_refused(packed(1 << 29), NST_ERR_CORRUPT, "compressed data: expected more");
    assert_refused(packed(4096), NST_ERR_CORRUPT, "expected an element of type 6");
    blob b = mat_file(false, true);
    assert_refused(with(b, "\x78\x01", 2, "\x78\x02"), NST_ERR_CORRUPT, "compressed data");
}
END_TEST

/* Where the last read of a file ended, and how often the next began before that. */
typedef struct reads {
    blob file;
    uint64_t end;
    int back;
} reads;

static nst_status count_reads(void *user, uint64_t at, void *to, size_t size)
{
    reads *r = user;
    ck_assert(at <= r->file.size && size <= r->file.size - at);
    r->back += at < r->end;
    r->end = at + size;
    memcpy(to, r->file.bytes + at, size);
    return NST_OK;
}

/* Once for the format, once for the names, once for the numbers: to go back in compressed data takes long. */
START_TEST(files_are_read_forwards)
{
    for (int oldest = 0; oldest < 2; oldest++) {
        nst_model *model;
        nst__table table;
        reads r = {.file = mat_file(oldest, false)};
        const nst__source source = {.name = "counted", .size = r.file.size, .read = count_reads, .user = &r};
        nst__table_init(&table, &source);
        ck_assert_int_eq(nst__table_read(&table), NST_OK);
        ck_assert_int_eq(r.back, 1);
        ck_assert_int_eq(nst__weights_build(&model, &table, NST_INPUT_AUTO), NST_OK);
        ck_assert_int_eq(r.back, 2);
        nst_model_destroy(model);
        nst__table_release(&table);
        blob_free(&r.file);
    }
}
END_TEST

START_TEST(damage_is_an_error_or_a_model)
{
    assert_survives_damage(mat_file(false, false));
    if (nst__have_inflate()) assert_survives_damage(mat_file(true, true));
}
END_TEST

START_TEST(files_are_read_like_memory)
{
    assert_survives_cuts_while_reading(mat_file(true, false));
    if (nst__have_inflate()) assert_survives_cuts_while_reading(mat_file(false, true));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    assert_survives_lack_of_memory(mat_file(false, false));
    if (nst__have_inflate()) assert_survives_lack_of_memory(mat_file(true, true));
}
END_TEST

RUNNER("mat", both_layouts_are_read, the_mean_picture_gives_the_input_space, lying_files_are_refused,
       compressed_data_may_lie, files_are_read_forwards, damage_is_an_error_or_a_model, files_are_read_like_memory,
       every_allocation_may_fail)
