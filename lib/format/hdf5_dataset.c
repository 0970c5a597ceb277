/*
 * The headers of datasets, HDF5 File Format Specification, version 3.0, sections IV.A.2.b (dataspace), IV.A.2.d (type),
 * IV.A.2.i (layout).
 */
#include "format/hdf5.h"

#include <string.h>

bool nst__hdf5_is_dataset(const nst__hdf5_object *object)
{
    return object->layout && object->space && object->type;
}

/* Records why the numbers cannot be read. It becomes an error only if the tensor is needed. */
static bool fault(nst__tensor *tensor, nst_status status, const char *why)
{
    tensor->fault = why;
    tensor->fault_status = status;
    return false;
}

static bool read_shape(const nst__hdf5_object *o, nst__tensor *tensor)
{
    const unsigned char *p = o->space;
    if (o->space_size < 4 || (p[0] != 1 && p[0] != 2)) return fault(tensor, NST_ERR_CORRUPT, "has no dataspace");
    const size_t head = p[0] == 1 ? 8 : 4;
    const int rank = p[1];
    if (rank > NST__RANK_MAX || head + 8 * (size_t)rank > o->space_size)
        return fault(tensor, NST_ERR_CORRUPT, "has more than 5 dimensions, or fewer than it says");
    tensor->rank = rank;
    for (int i = 0; i < rank; i++)
        tensor->shape[i] = nst__u64_at(p + head + 8 * (size_t)i);
    return true;
}

/* Recognises little-endian IEEE 754 by the positions and widths of exponent and mantissa, and by the bias. */
static void read_type(const nst__hdf5_object *o, nst__tensor *tensor)
{
    static const struct {
        nst__type type;
        unsigned char size, fields[12]; /* bit offset, precision, position and width of exponent and mantissa, bias */
    } known[] = {{NST__F16, 2, {0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0}},
                 {NST__F32, 4, {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}},
                 {NST__F64, 8, {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0}}};
    tensor->type = NST__OTHER;
    if (o->type_size < 20 || (o->type[0] & 15) != 1 || o->type[1] & 0x41) return;
    for (size_t i = 0; i < 3; i++)
        if (nst__u32_at(o->type + 4) == known[i].size && memcmp(o->type + 8, known[i].fields, 12) == 0)
            tensor->type = known[i].type;
}

/* Finds the position of the numbers: contiguous in the file, or in the header itself. Sets CHUNKED if they are in
 * chunks. */
static bool read_layout(const nst__hdf5_object *o, uint64_t room, nst__tensor *tensor, bool *chunked)
{
    const unsigned char *p = o->layout;
    uint64_t count = 1;
    if (o->layout_size < 4 || p[0] < 3 || p[0] > 4)
        return fault(tensor, NST_ERR_UNSUPPORTED, "has a data layout of another version than 3 and 4");
    *chunked = p[1] == 2;
    if (*chunked) return true;
    if (p[1] > 2) return fault(tensor, NST_ERR_UNSUPPORTED, "is a virtual dataset, which is not read here");
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] > room || (tensor->shape[i] && count > room / tensor->shape[i]))
            return fault(tensor, NST_ERR_CORRUPT, "has a shape that the file has no room for");
        count *= tensor->shape[i];
    }
    const uint64_t needed = count * nst__type_size(tensor->type);
    if (p[1] == 0) {
        if (nst__u16_at(p + 2) < needed || needed > o->layout_size - 4)
            return fault(tensor, NST_ERR_CORRUPT, "has fewer numbers in its header than its shape says");
        tensor->at = o->layout_at + 4;
        return true;
    }
    if (o->layout_size < 18 || nst__u64_at(p + 10) < needed)
        return fault(tensor, NST_ERR_CORRUPT, "has fewer numbers than its shape says");
    tensor->at = nst__u64_at(p + 2);
    if (tensor->at > room || needed > room - tensor->at)
        return fault(tensor, NST_ERR_CORRUPT, "lies beyond the end of the file (a file cut short?)");
    return true;
}

nst_status nst__hdf5_dataset(nst__tensor *out, nst__hdf5 *h, const nst__hdf5_object *object)
{
    bool chunked = false;
    *out = (nst__tensor){.type = NST__OTHER};
    if (object->shared) {
        fault(out, NST_ERR_UNSUPPORTED, "has a type that is shared between objects, which is not read here");
        return NST_OK;
    }
    read_type(object, out);
    if (!read_shape(object, out) || out->type == NST__OTHER ||
        !read_layout(object, h->table->source->size, out, &chunked))
        return NST_OK;
    nst__tensor_pack(out);
    return chunked ? nst__hdf5_chunks(out, h, object) : NST_OK;
}
