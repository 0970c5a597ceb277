#include "model/names.h"

#include <string.h>

/* The rest of a text that is parsed from the front. */
typedef struct cursor {
    const char *p, *end;
} cursor;

static bool eat(cursor *c, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0) return false;
    c->p += n;
    return true;
}

static bool eat_digits(cursor *c, int most, int *out)
{
    int n = 0;
    *out = 0;
    while (n < most && c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        *out = *out * 10 + (*c->p++ - '0');
        n++;
    }
    return n > 0;
}

/* Parses "block2_conv1"; nothing may follow. */
static bool parse_block(cursor c, nst__vgg_key *out)
{
    return eat(&c, "block") && eat_digits(&c, 1, &out->block) && eat(&c, "_conv") && eat_digits(&c, 1, &out->number) &&
           c.p == c.end;
}

/* Parses "conv2_1" or "conv21"; nothing may follow. */
static bool parse_conv(cursor c, nst__vgg_key *out)
{
    return eat(&c, "conv") && eat_digits(&c, 1, &out->block) && (eat(&c, "_"), eat_digits(&c, 1, &out->number)) &&
           c.p == c.end;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    const size_t n = strlen(end);
    return length >= n && memcmp(text + length - n, end, n) == 0;
}

/* Parses a path with the group of a layer, then a dataset: "block1_conv1_W_1:0" in the files of 2016, later "kernel:0"
 * and "kernel". Layers are nested like models, and scopes repeat their names: the first part that has the name of a
 * layer counts. */
static bool parse_keras(nst__vgg_key *out, const char *name)
{
    static const char *const weight[] = {"_W_1:0", "_W:0", "kernel:0", "kernel"};
    static const char *const bias[] = {"_b_1:0", "_b:0", "bias:0", "bias"};
    const size_t length = strlen(name);
    const char *part = name;
    for (const char *slash; (slash = strchr(part, '/')) && !parse_block((cursor){part, slash}, out);)
        part = slash + 1;
    if (!strchr(part, '/')) return false;
    out->naming = NST__BY_KERAS;
    out->prefix = (size_t)(part - name);
    for (size_t i = 0; i < sizeof weight / sizeof weight[0]; i++) {
        out->bias = ends_with(name, length, bias[i]);
        if (out->bias || ends_with(name, length, weight[i])) return true;
    }
    return false;
}

/* Parses a path that ends in "conv2d" or "conv2d_2", then "vars/0" or "vars/1". */
static bool parse_order(nst__vgg_key *out, const char *name)
{
    static const char weight[] = "/vars/0", bias[] = "/vars/1";
    size_t length = strlen(name);
    out->bias = ends_with(name, length, bias);
    if (!out->bias && !ends_with(name, length, weight)) return false;
    length -= sizeof weight - 1;
    size_t start = length;
    while (start > 0 && name[start - 1] != '/')
        start--;
    cursor c = {name + start, name + length};
    out->prefix = start;
    out->naming = NST__BY_ORDER;
    out->feature = 0;
    return eat(&c, "conv2d") && (c.p == c.end || (eat(&c, "_") && eat_digits(&c, 3, &out->feature) && c.p == c.end));
}

bool nst__naming_turned(nst__naming naming)
{
    return naming != NST__BY_NUMBER && naming != NST__BY_NAME;
}

/* Parses the part of NAME that ends at LENGTH, such as "conv2_1" or "block2_conv1". */
static bool parse_name(nst__vgg_key *out, const char *name, size_t length, nst__naming naming)
{
    size_t start = length;
    while (start > 0 && name[start - 1] != '.')
        start--;
    const cursor c = {name + start, name + length};
    out->prefix = start;
    out->naming = naming;
    return parse_conv(c, out) || parse_block(c, out);
}

bool nst__vgg_parse(nst__vgg_key *out, const char *name)
{
    static const struct {
        const char *weight, *bias;
    } lists[] = {
        {".0", ".1"}, {".weights.0", ".weights.1"}, {".filters", ".biases"}}; /* NumPy, MatConvNet, its first */
    size_t length = strlen(name);
    *out = (nst__vgg_key){.feature = -1};
    if (parse_keras(out, name) || parse_order(out, name)) return true;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *out = (nst__vgg_key){.feature = -1, .bias = ends_with(name, length, lists[i].bias)};
        const char *end = out->bias ? lists[i].bias : lists[i].weight;
        if (ends_with(name, length, end) && parse_name(out, name, length - strlen(end), NST__BY_LIST)) return true;
    }
    *out = (nst__vgg_key){.feature = -1, .bias = ends_with(name, length, ".bias")};
    if (!out->bias && !ends_with(name, length, ".weight")) return false;
    length -= strlen(out->bias ? ".bias" : ".weight");
    if (parse_name(out, name, length, NST__BY_NAME)) return true;
    cursor c = {name + out->prefix, name + length};
    out->naming = NST__BY_NUMBER;
    return eat_digits(&c, 3, &out->feature) && c.p == c.end;
}
