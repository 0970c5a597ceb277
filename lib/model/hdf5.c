/*
 * Keras' HDF5 files of VGG: a group a layer ("block1_conv1"), in it a kernel [3, 3, in, out] and a bias.
 *
 * A reader of the part of HDF5 that such files use: HDF5 File Format Specification, version 3.0, sections
 * II.A (superblock), III.A (version 1 B-trees), III.B (symbol table nodes), III.D (local heaps), IV.A (object
 * headers). libhdf5 is not used: it cannot be called from two threads at once, allocates what it likes, and
 * is not meant for files that lie. Left out on purpose, with an error: chunked and compressed data, groups of
 * many members in the newer form, which only libver="latest" and track_order make, addresses of other than 64 bits.
 */
#include "model/readers.h"

#include <inttypes.h>
#include <string.h>

/* A whole VGG-19 of Keras takes less than 2000 steps. */
enum { STEPS_MAX = 100000, NAME_MAX = 64, CONTINUED_MAX = 64, DEPTH_MAX = 6 };

typedef struct reader {
    nst__weights *out;
    int steps;         /* blocks, messages and names looked at, against files that point at themselves */
    int continued;     /* blocks of headers that are open */
    char path[160];    /* of the group that is open: "block1_conv1/" */
    const char *layer; /* in PATH, or NULL */
    size_t layer_length;
} reader;

/* What the header of an object says, as far as it is of interest. */
typedef struct object {
    const unsigned char *space, *type, *layout, *symbols; /* bodies of messages */
    size_t space_size, type_size, layout_size;
    bool dense;
} object;

typedef nst_status (*link_fn)(reader *r, int depth, const char *name, uint64_t address);

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

bool nst__is_hdf5(const nst__bytes *file)
{
    return file->size >= sizeof signature && memcmp(file->data, signature, sizeof signature) == 0;
}

static nst_status corrupt(const reader *r, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: /%s: expected %s (a file cut short?)", r->out->file.name, r->path,
                     expected);
}

static nst_status unsupported(const reader *r, const char *found)
{
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: HDF5: /%s: %s is not read here", r->out->file.name, r->path, found);
}

/* One step more, if the file may take it. */
static nst_status step(reader *r)
{
    if (r->steps++ < STEPS_MAX) return NST_OK;
    return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: more objects than a VGG of Keras has (does it point at itself?)",
                     r->out->file.name);
}

/* SIZE bytes at ADDRESS that start with MAGIC; NULL with the message set if they are not there. */
static const unsigned char *bytes_at(reader *r, uint64_t address, uint64_t size, const char *magic)
{
    const nst__bytes *file = &r->out->file;
    if (step(r) != NST_OK) return NULL;
    if (address > file->size || size > file->size - address ||
        (size >= strlen(magic) && memcmp(file->data + address, magic, strlen(magic)) != 0)) {
        corrupt(r, *magic ? magic : "bytes within the file");
        return NULL;
    }
    return file->data + address;
}

/* ---- Object headers ---- */

static nst_status read_messages(reader *r, object *out, const unsigned char *p, uint64_t size, int version,
                                bool ordered, int depth, link_fn link);

