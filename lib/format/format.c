#include "format/format.h"

#include <string.h>

static const nst__format formats[] = {
    {"safetensors", "safetensors", nst__is_safetensors, nst__read_safetensors},
#ifdef NST__READ_TORCH
    {"torch", "torch zip", nst__is_torch_zip, nst__read_torch_zip},
    {"torch", "torch legacy", nst__is_torch_legacy, nst__read_torch_legacy},
#endif
#ifdef NST__READ_NPY
    {"npy", "npy", nst__is_npy, nst__read_npy},
#endif
#ifdef NST__READ_MAT
    {"mat", "mat", nst__is_mat, nst__read_mat},
#endif
#ifdef NST__READ_HDF5
    {"hdf5", "hdf5", nst__is_hdf5, nst__read_hdf5},
    {"hdf5", "keras zip", nst__is_keras_zip, nst__read_keras_zip},
#endif
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

const char *nst__format_readers(void)
{
    return "safetensors"
#ifdef NST__READ_TORCH
           " torch"
#endif
#ifdef NST__READ_NPY
           " npy"
#endif
#ifdef NST__READ_MAT
           " mat"
#endif
#ifdef NST__READ_HDF5
           " hdf5"
#endif
#ifdef NST__HAVE_ZLIB
           " zlib"
#endif
        ;
}

static nst_status read_head(nst__head *out, const nst__source *source)
{
    out->size = source->size < sizeof out->bytes ? (size_t)source->size : sizeof out->bytes;
    return nst__source_read(source, 0, out->bytes, out->size);
}

nst_status nst__table_read(nst__table *table)
{
    nst__head head;
    const nst_status status = read_head(&head, table->source);
    if (status != NST_OK) return status;
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].probe(&head)) {
            table->format = formats[i].name;
            return formats[i].read(table);
        }
    return nst__foreign(table->source, &head);
}

nst_status nst__table_read_own(nst__table *table, const char *what)
{
    nst__head head;
    const nst_status status = read_head(&head, table->source);
    if (status != NST_OK) return status;
    if (nst__is_safetensors(&head)) return nst__table_read(table);
    return nst__fail(NST_ERR_FORMAT, "%s: expected %s, which is a safetensors file", table->source->name, what);
}
