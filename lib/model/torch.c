/*
 * The state dict in a torch checkpoint: which of the pickle's dicts it is, and its tensors.
 */
#include "model/pickle.h"

#include <inttypes.h>
#include <string.h>

/* The first element's place, if the whole window lies in its storage and is no larger: a window of zero
 * strides, as torch's expand() makes it, could name more numbers than there is memory for. */
static bool fits(const nst__window *window, const nst__storage *storage)
{
    uint64_t last = window->first, elements = 1;
    if (last > storage->size) return false;
    for (int i = 0; i < window->rank; i++) {
        if (window->shape[i] == 0) return true; /* an empty one, which no layer takes */
        if (elements > storage->size / window->shape[i]) return false;
        elements *= window->shape[i];
        const uint64_t steps = window->shape[i] - 1;
        if (steps > 0 && window->stride[i] > (storage->size - last) / steps) return false;
        last += steps * window->stride[i];
        if (last >= storage->size) return false;
    }
    return last < storage->size;
}

static nst_status add_tensor(const nst__pickle *p, nst__weights *out, const nst__value *key, const nst__window *window,
                             nst__storage_fn locate, void *user)
{
    nst_status status = NST_OK;
    const nst__storage *storage = &p->storage[window->storage];
    nst__tensor tensor = {.type = storage->type, .rank = window->rank};
    nst__vgg_key parsed;
    if (!nst__vgg_parse_key(&parsed, key->text, key->count)) return NST_OK; /* and its storage is never looked for */
    memcpy(tensor.name, key->text, key->count < sizeof tensor.name ? key->count : sizeof tensor.name - 1);
    memcpy(tensor.shape, window->shape, sizeof tensor.shape);
    memcpy(tensor.stride, window->stride, sizeof tensor.stride);
    if (!fits(window, storage))
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: reaches beyond its storage of %" PRIu64 " numbers", p->file,
                         tensor.name, storage->size);
    NST_TRY(locate(user, storage, &tensor.data));
    tensor.data += (storage->first + window->first) * storage->element;
    NST_TRY(nst__weights_add(out, key->text, key->count, &tensor));
out:
    return status;
}

/* The dict that has tensors of a VGG, at the top or behind the names that training programs use. */
static const nst__value *find_state(const nst__pickle *p, const nst__value *dict, int depth)
{
    static const char *const wrapper[] = {"state_dict", "model", "model_state_dict", "module", "net"};
    nst__vgg_key parsed;
    if (!dict || dict->kind != NST__PY_DICT) return NULL;
    for (uint32_t i = p->chain[dict->count].first; i; i = p->link[p->link[i].next].next) {
        const nst__value *key = &p->link[i].value, *value = &p->link[p->link[i].next].value;
        if (key->kind == NST__PY_TEXT && value->kind == NST__PY_TENSOR &&
            nst__vgg_parse_key(&parsed, key->text, key->count))
            return dict;
    }
    for (size_t i = 0; depth > 0 && i < sizeof wrapper / sizeof wrapper[0]; i++) {
        const nst__value *found = find_state(p, nst__pickle_get(p, dict, wrapper[i]), depth - 1);
        if (found) return found;
    }
    return NULL;
}

nst_status nst__pickle_tensors(const nst__pickle *p, nst__weights *out, nst__storage_fn locate, void *user)
{
    nst_status status = NST_OK;
    if (p->root.kind != NST__PY_DICT)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: expected a state dict", p->file);
    const nst__value *dict = find_state(p, &p->root, 2);
    if (!dict) return NST_OK; /* no tensor of a VGG: nst__weights_build() says so */
    for (uint32_t i = p->chain[dict->count].first; i; i = p->link[p->link[i].next].next) {
        const nst__value *key = &p->link[i].value, *value = &p->link[p->link[i].next].value;
        if (key->kind == NST__PY_TEXT && value->kind == NST__PY_TENSOR)
            NST_TRY(add_tensor(p, out, key, &p->window[value->count], locate, user));
    }
out:
    return status;
}