/* A link message: the entry of a small group of the new kind. */
static nst_status read_link(reader *r, const unsigned char *p, size_t size, int depth, link_fn link)
{
    char name[NAME_MAX];
    if (size < 2 || p[0] != 1) return corrupt(r, "a link");
    const unsigned flags = p[1];
    size_t at = 2u + (flags & 8 ? 1 : 0) + (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
    const size_t width = (size_t)1 << (flags & 3);
    if (at + width > size) return corrupt(r, "a whole link");
    const bool hard = !(flags & 8) || p[2] == 0;
    uint64_t length = 0;
    for (size_t i = 0; i < width; i++)
        length |= (uint64_t)p[at + i] << 8 * i;
    at += width;
    if (length > size - at || (hard && size - at - length < 8)) return corrupt(r, "a whole link");
    if (!hard || length >= sizeof name) return NST_OK; /* none of ours */
    memcpy(name, p + at, (size_t)length);
    name[length] = '\0';
    return link ? link(r, depth, name, nst__u64_at(p + at + length)) : NST_OK;
}

static nst_status read_continuation(reader *r, object *out, const unsigned char *p, size_t size, int version,
                                    bool ordered, int depth, link_fn link)
{
    if (size < 16) return corrupt(r, "a continued header");
    const uint64_t length = nst__u64_at(p + 8);
    const unsigned char *block = bytes_at(r, nst__u64_at(p), length, version == 1 ? "" : "OCHK");
    if (!block) return NST_ERR_CORRUPT;
    if (r->continued == CONTINUED_MAX || (version == 2 && length < 8)) return corrupt(r, "a header that ends");
    const uint64_t around = version == 1 ? 0 : 4; /* magic before, checksum behind */
    r->continued++;
    nst_status status = read_messages(r, out, block + around, length - 2 * around, version, ordered, depth, link);
    r->continued--;
    return status;
}

static nst_status read_message(reader *r, object *out, unsigned type, const unsigned char *p, size_t size, int version,
                               bool ordered, int depth, link_fn link)
{
    switch (type) {
    case 0x01:
        out->space = p;
        out->space_size = size;
        return NST_OK;
    case 0x02: /* link info */
        if (size >= 10) {
            const size_t at = p[1] & 1 ? 10 : 2;
            out->dense = at + 8 <= size && nst__u64_at(p + at) != UINT64_MAX;
        }
        return NST_OK;
    case 0x03:
        out->type = p;
        out->type_size = size;
        return NST_OK;
    case 0x06: return read_link(r, p, size, depth, link);
    case 0x08:
        out->layout = p;
        out->layout_size = size;
        return NST_OK;
    case 0x10: return read_continuation(r, out, p, size, version, ordered, depth, link);
    case 0x11: out->symbols = size >= 16 ? p : NULL; return NST_OK;
    default: return NST_OK;
    }
}

static nst_status read_messages(reader *r, object *out, const unsigned char *p, uint64_t size, int version,
                                bool ordered, int depth, link_fn link)
{
    const uint64_t head = version == 1 ? 8 : ordered ? 6 : 4;
    for (uint64_t at = 0; size - at >= head;) {
        const unsigned type = version == 1 ? nst__u16_at(p + at) : p[at];
        const size_t length = nst__u16_at(p + at + (version == 1 ? 2 : 1));
        const unsigned flags = p[at + (version == 1 ? 4 : 3)];
        at += head;
        if (length > size - at) return corrupt(r, "a message within its header");
        if (flags & 2 && (type == 0x01 || type == 0x03 || type == 0x08))
            return unsupported(r, "a type that is shared between objects");
        nst_status status = step(r);
        if (status == NST_OK) status = read_message(r, out, type, p + at, length, version, ordered, depth, link);
        if (status != NST_OK) return status;
        at += length;
    }
    return NST_OK;
}

/* The header at ADDRESS. LINK, if not NULL, is called for each link message. */
static nst_status read_object(reader *r, object *out, uint64_t address, int depth, link_fn link)
{
    *out = (object){0};
    const unsigned char *p = bytes_at(r, address, 16, "");
    if (!p) return NST_ERR_CORRUPT;
    const uint64_t room = r->out->file.size - address;
    if (p[0] == 1) {
        const uint64_t size = nst__u32_at(p + 8);
        return size > room - 16 ? corrupt(r, "a whole object header")
                                : read_messages(r, out, p + 16, size, 1, false, depth, link);
    }
    if (memcmp(p, "OHDR\2", 5) != 0) return corrupt(r, "an object header");
    const unsigned flags = p[5];
    const size_t width = (size_t)1 << (flags & 3), at = 6u + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
    if (at + width > room) return corrupt(r, "a whole object header");
    uint64_t size = 0;
    for (size_t i = 0; i < width; i++)
        size |= (uint64_t)p[at + i] << 8 * i;
    return size > room - at - width ? corrupt(r, "a whole object header")
                                    : read_messages(r, out, p + at + width, size, 2, flags & 4, depth, link);
}

/* ---- Datasets ---- */

static nst_status read_shape(const reader *r, const object *o, nst__tensor *tensor)
{
    const unsigned char *p = o->space;
    if (o->space_size < 4 || (p[0] != 1 && p[0] != 2)) return corrupt(r, "a dataspace");
    const size_t head = p[0] == 1 ? 8 : 4;
    tensor->rank = p[1];
    if (tensor->rank > NST__RANK_MAX || head + 8 * (size_t)tensor->rank > o->space_size)
        return corrupt(r, "at most 5 dimensions");
    for (int i = 0; i < tensor->rank; i++)
        tensor->shape[i] = nst__u64_at(p + head + 8 * (size_t)i);
    return NST_OK;
}

/* Little-endian IEEE 754: places and widths of exponent and mantissa, and the bias. */
static void read_type(const object *o, nst__tensor *tensor)
{
    static const struct {
        nst__type type;
        unsigned char size, fields[12]; /* bit offset, precision, exponent at and wide, mantissa at and wide, bias */
    } known[] = {{NST__F16, 2, {0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0}},
                 {NST__F32, 4, {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}},
                 {NST__F64, 8, {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0}}};
    tensor->type = NST__OTHER;
    if (o->type_size < 20 || (o->type[0] & 15) != 1 || o->type[1] & 0x41) return;
    for (size_t i = 0; i < 3; i++)
        if (nst__u32_at(o->type + 4) == known[i].size && memcmp(o->type + 8, known[i].fields, 12) == 0)
            tensor->type = known[i].type;
}

/* Where the numbers are: in one piece, in the file or in the header itself. */
static nst_status read_layout(reader *r, const object *o, nst__tensor *tensor)
{
    const unsigned char *p = o->layout;
    const uint64_t size = nst__type_size(tensor->type);
    uint64_t count = 1;
    if (o->layout_size < 4 || p[0] < 3 || p[0] > 4)
        return unsupported(r, "a data layout of another version than 3 and 4");
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] > r->out->file.size || (tensor->shape[i] && count > r->out->file.size / tensor->shape[i]))
            return corrupt(r, "a shape that the file has room for");
        count *= tensor->shape[i];
    }
    const uint64_t needed = count * size;
    if (p[1] == 0) {
        if (nst__u16_at(p + 2) < needed || needed > o->layout_size - 4) return corrupt(r, "all numbers in the header");
        tensor->data = p + 4;
        return NST_OK;
    }
    if (p[1] != 1) return unsupported(r, "chunked or compressed data");
    if (o->layout_size < 18 || nst__u64_at(p + 10) < needed) return corrupt(r, "a layout that covers the shape");
    tensor->data = bytes_at(r, nst__u64_at(p + 2), needed, "");
    return tensor->data ? NST_OK : NST_ERR_CORRUPT;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* NAME is "block1_conv1_W_1:0" in the files of 2016, later "kernel:0" and "kernel". */
