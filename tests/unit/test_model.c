/* The model handle: topologies, layers, input spaces, where names are looked for, writing, random filters. */
#include "unit/model_checks.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL NST_SHARED_DIR "/data/vgg19-caffe-conv1_1-conv3_4.safetensors"

static bool missing(const char *path)
{
    if (access(path, R_OK) == 0) return false;
    printf("skipped: %s is not there\n", path);
    return true;
}

static nst_status decode_network(nst_model **model, const char *key_format, const int *numbers, int count)
{
    blob b = network(key_format, numbers, count, 0.25f);
    nst_status status = nst_model_decode(model, b.bytes, b.size, NST_INPUT_AUTO);
    blob_free(&b);
    return status;
}

static const int features19[] = {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34};
static const int features16[] = {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
static const int features13[] = {0, 2, 5, 7, 10, 12, 15, 17, 20, 22};
static const int features11[] = {0, 3, 6, 8, 11, 13, 16, 18};
static const int names11[] = {11, 21, 31, 32, 41, 42, 51, 52};
static const int names19[] = {11, 12, 21, 22, 31, 32, 33, 34, 41, 42, 43, 44, 51, 52, 53, 54};
static const int names16[] = {11, 12, 21, 22, 31, 32, 33, 41, 42, 43, 51, 52, 53};

START_TEST(topology_is_told_from_the_tensors)
{
    static const struct {
        const char *format;
        const int *numbers;
        int count;
        const char *topology, *last;
    } files[] = {{"features.%d.weight", features19, 16, "vgg19", "relu5_4"},
                 {"features.%d.weight", features16, 13, "vgg16", "relu5_3"},
                 {"module.model.features.%d.weight", features16, 8, "vgg16", "relu4_1"},
                 {"features.%d.weight", features19, 8, "vgg19", "relu3_4"},
                 {"features.%d.weight", features19, 7, "vgg19", "relu3_3"},
                 {"features.%d.weight", features16, 1, "vgg19", "relu1_1"},
                 {"conv%d.weight", names19, 16, "vgg19", "relu5_4"},
                 {"conv%d.weight", names16, 13, "vgg16", "relu5_3"},
                 {"conv%d.weight", names16, 8, "vgg16", "relu4_1"},
                 {"features.%d.weight", features13, 10, "vgg13", "relu5_2"},
                 {"features.%d.weight", features13, 7, "vgg13", "relu4_1"},
                 {"features.%d.weight", features13, 6, "vgg19", "relu3_2"}, /* the same so far */
                 {"features.%d.weight", features11, 8, "vgg11", "relu5_2"},
                 {"features.%d.weight", features11, 2, "vgg11", "relu2_1"},
                 {"conv%d.weight", names11, 8, "vgg11", "relu5_2"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        nst_model *model;
        const char *name;
        ck_assert_int_eq(decode_network(&model, files[i].format, files[i].numbers, files[i].count), NST_OK);
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_TOPOLOGY), files[i].topology);
        ck_assert_uint_eq(nst_model_layer_count(model), 2 * (size_t)files[i].count);
        nst_model_layer(model, 2 * (size_t)files[i].count - 1, &name, NULL);
        ck_assert_str_eq(name, files[i].last);
        nst_model_destroy(model);
    }
}
END_TEST

START_TEST(gaps_are_refused)
{
    nst_model *model;
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", (const int[]){0, 2, 7}, 3), NST_ERR_CORRUPT);
    ck_assert_str_eq(nst_last_error(), "memory: expected weights of conv2_1 (features.5.weight), which are missing; "
                                       "conv2_2 is there");
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", (const int[]){0, 2, 5, 7, 10, 12, 14, 19}, 8),
                     NST_ERR_CORRUPT);
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", (const int[]){0, 2, 5, 7, 10, 12, 14, 16, 17}, 9),
                     NST_ERR_CORRUPT);
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", (const int[]){0, 4}, 2), NST_ERR_UNSUPPORTED);
    ck_assert_int_eq(decode_network(&model, "conv%d.weight", (const int[]){12}, 1), NST_ERR_CORRUPT);
    ck_assert_ptr_null(model);
}
END_TEST

