/*
 * torch.save() before version 1.6: five pickles (a magic number, the version 1001, facts about the machine, the object,
 * the keys of the storages), then the storages in the order of their keys, each a count of 8 bytes and its numbers.
 * https://github.com/pytorch/pytorch, torch/serialization.py, _legacy_save()
 */
#include "format/format.h"
#include "format/pickle.h"

#include <inttypes.h>
#include <string.h>

static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

bool nst__is_torch_legacy(const nst__head *head)
{
    if (head->size < sizeof magic + 4 || head->bytes[0] != 0x80) return false;
    for (size_t i = 0; i < 24 && i + sizeof magic <= head->size; i++)
        if (memcmp(head->bytes + i, magic, sizeof magic) == 0) return true;
    return false;
}

typedef struct legacy {
    const nst__source *file;
    uint64_t at; /* position of the next byte to read */
} legacy;

static nst_status run_next(legacy *l, nst__pickle *pickle)
{
    nst_status status = nst__pickle_run(pickle, l->file, l->at, l->file->size - l->at);
    if (status == NST_OK) l->at = pickle->at;
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

/* Reads the header of the storage at l->at, whose key is KEY. Several records may share a storage: tensors, and views
 * of a part each. */
static nst_status find_storage(legacy *l, nst__pickle *object, const nst__value *key)
{
    const char *name = l->file->name;
    unsigned char size[8];
    const nst__storage *known = NULL;
    if (l->file->size - l->at < sizeof size)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected a storage at byte %" PRIu64 ", found the end of the file", name,
                         l->at);
    nst_status status = nst__source_read(l->file, l->at, size, sizeof size);
    if (status != NST_OK) return status;
    const uint64_t left = l->file->size - l->at - sizeof size, count = nst__u64_at(size);
    for (size_t i = 0; i < object->storages; i++) {
        nst__storage *storage = &object->storage[i];
        if (!same_text(&storage->key, key)) continue;
        if (storage->count != count || (known && known->element != storage->element))
            return nst__fail(NST_ERR_CORRUPT,
                             "%s: expected a storage of %" PRIu64 " numbers at byte %" PRIu64 ", found one of %" PRIu64,
                             name, storage->count, l->at, count);
        storage->at = l->at + sizeof size;
        storage->found = true;
        known = storage;
    }
    if (!known) return nst__fail(NST_ERR_CORRUPT, "%s: a storage at byte %" PRIu64 " that no tensor uses", name, l->at);
    if (count > left / known->element)
        return nst__fail(NST_ERR_CORRUPT,
                         "%s: expected %" PRIu64 " numbers of %u bytes at byte %" PRIu64 ", found the end of the file",
                         name, count, known->element, l->at + sizeof size);
    l->at += sizeof size + count * known->element;
    return NST_OK;
}

/* Called for storages that are missing from the list. */
static nst_status locate(void *user, nst__storage *storage)
{
    (void)storage;
    return nst__fail(NST_ERR_CORRUPT, "%s: a tensor's storage is not in the list of storages", (const char *)user);
}

nst_status nst__read_torch_legacy(nst__table *out)
{
    nst_status status = NST_OK;
    nst__pickle object = {0}, keys = {0};
    legacy l = {.file = out->source};
    const char *file = out->source->name;
    NST_TRY(check_head(&l, &keys));
    NST_TRY(run_next(&l, &object));
    NST_TRY(run_next(&l, &keys));
    if (keys.root.kind != NST__PY_LIST) NST_TRY(nst__fail(NST_ERR_CORRUPT, "%s: expected the list of storages", file));
    size_t count = 0;
    for (uint32_t k = keys.chain[keys.root.count].first; k; k = keys.link[k].next) {
        if (count++ == object.storages) NST_TRY(nst__fail(NST_ERR_CORRUPT, "%s: more storages than tensors", file));
        NST_TRY(find_storage(&l, &object, &keys.link[k].value));
    }
    NST_TRY(nst__pickle_tensors(&object, out, locate, (void *)(uintptr_t)file));
out:
    nst__pickle_release(&object);
    nst__pickle_release(&keys);
    return status;
}
