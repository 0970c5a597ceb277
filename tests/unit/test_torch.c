/* torch checkpoints: both formats, and pickles that are not what they should be. */
#include "unit/model_checks.h"

#include "format/inflate.h"

START_TEST(both_formats_are_read)
{
    assert_reads(torch_zip(false, false), "torch zip");
    assert_reads(torch_zip(false, true), "torch zip");
    assert_reads(torch_zip(true, false), "torch zip");
    assert_reads(torch_legacy(false), "torch legacy");
    assert_reads(torch_legacy(true), "torch legacy");
}
END_TEST

START_TEST(deflated_archives_are_read)
{
    if (!nst__have_inflate()) {
        assert_refused(torch_zip_deflated(), NST_ERR_UNSUPPORTED, "built without zlib");
        return;
    }
    assert_reads(torch_zip_deflated(), "torch zip");
    assert_survives_damage(torch_zip_deflated());
    assert_survives_cuts_while_reading(torch_zip_deflated());
    assert_survives_lack_of_memory(torch_zip_deflated());
}
END_TEST

START_TEST(python_2_is_read)
{
    assert_reads(torch_zip_of(python2_pickle(), false), "torch zip");
}
END_TEST

/* Old views: ('storage', type, root, device, count of the root, (key, first, count)). */
START_TEST(views_are_read)
{
    const struct {
        int first, count;
        nst_status status;
    } views[] = {{3, 27, NST_OK}, {27, 27, NST_OK}, {28, 27, NST_ERR_CORRUPT}, {3, 26, NST_ERR_CORRUPT}};
    for (size_t i = 0; i < 4; i++) {
        blob b = {0};
        nst_model *model;
        blob_put(&b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}", 24);
        put_unicode(&b, "little_endian");
        blob_put_text(&b, "\x88s.\x80\x02}");
        put_unicode(&b, "conv1_1.weight");
        blob_put_text(&b, "ctorch._utils\n_rebuild_tensor\n((");
        put_unicode(&b, "storage");
        blob_put_text(&b, "ctorch.cuda\nFloatStorage\n");
        put_unicode(&b, "root");
        put_unicode(&b, "cuda:0");
        blob_put_text(&b, "K\x36");
        put_unicode(&b, "view");
        blob_put_text(&b, "K");
        blob_put_int(&b, (uint64_t)views[i].first, 1);
        blob_put_text(&b, "K");
        blob_put_int(&b, (uint64_t)views[i].count, 1);
        blob_put_text(&b, "\x87tQK");
        blob_put_int(&b, 0, 1);
        put_sizes(&b, (const int[]){1, 3, 3, 3}, 4);
        put_sizes(&b, (const int[]){27, 9, 3, 1}, 4);
        blob_put_text(&b, "tRs.\x80\x02](");
        put_unicode(&b, "root");
        blob_put_text(&b, "e.");
        blob_put_int(&b, 54, 8);
        put_numbers_of(&b, 0);
        ck_assert_int_eq(decode(&model, b.bytes, b.size), views[i].status);
        if (model) {
            const float *w = nst__conv_weights(conv_of(model, 0));
            for (int j = 0; j < 27; j++)
                ck_assert_float_eq(w[j], number_of(0, views[i].first + j));
        }
        nst_model_destroy(model);
        blob_free(&b);
    }
}
END_TEST

static void refuse_pickle(const char *text, size_t size, nst_status status, const char *message)
{
    blob b = {0};
    blob_put(&b, text, size);
    assert_refused(torch_zip_of(b, false), status, message);
}
#define REFUSE(text, status, message) refuse_pickle(text, sizeof text - 1, status, message)

