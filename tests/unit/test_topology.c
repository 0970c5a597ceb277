/* Networks as tables of layers: sizes and receptive fields, and the walk through tables that no model file has. */
#include "unit/runner.h"

#include "model/handle.h"
#include "model/model.h"
#include "objective/layout.h"
#include "objective/sweep.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sizes ---- */

static void check_sizes(const nst__topology *topology, const char *name, size_t step, size_t reach)
{
    const size_t layer = nst__topology_find(topology, name);
    ck_assert_msg(layer != NST__LAYERS_MAX, "%s: no layer %s", topology->name, name);
    ck_assert_msg(nst__topology_step(topology, layer) == step && nst__topology_reach(topology, layer) == reach,
                  "%s, %s: expected a step of %zu and a reach of %zu, found %zu and %zu", topology->name, name, step,
                  reach, nst__topology_step(topology, layer), nst__topology_reach(topology, layer));
}

/* A 3x3 convolution adds a step, a 2x2 pooling doubles the step. */
START_TEST(sizes_of_vgg)
{
    const nst__topology *vgg11 = nst__topology_at(3);
    check_sizes(&nst__vgg19, "picture", 1, 0);
    check_sizes(&nst__vgg19, "conv1_1", 1, 1);
    check_sizes(&nst__vgg19, "relu1_2", 1, 2);
    check_sizes(&nst__vgg19, "pool1", 2, 2);
    check_sizes(&nst__vgg19, "conv2_1", 2, 4);
    check_sizes(&nst__vgg19, "conv3_1", 4, 10);
    check_sizes(&nst__vgg19, "conv3_4", 4, 22);
    check_sizes(&nst__vgg19, "conv4_1", 8, 30);
    check_sizes(&nst__vgg19, "relu5_1", 16, 70);
    check_sizes(&nst__vgg19, "relu5_4", 16, 118);
    check_sizes(vgg11, "conv2_1", 2, 3);
    check_sizes(vgg11, "conv5_2", 16, 1 + 2 + 8 + 16 + 32);
}
END_TEST

/* Kernels of 9x9 and 1x1, a stride of 2, and a layer that reads one far above it. */
START_TEST(sizes_of_other_tables)
{
    static const nst__topology other = {"other",
                                        {{"picture", NST__PICTURE, 1, 1, 0, 0, 0},
                                         {"nine", NST__CONVOLUTION, 9, 1, 0, 0, 8},
                                         {"half", NST__CONVOLUTION, 3, 2, 0, 1, 8},
                                         {"one", NST__CONVOLUTION, 1, 1, 0, 2, 8},
                                         {"quarter", NST__CONVOLUTION, 3, 2, 0, 3, 8},
                                         {"last", NST__CONVOLUTION, 3, 1, 0, 4, 8},
                                         {"branch", NST__CONVOLUTION, 3, 1, 2, 5, 8}}};
    ck_assert_uint_eq(nst__topology_layers(&other), 7);
    ck_assert_uint_eq(nst__topology_convs(&other), 6);
    check_sizes(&other, "nine", 1, 4);
    check_sizes(&other, "half", 2, 4 + 1);
    check_sizes(&other, "one", 2, 5);
    check_sizes(&other, "quarter", 4, 5 + 2);
    check_sizes(&other, "last", 4, 7 + 4);
    check_sizes(&other, "branch", 2, 5 + 2);
}
END_TEST

/* What every table must be: docs/developing.md. */
START_TEST(tables_are_sound)
{
    const nst__topology *t;
    for (size_t i = 0; (t = nst__topology_at(i)); i++) {
        const size_t layers = nst__topology_layers(t);
        ck_assert(layers < NST__LAYERS_MAX && t->layer[0].operation == NST__PICTURE);
        ck_assert(nst__topology_has_weights(t, 1)); /* its weights tell the input space */
        for (size_t l = 1; l < layers; l++) {
            const size_t input = nst__topology_input(t, l);
            ck_assert_msg(input < l && nst__topology_find(t, t->layer[l].name) == l, "%s, %s", t->name,
                          t->layer[l].name);
            if (t->layer[l].operation == NST__RELU) ck_assert_int_eq(t->layer[input].operation, NST__CONVOLUTION);
        }
    }
}
END_TEST

/* ---- A branch ---- */

/* The branch reads "a" as it is, the trunk its ReLU. */
#define TRUNK \
    {"picture", NST__PICTURE, 1, 1, 0, 0, 0}, {"a", NST__CONVOLUTION, 3, 1, 0, 0, 5}, \
        {"relu_a", NST__RELU, 1, 1, 0, 0, 0}, {"b", NST__CONVOLUTION, 3, 1, 0, 1, 4}, \
        {"relu_b", NST__RELU, 1, 1, 0, 0, 0}, {"pool_b", NST__POOL, 2, 2, 0, 0, 0}, \
    { \
        "c", NST__CONVOLUTION, 3, 1, 0, 2, 6 \
    }
