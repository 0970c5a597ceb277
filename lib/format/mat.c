/*
 * MATLAB's MAT-files of version 5, such as MatConvNet's imagenet-vgg-verydeep-19.mat. The file format:
 * https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
 *
 * A file is a list of variables, each an array of numbers, text, cells or structs. Cells and structs contain arrays. A
 * variable may be compressed by zlib. The names of tensors are paths: "layers.conv1_1.weights.0" is the first cell of
 * the field weights of the element of layers whose field name is "conv1_1". An element without a name has its number,
 * from 0.
 */
#include "base/decimal.h"
#include "format/format.h"
#include "format/inflate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 128, FIELDS_MAX = 1 << 16, TEXT_MAX = 64 }; /* bytes: of the file; of the names of fields; of a name */
enum { VARIABLES_MAX = 64, ARRAYS_MAX = 1 << 20, DEPTH_MAX = 16, DIMENSIONS_MAX = 32 };
#define UNPACKED_MAX (UINT64_C(1) << 30) /* bytes of all compressed variables; a whole VGG-19 has 575 MB */
#define COUNT_MAX    UINT32_MAX          /* no element has so many bytes, and no array so many elements */

/* The types of data elements, and the classes of arrays. */
enum { INT8 = 1, UINT16 = 4, INT32 = 5, UINT32 = 6, SINGLE = 7, DOUBLE = 9, MATRIX = 14, COMPRESSED = 15, UTF16 = 17 };
enum { CELLS = 1, STRUCTS = 2, TEXT = 4, NUMBERS_FIRST = 6, NUMBERS_LAST = 15 };

/* A data element: a type, and SIZE bytes at AT. */
typedef struct element {
    uint32_t type, size;
    uint64_t at;
} element;

/* An array: its header, and the position of the elements after it. */
typedef struct array {
    int class_of;
    bool complex;
    int rank; /* the file's; at most DIMENSIONS_MAX */
    uint32_t shape[DIMENSIONS_MAX];
    uint64_t count; /* elements; at most COUNT_MAX */
    uint64_t at, end;
} array;

/* The state of reading. */
typedef struct mat {
    nst__table *table;
    const nst__source *source; /* of the variable: the file, or its unpacked bytes */
    uint64_t unpacked;         /* bytes of compressed variables so far */
    int variables, arrays, depth;
    char text[TEXT_MAX + 1]; /* of the last array, if that was a text */
    char path[NST__TENSOR_NAME_MAX + 1];
    size_t length; /* of the path */
} mat;

bool nst__is_mat(const nst__head *head)
{
    static const char text[] = "MATLAB ";
    return head->size >= sizeof text - 1 && memcmp(head->bytes, text, sizeof text - 1) == 0;
}

/* Appends a part to the path, and returns the length before. A path that is too long is cut. */
static size_t push(mat *m, const char *part, size_t length)
{
    const size_t before = m->length, room = sizeof m->path - 1;
    if (before > 0 && before < room) m->path[m->length++] = '.';
    if (length > room - m->length) length = room - m->length;
    memcpy(m->path + m->length, part, length);
    m->length += length;
    m->path[m->length] = '\0';
    return before;
}

static size_t push_number(mat *m, uint64_t number)
{
    char text[24];
    return push(m, text, (size_t)snprintf(text, sizeof text, "%" PRIu64, number));
}

static void pop(mat *m, size_t before)
{
    m->length = before;
    m->path[before] = '\0';
}

static nst_status corrupt(const mat *m, uint64_t expected, const char *what, uint64_t found)
{
    return nst__fail(NST_ERR_CORRUPT,
                     "%s: MAT: %s: expected %" PRIu64 " %s, found %" PRIu64 " bytes (a file cut short?)",
                     m->table->source->name, m->length ? m->path : "a variable", expected, what, found);
}

