/*
 * torch.save() before version 1.6: five pickles (a magic number, the version 1001, facts of the machine, the
 * object, the keys of the storages) and then the storages in the order of their keys, each a count of 8 bytes
 * and the numbers. https://github.com/pytorch/pytorch, torch/serialization.py, _legacy_save()
 */
#include "model/pickle.h"
#include "model/readers.h"

#include <inttypes.h>
#include <string.h>

static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

bool nst__is_torch_legacy(const nst__bytes *file)
{
    if (file->size < sizeof magic + 4 || file->data[0] != 0x80) return false;
    for (size_t i = 0; i < 24 && i + sizeof magic <= file->size; i++)
        if (memcmp(file->data + i, magic, sizeof magic) == 0) return true;
    return false;
}

typedef struct legacy {
    const nst__bytes *file;
    size_t at; /* end of what is read */
} legacy;

static nst_status run_next(legacy *l, nst__pickle *pickle)
{
    nst_status status = nst__pickle_run(pickle, l->file->name, l->file->data + l->at, l->file->size - l->at);
    l->at = status == NST_OK ? (size_t)(pickle->p - l->file->data) : l->at;
    return status;
}

static nst_status check_head(legacy *l, nst__pickle *pickle)
{
    nst_status status = NST_OK;
    NST_TRY(run_next(l, pickle)); /* the magic number */
    NST_TRY(run_next(l, pickle));
    if (pickle->root.kind != NST__PY_INT || pickle->root.number != 1001)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected version 1001 of torch's legacy format", l->file->name);
    NST_TRY(run_next(l, pickle));
    const nst__value *little = nst__pickle_get(pickle, &pickle->root, "little_endian");
    if (!little || little->kind != NST__PY_BOOL || !little->number)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected little-endian numbers", l->file->name);
out:
    return status;
}

static bool same_text(const nst__value *a, const nst__value *b)
{
    return a->kind == NST__PY_TEXT && b->kind == NST__PY_TEXT && a->count == b->count &&
           memcmp(a->text, b->text, a->count) == 0;
}

/* The storages follow in the order of KEYS. Several records may share one: tensors, and views with a part
 * each. */
static nst_status find_storages(legacy *l, nst__pickle *object, const nst__pickle *keys)
{
    const char *name = l->file->name;
    for (uint32_t k = keys->chain[keys->root.count].first; k; k = keys->link[k].next) {
        const uint64_t left = l->file->size - l->at, count = left < 8 ? 0 : nst__u64_at(l->file->data + l->at);
        const nst__storage *known = NULL;
        if (left < 8)
            return nst__fail(NST_ERR_CORRUPT, "%s: expected a storage at byte %zu, found the end of the file", name,
                             l->at);
        for (size_t i = 0; i < object->storages; i++) {
            nst__storage *storage = &object->storage[i];
            if (!same_text(&storage->key, &keys->link[k].value)) continue;
            if (storage->count != count || (known && known->element != storage->element))
                return nst__fail(NST_ERR_CORRUPT,
                                 "%s: expected a storage of %" PRIu64 " numbers at byte %zu, found one of %" PRIu64,
                                 name, storage->count, l->at, count);
            storage->data = l->file->data + l->at + 8;
            known = storage;
        }
        if (!known) return nst__fail(NST_ERR_CORRUPT, "%s: a storage at byte %zu that no tensor uses", name, l->at);
        if (count > (left - 8) / known->element)
            return nst__fail(NST_ERR_CORRUPT,
                             "%s: expected %" PRIu64 " numbers of %u bytes at byte %zu, found the end of the file",
                             name, count, known->element, l->at + 8);
        l->at += (size_t)(8 + count * known->element);
    }
    return NST_OK;
}

static nst_status locate(void *user, const nst__storage *storage, const unsigned char **data)
{
    *data = storage->data;
    if (!*data)
        return nst__fail(NST_ERR_CORRUPT, "%s: a tensor's storage is not in the list of storages", (const char *)user);
    return NST_OK;
}

nst_status nst__read_torch_legacy(nst__weights *out)
{
    nst_status status = NST_OK;
    nst__pickle object = {0}, keys = {0};
    legacy l = {.file = &out->file};
    out->format = "torch legacy";
    NST_TRY(check_head(&l, &keys));
    NST_TRY(run_next(&l, &object));
    NST_TRY(run_next(&l, &keys));
    if (keys.root.kind != NST__PY_LIST)
        NST_TRY(nst__fail(NST_ERR_CORRUPT, "%s: expected the list of storages", out->file.name));
    NST_TRY(find_storages(&l, &object, &keys));
    NST_TRY(nst__pickle_tensors(&object, out, locate, (void *)(uintptr_t)out->file.name));
out:
    nst__pickle_release(&object);
    nst__pickle_release(&keys);
    return status;
}
