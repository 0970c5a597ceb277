/*
 * The stack, the memo, tuples, lists and dicts of a pickle: tables that grow up to a limit. Nothing is released before
 * the end, so an index stays valid.
 */
#include "format/pickle_values.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

/* Full tables take about five megabytes together and hold checkpoints of four thousand tensors. */
enum {
    STACK_MAX = 8192,
    MEMO_MAX = 65536,
    TUPLE_MAX = 98304,
    LINK_MAX = 65536,
    CHAIN_MAX = 16384,
    STORAGE_MAX = 4608,
    VIEW_MAX = 4096
};

nst_status nst__pickle_corrupt(const nst__pickle *p, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: pickle: expected %s at byte %" PRIu64, p->source->name, expected,
                     p->at - p->start);
}

nst_status nst__pickle_grow(const nst__pickle *p, void *array, size_t *capacity, size_t count, size_t size, size_t most)
{
    void *old, *block;
    if (count < *capacity) return NST_OK;
    if (count >= most)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: more values than a state dict of this kind has",
                         p->source->name);
    size_t wanted = *capacity ? 2 * *capacity : 64;
    wanted = wanted > most ? most : wanted;
    memcpy(&old, array, sizeof old);
    block = nst__resize(old, wanted, size);
    if (!block) return NST_ERR_OUT_OF_MEMORY;
    memcpy(array, &block, sizeof block);
    *capacity = wanted;
    return NST_OK;
}

nst_status nst__pickle_push(nst__pickle *p, nst__value value)
{
    nst_status status = nst__pickle_grow(p, &p->stack, &p->stack_size, p->stacked, sizeof *p->stack, STACK_MAX);
    if (status == NST_OK) p->stack[p->stacked++] = value;
    return status;
}

nst_status nst__pickle_pop(nst__pickle *p, nst__value *out)
{
    if (p->stacked == 0 || p->stack[p->stacked - 1].kind == NST__PY_MARK)
        return nst__pickle_corrupt(p, "a value on the stack");
    *out = p->stack[--p->stacked];
    return NST_OK;
}

size_t nst__pickle_marked(const nst__pickle *p)
{
    for (size_t i = p->stacked; i-- > 0;)
        if (p->stack[i].kind == NST__PY_MARK) return i + 1;
    return 0;
}

/* ---- Tuples, lists, dicts ---- */

nst_status nst__pickle_tuple(nst__pickle *p, size_t start, size_t below)
{
    nst__value tuple = {.number = (int64_t)p->tuples, .count = (uint32_t)(p->stacked - start), .kind = NST__PY_TUPLE};
    for (size_t i = start; i < p->stacked; i++) {
        nst_status status = nst__pickle_grow(p, &p->tuple, &p->tuple_size, p->tuples, sizeof *p->tuple, TUPLE_MAX);
        if (status != NST_OK) return status;
        if (p->stack[i].kind == NST__PY_MARK) return nst__pickle_corrupt(p, "values for a tuple");
        p->tuple[p->tuples++] = p->stack[i];
    }
    p->stacked = below;
    return nst__pickle_push(p, tuple);
}

nst_status nst__pickle_chain(nst__pickle *p, nst__kind kind)
{
    nst_status status = nst__pickle_grow(p, &p->chain, &p->chain_size, p->chains, sizeof *p->chain, CHAIN_MAX);
    if (status != NST_OK) return status;
    p->chain[p->chains] = (struct nst__chain){0, 0};
    return nst__pickle_push(p, (nst__value){.count = (uint32_t)p->chains++, .kind = kind});
}

nst_status nst__pickle_append(nst__pickle *p, const nst__value *list, nst__value value)
{
    nst_status status = NST_OK;
    struct nst__chain *chain = &p->chain[list->count];
    NST_TRY(nst__pickle_grow(p, &p->link, &p->link_size, p->links + 1, sizeof *p->link, LINK_MAX));
    if (p->links == 0) p->link[p->links++] = (struct nst__link){.next = 0}; /* link 0 ends every chain and holds None */
    p->link[p->links] = (struct nst__link){value, 0};
    if (chain->last)
        p->link[chain->last].next = (uint32_t)p->links;
    else
        chain->first = (uint32_t)p->links;
    chain->last = (uint32_t)p->links++;
out:
    return status;
}