/* Reads the tag of the element at *AT, which lies before END, and moves *AT past the element. Elements start at
 * multiples of 8 bytes, except after a compressed one. Up to 4 bytes may stand in the tag itself: they are
 * not read here: to go back to them, a compressed source would have to start again. */
static nst_status next_element(element *out, const mat *m, uint64_t *at, uint64_t end)
{
    unsigned char tag[8];
    const uint64_t room = end - *at;
    if (room < sizeof tag) return corrupt(m, sizeof tag, "bytes of a tag", room);
    nst_status status = nst__source_read(m->source, *at, tag, 4);
    const bool small = status == NST_OK && nst__u16_at(tag + 2) != 0;
    if (status == NST_OK && !small) status = nst__source_read(m->source, *at + 4, tag + 4, 4);
    if (status != NST_OK) return status;
    const uint32_t size = small ? nst__u16_at(tag + 2) : nst__u32_at(tag + 4), before = small ? 4 : 8;
    const uint64_t most = small ? 4 : room - 8;
    *out = (element){small ? nst__u16_at(tag) : nst__u32_at(tag), size, *at + before};
    if (size > most) return corrupt(m, size, "bytes of an element", most);
    const uint64_t whole = small ? 8 : 8 + (out->type == COMPRESSED ? size : ((uint64_t)size + 7) / 8 * 8);
    *at += whole < room ? whole : room;
    return NST_OK;
}

/* The same for the next element of A, which has to be of TYPE and of LEAST to MOST bytes. */
static nst_status next_of(element *out, const mat *m, array *a, uint32_t type, uint32_t least, uint32_t most)
{
    nst_status status = next_element(out, m, &a->at, a->end);
    if (status == NST_OK && (out->type != type || out->size < least || out->size > most))
        status = nst__fail(
            NST_ERR_CORRUPT, "%s: MAT: %s: expected an element of type %u, of %u to %u bytes, found type %u, %u bytes",
            m->table->source->name, m->length ? m->path : "a variable", type, least, most, out->type, out->size);
    return status;
}

/* Reads the header of an array: flags, shape and name. Functions and the like have only flags. */
static nst_status read_header(array *out, mat *m, const element *matrix)
{
    nst_status status = NST_OK;
    element e;
    unsigned char flags[8], shape[4 * DIMENSIONS_MAX];
    char name[TEXT_MAX];
    *out = (array){.at = matrix->at, .end = matrix->at + matrix->size, .count = 1};
    NST_TRY(next_of(&e, m, out, UINT32, sizeof flags, sizeof flags));
    NST_TRY(nst__source_read(m->source, e.at, flags, sizeof flags));
    out->class_of = flags[0];
    out->complex = flags[1] & 8;
    if (out->class_of > NUMBERS_LAST) return NST_OK;
    NST_TRY(next_of(&e, m, out, INT32, 8, sizeof shape));
    NST_TRY(nst__source_read(m->source, e.at, shape, e.size));
    for (; (size_t)out->rank < e.size / 4; out->rank++) {
        const uint32_t n = nst__u32_at(shape + 4 * out->rank);
        out->shape[out->rank] = n;
        out->count = n > 0 && out->count > COUNT_MAX / n ? COUNT_MAX : out->count * n;
    }
    NST_TRY(next_of(&e, m, out, INT8, 0, UINT32_MAX));
    if (m->depth == 0) { /* only variables have names of their own */
        const size_t length = e.size < sizeof name ? e.size : sizeof name;
        NST_TRY(nst__source_read(m->source, e.at, name, length));
        push(m, name, strnlen(name, length));
    }
out:
    return status;
}

/* ---- Numbers and text ---- */

/* Notes the input space of a network whose file has the mean colour of its pictures: the field averageImage, RGB
 * 0..255, either one colour or a picture, which for VGGs has only one. */