START_TEST(other_programs_are_refused)
{
    REFUSE("cos\nsystem\n(X\x05\x00\x00\x00"
           "falsetR.",
           NST_ERR_UNSUPPORTED, "that os.system makes, which is not run");
    REFUSE("\x8c\x08"
           "builtins\x8c\x04"
           "eval\x93)R.",
           NST_ERR_UNSUPPORTED, "that builtins.eval makes, which is not run");
    REFUSE("ctorch.nn\nLinear\n)\x81}b.", NST_ERR_UNSUPPORTED, "that torch.nn.Linear makes");
    REFUSE("ctorch.nn\nLinear\n.", NST_ERR_UNSUPPORTED, "expected a state dict");
    REFUSE("(i__main__\nx\n.", NST_ERR_UNSUPPORTED, "that __main__.x makes");
    REFUSE("(c__main__\nx\nK\x07o.", NST_ERR_UNSUPPORTED, "that __main__.x makes");
    REFUSE("d.", NST_ERR_UNSUPPORTED, "opcode 0x64");
    REFUSE("}.", NST_ERR_UNSUPPORTED, "no tensor is called as VGG's are");
    REFUSE("].", NST_ERR_UNSUPPORTED, "found none");
    REFUSE("K\x07.", NST_ERR_UNSUPPORTED, "expected a state dict");
}
END_TEST

/* A state dict under a key that nobody knows, and beside it values whose classes are not known either. */
START_TEST(opaque_values_are_passed_over)
{
    static const char namespace[] = "cargparse\nNamespace\n)\x81}X\x02\0\0\0lrG?\x84z\xe1G\xae\x14{sb";
    static const char scalar[] =
        "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<"
        "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbC\x04\0\0\0\0\x86R";
    static const char defaults[] =
        "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RX\x01\0\0\0a]sK\x05]s(K\x06]K\x07]u";
    static const char device[] = "ctorch\ndevice\nX\x03\0\0\0cpu\x85R";
    static const char set[] = "\x8f(K\x01K\x02\x90";
    static const char frozen[] = "(K\x01K\x02\x91";
    static const char evil[] = "cos\nsystem\nX\x05\0\0\0false\x85R";
    static const char losses[] = "](G\0\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0e";
    static const char large[] = "\x8b\x09\0\0\0"
                                "123456789";
    static const struct {
        const char *bytes;
        size_t size;
    } values[] = {{namespace, sizeof namespace - 1}, {scalar, sizeof scalar - 1}, {defaults, sizeof defaults - 1},
                  {device, sizeof device - 1},       {set, sizeof set - 1},       {frozen, sizeof frozen - 1},
                  {evil, sizeof evil - 1},           {losses, sizeof losses - 1}, {large, sizeof large - 1}};
    blob b = {0};
    blob_put_text(&b, "\x80\x04}(");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        put_unicode(&b, (const char[2]){(char)('a' + i), 0});
        blob_put(&b, values[i].bytes, values[i].size);
    }
    put_unicode(&b, "model_weights_of_mine");
    blob state = state_pickle(false, false);
    blob_put(&b, state.bytes + 2, state.size - 3); /* without PROTO and STOP */
    blob_free(&state);
    blob_put_text(&b, "u.");
    assert_reads(torch_zip_of(b, false), "torch zip");
}
END_TEST

START_TEST(tensors_in_lists_are_found)
{
    blob b = {0}, state = state_pickle(false, false);
    blob_put_text(&b, "\x80\x02](K\x07");
    blob_put(&b, state.bytes + 2, state.size - 3);
    blob_put_text(&b, "e.");
    blob_free(&state);
    assert_reads(torch_zip_of(b, false), "torch zip");
}
END_TEST

/* Numbers in a list, as the losses of a long training, are not kept: there may be any number of them. */
START_TEST(long_lists_of_numbers_are_passed_over)
{
    blob b = {0}, state = state_pickle(false, false);
    blob_put_text(&b, "\x80\x02}(");
    put_unicode(&b, "losses");
    blob_put_text(&b, "]");
    for (int i = 0; i < 200000; i++)
        blob_put(&b, "G\0\0\0\0\0\0\0\0a", 10);
    put_unicode(&b, "net");
    blob_put(&b, state.bytes + 2, state.size - 3);
    blob_put_text(&b, "u.");
    blob_free(&state);
    assert_reads(torch_zip_of(b, false), "torch zip");
}
END_TEST

