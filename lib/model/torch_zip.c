/*
 * torch.save() since version 1.6: a ZIP archive with the pickle as NAME/data.pkl and each storage as
 * NAME/data/KEY, all stored. https://pytorch.org/docs/stable/notes/serialization.html
 */
#include "model/pickle.h"
#include "model/readers.h"
#include "model/zip.h"

#include <inttypes.h>
#include <string.h>

bool nst__is_torch_zip(const nst__bytes *file)
{
    return file->size >= 4 && memcmp(file->data, "PK\3\4", 4) == 0;
}

typedef struct archive {
    nst__zip zip;
    const char *prefix; /* "archive/", without a NUL */
    size_t prefix_length;
} archive;

static nst_status locate(void *user, const nst__storage *storage, const unsigned char **data)
{
    const archive *a = user;
    const char *file = a->zip.file->name;
    char name[sizeof "data/" + NST__STORAGE_KEY_MAX] = "data/";
    nst__member member;
    const size_t length = strlen(name);
    memcpy(name + length, storage->key.text, storage->key.count);
    nst_status status = nst__zip_find(&member, &a->zip, a->prefix, a->prefix_length, name, length + storage->key.count);
    if (status != NST_OK) return status;
    if (!member.name)
        return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: expected a member %.*s", file, (int)(length + storage->key.count),
                         name);
    if (storage->count > member.size / storage->element)
        return nst__fail(NST_ERR_CORRUPT, "%s: %.*s: expected %" PRIu64 " numbers of %u bytes, found %" PRIu64 " bytes",
                         file, (int)(length + storage->key.count), name, storage->count, storage->element, member.size);
    *data = member.data;
    return NST_OK;
}

nst_status nst__read_torch_zip(nst__weights *out)
{
    static const char object_name[] = "data.pkl", order_name[] = "byteorder";
    nst_status status = NST_OK;
    nst__pickle pickle = {0};
    nst__member object, order;
    archive a;
    out->format = "torch zip";
    NST_TRY(nst__zip_open(&a.zip, &out->file));
    NST_TRY(nst__zip_find(&object, &a.zip, "", 0, object_name, sizeof object_name - 1));
    if (!object.name)
        return nst__fail(NST_ERR_FORMAT, "%s: expected a torch checkpoint, found a ZIP archive without data.pkl",
                         out->file.name);
    a.prefix = object.name;
    a.prefix_length = object.name_length - (sizeof object_name - 1);
    if (a.prefix_length == 0)
        return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: expected data.pkl in a folder", out->file.name);
    NST_TRY(nst__zip_find(&order, &a.zip, a.prefix, a.prefix_length, order_name, sizeof order_name - 1));
    if (order.name && !(order.size == 6 && memcmp(order.data, "little", 6) == 0))
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected little-endian numbers", out->file.name);
    NST_TRY(nst__pickle_run(&pickle, out->file.name, object.data, (size_t)object.size));
    NST_TRY(nst__pickle_tensors(&pickle, out, locate, &a));
out:
    nst__pickle_release(&pickle);
    return status;
}
