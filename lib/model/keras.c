/*
 * Keras' HDF5 files of VGG: a group a layer ("block1_conv1"), in it a kernel [3, 3, in, out] and a bias.
 */
#include "model/hdf5.h"
#include "model/readers.h"

#include <string.h>

enum { DEPTH_MAX = 6 };

typedef struct reader {
    nst__weights *out;
    nst__hdf5 file;
    int depth;         /* of the group that is open */
    const char *layer; /* in file.path, or NULL */
    size_t layer_length;
} reader;

bool nst__is_hdf5(const nst__bytes *file)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return file->size >= sizeof signature && memcmp(file->data, signature, sizeof signature) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* From [3, 3, in, out] to [out, in, 3, 3]. */
static void turn(nst__tensor *tensor)
{
    static const int from[4] = {3, 2, 0, 1};
    const nst__tensor file = *tensor;
    for (int i = 0; i < 4 && file.rank == 4; i++) {
        tensor->shape[i] = file.shape[from[i]];
        tensor->stride[i] = file.stride[from[i]];
    }
}

/* NAME is "block1_conv1_W_1:0" in the files of 2016, later "kernel:0" and "kernel". */
static nst_status add_dataset(reader *r, const nst__hdf5_object *object, const char *name)
{
    static const char *const weight[] = {"_W_1:0", "_W:0", "kernel:0", "kernel"};
    static const char *const bias[] = {"_b_1:0", "_b:0", "bias:0", "bias"};
    nst_status status = NST_OK;
    nst__tensor tensor = {.rank = 0};
    char key[32];
    const char *what = NULL;
    for (size_t i = 0; i < 4; i++)
        what = ends_with(name, weight[i]) ? ".weight" : ends_with(name, bias[i]) ? ".bias" : what;
    if (!what || r->layer_length + strlen(what) >= sizeof key) return NST_OK;
    memcpy(key, r->layer, r->layer_length);
    memcpy(key + r->layer_length, what, strlen(what) + 1);
    NST_TRY(nst__hdf5_dataset(&r->file, object, &tensor));
    turn(&tensor);
    size_t length = strlen(r->file.path);
    length = length < sizeof tensor.name ? length : sizeof tensor.name - 1;
    memcpy(tensor.name, r->file.path, length);
    NST_TRY(nst__weights_add(r->out, key, strlen(key), &tensor));
out:
    return status;
}

static nst_status visit(void *user, const char *name, uint64_t address);

/* The object at ADDRESS: a group, whose members are visited, or a dataset called NAME. */
static nst_status open_object(reader *r, const char *name, uint64_t address)
{
    nst__hdf5_object object;
    nst_status status = nst__hdf5_object_at(&r->file, &object, address);
    if (status != NST_OK) return status;
    if (nst__hdf5_is_dataset(&object)) return r->layer ? add_dataset(r, &object, name) : NST_OK;
    if (r->depth == DEPTH_MAX) return NST_OK;
    const size_t length = strlen(r->file.path);
    if (length > 0 && length + 1 < sizeof r->file.path) memcpy(r->file.path + length, "/", 2);
    r->depth++;
    status = nst__hdf5_members(&r->file, &object, visit, r);
    r->depth--;
    r->file.path[length] = '\0';
    return status;
}

/* A member of an open group. Only layers are gone into, and the groups that Keras puts around them; in a layer,
 * everything. */
static nst_status visit(void *user, const char *name, uint64_t address)
{
    static const char *const around[] = {"model_weights", "vgg19", "vgg16"};
    reader *r = user;
    char *path = r->file.path, key[NST__HDF5_NAME_MAX + sizeof ".weight"];
    const size_t length = strlen(path), size = strlen(name);
    const char *layer = r->layer;
    bool wanted = layer != NULL;
    nst__vgg_key parsed;
    if (length + size + 2 >= sizeof r->file.path) return NST_OK;
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
        wanted |= strcmp(name, around[i]) == 0;
    memcpy(path + length, name, size + 1);
    memcpy(key, name, size);
    memcpy(key + size, ".weight", sizeof ".weight");
    if (!layer && strncmp(name, "block", 5) == 0 && nst__vgg_parse_key(&parsed, key, strlen(key))) {
        r->layer = path + length;
        r->layer_length = size;
        wanted = true;
    }
    nst_status status = wanted ? open_object(r, name, address) : NST_OK;
    if (status != NST_OK) return status;
    path[length] = '\0';
    r->layer = layer;
    return NST_OK;
}

nst_status nst__read_hdf5(nst__weights *out)
{
    reader r = {.out = out};
    uint64_t root;
    out->format = "keras hdf5";
    out->input = NST_INPUT_BGR255; /* Keras' VGGs are Caffe's, always */
    out->input_said = "format";
    nst_status status = nst__hdf5_open(&r.file, &out->file, &root);
    return status == NST_OK ? open_object(&r, "", root) : status;
}
