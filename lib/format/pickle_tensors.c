/*
 * Collects the tensors of a pickle from all its dicts, lists and tuples, and names each by its path.
 */
#include "format/pickle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 8, VISITS_MAX = 1 << 18 };

typedef struct walk {
    nst__pickle *pickle;
    nst__table *out;
    nst__storage_fn locate;
    void *user;
    size_t visits; /* values visited; limited, since one dict may be referenced in a thousand places */
    char path[NST__TENSOR_NAME_MAX + 1];
} walk;

/* True if the whole view lies in its storage and has no more elements. A view with strides of zero, such as from
 * torch's expand(), could describe more numbers than memory can hold. */
static bool fits(const nst__view *view, const nst__storage *storage)
{
    uint64_t last = view->first, elements = 1;
    if (last > storage->size) return false;
    for (int i = 0; i < view->rank; i++) {
        if (view->shape[i] == 0) return true; /* empty: no layer uses it */
        if (elements > storage->size / view->shape[i]) return false;
        elements *= view->shape[i];
        const uint64_t steps = view->shape[i] - 1;
        if (steps > 0 && view->stride[i] > (storage->size - last) / steps) return false;
        last += steps * view->stride[i];
        if (last >= storage->size) return false;
    }
    return last < storage->size;
}

/* Copies a few numbers into a source that lives as long as the table. */
static const nst__source *keep_few(nst__table *out, const nst__storage *storage)
{
    const size_t size = (size_t)storage->count * storage->element;
    nst__source *source = nst__arena_alloc(&out->arena, sizeof *source);
    const char *copy = source ? nst__arena_text(&out->arena, storage->few, size) : NULL;
    if (!copy) return NULL;
    *source = (nst__source){.name = out->source->name, .bytes = (const unsigned char *)copy, .size = size};
    return source;
}

static nst_status add_tensor(walk *w, size_t length, const nst__view *view)
{
    nst_status status = NST_OK;
    nst__storage *storage = &w->pickle->storage[view->storage];
    nst__tensor tensor = {.type = storage->type, .rank = view->rank, .fault = view->fault};
    memcpy(tensor.shape, view->shape, sizeof tensor.shape);
    memcpy(tensor.stride, view->stride, sizeof tensor.stride);
    tensor.fault_status = NST_ERR_UNSUPPORTED;
    if (!tensor.fault && !fits(view, storage)) {
        tensor.fault = "reaches beyond its storage";
        tensor.fault_status = NST_ERR_CORRUPT;
    }
    if (!storage->found) NST_TRY(w->locate(w->user, storage));
    storage->found = true;
    tensor.source = storage->source;
    if (storage->few && !(tensor.source = keep_few(w->out, storage))) return w->out->arena.status;
    tensor.at = storage->at + (storage->first + view->first) * storage->element;
    NST_TRY(nst__table_add(w->out, w->path, length, &tensor));
out:
    return status;
}

/* Adds an opaque value with a fault, which becomes an error only if the tensor is needed. */
static nst_status add_opaque(walk *w, size_t length, const char *maker)
{
    char text[300];
    const int size = snprintf(text, sizeof text, "is no tensor but what %.200s makes, which is not run", maker);
    const nst__tensor tensor = {.type = NST__OTHER,
                                .fault = nst__arena_text(&w->out->arena, text, (size_t)size),
                                .fault_status = NST_ERR_UNSUPPORTED};
    return tensor.fault ? nst__table_add(w->out, w->path, length, &tensor) : w->out->arena.status;
}

/* Appends PART to the path of LENGTH bytes, cut to the room that is left. Returns the new length. */
static size_t append(walk *w, size_t length, const char *part, size_t size)
{
    const size_t room = NST__TENSOR_NAME_MAX - length;
    size = size < room ? size : room;
    memcpy(w->path + length, part, size);
    w->path[length + size] = '\0';
    return length + size;
}

/* Visits VALUE, whose path has LENGTH bytes. */
static nst_status visit(walk *w, const nst__value *value, size_t length, int depth)
{
    nst_status status = NST_OK;
    const nst__pickle *p = w->pickle;
    if (w->visits++ == VISITS_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: more values than a checkpoint of this kind has",
                         p->source->name);
    const uint32_t objects = value->kind == NST__PY_TENSOR ? p->view[value->count].objects : 0;
    if (value->kind == NST__PY_TENSOR && !objects) return add_tensor(w, length, &p->view[value->count]);
    if (value->kind == NST__PY_OTHER && value->text) return add_opaque(w, length, value->text);
    if (depth == DEPTH_MAX) return NST_OK;
    const size_t start = length > 0 ? append(w, length, ".", 1) : 0;
    const bool dict = value->kind == NST__PY_DICT, list = value->kind == NST__PY_LIST || objects;
    const uint32_t chain = objects ? objects - 1 : value->count;
    uint32_t count = 0;
    for (uint32_t i = dict || list ? p->chain[chain].first : 0; i; i = p->link[i].next) {
        char number[16];
        const nst__value *key = &p->link[i].value, *item = key;
        if (dict) {
            i = p->link[i].next;
            item = &p->link[i].value;
            if (key->kind != NST__PY_TEXT) continue;
        }
        snprintf(number, sizeof number, "%u", count++);
        const char *part = dict ? key->text : number;
        NST_TRY(visit(w, item, append(w, start, part, dict ? key->count : strlen(part)), depth + 1));
    }
    for (uint32_t i = 0; value->kind == NST__PY_TUPLE && i < value->count; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i);
        NST_TRY(visit(w, &p->tuple[value->number + i], append(w, start, number, strlen(number)), depth + 1));
    }
out:
    return status;
}

nst_status nst__pickle_tensors(nst__pickle *p, nst__table *out, nst__storage_fn locate, void *user)
{
    walk w = {.pickle = p, .out = out, .locate = locate, .user = user};
    const nst__kind kind = p->root.kind;
    if (kind == NST__PY_OTHER && p->root.text)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "%s: pickle: expected a state dict, found a whole object that %.200s makes, which is not run: "
                         "save model.state_dict() instead",
                         p->source->name, p->root.text);
    if (kind != NST__PY_DICT && kind != NST__PY_LIST && kind != NST__PY_TUPLE && kind != NST__PY_TENSOR)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: expected a state dict", p->source->name);
    return visit(&w, &p->root, 0, 0);
}
