/* What the tests of every reader do with a file. */
#ifndef NST_UNIT_MODEL_CHECKS_H
#define NST_UNIT_MODEL_CHECKS_H

#include "unit/model_files.h"
#include "unit/runner.h"

#include "format/format.h"
#include "model/model.h"
#include "model/weights.h"

#include <limits.h>
#include <unistd.h>

static inline nst_status decode(nst_model **model, const unsigned char *bytes, size_t size)
{
    unsigned char *copy = exact_copy(bytes, size);
    nst_status status = nst_model_decode(model, copy, size, NST_INPUT_AUTO);
    ck_assert((status == NST_OK) == (*model != NULL));
    free(copy);
    return status;
}

/* Convolution INDEX in the order of the network; NULL after the last. */
static inline const nst__conv *conv_of(const nst_model *model, size_t index)
{
    for (size_t l = 0; l < nst__model_layers(model); l++)
        if (nst__model_conv(model, l) && index-- == 0) return nst__model_conv(model, l);
    return NULL;
}

/* The file is that of tensors[], with every number in its place, and what was said of an earlier failure stays.
 * Taken. */
static inline void assert_reads(blob b, const char *form)
{
    nst_model *model;
    ck_assert_int_eq(nst_model_decode(&model, b.bytes, 0, NST_INPUT_AUTO), NST_ERR_CORRUPT);
    nst_status status = decode(&model, b.bytes, b.size);
    ck_assert_msg(status == NST_OK, "%s: %s", form, nst_last_error());
    ck_assert_str_eq(nst_last_error(), "memory: expected a model, found 0 bytes");
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_FORMAT), form);
    ck_assert_uint_eq(nst_model_layer_count(model), 4);
    for (int t = 0; t < TENSORS; t++) {
        const nst__conv *conv = conv_of(model, (size_t)t / 2);
        const float *values = t % 2 ? nst__conv_bias(conv) : nst__conv_weights(conv);
        for (int i = 0; i < tensors[t].count; i++)
            ck_assert_float_eq(values[i], number_of(t, i));
    }
    nst_model_destroy(model);
    blob_free(&b);
}

static inline void assert_refused(blob b, nst_status expected, const char *message)
{
    nst_model *model;
    nst_status status = decode(&model, b.bytes, b.size);
    ck_assert_msg(status == expected && strstr(nst_last_error(), message), "expected %d, %s; found %d, %s", expected,
                  message, status, nst_last_error());
    blob_free(&b);
}

/* The same blob with what stands at the first FIND, of SIZE bytes, replaced. */
static inline blob with(blob b, const void *find, size_t size, const void *replacement)
{
    for (size_t i = 0; i + size <= b.size; i++)
        if (memcmp(b.bytes + i, find, size) == 0) {
            memcpy(b.bytes + i, replacement, size);
            return b;
        }
    ck_abort_msg("the text to replace is not in the file");
    return b;
}

/* Cut anywhere it is refused; with any byte changed it is a model or an error. Taken. */
static inline void assert_survives_damage(blob b)
{
    nst_model *model;
    int survivors = 0;
    uint64_t random = 7;
    for (size_t size = 1; size < b.size; size++)
        ck_assert_msg(decode(&model, b.bytes, size) != NST_OK, "cut at %zu of %zu", size, b.size);
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)((random >> 33) % b.size);
        unsigned char before = b.bytes[at];
        b.bytes[at] = (unsigned char)(i % 2 ? before ^ 1u << (random >> 60 & 7) : random >> 20);
        survivors += decode(&model, b.bytes, b.size) == NST_OK;
        nst_model_destroy(model);
        b.bytes[at] = before;
    }
    ck_assert_int_gt(survivors, 0);
    ck_assert_int_lt(survivors, 20000);
    blob_free(&b);
}

static inline void write_blob(const char *path, const blob *b)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(b->bytes, 1, b->size, file) == b->size && fclose(file) == 0);
}

static inline bool same_model(const nst_model *a, const nst_model *b)
{
    bool same = nst__model_layers(a) == nst__model_layers(b);
    for (size_t i = 0; same && conv_of(a, i); i++) {
        const nst__conv *x = conv_of(a, i), *y = conv_of(b, i);
        const size_t in = nst__conv_in(x), out = nst__conv_out(x);
        same = in == nst__conv_in(y) && out == nst__conv_out(y) &&
               memcmp(nst__conv_weights(x), nst__conv_weights(y), 9 * in * out * sizeof(float)) == 0 &&
               memcmp(nst__conv_bias(x), nst__conv_bias(y), out * sizeof(float)) == 0;
    }
    return same;
}

