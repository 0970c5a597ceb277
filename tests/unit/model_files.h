/* Files of models, made byte by byte for the tests. */
#ifndef NST_UNIT_MODEL_FILES_H
#define NST_UNIT_MODEL_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct blob {
    unsigned char *bytes;
    size_t size, capacity;
} blob;

static inline void blob_put(blob *b, const void *bytes, size_t size)
{
    if (b->size + size > b->capacity) {
        b->capacity = 2 * (b->size + size);
        b->bytes = realloc(b->bytes, b->capacity);
        if (!b->bytes) abort();
    }
    if (size > 0) memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

static inline void blob_put_int(blob *b, uint64_t value, int bytes) /* little-endian */
{
    for (int i = 0; i < bytes; i++)
        blob_put(b, &(unsigned char){(unsigned char)(i < 8 ? value >> 8 * i : 0)}, 1);
}

static inline void blob_put_text(blob *b, const char *text)
{
    blob_put(b, text, strlen(text));
}

static inline void blob_put_float(blob *b, float x)
{
    blob_put(b, &x, sizeof x);
}

static inline void blob_free(blob *b)
{
    free(b->bytes);
    *b = (blob){0};
}

/* A block of its own size, so that reading behind it is seen. */
static inline unsigned char *exact_copy(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    return copy;
}

/* HEADER as safetensors has it, and N bytes of numbers: floats 0.25 apart, so that each is its own. */
static inline blob safetensors(const char *header, size_t n)
{
    blob b = {0};
    blob_put_int(&b, strlen(header), 8);
    blob_put_text(&b, header);
    for (size_t i = 0; i + 4 <= n; i += 4)
        blob_put_float(&b, (float)(i / 4 % 97) * 0.25f - 12);
    for (size_t i = 0; i < n % 4; i++)
        blob_put(&b, "", 1);
    return b;
}

/* A file with keys of FORMAT for the numbers given, one channel after the first, three into it. */
static inline blob network(const char *key_format, const int *numbers, int count, float value)
{
    char header[4096], *h = header, *end = header + sizeof header;
    size_t at = 0;
    h += snprintf(h, (size_t)(end - h), "{");
    for (int i = 0; i < count; i++) {
        const int in = i == 0 ? 3 : 1;
        h += snprintf(h, (size_t)(end - h), "%s\"", i ? "," : "");
        h += snprintf(h, (size_t)(end - h), key_format, numbers[i]);
        h += snprintf(h, (size_t)(end - h), "\":{\"dtype\":\"F32\",\"shape\":[1,%d,3,3],\"data_offsets\":[%zu,%zu]}",
                      in, at, at + (size_t)in * 36);
        at += (size_t)in * 36;
    }
    snprintf(h, (size_t)(end - h), "}");
    blob b = {0};
    blob_put_int(&b, strlen(header), 8);
    blob_put_text(&b, header);
    for (size_t i = 0; i < at / 4; i++)
        blob_put_float(&b, i % 2 ? value : -value);
    return b;
}

/* ---- torch ---- */

/* conv1_1 of two channels and conv1_2 of one, each with a bias: what every file below holds, numbered
 * through. */
enum { TENSORS = 4 };
static const struct tensor_of_file {
    const char *key, *keras;
    int rank, shape[4], count;
} tensors[TENSORS] = {{"features.0.weight", "block1_conv1_W_1:0", 4, {2, 3, 3, 3}, 54},
                      {"features.0.bias", "block1_conv1_b_1:0", 1, {2}, 2},
                      {"features.2.weight", "block1_conv2_W_1:0", 4, {1, 2, 3, 3}, 18},
                      {"features.2.bias", "block1_conv2_b_1:0", 1, {1}, 1}};

static inline float number_of(int tensor, int index)
{
    return (float)(100 * tensor + index) * 0.125f;
}

static inline void put_unicode(blob *b, const char *text)
{
    blob_put_text(b, "X");
    blob_put_int(b, strlen(text), 4);
    blob_put_text(b, text);
}

static inline void put_sizes(blob *b, const int *sizes, int count)
{
    blob_put_text(b, "(");
    for (int i = 0; i < count; i++) {
        blob_put_text(b, "M");
        blob_put_int(b, (uint64_t)sizes[i], 2);
    }
    blob_put_text(b, "t");
}

/* torch._utils._rebuild_tensor_v2(('storage', torch.FloatStorage, '0', 'cpu', count), 0, shape, stride,
 * False, OrderedDict()) */
static inline void put_tensor(blob *b, int tensor, bool legacy)
{
    const struct tensor_of_file *t = &tensors[tensor];
    int stride[4];
    for (int i = t->rank - 1, step = 1; i >= 0; step *= t->shape[i--])
        stride[i] = step;
    blob_put_text(b, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_unicode(b, "storage");
    blob_put_text(b, "ctorch\nFloatStorage\n");
    put_unicode(b, (const char[2]){(char)('0' + tensor), 0});
    put_unicode(b, "cpu");
    blob_put_text(b, "M");
    blob_put_int(b, (uint64_t)t->count, 2);
    blob_put_text(b, legacy ? "NtQK" : "tQK");
    blob_put_int(b, 0, 1);
    put_sizes(b, t->shape, t->rank);
    put_sizes(b, stride, t->rank);
    blob_put_text(b, "\x89"
                     "ccollections\nOrderedDict\n)RtR");
}

/* A state dict, in {"state_dict": ...} if WRAPPED, with all that stands around it in real ones. */
static inline blob state_pickle(bool legacy, bool wrapped)
{
    blob b = {0};
    blob_put_text(&b, "\x80\x02");
    if (wrapped) {
        blob_put_text(&b, "}q");
        blob_put_int(&b, 0, 1);
        blob_put_text(&b, "(");
        put_unicode(&b, "epoch");
        blob_put_text(&b, "J\xff\xff\xff\xff");
        put_unicode(&b, "state_dict");
    }
    blob_put_text(&b, "ccollections\nOrderedDict\n)Rq\x01(");
    for (int i = 0; i < TENSORS; i++) {
        put_unicode(&b, tensors[i].key);
        put_tensor(&b, i, legacy);
    }
    blob_put_text(&b, "u}");
    put_unicode(&b, "_metadata");
    blob_put_text(&b, "h\x01sb");
    blob_put_text(&b, wrapped ? "u." : ".");
    return b;
}

/* As Python 2 wrote an OrderedDict: by a list of lists, text as bytes. */
static inline blob python2_pickle(void)
{
    blob b = {0};
    blob_put_text(&b, "\x80\x02"
                      "ccollections\nOrderedDict\n](");
    for (int i = 0; i < TENSORS; i++) {
        blob_put_text(&b, "](U");
        blob_put_int(&b, strlen(tensors[i].key), 1);
        blob_put_text(&b, tensors[i].key);
        put_tensor(&b, i, false);
        blob_put_text(&b, "e");
    }
    blob_put_text(&b, "e\x85R.");
    return b;
}

static inline void put_numbers_of(blob *b, int tensor)
{
    for (int i = 0; i < tensors[tensor].count; i++)
        blob_put_float(b, number_of(tensor, i));
}

static inline void put_blob(blob *b, blob other)
{
    blob_put(b, other.bytes, other.size);
    blob_free(&other);
}

static inline blob torch_legacy(bool wrapped)
{
    blob b = {0};
    blob_put(&b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}(", 25);
    put_unicode(&b, "little_endian");
    blob_put(&b, "\x88", 1);
    put_unicode(&b, "type_sizes");
    blob_put_text(&b, "}u.");
    put_blob(&b, state_pickle(true, wrapped));
    blob_put_text(&b, "\x80\x02](");
    for (int i = 0; i < TENSORS; i++)
        put_unicode(&b, (const char[2]){(char)('0' + i), 0});
    blob_put_text(&b, "e.");
    for (int i = 0; i < TENSORS; i++) {
        blob_put_int(&b, (uint64_t)tensors[i].count, 8);
        put_numbers_of(&b, i);
    }
    return b;
}

/* BLOB, taken, as deflate keeps what it cannot make smaller: blocks of its bytes as they are. */
static inline blob deflated(blob b)
{
    enum { BLOCK = 100 };
    blob out = {0};
    size_t at = 0;
    do {
        const size_t left = b.size - at, n = left < BLOCK ? left : BLOCK;
        blob_put_int(&out, n == left, 1);
        blob_put_int(&out, n, 2);
        blob_put_int(&out, ~n, 2);
        blob_put(&out, b.bytes + at, n);
        at += n;
    } while (at < b.size);
    blob_free(&b);
    return out;
}

/* The same in the frame of zlib, with Adler's checksum. */
static inline blob zlib_of(blob b)
{
    uint32_t one = 1, two = 0;
    blob out = {0};
    for (size_t i = 0; i < b.size; i++) {
        one = (one + b.bytes[i]) % 65521;
        two = (two + one) % 65521;
    }
    blob_put(&out, "\x78\x01", 2);
    blob inside = deflated(b);
    blob_put(&out, inside.bytes, inside.size);
    blob_free(&inside);
    blob_put(
        &out,
        (unsigned char[]){(unsigned char)(two >> 8), (unsigned char)two, (unsigned char)(one >> 8), (unsigned char)one},
        4);
    return out;
}

typedef struct zip_writer {
    blob file, directory;
    int count;
    bool zip64;    /* sizes, offsets and counts in the fields of 64 bits */
    bool deflated; /* members are */
} zip_writer;

static inline void zip_add(zip_writer *z, const char *name, blob content)
{
    const size_t at = z->file.size, size = content.size;
    if (z->deflated) content = deflated(content);
    const size_t packed = content.size;
    const uint64_t method = z->deflated ? 8 : 0;
    blob_put_int(&z->file, 0x04034b50, 4);
    blob_put_int(&z->file, 0, 4); /* version, flags */
    blob_put_int(&z->file, method, 2);
    blob_put_int(&z->file, 0, 8); /* time, checksum */
    blob_put_int(&z->file, packed, 4);
    blob_put_int(&z->file, size, 4);
    blob_put_int(&z->file, strlen(name), 2);
    blob_put_int(&z->file, 3, 2);
    blob_put_text(&z->file, name);
    blob_put(&z->file, "pad", 3);
    put_blob(&z->file, content);

    blob *d = &z->directory;
    blob_put_int(d, 0x02014b50, 4);
    blob_put_int(d, 0, 6);
    blob_put_int(d, method, 2);
    blob_put_int(d, 0, 8);
    blob_put_int(d, z->zip64 ? 0xffffffff : packed, 4);
    blob_put_int(d, z->zip64 ? 0xffffffff : size, 4);
    blob_put_int(d, strlen(name), 2);
    blob_put_int(d, z->zip64 ? 28 + 5 : 0, 2);
    blob_put_int(d, 0, 10);
    blob_put_int(d, z->zip64 ? 0xffffffff : at, 4);
    blob_put_text(d, name);
    if (z->zip64) {
        blob_put(d, "\x99\x00\x01\x00x\x01\x00\x18\x00", 9); /* another field, then that of 64 bits */
        blob_put_int(d, size, 8);
        blob_put_int(d, packed, 8);
        blob_put_int(d, at, 8);
    }
    z->count++;
}

static inline blob zip_end(zip_writer *z)
{
    const size_t at = z->file.size, size = z->directory.size, count = (size_t)z->count;
    put_blob(&z->file, z->directory);
    blob *b = &z->file;
    if (z->zip64) {
        const size_t record = b->size;
        blob_put_int(b, 0x06064b50, 4);
        blob_put_int(b, 44, 8);
        blob_put_int(b, 0, 8);
        blob_put_int(b, 0, 4);
        blob_put_int(b, count, 8);
        blob_put_int(b, count, 8);
        blob_put_int(b, size, 8);
        blob_put_int(b, at, 8);
        blob_put_int(b, 0x07064b50, 4);
        blob_put_int(b, 0, 4);
        blob_put_int(b, record, 8);
        blob_put_int(b, 1, 4);
    }
    blob_put_int(b, 0x06054b50, 4);
    blob_put_int(b, 0, 4);
    blob_put_int(b, z->zip64 ? 0xffff : count, 2);
    blob_put_int(b, z->zip64 ? 0xffff : count, 2);
    blob_put_int(b, z->zip64 ? 0xffffffff : size, 4);
    blob_put_int(b, z->zip64 ? 0xffffffff : at, 4);
    blob_put_int(b, 7, 2);
    blob_put_text(b, "comment");
    return *b;
}

static inline blob text_blob(const char *text)
{
    blob b = {0};
    blob_put_text(&b, text);
    return b;
}

/* PICKLE is taken. */
static inline blob torch_zip_by(zip_writer z, blob pickle)
{
    zip_add(&z, "archive/data.pkl", pickle);
    zip_add(&z, "archive/byteorder", text_blob("little"));
    for (int i = 0; i < TENSORS; i++) {
        char name[] = "archive/data/0";
        blob numbers = {0};
        name[13] = (char)('0' + i);
        put_numbers_of(&numbers, i);
        zip_add(&z, name, numbers);
    }
    zip_add(&z, "archive/version", text_blob("3\n"));
    return zip_end(&z);
}

static inline blob torch_zip_of(blob pickle, bool zip64)
{
    return torch_zip_by((zip_writer){.zip64 = zip64}, pickle);
}

static inline blob torch_zip_deflated(void)
{
    return torch_zip_by((zip_writer){.deflated = true}, state_pickle(false, false));
}

static inline blob torch_zip(bool wrapped, bool zip64)
{
    return torch_zip_of(state_pickle(false, wrapped), zip64);
}

/* ---- HDF5 ---- */

static inline void put_message(blob *b, int type, const void *body, size_t size)
{
    const size_t padded = (size + 7) / 8 * 8;
    blob_put_int(b, (uint64_t)type, 2);
    blob_put_int(b, padded, 2);
    blob_put_int(b, 0, 4);
    blob_put(b, body, size);
    blob_put(b, "\0\0\0\0\0\0\0", padded - size);
}

static inline void align8(blob *b)
{
    while (b->size % 8)
        blob_put(b, "", 1);
}

/* Each of these returns the address of an object header of version 1. */
static inline size_t put_header(blob *b, blob messages, int count)
{
    align8(b);
    const size_t address = b->size;
    blob_put_int(b, 1, 2);
    blob_put_int(b, (uint64_t)count, 2);
    blob_put_int(b, 1, 4);
    blob_put_int(b, messages.size, 8);
    put_blob(b, messages);
    return address;
}

/* The numbers of a tensor, kernels [out, in, 3, 3] as [3, 3, in, out]. */
static inline blob keras_numbers(int tensor)
{
    const struct tensor_of_file *t = &tensors[tensor];
    blob b = {0};
    if (t->rank == 1) put_numbers_of(&b, tensor);
    for (int i = 0; i < 9 && t->rank == 4; i++)
        for (int c = 0; c < t->shape[1]; c++)
            for (int k = 0; k < t->shape[0]; k++)
                blob_put_float(&b, number_of(tensor, (k * t->shape[1] + c) * 9 + i));
    return b;
}

/* Byte J of number I at J count + I. Taken. */
static inline blob shuffled(blob b)
{
    blob out = {0};
    for (size_t j = 0; j < 4; j++)
        for (size_t i = 0; i < b.size / 4; i++)
            blob_put(&out, &b.bytes[4 * i + j], 1);
    blob_free(&b);
    return out;
}

enum { CHUNKED = 1, SHUFFLED = 2, DEFLATED = 4, CHECKED = 8 }; /* how datasets are kept; 0: in one piece */

/* A dataset in chunks of two of its rows, [2, 3, in, out], so that the last is half empty: writes the chunks and the tree
 * that finds them, and into the messages of its header how. */
static inline void put_chunks(blob *b, int tensor, int how, blob *layout, blob *filters)
{
    const struct tensor_of_file *t = &tensors[tensor];
    const int rank = t->rank, rows = rank == 4 ? 3 : t->shape[0], ids[3] = {2, 1, 3};
    const size_t row = (size_t)t->count * 4 / (size_t)rows;
    blob numbers = keras_numbers(tensor), tree = {0};
    int count = 0;
    for (int start = 0; start < rows; start += 2, count++) {
        blob chunk = {0};
        blob_put(&chunk, numbers.bytes + (size_t)start * row, row);
        if (start + 1 < rows)
            blob_put(&chunk, numbers.bytes + (size_t)(start + 1) * row, row);
        else
            blob_put_int(&chunk, 0, (int)row);
        if (how & SHUFFLED) chunk = shuffled(chunk);
        if (how & DEFLATED) chunk = zlib_of(chunk);
        if (how & CHECKED) blob_put_int(&chunk, 0x12345678, 4);
        blob_put_int(&tree, chunk.size, 4);
        blob_put_int(&tree, 0, 4);
        blob_put_int(&tree, (uint64_t)start, 8);
        blob_put_int(&tree, 0, 8 * rank);
        blob_put_int(&tree, b->size, 8);
        put_blob(b, chunk);
    }
    blob_free(&numbers);
    blob_put_int(layout, 3 | 2 << 8, 2);
    blob_put_int(layout, (uint64_t)rank + 1, 1);
    blob_put_int(layout, b->size, 8);
    blob_put_int(layout, 2, 4);
    if (rank == 4) {
        blob_put_int(layout, 3, 4);
        blob_put_int(layout, (uint64_t)t->shape[1], 4);
        blob_put_int(layout, (uint64_t)t->shape[0], 4);
    }
    blob_put_int(layout, 4, 4);
    blob_put_text(b, "TREE\x01");
    blob_put_int(b, 0, 1);
    blob_put_int(b, (uint64_t)count, 2);
    blob_put_int(b, UINT64_MAX, 8);
    blob_put_int(b, UINT64_MAX, 8);
    put_blob(b, tree);
    blob_put_int(b, 0, 8 + 8 * (rank + 1)); /* the key after the last */
    blob_put_int(filters, 1, 1);
    blob_put_int(filters, 0, 7);
    for (int i = 0; i < 3; i++)
        if (how & SHUFFLED << i) {
            filters->bytes[1]++;
            blob_put_int(filters, (uint64_t)ids[i], 2);
            blob_put_int(filters, 0, 4);
            blob_put_int(filters, 1, 2);
            blob_put_int(filters, 4, 8); /* the size of a number, and padding */
        }
}

static inline size_t put_dataset(blob *b, int tensor, int how)
{
    static const unsigned char f32[20] = {0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127};
    static const int kernel[4] = {2, 3, 1, 0};
    const struct tensor_of_file *t = &tensors[tensor];
    blob space = {0}, layout = {0}, filters = {0}, messages = {0};
    const size_t data = b->size;
    if (how)
        put_chunks(b, tensor, how, &layout, &filters);
    else
        put_blob(b, keras_numbers(tensor));
    blob_put_int(&space, 1 | (uint64_t)t->rank << 8, 8);
    for (int i = 0; i < t->rank; i++)
        blob_put_int(&space, (uint64_t)t->shape[t->rank == 1 ? 0 : kernel[i]], 8);
    if (!how) {
        blob_put_int(&layout, 3 | 1 << 8, 2);
        blob_put_int(&layout, data, 8);
        blob_put_int(&layout, (uint64_t)t->count * 4, 8);
    }
    if (how > CHUNKED) put_message(&messages, 0x0b, filters.bytes, filters.size);
    put_message(&messages, 1, space.bytes, space.size);
    put_message(&messages, 3, f32, sizeof f32);
    put_message(&messages, 8, layout.bytes, layout.size);
    blob_free(&space);
    blob_free(&layout);
    blob_free(&filters);
    return put_header(b, messages, how > CHUNKED ? 4 : 3);
}

/* A group by symbol table, its header continued elsewhere. */
static inline size_t put_group(blob *b, const char *const *names, const size_t *members, int count)
{
    blob symbols = {0}, messages = {0};
    size_t offset = 8;
    align8(b);
    const size_t text = b->size;
    blob_put_int(b, 0, 8);
    for (int i = 0; i < count; i++)
        blob_put(b, names[i], strlen(names[i]) + 1);
    align8(b);
    const size_t heap = b->size;
    blob_put_text(b, "HEAP");
    blob_put_int(b, 0, 4);
    blob_put_int(b, heap - text, 8);
    blob_put_int(b, 1, 8);
    blob_put_int(b, text, 8);
    const size_t node = b->size;
    blob_put_text(b, "SNOD");
    blob_put_int(b, 1, 2);
    blob_put_int(b, (uint64_t)count, 2);
    for (int i = 0; i < count; offset += strlen(names[i++]) + 1) {
        blob_put_int(b, offset, 8);
        blob_put_int(b, members[i], 8);
        blob_put_int(b, 0, 24);
    }
    size_t tree = 0;
    for (int level = 0; level < 2; level++) { /* a tree of two levels, as large groups have */
        const size_t child = level == 0 ? node : tree;
        tree = b->size;
        blob_put_text(b, "TREE");
        blob_put_int(b, (uint64_t)level << 8 | 1 << 16, 4);
        blob_put_int(b, UINT64_MAX, 8);
        blob_put_int(b, UINT64_MAX, 8);
        blob_put_int(b, 0, 8);
        blob_put_int(b, child, 8);
        blob_put_int(b, offset, 8);
    }
    blob_put_int(&symbols, tree, 8);
    blob_put_int(&symbols, heap, 8);
    const size_t block = b->size;
    put_message(b, 0x11, symbols.bytes, symbols.size);
    blob_free(&symbols);
    blob_put_int(&symbols, block, 8);
    blob_put_int(&symbols, b->size - block, 8);
    put_message(&messages, 0x10, symbols.bytes, symbols.size);
    blob_free(&symbols);
    return put_header(b, messages, 2);
}

/* A group by link messages in a header of version 2. */
static inline size_t put_new_group(blob *b, const char *const *names, const size_t *members, int count)
{
    blob messages = {0};
    for (int i = 0; i < count; i++) {
        blob_put_int(&messages, 6, 1);
        blob_put_int(&messages, 3 + strlen(names[i]) + 8, 2);
        blob_put_int(&messages, 0, 1);
        blob_put_int(&messages, 1, 2);
        blob_put_int(&messages, strlen(names[i]), 1);
        blob_put_text(&messages, names[i]);
        blob_put_int(&messages, members[i], 8);
    }
    const size_t address = b->size;
    blob_put_text(b, "OHDR\x02");
    blob_put_int(b, 1, 1);
    blob_put_int(b, messages.size, 2);
    put_blob(b, messages);
    blob_put_int(b, 0, 4);
    return address;
}

/* Into the 112 bytes at the beginning that are left for it. */
static inline void put_superblock(blob *b, bool latest, size_t root)
{
    blob head = {0};
    blob_put_text(&head, "\x89HDF\r\n\x1a\n");
    if (latest) {
        blob_put_int(&head, 2 | 8 << 8 | 8 << 16, 4);
        blob_put_int(&head, 0, 8);
        blob_put_int(&head, UINT64_MAX, 8);
        blob_put_int(&head, b->size, 8);
    } else {
        blob_put_int(&head, (uint64_t)8 << 40 | (uint64_t)8 << 48, 8);
        blob_put_int(&head, 4 | 16 << 16, 8);
        blob_put_int(&head, 0, 8);
        blob_put_int(&head, UINT64_MAX, 8);
        blob_put_int(&head, b->size, 8);
        blob_put_int(&head, UINT64_MAX, 8);
        blob_put_int(&head, 0, 8);
    }
    blob_put_int(&head, root, 8);
    memcpy(b->bytes, head.bytes, head.size);
    blob_free(&head);
}

/* LATEST: superblock and groups of the newer versions. */
static inline blob keras_hdf5_as(bool latest, int how)
{
    size_t (*group)(blob *, const char *const *, const size_t *, int) = latest ? put_new_group : put_group;
    static const char *const layers[] = {"block1_conv1", "block1_conv2", "fc1"};
    size_t set[TENSORS], members[3];
    blob b = {0};
    for (int i = 0; i < 112; i++)
        blob_put(&b, "", 1);
    for (int i = 0; i < TENSORS; i++)
        set[i] = put_dataset(&b, i, how);
    for (int i = 0; i < 2; i++)
        members[i] = group(&b, (const char *const[]){tensors[2 * i].keras, tensors[2 * i + 1].keras}, set + 2 * i, 2);
    members[2] = group(&b, layers, members, 0);
    put_superblock(&b, latest, group(&b, layers, members, 3));
    return b;
}

static inline blob keras_hdf5(bool latest)
{
    return keras_hdf5_as(latest, 0);
}

/* ---- NumPy ---- */

static inline void put_short(blob *b, const char *text)
{
    blob_put_text(b, "X");
    blob_put_int(b, strlen(text), 4);
    blob_put_text(b, text);
}

/* An array as NumPy pickles it: _reconstruct(ndarray, (0,), b'b') and its state. NUMBERS are taken. */
static inline void put_array(blob *b, const int *shape, int rank, const char *order, blob numbers)
{
    blob_put_text(b, "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK");
    blob_put_int(b, 0, 1);
    blob_put_text(b, "\x85"
                     "C\x01"
                     "b\x87R(K\x01");
    put_sizes(b, shape, rank);
    blob_put_text(b, "cnumpy\ndtype\n");
    put_short(b, "f4");
    blob_put_text(b, "\x89\x88\x87R(K\x03");
    put_short(b, order);
    blob_put_text(b, "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK");
    blob_put_int(b, 0, 1);
    blob_put_text(b, "tb\x89");
    blob_put_text(b, "B");
    blob_put_int(b, numbers.size, 4);
    put_blob(b, numbers);
    blob_put_text(b, "tb");
}

/* {"conv1_1": [kernel, bias], "conv1_2": ...} as numpy.save() writes it. */
static inline blob npy_dict(void)
{
    static const int kernel[2][4] = {{3, 3, 3, 2}, {3, 3, 2, 1}};
    static const char header[] = "{'descr': '|O', 'fortran_order': False, 'shape': (), }        \n";
    blob b = {0};
    blob_put(&b, "\x93NUMPY\x01\0", 8);
    blob_put_int(&b, sizeof header - 1, 2);
    blob_put_text(&b, header);
    blob_put_text(&b, "\x80\x03"
                      "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK");
    blob_put_int(&b, 0, 1);
    blob_put_text(&b, "\x85"
                      "C\x01"
                      "b\x87R(K\x01)cnumpy\ndtype\n");
    put_short(&b, "O8");
    blob_put_text(&b, "\x89\x88\x87R(K\x03");
    put_short(&b, "|");
    blob_put_text(&b, "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb\x89]}(");
    for (int i = 0; i < 2; i++) {
        put_short(&b, i ? "conv1_2" : "conv1_1");
        blob_put_text(&b, "](");
        put_array(&b, kernel[i], 4, "<", keras_numbers(2 * i));
        put_array(&b, tensors[2 * i + 1].shape, 1, "<", keras_numbers(2 * i + 1));
        blob_put_text(&b, "e");
    }
    blob_put_text(&b, "uatb.");
    return b;
}

/* ---- MATLAB ---- */

static inline blob blob_of(const void *bytes, size_t size)
{
    blob b = {0};
    blob_put(&b, bytes, size);
    return b;
}

/* A data element, padded to a multiple of 8 bytes. CONTENT is taken. */
static inline void mat_put(blob *b, int type, blob content)
{
    const size_t size = content.size;
    blob_put_int(b, (uint64_t)type, 4);
    blob_put_int(b, size, 4);
    put_blob(b, content);
    blob_put_int(b, 0, (int)((8 - size % 8) % 8));
}

static inline blob mat_ints(const int *x, int count)
{
    blob b = {0};
    for (int i = 0; i < count; i++)
        blob_put_int(&b, (uint64_t)x[i], 4);
    return b;
}

/* Appends an array of class KIND. CONTENT, the elements after its header, is taken. */
static inline void mat_put_array(blob *b, int kind, const int *shape, int rank, const char *name, blob content)
{
    blob inside = {0};
    mat_put(&inside, 6, mat_ints((const int[]){kind, 0}, 2));
    mat_put(&inside, 5, mat_ints(shape, rank));
    mat_put(&inside, 1, text_blob(name));
    put_blob(&inside, content);
    mat_put(b, 14, inside);
}

/* "layers", with a struct for each layer: its name and a cell of filters and biases, or these as fields. */
static inline blob mat_layers(bool oldest)
{
    static const int one[2] = {1, 1}, two[2] = {1, 2};
    blob layers = {0}, variable = {0};
    for (int l = 0; l < 2; l++) {
        const int *shape = tensors[2 * l].shape, outputs = shape[0], inputs = shape[1];
        blob numbers = {0}, filters = {0}, biases = {0}, arrays = {0}, layer = {0};
        for (int i = 0; i < outputs * inputs; i++)
            for (int x = 0; x < 3; x++) /* MATLAB's first dimension, here the rows, is the innermost */
                for (int y = 0; y < 3; y++)
                    blob_put_float(&numbers, number_of(2 * l, i * 9 + y * 3 + x));
        mat_put(&filters, 7, numbers);
        mat_put(&biases, 7, keras_numbers(2 * l + 1));
        mat_put_array(&arrays, 7, (const int[]){3, 3, inputs, outputs}, outputs == 1 ? 3 : 4, "", filters);
        mat_put_array(&arrays, 7, l ? (const int[]){outputs, 1} : (const int[]){1, outputs}, 2, "", biases);
        mat_put(&layer, 5, mat_ints((const int[]){8}, 1));
        mat_put(&layer, 1,
                blob_of(oldest ? "filters\0biases\0\0name\0\0\0\0" : "weights\0name\0\0\0\0", oldest ? 24 : 16));
        if (oldest)
            put_blob(&layer, arrays);
        else
            mat_put_array(&layer, 1, two, 2, "", arrays);
        blob name = {0};
        mat_put(&name, l ? 16 : 4, l ? text_blob("conv1_2") : blob_of("c\0o\0n\0v\0001\0_\0001", 14));
        mat_put_array(&layer, 4, (const int[]){1, 7}, 2, "", name);
        mat_put_array(&layers, 2, one, 2, "", layer);
    }
    mat_put_array(&variable, 1, two, 2, "layers", layers);
    return variable;
}

/* "normalization", with the mean of the pictures as averageImage, of doubles. */
static inline blob mat_mean(double red, double green, double blue)
{
    blob numbers = {0}, mean = {0}, fields = {0}, variable = {0};
    blob_put(&numbers, (const double[]){red, green, blue}, 24);
    mat_put(&mean, 9, numbers);
    mat_put(&fields, 5, mat_ints((const int[]){16}, 1));
    mat_put(&fields, 1, blob_of("averageImage\0\0\0", 16));
    mat_put_array(&fields, 6, (const int[]){1, 1, 3}, 3, "", mean);
    mat_put_array(&variable, 2, (const int[]){1, 1}, 2, "normalization", fields);
    return variable;
}

/* The header of a MAT-file. */
static inline blob mat_start(void)
{
    char text[125];
    snprintf(text, sizeof text, "%-124s", "MATLAB 5.0 MAT-file, written by a test");
    blob b = text_blob(text);
    blob_put(&b, "\0\1IM", 4);
    return b;
}

/* Appends a VARIABLE, taken. */
static inline void mat_add(blob *file, blob variable, bool compressed)
{
    if (!compressed) {
        put_blob(file, variable);
        return;
    }
    blob packed = zlib_of(variable);
    blob_put_int(file, 15, 4);
    blob_put_int(file, packed.size, 4);
    put_blob(file, packed);
}

static inline blob mat_file(bool oldest, bool compressed)
{
    blob b = mat_start();
    mat_add(&b, mat_mean(123.68, 116.779, 103.939), compressed);
    mat_add(&b, mat_layers(oldest), compressed);
    return b;
}

#endif