static nst_status add_dataset(reader *r, const object *o, const char *name)
{
    static const char *const weight[] = {"_W_1:0", "_W:0", "kernel:0", "kernel"}, *const bias[] = {"_b_1:0", "_b:0",
                                                                                                   "bias:0", "bias"};
    nst_status status = NST_OK;
    nst__tensor tensor = {.rank = 0}, file;
    char key[32];
    const char *what = NULL;
    for (size_t i = 0; i < 4; i++)
        what = ends_with(name, weight[i]) ? ".weight" : ends_with(name, bias[i]) ? ".bias" : what;
    if (!what || r->layer_length + strlen(what) >= sizeof key) return NST_OK;
    memcpy(key, r->layer, r->layer_length);
    memcpy(key + r->layer_length, what, strlen(what) + 1);
    read_type(o, &tensor);
    NST_TRY(read_shape(r, o, &tensor));
    if (tensor.type != NST__OTHER) NST_TRY(read_layout(r, o, &tensor));
    nst__tensor_pack(&tensor);
    file = tensor;
    if (file.rank == 4) /* as [out, in, 3, 3] */
        for (int i = 0; i < 4; i++) {
            static const int from[4] = {3, 2, 0, 1};
            tensor.shape[i] = file.shape[from[i]];
            tensor.stride[i] = file.stride[from[i]];
        }
    size_t length = strlen(r->path);
    length = length < sizeof tensor.name ? length : sizeof tensor.name - 1;
    memcpy(tensor.name, r->path, length);
    NST_TRY(nst__weights_add(r->out, key, strlen(key), &tensor));
out:
    return status;
}

/* ---- Groups ---- */

static nst_status visit(reader *r, int depth, const char *name, uint64_t address);

/* The name at AT in the heap; NULL if it is longer than any of ours. */
static nst_status read_name(const reader *r, const char *names, uint64_t size, uint64_t at, const char **out)
{
    const uint64_t room = at < size ? size - at : 0, most = room < NAME_MAX ? room : NAME_MAX;
    *out = room > 0 && memchr(names + at, 0, (size_t)most) ? names + at : NULL;
    return *out || most == NAME_MAX ? NST_OK : corrupt(r, "a name in the heap");
}

static nst_status read_symbols(reader *r, int depth, uint64_t address, const char *names, uint64_t names_size)
{
    const unsigned char *node = bytes_at(r, address, 8, "SNOD");
    if (!node) return NST_ERR_CORRUPT;
    const uint64_t count = nst__u16_at(node + 6);
    if (!(node = bytes_at(r, address, 8 + 40 * count, "SNOD"))) return NST_ERR_CORRUPT;
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *entry = node + 8 + 40 * i;
        const char *name;
        nst_status status = step(r);
        if (status == NST_OK) status = read_name(r, names, names_size, nst__u64_at(entry), &name);
        if (status == NST_OK && name && nst__u32_at(entry + 16) != 2) /* 2: a symbolic link */
            status = visit(r, depth, name, nst__u64_at(entry + 8));
        if (status != NST_OK) return status;
    }
    return NST_OK;
}

