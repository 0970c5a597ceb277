/*
 * The functions of a pickle that are known here, and their results: dicts, storages, tensors. torch._utils is in
 * https://github.com/pytorch/pytorch, torch/_utils.py. The result of any other function is opaque.
 */
#include "format/pickle_calls.h"
#include "format/pickle_numpy.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN UINT32_MAX /* a global that is not in the table */

enum { ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER, STORAGE, NUMPY_ARRAY, NUMPY_CLASS, NUMPY_DTYPE };

static const struct {
    const char *module, *name;
    int what;
    nst__type type;
    unsigned element;
} globals[] = {{"collections", "OrderedDict", ORDERED_DICT, NST__OTHER, 0},
               {"torch._utils", "_rebuild_tensor_v2", REBUILD_TENSOR, NST__OTHER, 0},
               {"torch._utils", "_rebuild_tensor", REBUILD_TENSOR, NST__OTHER, 0},
               {"torch._utils", "_rebuild_parameter", REBUILD_PARAMETER, NST__OTHER, 0},
               {"numpy.core.multiarray", "_reconstruct", NUMPY_ARRAY, NST__OTHER, 0},
               {"numpy._core.multiarray", "_reconstruct", NUMPY_ARRAY, NST__OTHER, 0},
               {"numpy", "ndarray", NUMPY_CLASS, NST__OTHER, 0},
               {"numpy", "dtype", NUMPY_DTYPE, NST__OTHER, 0},
               {"torch", "FloatStorage", STORAGE, NST__F32, 4},
               {"torch", "HalfStorage", STORAGE, NST__F16, 2},
               {"torch", "BFloat16Storage", STORAGE, NST__BF16, 2},
               {"torch", "DoubleStorage", STORAGE, NST__F64, 8},
               {"torch", "LongStorage", STORAGE, NST__OTHER, 8},
               {"torch", "IntStorage", STORAGE, NST__OTHER, 4},
               {"torch", "ShortStorage", STORAGE, NST__OTHER, 2},
               {"torch", "CharStorage", STORAGE, NST__OTHER, 1},
               {"torch", "ByteStorage", STORAGE, NST__OTHER, 1},
               {"torch", "BoolStorage", STORAGE, NST__OTHER, 1},
               {"torch", "QUInt8Storage", STORAGE, NST__OTHER, 1},
               {"torch", "QInt8Storage", STORAGE, NST__OTHER, 1},
               {"torch", "QInt32Storage", STORAGE, NST__OTHER, 4},
               {"torch", "ComplexFloatStorage", STORAGE, NST__OTHER, 8},
               {"torch", "ComplexDoubleStorage", STORAGE, NST__OTHER, 16},
               {"torch.cuda", "FloatStorage", STORAGE, NST__F32, 4},
               {"torch.cuda", "HalfStorage", STORAGE, NST__F16, 2},
               {"torch.cuda", "DoubleStorage", STORAGE, NST__F64, 8},
               {"torch.cuda", "LongStorage", STORAGE, NST__OTHER, 8}};

nst_status nst__pickle_name(nst__pickle *p, const nst__value *module, const nst__value *name)
{
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        if (nst__text_is(module, globals[i].module) && nst__text_is(name, globals[i].name))
            return nst__pickle_push(p, (nst__value){.count = (uint32_t)i, .kind = NST__PY_GLOBAL});
    char text[2 * 100 + 2];
    const int length = snprintf(text, sizeof text, "%.100s.%.100s", module->text, name->text);
    const char *kept = nst__arena_text(&p->arena, text, (size_t)length);
    return kept ? nst__pickle_push(p, (nst__value){.text = kept, .count = UNKNOWN, .kind = NST__PY_GLOBAL})
                : p->arena.status;
}

static bool is_known(const nst__value *global, int what)
{
    return global->count != UNKNOWN && globals[global->count].what == what;
}

