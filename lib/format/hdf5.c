/*
 * HDF5 File Format Specification, version 3.0, sections II.A (superblock), III.A (version 1 B-trees), III.B (symbol
 * table nodes), III.D (local heaps), IV.A (object headers). libhdf5 is not used: it cannot be called from two threads
 * at once, its memory cannot be limited, and it is not made for malicious files. Left out on purpose, with an error:
 * groups of many members in the newer form, which only libver="latest" and track_order write, and addresses of other
 * than 64 bits.
 */
#include "format/hdf5.h"

#include <inttypes.h>
#include <string.h>

/* A whole VGG-19 of Keras takes less than 2000 steps. */
enum { STEPS_MAX = 100000, CONTINUED_MAX = 64 };

static nst_status corrupt(const nst__hdf5 *h, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: /%s: expected %s (a file cut short?)", h->table->source->name, h->path,
                     expected);
}

static nst_status unsupported(const nst__hdf5 *h, const char *found)
{
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: HDF5: /%s: %s is not read here", h->table->source->name, h->path, found);
}

/* Counts a step. The limit ends the reading of a file whose objects point at each other in a cycle. */
static nst_status step(nst__hdf5 *h)
{
    if (h->steps++ < STEPS_MAX) return NST_OK;
    return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: more objects than a VGG of Keras has (does it point at itself?)",
                     h->table->source->name);
}

/* The SIZE bytes at ADDRESS, which must start with MAGIC. */
static nst_status bytes_at(nst__hdf5 *h, const unsigned char **out, uint64_t address, uint64_t size, const char *magic)
{
    const nst__source *file = h->table->source;
    nst_status status = step(h);
    if (status != NST_OK) return status;
    if (address > file->size || size > file->size - address)
        return corrupt(h, *magic ? magic : "bytes within the file");
    status = nst__table_view(h->table, out, address, size);
    if (status == NST_OK && size >= strlen(magic) && memcmp(*out, magic, strlen(magic)) != 0) return corrupt(h, magic);
    return status;
}

/* An unsigned little-endian integer of WIDTH bytes. */
static uint64_t number_at(const unsigned char *p, size_t width)
{
    uint64_t number = 0;
    for (size_t i = 0; i < width; i++)
        number |= (uint64_t)p[i] << 8 * i;
    return number;
}

/* ---- Object headers ---- */

/* The layout of the messages of a header. */
typedef struct header_form {
    int version;
    bool ordered; /* version 2: with the order of creation */
} header_form;

/* A part of the file that is in memory. */
typedef struct piece {
    const unsigned char *p;
    uint64_t at, size;
} piece;

static nst_status read_messages(nst__hdf5 *h, nst__hdf5_object *out, piece block, header_form form);

/* A link message: the entry of a small group of the new kind. */
static nst_status read_link(nst__hdf5 *h, const unsigned char *p, size_t size)
{
    char name[NST__HDF5_NAME_MAX];
    if (size < 2 || p[0] != 1) return corrupt(h, "a link");
    const unsigned flags = p[1];
    size_t at = 2u + (flags & 8 ? 1 : 0) + (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
    const size_t width = (size_t)1 << (flags & 3);
    if (at + width > size) return corrupt(h, "a whole link");
    const bool hard = !(flags & 8) || p[2] == 0;
    const uint64_t length = number_at(p + at, width);
    at += width;
    if (length > size - at || (hard && size - at - length < 8)) return corrupt(h, "a whole link");
    if (!h->member || !hard || length >= sizeof name) return NST_OK;
    memcpy(name, p + at, (size_t)length);
    name[length] = '\0';
    return h->member(h->user, name, nst__u64_at(p + at + length));
}

static nst_status read_continuation(nst__hdf5 *h, nst__hdf5_object *out, const unsigned char *p, size_t size,
                                    header_form form)
{
    if (size < 16) return corrupt(h, "a continued header");
    const uint64_t around = form.version == 1 ? 0 : 4; /* magic before, checksum after */
    piece block = {.at = nst__u64_at(p), .size = nst__u64_at(p + 8)};
    if (h->continued == CONTINUED_MAX || block.size < 2 * around) return corrupt(h, "a header that ends");
    nst_status status = bytes_at(h, &block.p, block.at, block.size, form.version == 1 ? "" : "OCHK");
    if (status != NST_OK) return status;
    block = (piece){block.p + around, block.at + around, block.size - 2 * around};
    h->continued++;
    status = read_messages(h, out, block, form);
    h->continued--;
    return status;
}

static nst_status read_message(nst__hdf5 *h, nst__hdf5_object *out, unsigned type, piece body, header_form form)
{
    const unsigned char *p = body.p;
    const size_t size = (size_t)body.size;
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
    case 0x06: return read_link(h, p, size);
    case 0x08:
        out->layout = p;
        out->layout_size = size;
        out->layout_at = body.at;
        return NST_OK;
    case 0x0b:
        out->filters = p;
        out->filters_size = size;
        return NST_OK;
    case 0x10: return read_continuation(h, out, p, size, form);
    case 0x11: out->symbols = size >= 16 ? p : NULL; return NST_OK;
    default: return NST_OK;
    }
}