/* LEVEL: what the node must have, or -1 at the root. */
static nst_status read_tree(reader *r, int depth, uint64_t address, int level, const char *names, uint64_t names_size)
{
    const unsigned char *node = bytes_at(r, address, 24, "TREE");
    if (!node) return NST_ERR_CORRUPT;
    const int own = node[5];
    const uint64_t count = nst__u16_at(node + 6);
    if (node[4] != 0 || own > 8 || (level >= 0 && own != level)) return corrupt(r, "a B-tree of a group");
    if (!(node = bytes_at(r, address, 24 + 16 * count + 8, "TREE"))) return NST_ERR_CORRUPT;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t child = nst__u64_at(node + 32 + 16 * i);
        nst_status status = own == 0 ? read_symbols(r, depth, child, names, names_size)
                                     : read_tree(r, depth, child, own - 1, names, names_size);
        if (status != NST_OK) return status;
    }
    return NST_OK;
}

static nst_status read_symbol_table(reader *r, int depth, const unsigned char *symbols)
{
    const unsigned char *heap = bytes_at(r, nst__u64_at(symbols + 8), 32, "HEAP");
    if (!heap) return NST_ERR_CORRUPT;
    const uint64_t size = nst__u64_at(heap + 8);
    const unsigned char *names = bytes_at(r, nst__u64_at(heap + 24), size, "");
    if (!names) return NST_ERR_CORRUPT;
    return read_tree(r, depth, nst__u64_at(symbols), -1, (const char *)names, size);
}

static nst_status ignore_link(reader *r, int depth, const char *name, uint64_t address)
{
    (void)r, (void)depth, (void)name, (void)address;
    return NST_OK;
}

/* The object at ADDRESS: a group, whose members are visited, or a dataset called NAME. */
static nst_status open_object(reader *r, int depth, const char *name, uint64_t address)
{
    object o;
    nst_status status = read_object(r, &o, address, depth, ignore_link);
    if (status != NST_OK) return status;
    if (o.layout && o.space && o.type) return r->layer ? add_dataset(r, &o, name) : NST_OK;
    if (depth == DEPTH_MAX) return NST_OK;
    if (o.dense) return unsupported(r, "a group of many members as libver=\"latest\" or track_order=True make it");
    const size_t length = strlen(r->path);
    if (length > 0 && length + 1 < sizeof r->path) memcpy(r->path + length, "/", 2);
    status = o.symbols ? read_symbol_table(r, depth + 1, o.symbols) : read_object(r, &o, address, depth + 1, visit);
    r->path[length] = '\0';
    return status;
}

/* A member of an open group. Only layers are gone into, and the groups that Keras puts around them; in a
 * layer, everything. */
static nst_status visit(reader *r, int depth, const char *name, uint64_t address)
{
    static const char *const around[] = {"model_weights", "vgg19", "vgg16"};
    const size_t length = strlen(r->path), size = strlen(name);
    const char *layer = r->layer;
    bool wanted = layer != NULL;
    char key[64];
    nst__vgg_key parsed;
    if (length + size + 2 >= sizeof r->path || size + sizeof ".weight" > sizeof key) return NST_OK;
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
        wanted |= strcmp(name, around[i]) == 0;
    memcpy(r->path + length, name, size + 1);
    memcpy(key, name, size);
    memcpy(key + size, ".weight", sizeof ".weight");
    if (!layer && strncmp(name, "block", 5) == 0 && nst__vgg_parse_key(&parsed, key, strlen(key))) {
        r->layer = r->path + length;
        r->layer_length = size;
        wanted = true;
    }
    nst_status status = wanted ? open_object(r, depth, name, address) : NST_OK;
    if (status != NST_OK) return status;
    r->path[length] = '\0';
    r->layer = layer;
    return NST_OK;
}

nst_status nst__read_hdf5(nst__weights *out)
{
    reader r = {.out = out};
    out->format = "keras hdf5";
    out->input = NST_INPUT_BGR255; /* Keras' VGGs are Caffe's, always */
    out->input_said = "format";
    const unsigned char *p = bytes_at(&r, 0, 48, "");
    if (!p) return NST_ERR_CORRUPT;
    const bool old = p[8] < 2; /* the superblock of libver="earliest", which is what h5py writes by default */
    if (p[8] > 3 || p[old ? 13 : 9] != 8 || p[old ? 14 : 10] != 8)
        return unsupported(&r, "a superblock above version 3, or addresses of other than 64 bits,");
    const size_t base = p[8] == 0 ? 24 : p[8] == 1 ? 28 : 12;
    if (!bytes_at(&r, 0, 112, "") || nst__u64_at(p + base) != 0) return corrupt(&r, "a superblock with base address 0");
    if (nst__u64_at(p + base + 16) > out->file.size)
        return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: expected %" PRIu64 " bytes, found %zu (a file cut short?)",
                         out->file.name, nst__u64_at(p + base + 16), out->file.size);
    return open_object(&r, 0, "", nst__u64_at(p + base + (old ? 40 : 24)));
}