START_TEST(layers_are_found_by_name)
{
    nst_model *model;
    size_t index, layer;
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", features16, 13), NST_OK);
    for (size_t i = 0; i < nst_model_layer_count(model); i++) {
        const char *name;
        uint32_t channels;
        ck_assert_int_eq(nst_model_layer(model, i, &name, &channels), NST_OK);
        ck_assert_int_eq(nst_model_find_layer(model, name, &index), NST_OK);
        ck_assert_uint_eq(index, i);
        ck_assert_int_eq(nst__model_find(model, name, &layer), NST_OK);
        ck_assert_str_eq(nst__model_topology(model)->layer[layer].name, name);
        ck_assert_uint_eq(nst__model_channels(model, layer), channels);
    }
    ck_assert_int_eq(nst_model_layer(model, 26, NULL, NULL), NST_ERR_RANGE);
    ck_assert_int_eq(nst_model_find_layer(model, "conv3_4", &index), NST_ERR_NO_LAYER);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "conv5_3"));
    ck_assert_int_eq(nst_model_find_layer(model, "conv6_1", &index), NST_ERR_NAME);
    ck_assert_int_eq(nst_model_find_layer(model, "", &index), NST_ERR_NAME);
    ck_assert_int_eq(nst_model_find_layer(model, NULL, &index), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_find_layer(model, "pool1", &index), NST_ERR_NAME); /* no loss is taken there */
    ck_assert_int_eq(nst_model_find_layer(model, "picture", &index), NST_ERR_NAME);
    nst_model_destroy(model);
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", features19, 8), NST_OK);
    ck_assert_int_eq(nst_model_find_layer(model, "relu4_1", &index), NST_ERR_NO_LAYER);
    ck_assert_str_eq(nst_last_error(), "relu4_1: the model ends before; its deepest layer is conv3_4");
    nst_model_destroy(model);
}
END_TEST

START_TEST(real_weights_are_read)
{
    if (missing(REAL)) return;
    nst_model *model, *again;
    char path[] = "/tmp/nst_test_model_XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    ck_assert_int_eq(nst_model_load(&model, REAL), NST_OK);
    ck_assert_uint_eq(nst_model_layer_count(model), 16);
    ck_assert_uint_eq(nst_model_parameter_count(model), 2325568);
    ck_assert_int_eq(nst_model_input(model), NST_INPUT_BGR255);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), "metadata");
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_SOURCE), REAL);
    ck_assert_ptr_nonnull(strstr(nst_model_text(model, NST_MODEL_CREDIT), "Simonyan"));
    nst__input_space space = nst__model_input_space(model);
    ck_assert_int_eq(space.source[0], 2);
    ck_assert_float_eq(space.shift[2], -123.68f);

    for (nst_dtype dtype = NST_DTYPE_F32; dtype <= NST_DTYPE_BF16; dtype++) {
        ck_assert_int_eq(nst_model_save(model, path, dtype, "relu2_1"), NST_OK);
        ck_assert_int_eq(nst_model_load(&again, path), NST_OK);
        ck_assert_uint_eq(nst_model_layer_count(again), 6);
        ck_assert_str_eq(nst_model_text(again, NST_MODEL_CREDIT), nst_model_text(model, NST_MODEL_CREDIT));
        ck_assert_int_eq(nst_model_input(again), NST_INPUT_BGR255);
        for (size_t i = 0; i < 3; i++) {
            const nst__conv *a = conv_of(model, i), *b = conv_of(again, i);
            const float *x = nst__conv_weights(a), *y = nst__conv_weights(b), unit[] = {0, 0x1p-11f, 0x1p-8f};
            for (size_t j = 0; j < nst__conv_in(a) * nst__conv_out(a) * 9; j++)
                ck_assert_float_le(fabsf(x[j] - y[j]),
                                   fabsf(x[j]) * unit[dtype - 1] + (dtype == NST_DTYPE_F16 ? 0x1p-25f : 0));
        }
        nst_model_destroy(again);
    }
    ck_assert_int_eq(nst_model_save(model, path, (nst_dtype)9, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_save(model, path, NST_DTYPE_F16, "conv4_1"), NST_ERR_NO_LAYER);
    ck_assert_int_eq(nst_model_save(model, "/nowhere/x.safetensors", NST_DTYPE_F16, NULL), NST_ERR_IO);
    unlink(path);
    nst_model_destroy(model);
}
END_TEST

START_TEST(what_f16_cannot_hold_is_refused)
{
    const float large[] = {70000, 1e6F};
    for (int i = 0; i < 2; i++) {
        nst_model *model;
        char path[] = "/tmp/nst_test_model_XXXXXX";
        blob b = network("features.%d.weight", features19, 1, large[i]);
        ck_assert_int_ge(mkstemp(path), 0);
        ck_assert_int_eq(nst_model_decode(&model, b.bytes, b.size, NST_INPUT_AUTO), NST_OK);
        ck_assert_int_eq(nst_model_save(model, path, NST_DTYPE_F16, NULL), NST_ERR_RANGE);
        ck_assert_int_eq(nst_model_save(model, path, NST_DTYPE_BF16, NULL), NST_OK);
        nst_model_destroy(model);
        unlink(path);
        blob_free(&b);
    }
}
END_TEST

