/*
 * NumPy's arrays in pickles. _reconstruct(ndarray, (0,), b'b') makes an empty array; its state, (1, shape, dtype,
 * whether in Fortran order, bytes), fills it. https://github.com/numpy/numpy, numpy/core/src/multiarray/methods.c
 */
#include "format/pickle_numpy.h"

#include <string.h>

nst_status nst__pickle_make_dtype(nst__pickle *p, const nst__value *tuple)
{
    static const struct {
        const char *name;
        nst__dtype dtype;
    } known[] = {{"f4", {.type = NST__F32, .element = 4}},      {"f2", {.type = NST__F16, .element = 2}},
                 {"f8", {.type = NST__F64, .element = 8}},      {"O8", {.type = NST__OTHER, .objects = true}},
                 {"O4", {.type = NST__OTHER, .objects = true}}, {"O", {.type = NST__OTHER, .objects = true}}};
    const nst__value *name = nst__pickle_argument(p, tuple, 0, NST__PY_TEXT);
    nst__dtype *dtype = nst__arena_alloc(&p->arena, sizeof *dtype);
    if (!dtype) return p->arena.status;
    *dtype = (nst__dtype){.type = NST__OTHER};
    for (size_t i = 0; name && i < sizeof known / sizeof known[0]; i++)
        if (nst__text_is(name, known[i].name)) *dtype = known[i].dtype;
    return nst__pickle_push(p, (nst__value){.dtype = dtype, .kind = NST__PY_DTYPE});
}

/* The state is (3, '<', ...): version, byte order, ... */
nst_status nst__pickle_set_dtype(nst__pickle *p, const nst__value *dtype, const nst__value *state)
{
    const nst__value *order = nst__pickle_argument(p, state, 1, NST__PY_TEXT);
    dtype->dtype->swapped = order && nst__text_is(order, ">");
    return NST_OK;
}

nst_status nst__pickle_make_array(nst__pickle *p)
{
    const nst__storage nothing = {.found = true};
    nst__view view = {.array = true, .fault = "is an array of NumPy without numbers"};
    uint32_t index = 0;
    nst_status status = nst__pickle_add_storage(p, &nothing, &view.storage);
    if (status == NST_OK) status = nst__pickle_add_view(p, &view, &index);
    return status == NST_OK ? nst__pickle_push(p, (nst__value){.count = index, .kind = NST__PY_TENSOR}) : status;
}

/* Sets the position of the bytes of an array: in the pickle or, if they are few, in memory like any text. */
static void place(const nst__pickle *p, nst__storage *storage, const nst__value *bytes, unsigned element)
{
    if (bytes->kind == NST__PY_LONG)
        storage->at = bytes->at;
    else
        storage->few = bytes->text;
    storage->source = p->source;
    storage->element = element;
    storage->count = storage->size = bytes->count / element;
}

nst_status nst__pickle_set_array(nst__pickle *p, const nst__value *array, const nst__value *state)
{
    const nst__value *shape = nst__pickle_argument(p, state, 1, NST__PY_TUPLE);
    const nst__value *type = nst__pickle_argument(p, state, 2, NST__PY_DTYPE);
    const nst__value *fortran = nst__pickle_argument(p, state, 3, NST__PY_BOOL);
    const nst__value *few = nst__pickle_argument(p, state, 4, NST__PY_TEXT);
    const nst__value *bytes = few ? few : nst__pickle_argument(p, state, 4, NST__PY_LONG);
    const nst__value *objects = nst__pickle_argument(p, state, 4, NST__PY_LIST);
    nst__view view = {.array = true, .storage = p->view[array->count].storage};
    nst__storage *storage = &p->storage[view.storage];
    if (!shape || !type || !nst__pickle_sizes(p, shape, view.shape))
        return nst__pickle_corrupt(p, "the shape and the type of an array");
    view.rank = shape->count < NST__RANK_MAX ? (int)shape->count : NST__RANK_MAX;
    storage->type = type->dtype->type;
    if (type->dtype->objects && objects)
        view.objects = objects->count + 1;
    else if (type->dtype->swapped)
        view.fault = "is an array of big-endian numbers, which are not read here";
    else if (storage->type == NST__OTHER) /* refused if it is needed, like every unknown type */
        storage->count = storage->size = UINT64_MAX;
    else if (!bytes)
        view.fault = "has its numbers as text: pickle it by protocol 3 or higher";
    else
        place(p, storage, bytes, type->dtype->element);
    uint64_t stride = 1;
    const bool backwards = !fortran || !fortran->number;
    for (int i = 0; i < view.rank; i++) {
        const int k = backwards ? view.rank - 1 - i : i;
        view.stride[k] = stride;
        stride *= view.shape[k];
    }
    p->view[array->count] = view;
    return NST_OK;
}