static nst_status note_mean(mat *m, const nst__tensor *t, const array *a)
{
    static const char field[] = ".averageImage";
    const size_t size = nst__type_size(t->type), n = sizeof field - 1;
    char number[NST__DECIMAL], line[3 * NST__DECIMAL + 40] = "rgb 0..255 minus mean ";
    if (m->length < n || strcmp(m->path + m->length - n, field) != 0 || size == 0 || t->fault || a->count == 0 ||
        a->count % 3 != 0 || (a->count > 3 && a->shape[a->rank - 1] != 3))
        return NST_OK;
    for (uint64_t c = 0; c < 3; c++) {
        unsigned char bytes[8];
        float mean;
        nst_status status = nst__source_read(m->source, t->at + c * (a->count / 3) * size, bytes, size);
        if (status != NST_OK) return status;
        if (!nst__numbers_read(&mean, 1, t->type, bytes, 1)) return NST_OK;
        nst__print_float(number, round((double)mean * 1000) / 1000);
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, "%s%s", c ? "," : "", number);
    }
    return nst__table_note(m->table, "input", line);
}

/* Adds an array of numbers, whose first dimension is the innermost. MATLAB has no vectors, so a row or a column is one.
 * It drops last dimensions of 1, so a kernel [3, 3, in] with a single output has four dimensions. */
static nst_status add_numbers(mat *m, array *a)
{
    element e;
    nst_status status = next_element(&e, m, &a->at, a->end);
    if (status != NST_OK) return status;
    nst__tensor t = {.type = NST__OTHER, .source = m->source, .at = e.at};
    if (e.type == SINGLE || e.type == DOUBLE) t.type = e.type == SINGLE ? NST__F32 : NST__F64;
    const uint64_t size = nst__type_size(t.type);
    if (size > 0 && a->count * size != e.size) return corrupt(m, a->count, "numbers", e.size);
    if (a->complex || a->rank > NST__RANK_MAX) {
        t.fault = a->complex ? "has complex numbers, which are not read here" : "has more than 5 dimensions";
        t.fault_status = NST_ERR_UNSUPPORTED;
        return nst__table_add(m->table, m->path, m->length, &t);
    }
    uint64_t stride = 1;
    for (; t.rank < a->rank; stride *= t.shape[t.rank++]) {
        t.shape[t.rank] = a->shape[t.rank];
        t.stride[t.rank] = stride;
    }
    if (t.rank == 3) {
        t.shape[3] = t.stride[3] = 1;
        t.rank = 4;
    } else if (t.rank == 2 && (t.shape[0] == 1 || t.shape[1] == 1)) {
        t.shape[0] = a->count;
        t.rank = 1;
    }
    status = note_mean(m, &t, a);
    return status == NST_OK ? nst__table_add(m->table, m->path, m->length, &t) : status;
}

/* Reads a text of ASCII; a character may take one byte or two. */
static nst_status read_text(mat *m, array *a)
{
    element e;
    unsigned char bytes[2 * TEXT_MAX];
    nst_status status = next_element(&e, m, &a->at, a->end);
    if (status != NST_OK) return status;
    const size_t wide = e.type == UINT16 || e.type == UTF16 ? 2 : 1, length = e.size / wide;
    if (length > TEXT_MAX) return NST_OK;
    status = nst__source_read(m->source, e.at, bytes, length * wide);
    if (status != NST_OK) return status;
    for (size_t i = 0; i < length; i++)
        m->text[i] = (char)bytes[i * wide];
    m->text[length] = '\0';
    return NST_OK;
}

/* ---- Cells and structs ---- */

static nst_status read_array(mat *m, const element *e, size_t number_at);

static nst_status read_cells(mat *m, array *a)
{
    nst_status status = NST_OK;
    if (a->count > (a->end - a->at) / 8) return corrupt(m, a->count, "arrays", a->end - a->at);
    for (uint64_t i = 0; i < a->count; i++) {
        element e;
        const size_t before = push_number(m, i);
        NST_TRY(next_element(&e, m, &a->at, a->end));
        NST_TRY(read_array(m, &e, before + 1));
        pop(m, before);
    }
out:
    return status;
}

