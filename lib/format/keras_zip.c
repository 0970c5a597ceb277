/*
 * Keras 3's .keras: a ZIP archive with metadata.json, config.json and model.weights.h5, an HDF5 file.
 */
#include "format/format.h"
#include "format/zip.h"

#include <string.h>

bool nst__is_keras_zip(const nst__head *head)
{
    return nst__zip_begins(head, "metadata.json") || nst__zip_begins(head, "config.json");
}

nst_status nst__read_keras_zip(nst__table *out)
{
    static const char name[] = "model.weights.h5";
    nst_status status = NST_OK;
    nst__zip zip;
    nst__member member;
    const nst__source *weights;
    NST_TRY(nst__zip_open(&zip, out));
    NST_TRY(nst__zip_find(&member, &zip, "", 0, name, sizeof name - 1));
    if (!member.name) return nst__fail(NST_ERR_FORMAT, "%s: expected a Keras archive with %s", out->source->name, name);
    if (member.packing != NST__STORED) /* HDF5 reads back and forth: each step back would unpack anew */
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected it to be stored: unzip it and name the file",
                         out->source->name, name);
    NST_TRY(nst__table_open(out, &weights, member.at, member.packed, member.size, member.packing));
    out->source = weights;
    NST_TRY(nst__read_hdf5(out));
out:
    return status;
}