START_TEST(input_space_is_told_from_the_values)
{
    static const struct {
        float corner[3], rest;
        nst_input input;
    } files[] = {{{0.34119523f, 0.46418372f, 0.39416704f}, 0.2f, NST_INPUT_BGR255}, /* Caffe's VGG-19 */
                 {{0.4294706f, 0.5503795f, 0.4800154f}, 0.2f, NST_INPUT_BGR255},    /* and VGG-16 */
                 {{0.3418f, 0.4648f, 0.3945f}, 0.2f, NST_INPUT_BGR255},             /* as BF16 */
                 {{0.39416704f, 0.46418372f, 0.34119523f}, 0.2f, NST_INPUT_RGB255}, /* the same in RGB */
                 {{0.4800154f, 0.5503795f, 0.4294706f}, 0.2f, NST_INPUT_RGB255},
                 {{0.395f, 0.463f, 0.3415f}, 0.2f, NST_INPUT_RGB255},
                 {{0.0034119523f, 0.0046418372f, 0.0039416704f}, 0.2f, NST_INPUT_BGR255}, /* normalised, as Gatys' */
                 {{0.034119523f, 0.046418372f, 0.039416704f}, 0.01f, NST_INPUT_BGR255},
                 {{0.0048f, 0.005503f, 0.004294f}, 0.02f, NST_INPUT_RGB255},
                 {{-0.34119523f, -0.46418372f, -0.39416704f}, 0.2f, NST_INPUT_RGB01}, /* no scale has that sign */
                 {{87.004784f, 118.36685f, 100.5126f}, 50, NST_INPUT_RGB01},          /* for 0..1: scaled by 255 */
                 {{0.4f, 0.4f, 0.4f}, 0.2f, NST_INPUT_RGB01},
                 {{0, 0, 0}, 0.2f, NST_INPUT_RGB01},
                 {{-0.0535f, 0.0170f, -0.0449f}, 0.15f, NST_INPUT_RGB01}, /* torchvision's */
                 {{0.01f, 0.01f, 0.01f}, 0.0155f, NST_INPUT_BGR255}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        blob b = network("features.%d.weight", features19, 1, files[i].rest);
        nst_model *model;
        for (size_t c = 0; c < 3; c++)
            memcpy(b.bytes + b.size - 108 + c * 36, &files[i].corner[c], 4);
        ck_assert_int_eq(nst_model_decode(&model, b.bytes, b.size, NST_INPUT_AUTO), NST_OK);
        ck_assert_int_eq(nst_model_input(model), files[i].input);
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), "values of conv1_1");
        nst_model_destroy(model);
        blob_free(&b);
    }
}
END_TEST

