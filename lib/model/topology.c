#include "model/topology.h"

#include <stdio.h>
#include <string.h>

/* nst__NAME is defined in vgg.c, or in a file of its own. */
#define ROWS(row) row(vgg19) row(vgg16) row(vgg13) row(vgg11)

#define DECLARE(name) extern const nst__topology nst__##name;
#define ENTER(name)   &nst__##name,
ROWS(DECLARE)
static const nst__topology *const table[] = {ROWS(ENTER)};

const nst__topology *nst__topology_at(size_t index)
{
    return index < sizeof table / sizeof table[0] ? table[index] : NULL;
}

size_t nst__topology_layers(const nst__topology *topology)
{
    size_t count = 0;
    while (count < NST__LAYERS_MAX && topology->layer[count].operation != NST__END)
        count++;
    return count;
}

bool nst__topology_has_weights(const nst__topology *topology, size_t layer)
{
    return nst__operation_type_of(topology->layer[layer].operation)->weights;
}

size_t nst__topology_convs(const nst__topology *topology)
{
    const size_t layers = nst__topology_layers(topology);
    size_t count = 0;
    for (size_t i = 0; i < layers; i++)
        count += nst__topology_has_weights(topology, i);
    return count;
}

bool nst__topology_is_feature(const nst__topology *topology, size_t layer)
{
    const nst__operation operation = topology->layer[layer].operation;
    return operation == NST__CONVOLUTION || operation == NST__RELU;
}

size_t nst__topology_input(const nst__topology *topology, size_t layer)
{
    const size_t input = topology->layer[layer].input;
    return input ? input : layer - 1;
}

size_t nst__topology_find(const nst__topology *topology, const char *name)
{
    const size_t layers = nst__topology_layers(topology);
    for (size_t i = 0; i < layers; i++)
        if (strcmp(topology->layer[i].name, name) == 0) return i;
    return NST__LAYERS_MAX;
}

size_t nst__topology_find_key(const nst__topology *topology, const nst__vgg_key *key)
{
    const size_t layers = nst__topology_layers(topology);
    char name[32];
    int order = 0;
    snprintf(name, sizeof name, "conv%d_%d", key->block, key->number);
    for (size_t i = 0; i < layers; i++) {
        const nst__layer *layer = &topology->layer[i];
        if (!nst__topology_has_weights(topology, i)) continue;
        if (key->naming == NST__BY_NUMBER  ? layer->number == key->feature
            : key->naming == NST__BY_ORDER ? order == key->feature
                                           : strcmp(layer->name, name) == 0)
            return i;
        order++;
    }
    return NST__LAYERS_MAX;
}

size_t nst__topology_step(const nst__topology *topology, size_t layer)
{
    size_t step = 1;
    for (; layer > 0; layer = nst__topology_input(topology, layer))
        step *= (size_t)topology->layer[layer].stride;
    return step;
}

size_t nst__topology_reach(const nst__topology *topology, size_t layer)
{
    size_t reach = 0;
    for (; layer > 0; layer = nst__topology_input(topology, layer)) {
        const nst__layer *at = &topology->layer[layer];
        reach += nst__operation_reach(at->kernel, at->stride) *
                 nst__topology_step(topology, nst__topology_input(topology, layer));
    }
    return reach;
}