/* In the names of all tensors from FIRST on, replaces the bytes FROM to TO, a number, by NAME. */
static nst_status rename_tensors(const mat *m, size_t first, size_t from, size_t to, const char *name)
{
    nst__table *table = m->table;
    for (size_t i = first; i < table->count; i++) {
        char text[2 * NST__TENSOR_NAME_MAX + TEXT_MAX];
        const char *old = table->tensor[i].name;
        if (strlen(old) <= to) continue; /* a path that was cut */
        const int length = snprintf(text, sizeof text, "%.*s%s%s", (int)from, old, name, old + to);
        table->tensor[i].name = nst__arena_text(&table->arena, text, (size_t)length);
        if (!table->tensor[i].name) return table->arena.status;
    }
    return NST_OK;
}

/* The names of a struct's fields, each in WIDTH bytes. */
typedef struct fields {
    char *names;
    size_t width, count;
} fields;

static nst_status read_fields(fields *out, const mat *m, array *a)
{
    nst_status status = NST_OK;
    element e;
    unsigned char width[4];
    NST_TRY(next_of(&e, m, a, INT32, sizeof width, sizeof width));
    NST_TRY(nst__source_read(m->source, e.at, width, sizeof width));
    out->width = nst__u32_at(width);
    NST_TRY(next_of(&e, m, a, INT8, 0, FIELDS_MAX));
    if (out->width == 0 || e.size % out->width != 0) return corrupt(m, out->width, "bytes for each field", e.size);
    out->count = e.size / out->width;
    out->names = nst__arena_alloc(&m->table->arena, e.size);
    if (!out->names) return m->table->arena.status;
    NST_TRY(nst__source_read(m->source, e.at, out->names, e.size));
out:
    return status;
}

/* Reads the fields of one element of a struct array. NUMBER_AT: where its number starts in the path, or 0. */
static nst_status read_element(mat *m, array *a, const fields *f, size_t number_at)
{
    nst_status status = NST_OK;
    const size_t first = m->table->count;
    char name[TEXT_MAX + 1] = "";
    for (size_t i = 0; i < f->count; i++) {
        element e;
        const char *field = f->names + i * f->width;
        const size_t length = strnlen(field, f->width), before = push(m, field, length);
        NST_TRY(next_element(&e, m, &a->at, a->end));
        NST_TRY(read_array(m, &e, 0));
        pop(m, before);
        if (length == 4 && memcmp(field, "name", 4) == 0) memcpy(name, m->text, sizeof name);
    }
    if (number_at > 0 && *name) NST_TRY(rename_tensors(m, first, number_at, m->length, name));
out:
    return status;
}

static nst_status read_structs(mat *m, array *a, size_t number_at)
{
    nst_status status = NST_OK;
    fields f;
    NST_TRY(read_fields(&f, m, a));
    if (f.count == 0) return NST_OK;
    if (a->count > (a->end - a->at) / 8 / f.count) return corrupt(m, a->count, "structs", a->end - a->at);
    if (a->count == 1) return read_element(m, a, &f, number_at);
    for (uint64_t i = 0; i < a->count; i++) {
        const size_t before = push_number(m, i);
        NST_TRY(read_element(m, a, &f, before + 1));
        pop(m, before);
    }
out:
    return status;
}