START_TEST(random_filters_are_seeded)
{
    nst_model *a, *b, *c;
    ck_assert_int_eq(nst_model_load(&a, "random:0"), NST_OK);
    ck_assert_int_eq(nst_model_load(&b, "random:0"), NST_OK);
    ck_assert_int_eq(nst_model_load(&c, "random:1"), NST_OK);
    ck_assert_uint_eq(nst_model_layer_count(a), 32);
    ck_assert_uint_eq(nst_model_parameter_count(a), 20024384);
    ck_assert_str_eq(nst_model_text(c, NST_MODEL_SOURCE), "random:1");
    for (size_t i = 0; conv_of(a, i); i++) {
        const nst__conv *conv = conv_of(a, i);
        const size_t n = nst__conv_in(conv) * nst__conv_out(conv) * 9;
        const float *x = nst__conv_weights(conv), *z = nst__conv_weights(conv_of(c, i));
        double sum = 0, squares = 0, product = 0, fourth = 0, v = 2.0 / (9 * (double)nst__conv_in(conv));
        ck_assert_int_eq(memcmp(x, nst__conv_weights(conv_of(b, i)), n * sizeof *x), 0);
        for (size_t j = 0; j < n; j++) {
            sum += (double)x[j];
            squares += (double)x[j] * (double)x[j] / v;
            fourth += pow((double)x[j], 4) / (v * v);
            product += (double)x[j] * (double)z[j] / v;
        }
        const double N = (double)n, sigma = 1 / sqrt(N); /* moments of the normal distribution, to five sigma */
        ck_assert_double_lt(fabs(sum / N / sqrt(v)), 5 * sigma);
        ck_assert_double_lt(fabs(squares / N - 1), 5 * sqrt(2) * sigma);
        ck_assert_double_lt(fabs(fourth / N - 3), 5 * sqrt(96) * sigma);
        ck_assert_double_lt(fabs(product / N), 5 * sigma);
    }
    nst_model_destroy(a);
    nst_model_destroy(b);
    nst_model_destroy(c);
    ck_assert_int_eq(nst_model_load(&a, "random:x"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_load(&a, "random:-1"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_load_as(&a, "random:1", NST_INPUT_RGB255), NST_OK);
    ck_assert_int_eq(nst_model_input(a), NST_INPUT_RGB255);
    const nst__input_space rgb255 = nst__model_input_space(a);
    nst_model_destroy(a);
    ck_assert_int_eq(nst_model_load_as(&a, "random:1", NST_INPUT_BGR255), NST_OK);
    ck_assert_int_eq(nst_model_input(a), NST_INPUT_BGR255);
    const nst__input_space bgr255 = nst__model_input_space(a);
    for (int i = 0; i < 3; i++) { /* the same numbers, in the other order */
        ck_assert_int_eq(rgb255.source[i], i);
        ck_assert_int_eq(bgr255.source[i], 2 - i);
        ck_assert_float_eq(rgb255.scale[i], bgr255.scale[2 - i]);
        ck_assert_float_eq(rgb255.shift[i], bgr255.shift[2 - i]);
    }
    nst_model_destroy(a);
}
END_TEST

START_TEST(default_needs_no_file)
{
    nst_model *model;
    ck_assert_int_eq(nst_model_load(&model, NULL), NST_OK);
    ck_assert(strcmp(nst_model_text(model, NST_MODEL_SOURCE), "lite") == 0 ||
              strcmp(nst_model_text(model, NST_MODEL_SOURCE), "random:0") == 0);
    nst_model_destroy(model);
    nst_status status = nst_model_load(&model, "lite");
    ck_assert_int_eq(status, model ? NST_OK : NST_ERR_NOT_FOUND);
    if (model) {
        size_t index;
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_FORMAT), "embedded");
        ck_assert_int_eq(nst_model_find_layer(model, "relu5_1", &index), NST_ERR_NO_LAYER);
        ck_assert_ptr_nonnull(strstr(nst_last_error(), "(nst model fetch vgg19 brings a deeper model)"));
    }
    nst_model_destroy(model);
}
END_TEST

static void assert_folder(size_t index, const char *expected)
{
    char folder[100];
    ck_assert_int_eq(nst_model_folder(index, folder, sizeof folder), NST_OK);
    ck_assert_str_eq(folder, expected);
}

START_TEST(names_are_looked_for_in_folders)
{
    char root[] = "/tmp/nst_test_folders_XXXXXX", path[200], folder[100];
    nst_model *model;
    ck_assert_ptr_nonnull(mkdtemp(root));
    setenv("NST_MODEL_PATH", ":/a::b/:", 1);
    setenv("XDG_DATA_HOME", "/home/x/data/", 1);
    setenv("XDG_DATA_DIRS", "/s1:relative:/s2", 1);
    assert_folder(0, "/a");
    assert_folder(1, "b");
    assert_folder(2, "/home/x/data/nst");
    assert_folder(3, "/s1/nst");
    assert_folder(4, "/s2/nst");
    ck_assert_int_eq(nst_model_folder(5, folder, sizeof folder), NST_ERR_RANGE);
    ck_assert_int_eq(nst_model_folder(0, folder, 2), NST_ERR_RANGE);
    ck_assert_int_eq(nst_model_folder(0, folder, 3), NST_OK);
    ck_assert_int_eq(nst_model_load(&model, "nosuchmodel"), NST_ERR_NOT_FOUND);
    ck_assert_str_eq(nst_last_error(), "nosuchmodel: neither a file nor nosuchmodel.safetensors in /a, b, "
                                       "/home/x/data/nst, /s1/nst, /s2/nst");
    ck_assert_int_eq(nst_model_load(&model, "vgg19"), NST_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "/s2/nst; nst model fetch vgg19 brings it"));
    unsetenv("NST_MODEL_PATH");
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_DATA_DIRS");
    setenv("HOME", root, 1);
    snprintf(path, sizeof path, "%s/.local/share/nst", root);
    assert_folder(0, path);
    assert_folder(1, "/usr/local/share/nst");
    unsetenv("HOME");
    assert_folder(0, "/usr/local/share/nst");

    setenv("NST_MODEL_PATH", root, 1);
    blob b = network("conv%d.weight", names16, 13, 0.5f);
    snprintf(path, sizeof path, "%s/small.safetensors", root);
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(b.bytes, b.size, 1, file) == 1 && fclose(file) == 0);
    ck_assert_int_eq(nst_model_load(&model, "small"), NST_OK);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_SOURCE), path);
    nst_model_destroy(model);
    ck_assert_int_eq(nst_model_load(&model, path), NST_OK);
    nst_model_destroy(model);
    ck_assert(chdir(root) == 0 && mkdir("small", 0700) == 0);
    ck_assert_int_eq(nst_model_load(&model, "small"), NST_OK); /* not the folder of that name */
    nst_model_destroy(model);
    rmdir("small");
    ck_assert_int_eq(nst_model_load(&model, root), NST_ERR_NOT_FOUND); /* a directory */
    ck_assert_int_eq(nst_model_load(&model, ""), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_load(&model, "./small"), NST_ERR_NOT_FOUND);
    write_blob("vgg-00001-of-00003.safetensors", &b);
    ck_assert_int_eq(nst_model_load(&model, "./vgg-00001-of-00003.safetensors"), NST_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "part 1 of a model in 3 parts"));
    unlink("vgg-00001-of-00003.safetensors");
    write_blob("vgg-00001-of-00001.safetensors", &b);
    ck_assert_int_eq(nst_model_load(&model, "./vgg-00001-of-00001.safetensors"), NST_OK);
    nst_model_destroy(model);
    unlink("vgg-00001-of-00001.safetensors");
    unlink(path);
    rmdir(root);
    blob_free(&b);
}
END_TEST

