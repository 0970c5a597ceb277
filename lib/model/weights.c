#include "model/weights.h"

#include "base/alloc.h"
#include "model/handle.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void nst__tensor_pack(nst__tensor *tensor)
{
    uint64_t stride = 1;
    for (int i = tensor->rank - 1; i >= 0; i--) {
        tensor->stride[i] = stride;
        stride *= tensor->shape[i];
    }
}

static bool same_key(const nst__vgg_key *a, const nst__vgg_key *b)
{
    return a->feature == b->feature && a->block == b->block && a->number == b->number && a->bias == b->bias;
}

nst_status nst__weights_add(nst__weights *weights, const char *key, size_t length, const nst__tensor *tensor)
{
    nst__vgg_key parsed;
    if (!nst__vgg_parse_key(&parsed, key, length)) return NST_OK;
    if (nst__vgg_index(&nst__vgg19, &parsed) == NST__CONVS_MAX &&
        nst__vgg_index(&nst__vgg16, &parsed) == NST__CONVS_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: neither VGG-19 nor VGG-16 has a convolution of that name",
                         weights->file.name, tensor->name);
    for (size_t i = 0; i < weights->count; i++)
        if (same_key(&weights->entry[i].key, &parsed))
            return nst__fail(NST_ERR_CORRUPT, "%s: %s: stands twice in the file, first as %s", weights->file.name,
                             tensor->name, weights->entry[i].tensor.name);
    if (weights->count == NST__WEIGHTS_MAX)
        return nst__fail(NST_ERR_CORRUPT, "%s: more than %d tensors of convolutions", weights->file.name,
                         NST__WEIGHTS_MAX);
    weights->entry[weights->count].key = parsed;
    weights->entry[weights->count].tensor = *tensor;
    weights->count++;
    return NST_OK;
}

/* ---- The topology ---- */

/* The tensors in the order of the network, or why they do not fit it. */
typedef struct layout {
    const nst__vgg *vgg;
    size_t count;
    const nst__tensor *weight[NST__CONVS_MAX], *bias[NST__CONVS_MAX];
    enum { FITS, ALIEN, DOUBLE, GAP } problem;
    const struct nst__weight *entry; /* ALIEN, DOUBLE: which one */
    size_t index;                    /* DOUBLE, GAP: of the convolution */
} layout;

/* Lays the weights out as VGG has them. */
static layout fit(const nst__vgg *vgg, const nst__weights *weights)
{
    layout l = {.vgg = vgg};
    for (size_t i = 0; i < weights->count; i++) {
        l.entry = &weights->entry[i];
        l.index = nst__vgg_index(vgg, &l.entry->key);
        l.problem = ALIEN;
        if (l.index == NST__CONVS_MAX) return l;
        const nst__tensor **slot = l.entry->key.bias ? &l.bias[l.index] : &l.weight[l.index];
        l.problem = DOUBLE;
        if (*slot) return l;
        *slot = &l.entry->tensor;
        l.count = l.index + 1 > l.count ? l.index + 1 : l.count;
    }
    l.problem = GAP;
    for (l.index = 0; l.index < l.count; l.index++)
        if (!l.weight[l.index]) return l;
    l.problem = FITS;
    return l;
}

static nst_status refuse(const layout *l, const char *file)
{
    const nst__vgg_conv *conv = l->problem == ALIEN ? NULL : &l->vgg->conv[l->index];
    const nst__tensor *bias = conv ? l->bias[l->index] : NULL;
    if (l->problem == ALIEN)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s has no such convolution, but other tensors are its own", file,
                         l->entry->tensor.name, l->vgg->name);
    if (l->problem == DOUBLE)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s and %s are both the %s of %s", file,
                         (l->entry->key.bias ? bias : l->weight[l->index])->name, l->entry->tensor.name,
                         l->entry->key.bias ? "bias" : "weight", conv->conv);
    return nst__fail(NST_ERR_CORRUPT, "%s: expected weights of %s (features.%d.weight), which are missing; %s is there",
                     file, conv->conv, conv->feature, bias ? "its bias" : l->vgg->conv[l->count - 1].conv);
}

