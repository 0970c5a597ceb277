/* Which network is meant: the names that files give tensors, what stands beside a VGG, and what is none. */
#include "unit/model_checks.h"

static const int features19[] = {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34};
static const int names19[] = {11, 12, 21, 22, 31, 32, 33, 34, 41, 42, 43, 44, 51, 52, 53, 54};

/* A safetensors file of tensors, each filled with one number of its own: its place in the list, from 1. */
typedef struct shaped {
    const char *name;
    int rank, shape[4];
} shaped;

static blob file_of(const shaped *tensors_of, size_t count)
{
    char header[8192], *h = header, *end = header + sizeof header;
    blob b = {0}, numbers = {0};
    h += snprintf(h, (size_t)(end - h), "{");
    for (size_t i = 0; i < count; i++) {
        const shaped *t = &tensors_of[i];
        int n = 1;
        h += snprintf(h, (size_t)(end - h), "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", i ? "," : "", t->name);
        for (int k = 0; k < t->rank; n *= t->shape[k++])
            h += snprintf(h, (size_t)(end - h), "%s%d", k ? "," : "", t->shape[k]);
        h +=
            snprintf(h, (size_t)(end - h), "],\"data_offsets\":[%zu,%zu]}", numbers.size, numbers.size + 4 * (size_t)n);
        for (int k = 0; k < n; k++)
            blob_put_float(&numbers, (float)(i + 1));
    }
    snprintf(h, (size_t)(end - h), "}");
    blob_put_int(&b, strlen(header), 8);
    blob_put_text(&b, header);
    put_blob(&b, numbers);
    return b;
}

#define FILE_OF(...) file_of((const shaped[]){__VA_ARGS__}, sizeof((const shaped[]){__VA_ARGS__}) / sizeof(shaped))
#define FIRST(name) \
    { \
        name, 4, \
        { \
            2, 3, 3, 3 \
        } \
    } /* conv1_1 */
#define SECOND(name) \
    { \
        name, 4, \
        { \
            4, 2, 3, 3 \
        } \
    } /* what follows it */
#define VECTOR(name) \
    { \
        name, 1, \
        { \
            2 \
        } \
    }

/* The first weight of conv1_1 tells which tensor was taken. */
static void assert_first(blob b, float first, size_t layers)
{
    nst_model *model;
    const nst_status status = decode(&model, b.bytes, b.size);
    ck_assert_msg(status == NST_OK, "%s", nst_last_error());
    ck_assert_uint_eq(nst_model_layer_count(model), layers);
    ck_assert_float_eq(nst__conv_weights(conv_of(model, 0))[0], first);
    nst_model_destroy(model);
    blob_free(&b);
}

START_TEST(names_that_people_have)
{
    static const struct {
        const char *format;
        bool named;
    } files[] = {{"features.%d.weight", false},           {"%d.weight", false},
                 {"features.module.%d.weight", false},    {"module.features.module.%d.weight", false},
                 {"_orig_mod.features.%d.weight", false}, {"loss.perceptual.vgg.%d.weight", false},
                 {"params.features.%d.weight", false},    {"model_state.features.%d.weight", false},
                 {"network.features.%d.weight", false},   {"weights.features.%d.weight", false},
                 {"vgg19/features.%d.weight", false},     {"conv%d.weight", true},
                 {"anything.at.all.conv%d.weight", true}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        nst_model *model;
        blob b = network(files[i].format, files[i].named ? names19 : features19, 16, 0.25f);
        ck_assert_msg(decode(&model, b.bytes, b.size) == NST_OK, "%s: %s", files[i].format, nst_last_error());
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_TOPOLOGY), "vgg19");
        ck_assert_uint_eq(nst_model_layer_count(model), 32);
        nst_model_destroy(model);
        blob_free(&b);
    }
}
END_TEST