nst_status nst__pickle_make_opaque(nst__pickle *p, size_t start)
{
    const nst__value class = p->stack[start];
    const bool named = class.kind == NST__PY_OTHER || (class.kind == NST__PY_GLOBAL && class.count == UNKNOWN);
    const char *known = class.kind == NST__PY_GLOBAL && !named ? globals[class.count].name : "an object";
    p->stacked = start;
    return nst__pickle_push(p, (nst__value){.text = named ? class.text : known, .kind = NST__PY_OTHER});
}

/* A storage is ('storage', type, key, device, count); old files add a view: (key, first, count) or None. */
nst_status nst__pickle_storage(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value id;
    NST_TRY(nst__pickle_pop(p, &id));
    if (id.kind != NST__PY_TUPLE) return nst__pickle_corrupt(p, "a storage");
    const nst__value *word = nst__pickle_argument(p, &id, 0, NST__PY_TEXT),
                     *type = nst__pickle_argument(p, &id, 1, NST__PY_GLOBAL);
    const nst__value *key = nst__pickle_argument(p, &id, 2, NST__PY_TEXT),
                     *count = nst__pickle_argument(p, &id, 4, NST__PY_INT);
    const nst__value *view = nst__pickle_argument(p, &id, 5, NST__PY_TUPLE);
    if (word && nst__text_is(word, "module") && type && type->count == UNKNOWN) /* a class with its source code */
        return nst__pickle_push(p, *type);
    if (word && nst__text_is(word, "storage") && type && type->count == UNKNOWN)
        return nst__pickle_push(p, (nst__value){.text = type->text, .kind = NST__PY_OTHER});
    if (!word || !nst__text_is(word, "storage") || !type || !is_known(type, STORAGE) || !key ||
        key->count > NST__STORAGE_KEY_MAX || !count || count->number < 0)
        return nst__pickle_corrupt(p, "a storage of numbers");
    nst__storage storage = {.key = *key,
                            .type = globals[type->count].type,
                            .element = globals[type->count].element,
                            .count = (uint64_t)count->number,
                            .size = (uint64_t)count->number};
    if (view) {
        const nst__value *first = nst__pickle_argument(p, view, 1, NST__PY_INT),
                         *size = nst__pickle_argument(p, view, 2, NST__PY_INT);
        if (!first || !size || first->number < 0 || size->number < 0 || first->number > count->number ||
            size->number > count->number - first->number)
            return nst__pickle_corrupt(p, "a view that lies in its storage");
        storage.first = (uint64_t)first->number;
        storage.size = (uint64_t)size->number;
    }
    uint32_t index;
    NST_TRY(nst__pickle_add_storage(p, &storage, &index));
    NST_TRY(nst__pickle_push(p, (nst__value){.count = index, .kind = NST__PY_STORAGE}));
out:
    return status;
}

/* The arguments are (storage, first, shape, stride, requires_grad, hooks, metadata). */
static nst_status rebuild_tensor(nst__pickle *p, const nst__value *tuple)
{
    nst_status status = NST_OK;
    nst__view view = {.rank = 0};
    const nst__value *storage = nst__pickle_argument(p, tuple, 0, NST__PY_STORAGE),
                     *first = nst__pickle_argument(p, tuple, 1, NST__PY_INT);
    const nst__value *shape = nst__pickle_argument(p, tuple, 2, NST__PY_TUPLE),
                     *stride = nst__pickle_argument(p, tuple, 3, NST__PY_TUPLE);
    const nst__value *opaque = nst__pickle_argument(p, tuple, 0, NST__PY_OTHER),
                     *notes = nst__pickle_argument(p, tuple, 6, NST__PY_DICT);
    if (opaque) return nst__pickle_push(p, *opaque);
    if (!storage || !first || first->number < 0 || !shape || !stride || shape->count != stride->count ||
        !nst__pickle_sizes(p, shape, view.shape) || !nst__pickle_sizes(p, stride, view.stride))
        return nst__pickle_corrupt(p, "the storage, offset, shape and strides of a tensor");
    view.storage = storage->count;
    view.first = (uint64_t)first->number;
    view.rank = shape->count < NST__RANK_MAX ? (int)shape->count : NST__RANK_MAX;
    if (notes ? p->chain[notes->count].first != 0
              : tuple->count > 6 && !nst__pickle_argument(p, tuple, 6, NST__PY_NONE))
        view.fault = "is a view that changes the numbers, as neg() and conj() make it; save tensor.clone() instead";
    uint32_t index;
    NST_TRY(nst__pickle_add_view(p, &view, &index));
    NST_TRY(nst__pickle_push(p, (nst__value){.count = index, .kind = NST__PY_TENSOR}));
out:
    return status;
}