/* VGG-16 is VGG-19 without conv3_4, conv4_4 and conv5_4: only a file that ends before those fits both. */
static nst_status find_topology(layout *out, const nst__weights *weights)
{
    const layout as16 = fit(&nst__vgg16, weights), as19 = fit(&nst__vgg19, weights);
    *out = as16.problem == FITS && (as19.problem != FITS || weights->vgg == &nst__vgg16) ? as16 : as19;
    if (weights->count == 0)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "%s: no tensor is called as VGG's are: expected features.0.weight, conv1_1.weight or, of "
                         "Keras, block1_conv1",
                         weights->file.name);
    if (out->problem == FITS) return NST_OK;
    /* Which of the two complaints helps? That of the network all of whose names are known. */
    bool named16 = true;
    for (size_t i = 0; i < weights->count; i++)
        named16 &= nst__vgg_index(&nst__vgg16, &weights->entry[i].key) != NST__CONVS_MAX;
    return refuse(named16 && weights->entry[0].key.feature >= 0 ? &as16 : &as19, weights->file.name);
}

/* ---- The layers ---- */

static void shape_text(char *text, size_t size, const nst__tensor *tensor)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < tensor->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i ? ", " : "", tensor->shape[i]);
}

static nst_status check_weight(const char *file, const nst__tensor *t, size_t in)
{
    char found[128];
    shape_text(found, sizeof found, t);
    if (t->type == NST__OTHER)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected numbers of type F32, F16, BF16 or F64", file, t->name);
    if (t->rank != 4 || t->shape[0] == 0 || t->shape[1] != in || t->shape[2] != 3 || t->shape[3] != 3)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected shape [channels, %zu, 3, 3], found [%s]", file, t->name,
                         in, found);
    return NST_OK;
}

static nst_status check_bias(const char *file, const nst__tensor *t, size_t channels)
{
    char found[128];
    shape_text(found, sizeof found, t);
    if (t->type == NST__OTHER)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected numbers of type F32, F16, BF16 or F64", file, t->name);
    if (t->rank != 1 || t->shape[0] != channels)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected shape [%zu], found [%s]", file, t->name, channels,
                         found);
    return NST_OK;
}

/* Copies T, of shape [n] or [out, in, 3, 3], packed. Pages of the mapped file are let go of as they are done
 * with: what is used of a file of 548 MB must not be in memory twice. */
static nst_status copy_tensor(float *out, const nst__tensor *t, const nst__bytes *file)
{
    const uint64_t *n = t->shape, *s = t->stride;
    const size_t size = nst__type_size(t->type);
    uint64_t reach = 1; /* elements from the first to the last */
    bool finite = true;
    for (int i = 0; i < t->rank; i++)
        reach += (n[i] - 1) * s[i];
    if (t->rank == 1) {
        finite = nst__numbers_read(out, n[0], t->type, t->data, s[0]);
    } else if (s[3] == 1 && s[2] == 3 && s[1] == 9) {
        for (uint64_t k = 0; k < n[0]; k++) {
            finite &= nst__numbers_read(out + k * n[1] * 9, n[1] * 9, t->type, t->data + k * s[0] * size, 1);
            if (file->mapping && k % 64 == 63 && s[0] == n[1] * 9)
                nst__file_forget(file->mapping, t->data, (k + 1) * s[0] * size);
        }
    } else {
        for (uint64_t k = 0; k < n[0]; k++)
            for (uint64_t c = 0; c < n[1]; c++)
                for (uint64_t r = 0; r < 3; r++)
                    finite &= nst__numbers_read(out + (k * n[1] + c) * 9 + r * 3, 3, t->type,
                                                t->data + (k * s[0] + c * s[1] + r * s[2]) * size, s[3]);
    }
    if (file->mapping) nst__file_forget(file->mapping, t->data, reach * size);
    if (!finite)
        return nst__fail(NST_ERR_NON_FINITE, "%s: %s: holds a NaN, an infinity, or a number too large for a float",
                         file->name, t->name);
    return NST_OK;
}