static const nst__topology trunk = {"trunk", {TRUNK}},
                           twig = {"twig",
                                   {{"picture", NST__PICTURE, 1, 1, 0, 0, 0},
                                    {"a", NST__CONVOLUTION, 3, 1, 0, 0, 5},
                                    {"pool_a", NST__POOL, 2, 2, 0, 0, 0},
                                    {"d", NST__CONVOLUTION, 3, 1, 0, 3, 3}}},
                           tree = {
                               "tree",
                               {TRUNK, {"pool_a", NST__POOL, 2, 2, 1, 0, 0}, {"d", NST__CONVOLUTION, 3, 1, 0, 3, 3}}};

enum { SIDE = 24, PIXELS = SIDE * SIDE * 3 };

/* In -1..1, from two numbers. */
static float noise(size_t a, size_t b)
{
    const unsigned x = (unsigned)(a * 2654435761u) ^ (unsigned)(b * 40503u * 65537u + 12345u);
    return (float)((x ^ x >> 15) * 2246822519u >> 8) / (float)(1 << 23) - 1;
}

/* Weights are told by the layer's name, so that they are the same in every table. */
static nst_model *model_of(const nst__topology *topology)
{
    nst_model *model;
    ck_assert_int_eq(nst__model_create(&model, topology, "test", "test"), NST_OK);
    while (model->count < nst__topology_layers(topology)) {
        const nst__layer *layer = &topology->layer[model->count];
        const size_t in = nst__model_channels_in(model, model->count), n = in * layer->channels * 9;
        nst__conv *conv;
        ck_assert_int_eq(nst__conv_create(&conv, in, layer->channels, NULL, NULL), NST_OK);
        for (size_t i = 0; i < n; i++)
            nst__conv_fill_weights(conv)[i] = noise(i, (size_t)layer->name[0]) * sqrtf(2.0f / (9 * (float)in));
        for (size_t i = 0; i < layer->channels; i++)
            nst__conv_fill_bias(conv)[i] = 0.1f * noise(i, 7);
        nst__model_add(model, conv);
    }
    model->input = NST_INPUT_RGB01;
    return model;
}

/* The loss is the sum of features times numbers that the layer's name tells. */
typedef struct walk {
    nst__net net;
    nst__tile tile;
    double value;
    size_t seen;                  /* how often a layer was observed */
    float *less[NST__LAYERS_MAX]; /* the features less those numbers, in the window */
    nst__slopes_call slopes;
    float gradient[PIXELS];
} walk;

static nst__window window_of(const walk *w, size_t layer, nst__map map)
{
    return nst__tile_window(&w->tile, nst__net_step(&w->net, layer), map.channels, map.data);
}

/* Its number in that loss: the value's place in the whole picture counts. */
static float number_at(const walk *w, size_t layer, const nst__window *window, size_t row, size_t i)
{
    const size_t step = nst__net_step(&w->net, layer), channels = window->map.channels;
    const size_t y = w->tile.core_top / step + row, x = w->tile.core_left / step + i / channels;
    return noise((y * SIDE + x) * channels + i % channels, (size_t)nst__net_layer(&w->net, layer)->name[0] + 100);
}

static void see(void *user, size_t layer, nst__map map, float *workspace)
{
    walk *w = user;
    const nst__window window = window_of(w, layer, map);
    const size_t width = window.width * map.channels;
    (void)workspace;
    w->seen++;
    free(w->less[layer]);
    w->less[layer] = malloc(window.height * width * sizeof(float));
    for (size_t row = 0; row < window.height; row++)
        for (size_t i = 0; i < width; i++) {
            const float feature = nst__window_row(&window, row)[i], number = number_at(w, layer, &window, row, i);
            w->value += (double)feature * (double)number;
            w->less[layer][row * width + i] = feature - number;
        }
}

/* The numbers, as the distance of the features from what is less. */
static const nst__slopes_call *pull(void *user, size_t layer, nst__map map)
{
    walk *w = user;
    nst__slopes *of = nst__net_stores_relu(&w->net, layer) ? &w->slopes.after : &w->slopes.before;
    w->slopes = (nst__slopes_call){.engine = w->net.engine, .window = window_of(w, layer, map)};
    of->of[of->count++].slope = (nst__slope){.features = w->less[layer], .pull = 1};
    return &w->slopes;
}