static nst_status read_messages(nst__hdf5 *h, nst__hdf5_object *out, piece block, header_form form)
{
    const unsigned char *p = block.p;
    const uint64_t head = form.version == 1 ? 8 : form.ordered ? 6 : 4;
    for (uint64_t at = 0; block.size - at >= head;) {
        const unsigned type = form.version == 1 ? nst__u16_at(p + at) : p[at];
        const size_t length = nst__u16_at(p + at + (form.version == 1 ? 2 : 1));
        const unsigned flags = p[at + (form.version == 1 ? 4 : 3)];
        at += head;
        if (length > block.size - at) return corrupt(h, "a message within its header");
        out->shared |= flags & 2 && (type == 0x01 || type == 0x03 || type == 0x08 || type == 0x0b);
        nst_status status = step(h);
        if (status == NST_OK) status = read_message(h, out, type, (piece){p + at, block.at + at, length}, form);
        if (status != NST_OK) return status;
        at += length;
    }
    return NST_OK;
}

static nst_status read_header(nst__hdf5 *h, nst__hdf5_object *out, uint64_t address)
{
    nst_status status = NST_OK;
    const unsigned char *p;
    uint64_t head = 16;
    piece block = {0};
    header_form form = {.version = 1};
    *out = (nst__hdf5_object){.address = address};
    NST_TRY(bytes_at(h, &p, address, 16, ""));
    if (p[0] == 1) {
        block.size = nst__u32_at(p + 8);
    } else {
        if (memcmp(p, "OHDR\2", 5) != 0) return corrupt(h, "an object header");
        const unsigned flags = p[5];
        const size_t width = (size_t)1 << (flags & 3), at = 6u + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
        head = at + width;
        NST_TRY(bytes_at(h, &p, address, head, ""));
        block.size = number_at(p + at, width);
        form = (header_form){.version = 2, .ordered = flags & 4};
    }
    block.at = address + head;
    NST_TRY(bytes_at(h, &block.p, block.at, block.size, ""));
    NST_TRY(read_messages(h, out, block, form));
out:
    return status;
}

/* Calls MEMBER, if it is not NULL, for each link in the header. MEMBER may read other objects. */
static nst_status read_object(nst__hdf5 *h, nst__hdf5_object *out, uint64_t address, nst__hdf5_member_fn member,
                              void *user)
{
    const nst__hdf5_member_fn outer_member = h->member;
    void *outer_user = h->user;
    h->member = member;
    h->user = user;
    nst_status status = read_header(h, out, address);
    h->member = outer_member;
    h->user = outer_user;
    return status;
}

nst_status nst__hdf5_object_at(nst__hdf5 *h, nst__hdf5_object *out, uint64_t address)
{
    return read_object(h, out, address, NULL, NULL);
}

/* ---- Groups ---- */

/* The names of the members of a group. */
typedef struct name_heap {
    const char *text;
    uint64_t size;
} name_heap;

