/* Keras' HDF5: both kinds of groups, and files that are not what they should be. */
#include "unit/model_checks.h"

#include "format/inflate.h"

START_TEST(both_kinds_of_groups_are_read)
{
    assert_reads(keras_hdf5(false), "hdf5");
    assert_reads(keras_hdf5(true), "hdf5");
}
END_TEST

START_TEST(input_space_is_that_of_keras)
{
    blob b = keras_hdf5(false);
    nst_model *model;
    ck_assert_int_eq(decode(&model, b.bytes, b.size), NST_OK);
    ck_assert_int_eq(nst_model_input(model), NST_INPUT_BGR255);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), "format");
    nst_model_destroy(model);
    blob_free(&b);
}
END_TEST

/* A name of eight bytes at the position of the N-th text FIND. */
static blob with_address(blob b, const char *find, size_t behind, uint64_t address)
{
    for (size_t i = 0; i + 8 + behind < b.size; i++)
        if (memcmp(b.bytes + i, find, strlen(find)) == 0) {
            for (int j = 0; j < 8; j++)
                b.bytes[i + behind + (size_t)j] = (unsigned char)(address >> 8 * j);
            return b;
        }
    ck_abort_msg("the text to replace is not in the file");
    return b;
}

START_TEST(lying_files_are_refused)
{
    static const unsigned char layout[2] = {3, 1}, virtual[2] = {3, 3}, chunked[2] = {3, 2}, old[2] = {2, 1};
    static const unsigned char big_endian[4] = {0x11, 0x21, 31, 0}, f32[4] = {0x11, 0x20, 31, 0};
    assert_refused(with(keras_hdf5(false), layout, 2, chunked), NST_ERR_UNSUPPORTED, "another number of dimensions");
    assert_refused(with(keras_hdf5(false), layout, 2, virtual), NST_ERR_UNSUPPORTED, "a virtual dataset");
    assert_refused(with(keras_hdf5(false), layout, 2, old), NST_ERR_UNSUPPORTED, "data layout");
    assert_refused(with(keras_hdf5(false), f32, 4, big_endian), NST_ERR_UNSUPPORTED, "expected numbers of type");
    assert_refused(with(keras_hdf5(false), "TREE", 4, "TREF"), NST_ERR_CORRUPT, "expected TREE");
    assert_refused(with(keras_hdf5(false), "SNOD", 4, "SNOE"), NST_ERR_CORRUPT, "expected SNOD");
    assert_refused(with(keras_hdf5(false), "HEAP", 4, "HEAQ"), NST_ERR_CORRUPT, "expected HEAP");
    assert_refused(with(keras_hdf5(true), "OHDR", 4, "OHDS"), NST_ERR_CORRUPT, "an object header");
    assert_refused(with(keras_hdf5(false), "block1_conv1_b", 14, "block1_conv1_W"), NST_ERR_CORRUPT, "stands twice");
    assert_refused(with(keras_hdf5(false), "block1_conv1\0", 13, "block1_conv2\0"), NST_ERR_CORRUPT, "stands twice");
    assert_refused(with_address(keras_hdf5(false), "\x89HDF", 40, 1u << 30), NST_ERR_CORRUPT, "cut short");
    assert_refused(with_address(keras_hdf5(false), "\x89HDF", 24, 8), NST_ERR_CORRUPT, "base address 0");
    assert_refused(with_address(keras_hdf5(false), "HEAP", 24, UINT64_MAX - 3), NST_ERR_CORRUPT, "within the file");
    assert_refused(with_address(keras_hdf5(false), "HEAP", 8, UINT64_MAX - 3), NST_ERR_CORRUPT, "within the file");
    assert_refused(with_address(keras_hdf5(false), "SNOD", 8, 1000), NST_ERR_CORRUPT, "a name in the heap");
    assert_refused(with(keras_hdf5(false), "\x89HDF\r\n\x1a\n\0", 9, "\x89HDF\r\n\x1a\n\x07"), NST_ERR_UNSUPPORTED,
                   "superblock");
}
END_TEST