/* What _rebuild_tensor_v2() has as its seventh argument, beside the tensors of a network. */
START_TEST(views_that_change_numbers_are_refused)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool read;
    } notes[] = {
#define NOTES(bytes, read) {bytes, sizeof bytes - 1, read}
        NOTES("}", true), NOTES("N", true), NOTES("}X\3\0\0\0neg\x88s", false), NOTES("}X\4\0\0\0conj\x88s", false)};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        blob b = {0}, state = state_pickle(false, false);
        size_t end = 0; /* of the first tensor's arguments */
        while (memcmp(state.bytes + end, ")RtR", 4) != 0)
            end++;
        blob_put(&b, state.bytes, end + 2);
        blob_put(&b, notes[i].bytes, notes[i].size);
        blob_put(&b, state.bytes + end + 2, state.size - end - 2);
        blob_free(&state);
        if (notes[i].read)
            assert_reads(torch_zip_of(b, false), "torch zip");
        else
            assert_refused(torch_zip_of(b, false), NST_ERR_UNSUPPORTED,
                           "features.0.weight: is a view that changes the numbers");
    }
}
END_TEST

START_TEST(broken_programs_are_refused)
{
    REFUSE("", NST_ERR_CORRUPT, "expected more bytes");
    REFUSE("}", NST_ERR_CORRUPT, "expected more bytes");
    REFUSE(".", NST_ERR_CORRUPT, "a value on the stack");
    REFUSE("0.", NST_ERR_CORRUPT, "a value on the stack");
    REFUSE("(.", NST_ERR_CORRUPT, "a value on the stack");
    REFUSE("t.", NST_ERR_CORRUPT, "a mark on the stack");
    REFUSE("u.", NST_ERR_CORRUPT, "a mark on the stack");
    REFUSE("\x85.", NST_ERR_CORRUPT, "values on the stack");
    REFUSE("(\x85.", NST_ERR_CORRUPT, "values for a tuple");
    REFUSE("N(Nu.", NST_ERR_CORRUPT, "a dict on the stack");
    REFUSE("}(Nu.", NST_ERR_CORRUPT, "a value for each key");
    REFUSE("}(NNe.", NST_ERR_CORRUPT, "a list on the stack");
    REFUSE("}Ns.", NST_ERR_CORRUPT, "values on the stack");
    REFUSE("(Na.", NST_ERR_CORRUPT, "values on the stack");
    REFUSE("h\x00.", NST_ERR_CORRUPT, "a value that is remembered");
    REFUSE("q\x00.", NST_ERR_CORRUPT, "a value on the stack");
    REFUSE("Nq\x05h\x04.", NST_ERR_CORRUPT, "a value that is remembered");
    REFUSE("Nr\xff\xff\xff\x7f.", NST_ERR_UNSUPPORTED, "values to remember");
    REFUSE("X\xff\xff\xff\xff.", NST_ERR_CORRUPT, "more bytes");
    REFUSE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", NST_ERR_CORRUPT, "more bytes");
    REFUSE("\x8a\xff.", NST_ERR_CORRUPT, "more bytes");
    REFUSE("NNR.", NST_ERR_CORRUPT, "a function and its arguments");
    REFUSE("ctorch\nFloatStorage\n)R.", NST_ERR_CORRUPT, "a function that makes a tensor");
    REFUSE("ctorch._utils\n_rebuild_tensor_v2\n)R.", NST_ERR_CORRUPT, "storage, offset, shape");
    REFUSE("ctorch._utils\n_rebuild_parameter\n)R.", NST_ERR_CORRUPT, "the tensor of a parameter");
    REFUSE("ccollections\nOrderedDict\nN\x85R.", NST_ERR_CORRUPT, "a list of keys");
    REFUSE("ccollections\nOrderedDict", NST_ERR_CORRUPT, "the name of a function");
    REFUSE("NN\x93.", NST_ERR_CORRUPT, "the name of a function");
    REFUSE("NQ.", NST_ERR_CORRUPT, "a storage");
    REFUSE(")Q.", NST_ERR_CORRUPT, "a storage of numbers");
    REFUSE("NNb.", NST_ERR_CORRUPT, "a dict to build");
}
END_TEST

