/*
 * torch.save() since version 1.6: a ZIP archive with the pickle as NAME/data.pkl and each storage as
 * NAME/data/KEY. https://pytorch.org/docs/stable/notes/serialization.html
 */
#include "format/format.h"
#include "format/pickle.h"
#include "format/zip.h"

#include <inttypes.h>
#include <string.h>

bool nst__is_torch_zip(const nst__head *head)
{
    return nst__zip_begins(head, NULL) && !nst__zip_begins(head, "metadata.json") &&
           !nst__zip_begins(head, "config.json");
}

typedef struct archive {
    nst__zip zip;
    nst__table *table;
    const char *prefix; /* "archive/", without a NUL */
    size_t prefix_length;
} archive;

static nst_status locate(void *user, nst__storage *storage)
{
    const archive *a = user;
    const char *file = a->zip.source->name;
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
    if (member.packing != NST__STORED)
        return nst__table_open(a->table, &storage->source, member.at, member.packed, member.size, member.packing);
    storage->at = member.at;
    return NST_OK;
}

/* Checks the member "byteorder", which only newer files have. */
static nst_status check_order(const archive *a)
{
    static const char name[] = "byteorder", little[] = "little";
    char order[sizeof little - 1] = "";
    nst__member member;
    nst_status status = nst__zip_find(&member, &a->zip, a->prefix, a->prefix_length, name, sizeof name - 1);
    if (status != NST_OK || !member.name) return status;
    const nst__source *content;
    status = nst__table_open(a->table, &content, member.at, member.packed, member.size, member.packing);
    if (status == NST_OK && member.size == sizeof order) status = nst__source_read(content, 0, order, sizeof order);
    if (status != NST_OK) return status;
    return memcmp(order, little, sizeof order) == 0
               ? NST_OK
               : nst__fail(NST_ERR_UNSUPPORTED, "%s: expected little-endian numbers", a->zip.source->name);
}

/* Sets the error for an archive that torch.save() did not write. */
static nst_status refuse(const nst__zip *zip)
{
    static const struct {
        const char *member, *found;
    } known[] = {{"constants.pkl", "TorchScript: save torch.jit.load(path).state_dict() instead"},
                 {"arr_0.npy", "NumPy's .npz: safetensors.numpy.save_file() writes arrays in a form that is read"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        nst__member member;
        nst_status status = nst__zip_find(&member, zip, "", 0, known[i].member, strlen(known[i].member));
        if (status == NST_OK && member.name)
            return nst__fail(NST_ERR_FORMAT, "%s: expected a torch checkpoint, found %s", zip->source->name,
                             known[i].found);
    }
    return nst__fail(NST_ERR_FORMAT, "%s: expected a torch checkpoint, found a ZIP archive without data.pkl",
                     zip->source->name);
}

nst_status nst__read_torch_zip(nst__table *out)
{
    static const char object_name[] = "data.pkl", script_name[] = "constants.pkl";
    nst_status status = NST_OK;
    nst__pickle pickle = {0};
    nst__member object, script;
    const nst__source *program;
    archive a = {.table = out};
    const char *file = out->source->name;
    NST_TRY(nst__zip_open(&a.zip, out));
    NST_TRY(nst__zip_find(&object, &a.zip, "", 0, object_name, sizeof object_name - 1));
    NST_TRY(nst__zip_find(&script, &a.zip, "", 0, script_name, sizeof script_name - 1));
    if (!object.name || script.name) return refuse(&a.zip);
    a.prefix = object.name;
    a.prefix_length = object.name_length - (sizeof object_name - 1);
    if (a.prefix_length == 0) return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: expected data.pkl in a folder", file);
    NST_TRY(check_order(&a));
    NST_TRY(nst__table_open(out, &program, object.at, object.packed, object.size, object.packing));
    NST_TRY(nst__pickle_run(&pickle, program, 0, program->size));
    NST_TRY(nst__pickle_tensors(&pickle, out, locate, &a));
out:
    nst__pickle_release(&pickle);
    return status;
}