static const int all_filters = CHUNKED | SHUFFLED | DEFLATED | CHECKED;

START_TEST(chunks_are_put_together)
{
    assert_reads(keras_hdf5_as(false, CHUNKED), "hdf5");
    assert_reads(keras_hdf5_as(true, CHUNKED | SHUFFLED), "hdf5");
    assert_reads(keras_hdf5_as(false, CHUNKED | CHECKED), "hdf5");
    assert_survives_damage(keras_hdf5_as(false, CHUNKED | SHUFFLED));
    assert_survives_cuts_while_reading(keras_hdf5_as(false, CHUNKED));
    assert_survives_lack_of_memory(keras_hdf5_as(false, CHUNKED));
    if (nst__have_inflate()) {
        assert_reads(keras_hdf5_as(false, CHUNKED | DEFLATED), "hdf5");
        assert_reads(keras_hdf5_as(false, all_filters), "hdf5");
        assert_survives_damage(keras_hdf5_as(false, all_filters));
        assert_survives_lack_of_memory(keras_hdf5_as(false, all_filters));
    } else {
        assert_refused(keras_hdf5_as(false, all_filters), NST_ERR_UNSUPPORTED, "built without zlib");
    }
}
END_TEST

START_TEST(lying_chunks_are_refused)
{
    /* a tree of groups; a chunk too many; one outside; the chunk's size in the layout; a filter that nobody knows */
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "TREE\1\0\2", 7, "TREE\0\0\2"), NST_ERR_CORRUPT,
                   "a B-tree of chunks");
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "TREE\1\0\2", 7, "TREE\1\0\3"), NST_ERR_CORRUPT, "chunk");
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "TREE\1\0\2", 7, "TREE\1\0\1"), NST_ERR_CORRUPT,
                   "as many chunks as the shape has");
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "TREE\1\0\2", 7, "TREE\1\5\2"), NST_ERR_CORRUPT, "chunk");
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "\x02\0\0\0\x03\0\0\0\x03\0\0\0\x02\0\0\0", 16,
                        "\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x02\0\0\0"),
                   NST_ERR_UNSUPPORTED, "the file has no room for");
    assert_refused(with(keras_hdf5_as(false, CHUNKED), "\x02\0\0\0\x03\0\0\0\x03\0\0\0\x02\0\0\0", 16,
                        "\x02\0\0\0\x03\0\0\0\0\0\0\0\x02\0\0\0"),
                   NST_ERR_UNSUPPORTED, "the file has no room for");
    assert_refused(with(keras_hdf5_as(false, CHUNKED | SHUFFLED), "\1\1\0\0\0\0\0\0\2", 9, "\1\1\0\0\0\0\0\0\4"),
                   NST_ERR_UNSUPPORTED, "compressed in a way that is not read here: h5repack");
    assert_refused(with(keras_hdf5_as(false, CHUNKED | SHUFFLED), "\1\1\0\0\0\0\0\0\2", 9, "\1\7\0\0\0\0\0\0\2"),
                   NST_ERR_UNSUPPORTED, "compressed in a way that is not read here: h5repack");
}
END_TEST

START_TEST(keras_3_archives_are_read)
{
    zip_writer z = {0};
    zip_add(&z, "metadata.json", text_blob("{}"));
    zip_add(&z, "config.json", text_blob("{}"));
    zip_add(&z, "model.weights.h5", keras_hdf5(false));
    assert_reads(zip_end(&z), "keras zip");
    z = (zip_writer){.deflated = true};
    zip_add(&z, "config.json", text_blob("{}"));
    zip_add(&z, "model.weights.h5", keras_hdf5(false));
    assert_refused(zip_end(&z), NST_ERR_UNSUPPORTED, "model.weights.h5: expected it to be stored: unzip it");
    z = (zip_writer){0};
    zip_add(&z, "config.json", text_blob("{}"));
    assert_refused(zip_end(&z), NST_ERR_FORMAT, "expected a Keras archive");
}
END_TEST