START_TEST(what_stands_beside_is_passed_over)
{
    /* a classifier, also as the second child of a module; a generator with a first layer of its own */
    assert_first(FILE_OF({"classifier.0.weight", 2, {5, 2}}, VECTOR("classifier.0.bias"), FIRST("features.0.weight"),
                         VECTOR("features.0.bias"), SECOND("features.2.weight")),
                 3, 4);
    assert_first(FILE_OF({"2.0.weight", 2, {5, 2}}, FIRST("0.0.weight"), SECOND("0.2.weight")), 2, 4);
    assert_first(FILE_OF({"netG.0.weight", 4, {2, 3, 7, 7}}, VECTOR("netG.1.weight"), VECTOR("netG.1.running_mean"),
                         FIRST("vgg.features.0.weight"), SECOND("vgg.features.2.weight")),
                 4, 4);
    assert_first(FILE_OF({"alex.features.0.weight", 4, {2, 3, 11, 11}}, FIRST("vgg.features.0.weight")), 2, 2);
    assert_first(FILE_OF({"a.features.0.weight", 4, {2, 1, 3, 3}}, FIRST("b.features.0.weight")), 2, 2);
}
END_TEST

START_TEST(of_two_networks_one_is_meant)
{
    assert_first(FILE_OF(FIRST("ema.features.0.weight"), FIRST("state_dict.features.0.weight")), 2, 2);
    assert_first(FILE_OF(FIRST("params.features.0.weight"), FIRST("params_ema.features.0.weight")), 1, 2);
    assert_first(FILE_OF(FIRST("features.0.weight"), FIRST("old.features.0.weight")), 1, 2);
    assert_first(FILE_OF(FIRST("a.0.weight"), FIRST("model.features.0.weight"), FIRST("b.0.weight")), 2, 2);
    assert_refused(FILE_OF(FIRST("a.features.0.weight"), FIRST("b.features.0.weight")), NST_ERR_UNSUPPORTED,
                   "expected one network, found two, under 'a.features.' and under 'b.features.'");
    assert_refused(FILE_OF(FIRST("a.0.weight"), FIRST("b.0.weight")), NST_ERR_UNSUPPORTED, "expected one network");
    assert_refused(FILE_OF(FIRST("features.0.weight"), FIRST("conv1_1.weight")), NST_ERR_UNSUPPORTED,
                   "expected one network");
}
END_TEST

START_TEST(other_networks_are_refused)
{
    /* squeezenet; torchvision's vgg19_bn; a network of blocks; one with a layer that no VGG has a number for */
    assert_refused(
        FILE_OF(FIRST("features.0.weight"), VECTOR("features.0.bias"), {"features.3.squeeze.weight", 4, {2, 2, 1, 1}}),
        NST_ERR_UNSUPPORTED, "features.3.squeeze.weight: no VGG has such a tensor: this is another network");
    assert_refused(FILE_OF(FIRST("features.0.weight"), VECTOR("features.1.weight"), VECTOR("features.1.running_mean")),
                   NST_ERR_UNSUPPORTED, "features.1.running_mean: a VGG with batch normalisation");
    assert_refused(FILE_OF(FIRST("conv1_1.weight"), VECTOR("bn1_1.weight"), VECTOR("bn1_1.running_mean")),
                   NST_ERR_UNSUPPORTED, "bn1_1.running_mean: a VGG with batch normalisation");
    assert_refused(FILE_OF(FIRST("features.0.weight"), SECOND("features.4.weight")), NST_ERR_UNSUPPORTED,
                   "features.4.weight: no VGG has a convolution of that name");
    assert_refused(FILE_OF(FIRST("0.weight"), SECOND("1.weight")), NST_ERR_UNSUPPORTED, "1.weight: no VGG has");
    assert_refused(FILE_OF({"features.0.weight", 4, {2, 3, 11, 11}}), NST_ERR_UNSUPPORTED, "found [2, 3, 11, 11]");
    assert_refused(
        FILE_OF(VECTOR("layer1.0.bn1.weight"), FIRST("conv1.weight"), VECTOR("fc.bias"), VECTOR("a"), VECTOR("b")),
        NST_ERR_UNSUPPORTED, "found layer1.0.bn1.weight, conv1.weight, fc.bias, a and 1 more");
}
END_TEST