/* A file that is opened and then cut short, anywhere, is an error, or the same model where only what is not needed was
 * lost; whole, it is the model that the same bytes in memory are. Taken. */
static inline void assert_survives_cuts_while_reading(blob b)
{
    nst_model *expected;
    char path[] = "/tmp/nst_test_cut_XXXXXX";
    int errors = 0;
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(decode(&expected, b.bytes, b.size), NST_OK);
    for (size_t size = 0; size <= b.size; size++) {
        nst__source source;
        nst__table table;
        nst_model *model = NULL;
        write_blob(path, &b);
        ck_assert_int_eq(nst__source_open(&source, path), NST_OK);
        ck_assert_int_eq(truncate(path, (off_t)size), 0);
        nst__table_init(&table, &source);
        nst_status status = nst__table_read(&table);
        if (status == NST_OK) status = nst__weights_build(&model, &table, NST_INPUT_AUTO);
        nst__table_release(&table);
        nst__source_close(&source);
        ck_assert(status == NST_OK ? same_model(model, expected) : status == NST_ERR_CORRUPT);
        if (status != NST_OK) ck_assert_ptr_nonnull(strstr(nst_last_error(), "became shorter while it was read"));
        if (size == b.size) ck_assert_int_eq(status, NST_OK);
        errors += status != NST_OK;
        nst_model_destroy(model);
    }
    ck_assert_int_gt(errors, (int)b.size / 2);
    nst_model_destroy(expected);
    unlink(path);
    blob_free(&b);
}

/* ---- Memory that runs out ---- */

/* Allocations that may still be made, blocks that are out, and their bytes, now and at most. */
static int calls_left, blocks;
static size_t bytes, bytes_most;

/* Each block has its size in front. */
enum { SIZE_ROOM = 16 };

static inline void count_bytes(size_t more, size_t less)
{
    bytes += more - less;
    bytes_most = bytes > bytes_most ? bytes : bytes_most;
}

static inline void *give_more(void *block, size_t size, void *user)
{
    char *old = block ? (char *)block - SIZE_ROOM : NULL, *more;
    size_t before = 0;
    (void)user;
    if (calls_left-- <= 0) return NULL;
    if (old) memcpy(&before, old, sizeof before);
    more = malloc(SIZE_ROOM + size);
    if (!more) return NULL;
    memcpy(more, &size, sizeof size);
    count_bytes(size, 0); /* old and new are there at once, as in the worst realloc() */
    if (old) memcpy(more + SIZE_ROOM, block, before < size ? before : size);
    if (old) count_bytes(0, before);
    blocks += !old;
    free(old);
    return more + SIZE_ROOM;
}

static inline void *give(size_t size, void *user)
{
    return give_more(NULL, size, user);
}

static inline void take_back(void *block, void *user)
{
    size_t size;
    (void)user;
    if (!block) return;
    memcpy(&size, (char *)block - SIZE_ROOM, sizeof size);
    count_bytes(0, size);
    blocks--;
    free((char *)block - SIZE_ROOM);
}

/* Bytes that decoding takes at most beyond those that the model, if it is one, then keeps. Taken. */
static inline size_t bytes_beyond_the_model(blob b)
{
    nst_model *model;
    ck_assert_int_eq(nst_allocator_set(&(nst_allocator){
                         .size = sizeof(nst_allocator), .allocate = give, .resize = give_more, .release = take_back}),
                     NST_OK);
    calls_left = INT_MAX;
    bytes = bytes_most = 0;
    nst_model_decode(&model, b.bytes, b.size, NST_INPUT_AUTO);
    const size_t kept = bytes;
    nst_model_destroy(model);
    ck_assert_uint_eq(bytes, 0);
    nst_allocator_set(NULL);
    blob_free(&b);
    return bytes_most - kept;
}

/* Each allocation fails in turn; nothing is left then. Taken. */
static inline void assert_survives_lack_of_memory(blob b)
{
    nst_status status = NST_ERR_OUT_OF_MEMORY;
    int failures = 0;
    ck_assert_int_eq(nst_allocator_set(&(nst_allocator){
                         .size = sizeof(nst_allocator), .allocate = give, .resize = give_more, .release = take_back}),
                     NST_OK);
    for (; status == NST_ERR_OUT_OF_MEMORY; failures++) {
        nst_model *model;
        calls_left = failures;
        status = nst_model_decode(&model, b.bytes, b.size, NST_INPUT_AUTO);
        nst_model_destroy(model);
        ck_assert_int_eq(blocks, 0);
    }
    ck_assert_int_eq(status, NST_OK);
    ck_assert_int_gt(failures, 5);
    nst_allocator_set(NULL);
    blob_free(&b);
}

#endif