static nst_status add_layer(nst_model *model, const nst__bytes *file, const nst__tensor *weight,
                            const nst__tensor *bias)
{
    nst_status status = NST_OK;
    const size_t in = model->count ? nst__conv_out(model->conv[model->count - 1]) : 3;
    nst__conv *conv;
    NST_TRY(check_weight(file->name, weight, in));
    if (bias) NST_TRY(check_bias(file->name, bias, (size_t)weight->shape[0]));
    NST_TRY(nst__conv_create(&conv, in, (size_t)weight->shape[0], NULL, NULL));
    model->conv[model->count++] = conv; /* the model's to destroy from now on */
    NST_TRY(copy_tensor(nst__conv_fill_weights(conv), weight, file));
    if (bias)
        NST_TRY(copy_tensor(nst__conv_fill_bias(conv), bias, file));
    else
        memset(nst__conv_fill_bias(conv), 0, nst__conv_out(conv) * sizeof(float));
out:
    return status;
}

/* ---- The input space ---- */

/*
 * Without metadata, conv1_1 tells what it was trained on.
 *
 * The published networks: the Caffe models of Simonyan and Zisserman, which Keras has too, are known by their
 * first filter's upper left corner. They act on BGR 0..255, torchvision's on normalised RGB, and the sizes of
 * their weights are alike (root mean square 0.19 and up), since each has later layers of its own. Any other:
 * a filter that acts on values of about 100 and gives features of about 1 has weights near 0.01 (Gatys'
 * normalised network, distilled encoders), one on values of about 1 has weights of 0.1 to 0.5. The line is at
 * 0.05.
 */
static nst_input input_from_values(const nst__conv *conv1_1)
{
    static const float caffe[2][3] = {{0.34120f, 0.46418f, 0.39417f},  /* VGG-19, w[0][c][0][0] */
                                      {0.42947f, 0.55038f, 0.48002f}}; /* VGG-16 */
    const float *w = nst__conv_weights(conv1_1);
    const size_t n = nst__conv_out(conv1_1) * 27;
    double squares = 0;
    for (int i = 0; i < 2; i++) {
        int alike = 0;
        for (int c = 0; c < 3; c++)
            alike += fabsf(w[c * 9] - caffe[i][c]) < 0.004f; /* one unit of BF16 */
        if (alike == 3) return NST_INPUT_BGR255;
    }
    for (size_t i = 0; i < n; i++)
        squares += (double)w[i] * (double)w[i];
    return sqrt(squares / (double)n) < 0.05 ? NST_INPUT_BGR255 : NST_INPUT_RGB01;
}

static const char *common_type(const layout *layers)
{
    nst__type type = layers->weight[0]->type;
    for (size_t i = 0; i < layers->count; i++)
        if (layers->weight[i]->type != type || (layers->bias[i] && layers->bias[i]->type != type)) return "mixed";
    return nst__type_name(type);
}

nst_status nst__weights_build(nst_model **out, const nst__weights *weights, nst_input input)
{
    nst_status status = NST_OK;
    nst_model *model = NULL;
    layout layers;
    *out = NULL;
    NST_TRY(find_topology(&layers, weights));
    NST_TRY(nst__model_create(&model, layers.vgg, weights->file.name, weights->format));
    for (size_t i = 0; i < layers.count; i++)
        NST_TRY(add_layer(model, &weights->file, layers.weight[i], layers.bias[i]));
    model->dtype = common_type(&layers);
    model->input = input != NST_INPUT_AUTO ? input : weights->input;
    model->input_said = input != NST_INPUT_AUTO ? "caller" : weights->input_said;
    if (model->input == NST_INPUT_AUTO) {
        model->input = input_from_values(model->conv[0]);
        model->input_said = "values of conv1_1";
    }
    model->credit = nst__copy_text(weights->credit);
    if (!model->credit) status = NST_ERR_OUT_OF_MEMORY;
out:
    if (status != NST_OK) {
        nst_model_destroy(model);
        model = NULL;
    }
    *out = model;
    return status;
}