/* Of a picture of noise, with losses at the layers of LOSSES, in TILES x TILES tiles. */
static walk *walk_through(const nst__topology *topology, const char *const *losses, size_t tiles)
{
    nst_model *model = model_of(topology);
    nst__engine *engine;
    nst__sweep *sweep;
    float x[PIXELS];
    walk *w = calloc(1, sizeof *w);
    const nst__observer observer = {.forward = see, .slopes = pull, .user = w};
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    w->net = (nst__net){.model = model, .engine = engine};
    for (; *losses; losses++)
        nst__net_tap(&w->net, &(nst__tap){nst__topology_find(topology, *losses), 1}, 1);
    for (size_t i = 0; i < PIXELS; i++)
        x[i] = 0.5f + 0.5f * noise(i, 3);
    const nst__tiling tiling = nst__tiling_make(&w->net, SIDE, SIDE, tiles, tiles);
    ck_assert_uint_eq(nst__tiling_count(&tiling), tiles * tiles);
    const nst__sweep_plan plan = nst__sweep_plan_make(&w->net, &tiling, true);
    ck_assert_int_eq(nst__sweep_create(&sweep, &w->net, &plan), NST_OK);
    for (size_t i = 0; i < tiles * tiles; i++) {
        w->tile = nst__tile_at(&tiling, i);
        ck_assert_int_eq(nst__sweep_forward(sweep, &w->tile, x, w->net.depth, &observer), NST_OK);
        ck_assert_int_eq(nst__sweep_backward(sweep, &w->tile, w->gradient, &observer), NST_OK);
    }
    for (size_t l = 0; l < NST__LAYERS_MAX; l++)
        free(w->less[l]);
    nst__sweep_destroy(sweep);
    nst__engine_destroy(engine);
    nst_model_destroy(model);
    return w;
}

static void assert_sum(const walk *sum, const walk *a, const walk *b)
{
    ck_assert_double_eq_tol(sum->value, a->value + b->value, 1e-5 * fabs(a->value) + 1e-4);
    for (size_t i = 0; i < PIXELS; i++)
        ck_assert_msg(fabsf(sum->gradient[i] - a->gradient[i] - b->gradient[i]) < 2e-5f, "gradient %zu: %g, %g + %g", i,
                      (double)sum->gradient[i], (double)a->gradient[i], (double)b->gradient[i]);
}

#define LOSSES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What the branches of a tree find adds up, with a loss on the layer that they share too, and in tiles. */
START_TEST(branches_add_up)
{
    for (size_t tiles = 1; tiles <= 2; tiles++) {
        walk *sum = walk_through(&tree, LOSSES("a", "relu_b", "c", "d"), tiles);
        walk *a = walk_through(&trunk, LOSSES("relu_b", "c"), 1), *b = walk_through(&twig, LOSSES("a", "d"), 1);
        ck_assert_uint_eq(sum->seen, 4 * tiles * tiles);
        assert_sum(sum, a, b);
        free(sum);
        sum = walk_through(&tree, LOSSES("c", "d"), tiles); /* no loss where they meet */
        free(a);
        free(b);
        a = walk_through(&trunk, LOSSES("c"), 1);
        b = walk_through(&twig, LOSSES("d"), 1);
        assert_sum(sum, a, b);
        free(sum);
        free(a);
        free(b);
    }
}
END_TEST

/* Rows that no loss depends on are passed over. */
START_TEST(a_branch_alone_is_walked)
{
    const walk none = {.value = 0};
    walk *branch = walk_through(&tree, LOSSES("d"), 1), *twig_alone = walk_through(&twig, LOSSES("d"), 1);
    assert_sum(branch, twig_alone, &none);
    ck_assert(!branch->net.needed[nst__topology_find(&tree, "b")]);
    ck_assert_mem_eq(branch->gradient, twig_alone->gradient, sizeof branch->gradient);
    free(branch);
    free(twig_alone);
}
END_TEST

START_TEST(a_model_may_end_early)
{
    nst_model *model = model_of(&trunk);
    size_t layer;
    ck_assert_uint_eq(nst_model_layer_count(model), 5); /* no loss is taken at the pooling */
    nst_model_destroy(model);
    ck_assert_int_eq(nst__model_create(&model, &trunk, "test", "test"), NST_OK);
    nst__conv *conv;
    ck_assert_int_eq(nst__conv_create(&conv, 3, 9, NULL, NULL), NST_OK);
    nst__model_add(model, conv);
    ck_assert_uint_eq(nst_model_layer_count(model), 2); /* the ReLU comes along */
    ck_assert_int_eq(nst__model_find(model, "relu_a", &layer), NST_OK);
    ck_assert_uint_eq(nst__model_channels(model, layer), 9); /* not the 5 of the table */
    nst_model_destroy(model);
}
END_TEST

RUNNER("topology", sizes_of_vgg, sizes_of_other_tables, tables_are_sound, branches_add_up, a_branch_alone_is_walked,
       a_model_may_end_early)