/* A dict in itself, and tables that are full: no endless loop, no endless memory. */
START_TEST(programs_without_end_are_refused)
{
    static const char *const repeated[] = {"(", "N", ")", "]", "}", "N\x85", "]Na"};
    REFUSE("}q\x01X\x05\x00\x00\x00modelh\x01s.", NST_ERR_UNSUPPORTED, "no tensor is called as VGG's are");
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        blob b = {0};
        for (int j = 0; j < 300000; j++)
            blob_put_text(&b, repeated[i]);
        blob_put_text(&b, ".");
        assert_refused(torch_zip_of(b, false), NST_ERR_UNSUPPORTED, "more values than a state dict");
    }
    blob b = {0};
    blob_put_text(&b, "]");
    for (int j = 0; j < 300000; j++)
        blob_put_text(&b, ")a");
    blob_put_text(&b, ".");
    assert_refused(torch_zip_of(b, false), NST_ERR_UNSUPPORTED, "more values than a state dict");
    b = (blob){0};
    blob_put_text(&b, "N");
    for (int j = 0; j < 300000; j++)
        blob_put_text(&b, "\x94");
    blob_put_text(&b, ".");
    assert_refused(torch_zip_of(b, false), NST_ERR_UNSUPPORTED, "values to remember");
}
END_TEST

/* "module.module. ...", remembered as number 0. */
static void put_long_text(blob *b, size_t count)
{
    blob_put_text(b, "X");
    blob_put_int(b, 7 * count, 4);
    for (size_t i = 0; i < count; i++)
        blob_put_text(b, "module.");
    blob_put(b, "q\0", 2);
}

static void put_repeated(blob *b, const char *opcodes, size_t size, int count)
{
    for (int i = 0; i < count; i++)
        blob_put(b, opcodes, size);
}

/* Text that is written once and compared thousands of times: the work must not grow with its length. */
START_TEST(long_text_costs_no_time)
{
    enum { LONG = 2 << 20 };
    blob b = {0};
    blob_put_text(&b, "\x80\x02}(");
    put_long_text(&b, LONG);
    put_tensor(&b, 1, false);
    blob_put(&b, "q\1", 2);
    put_repeated(&b, "h\0h\1", 4, 2000);
    blob_put_text(&b, "u.");
    assert_refused(torch_zip_of(b, false), NST_ERR_UNSUPPORTED, "no tensor is called as VGG's are");

    b = (blob){0};
    blob_put(&b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}", 24);
    put_unicode(&b, "little_endian");
    blob_put_text(&b, "\x88s.\x80\x02}");
    put_long_text(&b, LONG);
    for (int i = 0; i < 2000; i++) {
        blob_put_text(&b, "(");
        put_unicode(&b, "storage");
        blob_put_text(&b, "ctorch\nFloatStorage\n");
        blob_put(&b, "h\0h\0K\0tQ0", 9);
    }
    blob_put_text(&b, "0.\x80\x02](");
    put_long_text(&b, LONG);
    put_repeated(&b, "h\0", 2, 4000);
    blob_put_text(&b, "e.");
    for (int i = 0; i < 4000; i++)
        blob_put_int(&b, 0, 8);
    assert_refused(b, NST_ERR_CORRUPT, "a storage of numbers");
}
END_TEST