/* A layer's group that is its own member, and a header that is continued in itself. */
START_TEST(circles_are_refused)
{
    blob b = {0};
    nst_model *model;
    unsigned char head[112] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 2, 8, 8};
    memset(head + 20, 0xff, 8);
    head[36] = 112;
    blob_put(&b, head, sizeof head);
    put_new_group(&b, (const char *const[]){"block1_conv1", "vgg19"}, (const size_t[]){112, 112}, 2);
    b.bytes[28] = (unsigned char)b.size;
    ck_assert_int_ne(decode(&model, b.bytes, b.size), NST_OK);
    blob_free(&b);

    blob_put(&b, head, sizeof head);
    blob_put(&b, "OHDR\x02\x00\x14\x10\x10\x00\x00", 11);
    blob_put_int(&b, 112 + 32, 8);
    blob_put_int(&b, 28, 8);
    align8(&b);
    ck_assert_uint_eq(b.size, 112 + 32);
    blob_put(&b, "OCHK\x10\x10\x00\x00", 8);
    blob_put_int(&b, 112 + 32, 8);
    blob_put_int(&b, 28, 8);
    blob_put_int(&b, 0, 4);
    b.bytes[28] = (unsigned char)b.size;
    ck_assert_int_eq(decode(&model, b.bytes, b.size), NST_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "a header that ends"));
    blob_free(&b);
}
END_TEST

/* A layer with 60000 members, all of them one header of two million messages, or with a name of 16 MB: the work
 * must not grow with the product. */
START_TEST(crowds_cost_no_time)
{
    enum { MEMBERS = 60000, LONG = 16 << 20 };
    static const char *names[MEMBERS];
    static size_t members[MEMBERS];
    for (int named = 0; named <= 1; named++) {
        blob b = {0}, messages = {0};
        char *name = calloc(1, LONG);
        ck_assert_ptr_nonnull(name);
        if (named) memset(name, 'x', LONG - 1);
        for (int i = 0; i < 112; i++)
            blob_put(&b, "", 1);
        for (int i = 0; i < LONG / 8 && !named; i++)
            blob_put(&messages, "\0\0\0\0\0\0\0\0", 8);
        const size_t crowd = put_header(&b, messages, 1);
        for (int i = 0; i < MEMBERS; i++) {
            names[i] = i ? "" : name;
            members[i] = crowd;
        }
        const size_t layer = put_group(&b, names, members, MEMBERS);
        for (size_t i = 0; i + 40 < b.size && named; i++) /* all members have the first one's name */
            if (memcmp(b.bytes + i, "SNOD", 4) == 0)
                for (size_t k = 0; k < MEMBERS; k++)
                    b.bytes[i + 8 + 40 * k] = 8, memset(b.bytes + i + 9 + 40 * k, 0, 7);
        const size_t root = put_group(&b, (const char *const[]){"block1_conv1"}, &layer, 1);
        put_superblock(&b, false, root);
        assert_refused(b, named ? NST_ERR_UNSUPPORTED : NST_ERR_CORRUPT,
                       named ? "no tensor is called" : "more objects than a VGG");
        free(name);
    }
}
END_TEST

START_TEST(damage_is_an_error_or_a_model)
{
    assert_survives_damage(keras_hdf5(false));
    assert_survives_damage(keras_hdf5(true));
}
END_TEST

START_TEST(files_are_read_like_memory)
{
    assert_survives_cuts_while_reading(keras_hdf5(false));
    assert_survives_cuts_while_reading(keras_hdf5(true));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    assert_survives_lack_of_memory(keras_hdf5(false));
}
END_TEST

RUNNER("hdf5", both_kinds_of_groups_are_read, chunks_are_put_together, lying_chunks_are_refused,
       keras_3_archives_are_read, input_space_is_that_of_keras, lying_files_are_refused, circles_are_refused,
       crowds_cost_no_time, damage_is_an_error_or_a_model, files_are_read_like_memory, every_allocation_may_fail)