static void *hold_and_let_go(void *model)
{
    for (int i = 0; i < 10000; i++)
        nst_model_destroy((nst_model *)(uintptr_t)nst__model_hold(model));
    return NULL;
}

START_TEST(references_are_counted_among_threads)
{
    nst_model *model;
    pthread_t thread[4];
    ck_assert_int_eq(decode_network(&model, "features.%d.weight", features19, 2), NST_OK);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, hold_and_let_go, model), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    ck_assert_uint_eq(nst_model_layer_count(model), 4);
    nst_model_destroy(model);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK); /* nothing is left */
}
END_TEST

START_TEST(files_are_read_like_memory)
{
    assert_survives_cuts_while_reading(network("features.%d.weight", features19, 3, 0.5f));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    blob b = network("features.%d.weight", features19, 16, 0.5f);
    char path[] = "/tmp/nst_test_model_XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    ck_assert_int_eq(nst_allocator_set(&(nst_allocator){
                         .size = sizeof(nst_allocator), .allocate = give, .resize = give_more, .release = take_back}),
                     NST_OK);
    nst_status status = NST_ERR_OUT_OF_MEMORY;
    int failures = 0;
    for (int n = 0; status == NST_ERR_OUT_OF_MEMORY; n++, failures++) {
        nst_model *model;
        calls_left = n;
        status = nst_model_decode(&model, b.bytes, b.size, NST_INPUT_AUTO);
        ck_assert(model || status == NST_ERR_OUT_OF_MEMORY);
        if (model) {
            nst_status saved = NST_ERR_OUT_OF_MEMORY;
            for (int m = 0; saved == NST_ERR_OUT_OF_MEMORY; m++) {
                calls_left = m;
                saved = nst_model_save(model, path, NST_DTYPE_F16, NULL);
            }
            ck_assert_int_eq(saved, NST_OK);
            nst_model *again = NULL;
            for (int m = 0; !again; m++) {
                calls_left = m;
                saved = nst_model_load(&again, path);
                ck_assert(again || saved == NST_ERR_OUT_OF_MEMORY);
            }
            nst_model_destroy(again);
        }
        nst_model_destroy(model);
        ck_assert_int_eq(blocks, 0);
    }
    ck_assert_int_eq(status, NST_OK);
    ck_assert_int_gt(failures, 32);
    nst_allocator_set(NULL);
    unlink(path);
    blob_free(&b);
}
END_TEST

RUNNER("model", topology_is_told_from_the_tensors, gaps_are_refused, layers_are_found_by_name, real_weights_are_read,
       what_f16_cannot_hold_is_refused, input_space_is_told_from_the_values, random_filters_are_seeded,
       default_needs_no_file, names_are_looked_for_in_folders, references_are_counted_among_threads,
       files_are_read_like_memory, every_allocation_may_fail)
