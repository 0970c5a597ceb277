/*
 * A file may hold several networks and other things: a classifier, the state of an optimizer, a generator. Tensors with
 * the same prefix and the same kind of names form one candidate. The VGG is the candidate that starts like a VGG.
 */
#include "model/network.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATES_MAX = 64 };

/* The common part of the names of a network's tensors. */
typedef struct candidate {
    const char *text; /* the prefix is its first PREFIX bytes */
    size_t prefix;
    nst__naming naming;
} candidate;

/* The tensors of a candidate in the layers of one VGG, or the reason why they do not fit it. */
typedef struct layout {
    nst__network network;
    enum problem { FITS, STRANGE, NORMALISED, ALIEN, DOUBLE, GAP, UNNAMED } problem;
    const nst__tensor *tensor; /* the tensor with the problem; not for GAP */
    size_t layer;              /* the layer with the problem, for DOUBLE and GAP */
} layout;

static bool has_prefix(const candidate *c, const char *name)
{
    return strncmp(name, c->text, c->prefix) == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* True if the tensor NAME is part of the candidate's network; KEY then describes it. */
static bool belongs(const candidate *c, const char *name, nst__vgg_key *key)
{
    return has_prefix(c, name) && nst__vgg_parse(key, name) && key->prefix == c->prefix && key->naming == c->naming;
}

/* Judges a tensor that is not one of a VGG. It is a problem if it belongs to the same network: as another layer that
 * has a number, or as batch normalisation next to convolutions that have names. */
static enum problem stranger(const candidate *c, const char *name)
{
    static const char mean[] = ".running_mean";
    const char *rest = name + c->prefix;
    if (!has_prefix(c, name)) return FITS;
    const char *dot = strchr(rest, '.');
    if (dot && strcmp(dot, mean) == 0) return NORMALISED;
    if (c->naming == NST__BY_ORDER && strncmp(rest, "batch_normalization", strlen("batch_normalization")) == 0)
        return NORMALISED;
    return c->naming == NST__BY_NUMBER && is_digit(*rest) ? STRANGE : FITS;
}

static layout fit(const nst__topology *topology, const candidate *c, const nst__table *table)
{
    layout l = {.network = {.topology = topology, .naming = c->naming}};
    nst__network *n = &l.network;
    for (size_t i = 0; i < table->count; i++) {
        nst__vgg_key key;
        l.tensor = &table->tensor[i];
        if (!belongs(c, l.tensor->name, &key)) {
            l.problem = stranger(c, l.tensor->name);
            if (l.problem != FITS) return l;
            continue;
        }
        l.layer = nst__topology_find_key(topology, &key);
        l.problem = ALIEN;
        if (l.layer == NST__LAYERS_MAX) return l;
        const nst__tensor **slot = key.bias ? &n->bias[l.layer] : &n->weight[l.layer];
        l.problem = DOUBLE;
        if (*slot) return l;
        *slot = l.tensor;
        n->layers = l.layer + 1 > n->layers ? l.layer + 1 : n->layers;
    }
    l.problem = GAP;
    for (l.layer = 0; l.layer < n->layers; l.layer++) {
        if (!nst__topology_has_weights(topology, l.layer)) continue;
        if (!n->weight[l.layer]) return l;
        n->convs++;
    }
    l.problem = c->naming == NST__BY_ORDER && n->convs != nst__topology_convs(topology) ? UNNAMED : FITS;
    return l;
}

/* Fits the tensors to the topology that the metadata name or else to the largest that fits; only a file that ends early
 * fits several. If none fits, the result is for the first topology that has all their names, or for VGG-19. */
static layout fit_any(const candidate *c, const nst__table *table)
{
    const char *said = nst__table_find_note(table, "architecture");
    layout best = {.problem = ALIEN};
    const nst__topology *topology;
    for (size_t i = 0; (topology = nst__topology_at(i)); i++) {
        const layout l = fit(topology, c, table);
        const bool first = i == 0, named = said && strcmp(said, topology->name) == 0;
        if (first || (l.problem == FITS && (best.problem != FITS || named)) ||
            (l.problem != ALIEN && best.problem == ALIEN))
            best = l;
    }
    return best;
}

/* The tensor of a batch normalisation, which explains why a tensor does not fit a VGG, or NULL. */
static const nst__tensor *find_normalisation(const layout *l, const candidate *c, const nst__table *table)
{
    for (size_t i = 0; i < table->count && l->problem != NORMALISED; i++) {
        const char *name = table->tensor[i].name, *dot = strrchr(name, '.');
        if (has_prefix(c, name) && dot && strcmp(dot, ".running_mean") == 0) return &table->tensor[i];
    }
    return l->problem == NORMALISED ? l->tensor : NULL;
}

static nst_status refuse(const layout *l, const candidate *c, const nst__table *table)
{
    const char *file = table->source->name;
    const nst__network *n = &l->network;
    const bool strange = l->problem == NORMALISED || l->problem == STRANGE || l->problem == ALIEN;
    const nst__tensor *normalisation = strange ? find_normalisation(l, c, table) : NULL;
    nst__vgg_key key;
    if (normalisation)
        return nst__fail(
            NST_ERR_UNSUPPORTED,
            "%s: %s: a VGG with batch normalisation, which is not read here: expected one without, such as "
            "torchvision's vgg19",
            file, normalisation->name);
    if (l->problem == STRANGE)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: no VGG has such a tensor: this is another network", file,
                         l->tensor->name);
    if (l->problem == UNNAMED)
        return nst__fail(
            NST_ERR_UNSUPPORTED,
            "%s: expected the 16, 13, 10 or 8 convolutions of a whole VGG, for their layers have no names; "
            "found %zu",
            file, n->convs);
    nst__vgg_parse(&key, l->tensor->name);
    const nst__topology *topology;
    for (size_t i = 0; l->problem == ALIEN && (topology = nst__topology_at(i)); i++)
        if (nst__topology_find_key(topology, &key) != NST__LAYERS_MAX)
            return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s has no such convolution, but other tensors are its own", file,
                             l->tensor->name, n->topology->name);
    if (l->problem == ALIEN)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: no VGG has a convolution of that name", file, l->tensor->name);
    if (l->problem == DOUBLE)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: stands twice in the file, first as %s", file, l->tensor->name,
                         (key.bias ? n->bias[l->layer] : n->weight[l->layer])->name);
    const nst__layer *layer = &n->topology->layer[l->layer];
    return nst__fail(NST_ERR_CORRUPT, "%s: expected weights of %s (features.%d.weight), which are missing; %s is there",
                     file, layer->name, layer->number,
                     n->bias[l->layer] ? "its bias" : n->topology->layer[n->layers - 1].name);
}

