/*
 * All datasets of an HDF5 file, by their paths.
 */
#include "format/format.h"
#include "format/hdf5.h"

#include <string.h>

enum { DEPTH_MAX = 8 };

typedef struct walk {
    nst__table *out;
    nst__hdf5 file;
    int depth; /* of the open group */
} walk;

bool nst__is_hdf5(const nst__head *head)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return head->size >= sizeof signature && memcmp(head->bytes, signature, sizeof signature) == 0;
}

static nst_status visit(void *user, const char *name, uint64_t address);

/* Visits the object at ADDRESS: a dataset, or a group with its members. */
static nst_status open_object(walk *w, uint64_t address)
{
    nst__hdf5_object object;
    char *path = w->file.path;
    const size_t length = strlen(path);
    nst_status status = nst__hdf5_object_at(&w->file, &object, address);
    if (status != NST_OK) return status;
    if (nst__hdf5_is_dataset(&object)) {
        nst__tensor tensor;
        status = nst__hdf5_dataset(&tensor, &w->file, &object);
        return status == NST_OK ? nst__table_add(w->out, path, length, &tensor) : status;
    }
    if (object.dense) { /* no error yet: its members may not be needed */
        const nst__tensor unread = {.type = NST__OTHER,
                                    .fault = "is a group of many members as libver=\"latest\" or track_order=True make "
                                             "it, which is not read here: h5repack -f NONE -l CONTI IN OUT, of HDF5's "
                                             "tools, converts it",
                                    .fault_status = NST_ERR_UNSUPPORTED};
        return nst__table_add(w->out, length ? path : "/", length ? length : 1, &unread);
    }
    if (w->depth == DEPTH_MAX) return NST_OK;
    if (length > 0 && length + 1 < sizeof w->file.path) memcpy(path + length, "/", 2);
    w->depth++;
    status = nst__hdf5_members(&w->file, &object, visit, w);
    w->depth--;
    path[length] = '\0';
    return status;
}

/* Visits a member of the open group. */
static nst_status visit(void *user, const char *name, uint64_t address)
{
    walk *w = user;
    char *path = w->file.path;
    const size_t length = strlen(path), size = strlen(name);
    if (length + size + 2 >= sizeof w->file.path) return NST_OK;
    memcpy(path + length, name, size + 1);
    nst_status status = open_object(w, address);
    path[length] = '\0';
    return status;
}

nst_status nst__read_hdf5(nst__table *out)
{
    walk w = {.out = out};
    uint64_t root;
    nst_status status = nst__hdf5_open(&w.file, out, &root);
    return status == NST_OK ? open_object(&w, root) : status;
}