/* Keras 3 has no names for layers, NumPy's files lists: kernels are [3, 3, in, out] in both. */
START_TEST(names_with_turned_kernels)
{
    enum { CONVS = 16 };
    static const int counts[] = {16, 13, 10, 8};
    static const char *const topologies[] = {"vgg19", "vgg16", "vgg13", "vgg11"};
    char names[CONVS][64];
    shaped list[CONVS + 1];
    nst_model *model;
    for (int i = 0; i < CONVS; i++) {
        snprintf(names[i], sizeof names[i], i ? "layers/conv2d_%d/vars/0" : "layers/conv2d/vars/0", i);
        list[i] = (shaped){names[i], 4, {3, 3, i ? 1 : 3, 1}};
    }
    for (int k = 0; k < 4; k++) {
        blob b = file_of(list, (size_t)counts[k]);
        ck_assert_msg(decode(&model, b.bytes, b.size) == NST_OK, "%s", nst_last_error());
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_TOPOLOGY), topologies[k]);
        ck_assert_int_eq(nst_model_input(model), NST_INPUT_BGR255);
        nst_model_destroy(model);
        blob_free(&b);
    }
    assert_refused(file_of(list, 5), NST_ERR_UNSUPPORTED, "expected the 16, 13, 10 or 8 convolutions of a whole VGG");
    list[8] = (shaped)VECTOR("layers/batch_normalization/vars/0");
    assert_refused(file_of(list, 9), NST_ERR_UNSUPPORTED, "a VGG with batch normalisation");
    assert_first(FILE_OF({"0.conv1_1.0", 4, {3, 3, 3, 2}}, VECTOR("0.conv1_1.1"), {"0.conv1_2.0", 4, {3, 3, 2, 4}},
                         {"0.fc6.0", 2, {4, 2}}),
                 1, 4);
}
END_TEST

START_TEST(foreign_files_are_named)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *message;
    } files[] = {
#define FOREIGN(bytes, message) {bytes, sizeof bytes - 1, message}
        FOREIGN("version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer, not the file"),
        FOREIGN("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        FOREIGN("<!DOCTYPE html><html>", "a page of HTML"),
        FOREIGN("\xef\xbb\xbf\r\n  <HTML>", "a page of HTML"),
        FOREIGN("<?xml version=", "a page of HTML or XML"),
        FOREIGN("\x1f\x8b\x08\0\0", "gzip data: gunzip it"),
        FOREIGN("\n\x14VGG_ILSVRC_19_layers\x12\x05", "Caffe model (.caffemodel): nst model fetch vgg19"),
        FOREIGN("\n\x03net\xa2\x06\x05xxxx", "Caffe model"),
        FOREIGN("\x08\x06\x12\x07pytorch\x1a\x05", "an ONNX model: save"),
        FOREIGN("\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1", "Lua Torch (.t7): nst model fetch"),
        FOREIGN("\x80\x04\x95\x10\0\0\0\0\0\0\0}", "a pickle that torch.save() did not write"),
        FOREIGN("{\n  \"metadata\": {\"total_size\": 5}", "the index of a model in parts: name the file"),
        FOREIGN("\x89PNG\r\n\x1a\n", "a PNG picture"),
        FOREIGN("anything else", "expected a safetensors file, a torch checkpoint or a Keras HDF5 file"),
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        blob b = {0};
        blob_put(&b, files[i].bytes, files[i].size);
        assert_refused(b, NST_ERR_FORMAT, files[i].message);
    }
    blob tar = {0};
    for (int i = 0; i < 257; i++)
        blob_put(&tar, "", 1);
    blob_put_text(&tar, "ustar");
    assert_refused(tar, NST_ERR_FORMAT, "a tar archive");
}
END_TEST

RUNNER("network", names_that_people_have, what_stands_beside_is_passed_over, of_two_networks_one_is_meant,
       other_networks_are_refused, names_with_turned_kernels, foreign_files_are_named)