/* ---- Candidates ---- */

/* True if the names can only be those of a VGG: "features." before a number, or a name. A bare number or the order of
 * layers may be of any network. */
static bool is_sure(const candidate *c)
{
    static const char *const last[] = {"features.", "features.module."};
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
        const size_t n = strlen(last[i]);
        if (c->prefix >= n && memcmp(c->text + c->prefix - n, last[i], n) == 0) return true;
    }
    return c->naming != NST__BY_NUMBER && c->naming != NST__BY_ORDER;
}

static bool is_conv1_1(const nst__tensor *t, nst__naming naming)
{
    const bool turned = nst__naming_turned(naming);
    const int kernel = turned ? 0 : 2;
    return t->rank == 4 && t->shape[turned ? 2 : 1] == 3 && t->shape[kernel] == 3 && t->shape[kernel + 1] == 3;
}

/* Collects the prefixes that have a first convolution. If some are sure, only those count. */
static size_t find_candidates(candidate *out, const nst__table *table)
{
    size_t count = 0;
    bool sure = false;
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->tensor[i].name;
        nst__vgg_key key;
        if (!nst__vgg_parse(&key, name)) continue;
        const candidate c = {name, key.prefix, key.naming};
        bool known = false;
        if (is_sure(&c) != sure) {
            if (sure) continue;
            sure = true;
            count = 0;
        }
        if (!sure && (key.feature != 0 || key.bias || !is_conv1_1(&table->tensor[i], key.naming))) continue;
        for (size_t k = 0; k < count && !known; k++)
            known = out[k].naming == c.naming && out[k].prefix == c.prefix && has_prefix(&out[k], name);
        if (!known && count < CANDIDATES_MAX) out[count++] = c;
    }
    return count;
}

/* True for the prefixes under which training programs store the network itself. A checkpoint may hold a second one
 * beside it, such as an average of its weights. */
static bool is_preferred(const candidate *c)
{
    static const char *const wrapper[] = {"features.", "state_dict.", "model_state_dict.", "model.",   "module.",
                                          "net.",      "params.",     "model_state.",      "network.", "weights."};
    for (size_t i = 0; i < sizeof wrapper / sizeof wrapper[0]; i++)
        if (strncmp(c->text, wrapper[i], strlen(wrapper[i])) == 0 && c->prefix >= strlen(wrapper[i])) return true;
    return c->prefix == 0;
}

/* Chooses between several candidates. */
static nst_status choose(layout *out, const candidate *c, size_t count, const nst__table *table)
{
    size_t chosen = count, second = count;
    *out = fit_any(&c[0], table);
    for (size_t i = 0; i < count && count > 1; i++) {
        const layout l = fit_any(&c[i], table);
        if (l.problem != FITS || !is_conv1_1(l.network.weight[1], c[i].naming)) continue;
        if (chosen == count || (is_preferred(&c[i]) && !is_preferred(&c[chosen]))) {
            chosen = i;
            second = count;
            *out = l;
        } else if (is_preferred(&c[i]) == is_preferred(&c[chosen])) {
            second = i;
        }
    }
    if (second != count)
        return nst__fail(
            NST_ERR_UNSUPPORTED,
            "%s: expected one network, found two, under '%.*s' and under '%.*s': save the one that is meant",
            table->source->name, (int)c[chosen].prefix, c[chosen].text, (int)c[second].prefix, c[second].text);
    return out->problem == FITS ? NST_OK : refuse(out, &c[0], table);
}

/* ---- The whole file ---- */

/* The message names the first few tensors, so that the author of the file recognises it. */
static nst_status refuse_all(const nst__table *table)
{
    enum { SHOWN = 4 };
    char found[SHOWN * 80 + 40] = "none";
    size_t used = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->tensor[i].fault)
            return nst__fail(table->tensor[i].fault_status, "%s: no tensor is called as VGG's are, and %.100s %s",
                             table->source->name, table->tensor[i].name, table->tensor[i].fault);
    for (size_t i = 0; i < table->count && i < SHOWN; i++)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s%.76s", i ? ", " : "", table->tensor[i].name);
    if (table->count > SHOWN) snprintf(found + used, sizeof found - used, " and %zu more", table->count - SHOWN);
    return nst__fail(NST_ERR_UNSUPPORTED,
                     "%s: no tensor is called as VGG's are: expected features.0.weight, conv1_1.weight or, of "
                     "Keras, block1_conv1; found %s",
                     table->source->name, found);
}

nst_status nst__network_find(nst__network *out, const nst__table *table)
{
    nst_status status = NST_OK;
    candidate candidates[CANDIDATES_MAX];
    layout l;
    const size_t count = find_candidates(candidates, table);
    if (count == 0) return refuse_all(table);
    NST_TRY(choose(&l, candidates, count, table));
    *out = l.network;
out:
    return status;
}