/* Reads the array E. NUMBER_AT: where the number of the cell that it is starts in the path, or 0. */
static nst_status read_array(mat *m, const element *e, size_t number_at)
{
    nst_status status = NST_OK;
    array a;
    m->text[0] = '\0';
    if (e->type != MATRIX)
        return nst__fail(NST_ERR_CORRUPT, "%s: MAT: %s: expected an array, found an element of type %u",
                         m->table->source->name, m->length ? m->path : "a variable", e->type);
    if (++m->arrays > ARRAYS_MAX || m->depth == DEPTH_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: MAT: %s: expected at most %d arrays, at most %d deep",
                         m->table->source->name, m->path, ARRAYS_MAX, DEPTH_MAX);
    if (e->size == 0) return NST_OK; /* an array of nothing */
    NST_TRY(read_header(&a, m, e));
    m->depth++;
    if (a.class_of == CELLS || a.class_of == STRUCTS) {
        NST_TRY(a.class_of == CELLS ? read_cells(m, &a) : read_structs(m, &a, number_at));
        m->text[0] = '\0';
    } else if (a.class_of == TEXT) {
        NST_TRY(read_text(m, &a));
    } else if (a.class_of >= NUMBERS_FIRST && a.class_of <= NUMBERS_LAST) {
        NST_TRY(add_numbers(m, &a));
    }
    m->depth--;
out:
    return status;
}

/* ---- The file ---- */

/* Opens the compressed element E, which unpacks to one element: first its tag, for the size, then all of it. */
static nst_status open_packed(mat *m, const element *e)
{
    unsigned char tag[8];
    const nst__source *file = m->table->source;
    nst__source *start;
    nst_status status = nst__inflate_create(&start, file, e->at, e->size, sizeof tag, false);
    if (status != NST_OK) return status;
    status = nst__source_read(start, 0, tag, sizeof tag);
    nst__inflate_destroy(start);
    if (status != NST_OK) return status;
    const uint64_t size = sizeof tag + (uint64_t)nst__u32_at(tag + 4);
    if (size > UNPACKED_MAX - m->unpacked)
        return nst__fail(NST_ERR_TOO_LARGE, "%s: MAT: expected at most %" PRIu64 " unpacked bytes, found %" PRIu64,
                         file->name, UNPACKED_MAX, m->unpacked + size);
    m->unpacked += size;
    return nst__table_open(m->table, &m->source, e->at, e->size, size, NST__ZLIB);
}

static nst_status read_variable(mat *m, element *e)
{
    if (++m->variables > VARIABLES_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: MAT: expected at most %d variables, found more",
                         m->table->source->name, VARIABLES_MAX);
    if (e->type == COMPRESSED) {
        uint64_t at = 0;
        nst_status status = open_packed(m, e);
        if (status == NST_OK) status = next_element(e, m, &at, m->source->size);
        if (status != NST_OK) return status;
    }
    return read_array(m, e, 0);
}

static nst_status check_file(const nst__source *file)
{
    unsigned char header[HEADER];
    if (file->size < sizeof header)
        return nst__fail(NST_ERR_CORRUPT,
                         "%s: expected the header of a MAT-file, of %d bytes, found %" PRIu64 " (a file cut short?)",
                         file->name, HEADER, file->size);
    nst_status status = nst__source_read(file, 0, header, sizeof header);
    if (status != NST_OK) return status;
    const unsigned char *version = header + 124, *order = header + 126;
    if (memcmp(order, "MI", 2) == 0)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected little-endian numbers, found a big-endian MAT-file",
                         file->name);
    if (memcmp(header, "MATLAB 7.3", 10) == 0)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "%s: expected a MAT-file of version 5, found version 7.3, which is HDF5: save(..., '-v7') in "
                         "MATLAB writes one that is read",
                         file->name);
    if (memcmp(order, "IM", 2) != 0 || nst__u16_at(version) != 0x100)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected a MAT-file of version 0x0100, found 0x%04x", file->name,
                         nst__u16_at(version));
    return NST_OK;
}

nst_status nst__read_mat(nst__table *out)
{
    nst_status status = NST_OK;
    const nst__source *file = out->source;
    mat m = {.table = out};
    NST_TRY(check_file(file));
    for (uint64_t at = HEADER; at < file->size;) {
        element e;
        m.source = file;
        pop(&m, 0);
        NST_TRY(next_element(&e, &m, &at, file->size));
        NST_TRY(read_variable(&m, &e));
    }
out:
    return status;
}