/* Lists drop their numbers: they are not used, and a list of training losses may have hundreds of thousands. */
static bool is_kept(const nst__value *value, nst__kind container)
{
    return container == NST__PY_DICT || (value->kind != NST__PY_NONE && value->kind != NST__PY_BOOL &&
                                         value->kind != NST__PY_INT && value->kind != NST__PY_OTHER);
}

nst_status nst__pickle_extend(nst__pickle *p, size_t start, size_t below, nst__kind kind)
{
    nst_status status = NST_OK;
    const nst__kind found = below ? p->stack[below - 1].kind : NST__PY_MARK;
    if (found != kind && found != NST__PY_OTHER) /* an opaque value may be a subclass of dict or list */
        return nst__pickle_corrupt(p, kind == NST__PY_DICT ? "a dict on the stack" : "a list on the stack");
    if (kind == NST__PY_DICT && (p->stacked - start) % 2) return nst__pickle_corrupt(p, "a value for each key");
    for (size_t i = start; i < p->stacked && found == kind; i++)
        if (is_kept(&p->stack[i], kind)) NST_TRY(nst__pickle_append(p, &p->stack[below - 1], p->stack[i]));
    p->stacked = below;
out:
    return status;
}

bool nst__text_is(const nst__value *value, const char *text)
{
    return value->kind == NST__PY_TEXT && value->count == strlen(text) && memcmp(value->text, text, value->count) == 0;
}

const nst__value *nst__pickle_get(const nst__pickle *pickle, const nst__value *dict, const char *key)
{
    if (dict->kind != NST__PY_DICT) return NULL;
    for (uint32_t i = pickle->chain[dict->count].first; i; i = pickle->link[pickle->link[i].next].next)
        if (nst__text_is(&pickle->link[i].value, key)) return &pickle->link[pickle->link[i].next].value;
    return NULL;
}

/* ---- Arguments, records ---- */

const nst__value *nst__pickle_argument(const nst__pickle *p, const nst__value *tuple, uint32_t index, nst__kind kind)
{
    if (index >= tuple->count || p->tuple[tuple->number + index].kind != kind) return NULL;
    return &p->tuple[tuple->number + index];
}

bool nst__pickle_sizes(const nst__pickle *p, const nst__value *tuple, uint64_t *out)
{
    for (uint32_t i = 0; i < tuple->count; i++) {
        const nst__value *size = nst__pickle_argument(p, tuple, i, NST__PY_INT);
        if (!size || size->number < 0) return false;
        if (i < NST__RANK_MAX) out[i] = (uint64_t)size->number;
    }
    return true;
}

nst_status nst__pickle_add_storage(nst__pickle *p, const nst__storage *storage, uint32_t *index)
{
    nst_status status = nst__pickle_grow(p, &p->storage, &p->storage_size, p->storages, sizeof *storage, STORAGE_MAX);
    if (status != NST_OK) return status;
    *index = (uint32_t)p->storages;
    p->storage[p->storages++] = *storage;
    return NST_OK;
}

nst_status nst__pickle_add_view(nst__pickle *p, const nst__view *view, uint32_t *index)
{
    nst_status status = nst__pickle_grow(p, &p->view, &p->view_size, p->views, sizeof *view, VIEW_MAX);
    if (status != NST_OK) return status;
    *index = (uint32_t)p->views;
    p->view[p->views++] = *view;
    return NST_OK;
}

/* ---- The memo ---- */

nst_status nst__pickle_keep(nst__pickle *p, uint64_t index)
{
    if (p->stacked == 0 || p->stack[p->stacked - 1].kind == NST__PY_MARK)
        return nst__pickle_corrupt(p, "a value on the stack");
    if (index >= MEMO_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: more than %d values to remember", p->source->name, MEMO_MAX);
    while (p->memoized <= index) {
        nst_status status = nst__pickle_grow(p, &p->memo, &p->memo_size, p->memoized, sizeof *p->memo, MEMO_MAX);
        if (status != NST_OK) return status;
        p->memo[p->memoized++] = (nst__value){.kind = NST__PY_MARK}; /* empty */
    }
    p->memo[index] = p->stack[p->stacked - 1];
    return NST_OK;
}

void nst__pickle_release(nst__pickle *p)
{
    nst__free(p->stack);
    nst__free(p->memo);
    nst__free(p->tuple);
    nst__free(p->link);
    nst__free(p->chain);
    nst__free(p->storage);
    nst__free(p->view);
    nst__free(p->piece);
    nst__arena_release(&p->arena);
    *p = (nst__pickle){0};
}