/* The name at AT, or NULL if it has NST__HDF5_NAME_MAX bytes or more. */
static nst_status read_name(const nst__hdf5 *h, name_heap heap, uint64_t at, const char **out)
{
    const uint64_t room = at < heap.size ? heap.size - at : 0;
    const uint64_t most = room < NST__HDF5_NAME_MAX ? room : NST__HDF5_NAME_MAX;
    *out = room > 0 && memchr(heap.text + at, 0, (size_t)most) ? heap.text + at : NULL;
    return *out || most == NST__HDF5_NAME_MAX ? NST_OK : corrupt(h, "a name in the heap");
}

static nst_status read_symbols(nst__hdf5 *h, uint64_t address, name_heap heap, nst__hdf5_member_fn member, void *user)
{
    nst_status status = NST_OK;
    const unsigned char *node;
    NST_TRY(bytes_at(h, &node, address, 8, "SNOD"));
    const uint64_t count = nst__u16_at(node + 6);
    NST_TRY(bytes_at(h, &node, address, 8 + 40 * count, "SNOD"));
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *entry = node + 8 + 40 * i;
        const char *name;
        NST_TRY(step(h));
        NST_TRY(read_name(h, heap, nst__u64_at(entry), &name));
        if (name && nst__u32_at(entry + 16) != 2) /* 2: a symbolic link */
            NST_TRY(member(user, name, nst__u64_at(entry + 8)));
    }
out:
    return status;
}

/* LEVEL: the level that the node must have, or -1 at the root. */
static nst_status read_tree(nst__hdf5 *h, uint64_t address, int level, name_heap heap, nst__hdf5_member_fn member,
                            void *user)
{
    nst_status status = NST_OK;
    const unsigned char *node;
    NST_TRY(bytes_at(h, &node, address, 24, "TREE"));
    const int own = node[5];
    const uint64_t count = nst__u16_at(node + 6);
    if (node[4] != 0 || own > 8 || (level >= 0 && own != level)) return corrupt(h, "a B-tree of a group");
    NST_TRY(bytes_at(h, &node, address, 24 + 16 * count + 8, "TREE"));
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t child = nst__u64_at(node + 32 + 16 * i);
        NST_TRY(own == 0 ? read_symbols(h, child, heap, member, user)
                         : read_tree(h, child, own - 1, heap, member, user));
    }
out:
    return status;
}

nst_status nst__hdf5_members(nst__hdf5 *h, const nst__hdf5_object *group, nst__hdf5_member_fn member, void *user)
{
    nst_status status = NST_OK;
    nst__hdf5_object again;
    const unsigned char *block, *names;
    if (!group->symbols) return read_object(h, &again, group->address, member, user);
    const uint64_t tree = nst__u64_at(group->symbols);
    NST_TRY(bytes_at(h, &block, nst__u64_at(group->symbols + 8), 32, "HEAP"));
    const uint64_t size = nst__u64_at(block + 8);
    NST_TRY(bytes_at(h, &names, nst__u64_at(block + 24), size, ""));
    NST_TRY(read_tree(h, tree, -1, (name_heap){(const char *)names, size}, member, user));
out:
    return status;
}

/* ---- The superblock ---- */

nst_status nst__hdf5_open(nst__hdf5 *out, nst__table *table, uint64_t *root)
{
    nst_status status = NST_OK;
    const unsigned char *p;
    const nst__source *file = table->source;
    *out = (nst__hdf5){.table = table};
    NST_TRY(bytes_at(out, &p, 0, 48, ""));
    const bool old = p[8] < 2; /* the superblock of libver="earliest", the default of h5py */
    if (p[8] > 3 || p[old ? 13 : 9] != 8 || p[old ? 14 : 10] != 8)
        return unsupported(out, "a superblock above version 3, or addresses of other than 64 bits,");
    const size_t base = p[8] == 0 ? 24 : p[8] == 1 ? 28 : 12;
    NST_TRY(bytes_at(out, &p, 0, 112, ""));
    if (nst__u64_at(p + base) != 0) return corrupt(out, "a superblock with base address 0");
    if (nst__u64_at(p + base + 16) > file->size)
        return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: expected %" PRIu64 " bytes, found %" PRIu64 " (a file cut short?)",
                         file->name, nst__u64_at(p + base + 16), file->size);
    *root = nst__u64_at(p + base + (old ? 40 : 24));
out:
    return status;
}