/* The call is OrderedDict() or, in files of Python 2, OrderedDict([[key, value], ...]). */
static nst_status ordered_dict(nst__pickle *p, const nst__value *tuple)
{
    nst_status status = NST_OK;
    const nst__value *list = nst__pickle_argument(p, tuple, 0, NST__PY_LIST);
    if (tuple->count > 1 || (tuple->count == 1 && !list)) return nst__pickle_corrupt(p, "a list of keys and values");
    const uint32_t first = list ? p->chain[list->count].first : 0;
    NST_TRY(nst__pickle_chain(p, NST__PY_DICT));
    for (uint32_t i = first; i; i = p->link[i].next) {
        const nst__value pair = p->link[i].value;
        nst__value key = {.kind = NST__PY_NONE}, value = key;
        if (pair.kind == NST__PY_TUPLE && pair.count == 2) {
            key = p->tuple[pair.number];
            value = p->tuple[pair.number + 1];
        } else if (pair.kind == NST__PY_LIST && p->chain[pair.count].first) {
            const struct nst__link *link = &p->link[p->chain[pair.count].first];
            key = link->value;
            value = p->link[link->next].value; /* if there is no next link, this is link 0, which holds None */
        }
        const nst__value dict = p->stack[p->stacked - 1];
        NST_TRY(nst__pickle_append(p, &dict, key));
        NST_TRY(nst__pickle_append(p, &dict, value));
    }
out:
    return status;
}

nst_status nst__pickle_call(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value tuple, function;
    NST_TRY(nst__pickle_pop(p, &tuple));
    NST_TRY(nst__pickle_pop(p, &function));
    const bool unknown =
        function.kind == NST__PY_OTHER || (function.kind == NST__PY_GLOBAL && function.count == UNKNOWN);
    if ((function.kind != NST__PY_GLOBAL && !unknown) || tuple.kind != NST__PY_TUPLE)
        return nst__pickle_corrupt(p, "a function and its arguments");
    const nst__value *tensor = nst__pickle_argument(p, &tuple, 0, NST__PY_TENSOR),
                     *class = nst__pickle_argument(p, &tuple, 0, NST__PY_GLOBAL);
    if (unknown) { /* copyreg and NumPy pass the class as the first argument */
        const bool named = class && class->count == UNKNOWN;
        return nst__pickle_push(p, (nst__value){.text = named ? class->text : function.text, .kind = NST__PY_OTHER});
    }
    switch (globals[function.count].what) {
    case ORDERED_DICT: return ordered_dict(p, &tuple);
    case REBUILD_TENSOR: return rebuild_tensor(p, &tuple);
    case REBUILD_PARAMETER:
        tensor = tensor ? tensor : nst__pickle_argument(p, &tuple, 0, NST__PY_OTHER);
        return tensor ? nst__pickle_push(p, *tensor) : nst__pickle_corrupt(p, "the tensor of a parameter");
    case NUMPY_DTYPE: return nst__pickle_make_dtype(p, &tuple);
    case NUMPY_ARRAY:
        /* only of ndarray itself: a subclass is opaque */
        if (class && is_known(class, NUMPY_CLASS)) return nst__pickle_make_array(p);
        return nst__pickle_push(
            p, (nst__value){.text = class && class->count == UNKNOWN ? class->text : "NumPy", .kind = NST__PY_OTHER});
    default: return nst__pickle_corrupt(p, "a function that makes a tensor");
    }
out:
    return status;
}