START_TEST(lying_checkpoints_are_refused)
{
    /* A count of the storage that the member does not have, a shape beyond the storage, a stride beyond it.
     */
    assert_refused(with(torch_zip(false, false), "cpuM\x36", 5, "cpuM\x40"), NST_ERR_CORRUPT, "found 216 bytes");
    assert_refused(with(torch_zip(false, false), "(M\x02\0M\x03", 6, "(M\x03\0M\x03"), NST_ERR_CORRUPT,
                   "beyond its storage");
    assert_refused(with(torch_zip(false, false), "(M\x1b\0M\x09", 6, "(M\x1c\0M\x09"), NST_ERR_CORRUPT,
                   "beyond its storage");
    assert_refused(with(torch_zip(false, false), "QK\0(M\x02\0", 7, "QK\x7f(M\0\0"), NST_ERR_CORRUPT,
                   "beyond its storage"); /* of no numbers, but where? */
    assert_refused(with(torch_zip(false, false), "little", 6, "bigger"), NST_ERR_UNSUPPORTED, "little-endian");
    assert_refused(with(torch_legacy(false), "\x88X", 2, "\x89X"), NST_ERR_UNSUPPORTED, "little-endian");
    assert_refused(with(torch_legacy(false), "M\xe9\x03", 3, "M\xe8\x03"), NST_ERR_UNSUPPORTED, "version 1001");
    assert_refused(with(torch_legacy(false), "\x36\0\0\0\0\0\0\0", 8, "\x35\0\0\0\0\0\0\0"), NST_ERR_CORRUPT,
                   "found one of 53");
    assert_refused(with(torch_legacy(false), "features.2.bias", 15, "features.0.bias"), NST_ERR_CORRUPT,
                   "stands twice");

    zip_writer z = {0};
    zip_add(&z, "archive/other", text_blob("x"));
    assert_refused(zip_end(&z), NST_ERR_FORMAT, "without data.pkl");
    z = (zip_writer){0};
    zip_add(&z, "script/data.pkl", text_blob("x"));
    zip_add(&z, "script/constants.pkl", text_blob("x"));
    assert_refused(zip_end(&z), NST_ERR_FORMAT, "found TorchScript: save torch.jit.load(path).state_dict()");
    z = (zip_writer){0};
    zip_add(&z, "archive/data.pkl", state_pickle(false, false));
    assert_refused(zip_end(&z), NST_ERR_CORRUPT, "expected a member data/0");
    z = (zip_writer){0};
    zip_add(&z, "a/data.pkl", state_pickle(false, false));
    zip_add(&z, "a/data.pkl", state_pickle(false, false));
    assert_refused(zip_end(&z), NST_ERR_CORRUPT, "a/data.pkl stands twice");
    for (int method = 8; method <= 12; method += 4) { /* deflated, which it is not, and by bzip2 */
        blob b = torch_zip(false, false);
        for (size_t i = 0; i + 4 < b.size; i++)
            if (memcmp(b.bytes + i, "PK\1\2", 4) == 0) b.bytes[i + 10] = (unsigned char)method;
        if (method == 12)
            assert_refused(b, NST_ERR_UNSUPPORTED, "expected it to be stored or deflated");
        else
            assert_refused(b, nst__have_inflate() ? NST_ERR_CORRUPT : NST_ERR_UNSUPPORTED, "compressed data");
    }
}
END_TEST

START_TEST(damage_is_an_error_or_a_model)
{
    assert_survives_damage(torch_zip(true, false));
    assert_survives_damage(torch_zip(false, true));
    assert_survives_damage(torch_legacy(false));
}
END_TEST

START_TEST(files_are_read_like_memory)
{
    assert_survives_cuts_while_reading(torch_zip(true, false));
    assert_survives_cuts_while_reading(torch_zip(false, true));
    assert_survives_cuts_while_reading(torch_legacy(true));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    assert_survives_lack_of_memory(torch_zip(true, false));
    assert_survives_lack_of_memory(torch_legacy(true));
}
END_TEST

/* Some megabytes beyond the numbers that are kept, even where every table is full. */
START_TEST(memory_is_bounded)
{
    ck_assert_uint_lt(bytes_beyond_the_model(torch_zip(true, false)), 100000);
    ck_assert_uint_lt(bytes_beyond_the_model(torch_legacy(true)), 100000);
    blob b = {0};
    blob_put_text(&b, "\x80\x02");
    for (int i = 0; i < 4096; i++) { /* tuples, storages, windows */
        put_tensor(&b, 0, false);
        blob_put_text(&b, "0");
    }
    put_repeated(&b, "N\x94\x30", 3, 65536); /* the memo */
    put_repeated(&b, "]0", 2, 12000);        /* lists and dicts */
    blob_put_text(&b, "]");
    put_repeated(&b, ")a", 2, 65534); /* their values */
    put_repeated(&b, "N", 1, 9000);   /* the stack, too much of it */
    const size_t most = bytes_beyond_the_model(torch_zip_of(b, false));
    ck_assert_str_eq(nst_last_error(), "memory: pickle: more values than a state dict of this kind has");
    ck_assert_uint_gt(most, 5000000);
    ck_assert_uint_lt(most, 8 << 20);
}
END_TEST

RUNNER("torch", both_formats_are_read, deflated_archives_are_read, python_2_is_read, views_are_read,
       other_programs_are_refused, opaque_values_are_passed_over, tensors_in_lists_are_found,
       long_lists_of_numbers_are_passed_over, views_that_change_numbers_are_refused, broken_programs_are_refused,
       programs_without_end_are_refused, long_text_costs_no_time, lying_checkpoints_are_refused,
       damage_is_an_error_or_a_model, files_are_read_like_memory, every_allocation_may_fail, memory_is_bounded)
