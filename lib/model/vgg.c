#include "model/vgg.h"

#include <string.h>

#define CONV(block, number, feature, channels) \
    { \
        "conv" #block "_" #number, "relu" #block "_" #number, block, number, feature, channels \
    }

const nst__vgg nst__vgg19 = {"vgg19",
                             16,
                             {CONV(1, 1, 0, 64), CONV(1, 2, 2, 64), CONV(2, 1, 5, 128), CONV(2, 2, 7, 128),
                              CONV(3, 1, 10, 256), CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), CONV(3, 4, 16, 256),
                              CONV(4, 1, 19, 512), CONV(4, 2, 21, 512), CONV(4, 3, 23, 512), CONV(4, 4, 25, 512),
                              CONV(5, 1, 28, 512), CONV(5, 2, 30, 512), CONV(5, 3, 32, 512), CONV(5, 4, 34, 512)}};

const nst__vgg nst__vgg16 = {"vgg16",
                             13,
                             {CONV(1, 1, 0, 64), CONV(1, 2, 2, 64), CONV(2, 1, 5, 128), CONV(2, 2, 7, 128),
                              CONV(3, 1, 10, 256), CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), CONV(4, 1, 17, 512),
                              CONV(4, 2, 19, 512), CONV(4, 3, 21, 512), CONV(5, 1, 24, 512), CONV(5, 2, 26, 512),
                              CONV(5, 3, 28, 512)}};

/* A piece of text that is eaten from the front. */
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

static void eat_wrappers(cursor *c)
{
    static const char *const wrapper[] = {"module.", "model.", "_orig_mod.", "vgg.", "vgg16.", "vgg19."};
    const size_t count = sizeof wrapper / sizeof wrapper[0];
    for (size_t i = 0; i < count;)
        i = eat(c, wrapper[i]) ? 0 : i + 1;
}

bool nst__vgg_parse_key(nst__vgg_key *out, const char *key, size_t length)
{
    cursor c = {key, key + length};
    *out = (nst__vgg_key){.feature = -1};
    if (length > NST__KEY_MAX) return false;
    eat_wrappers(&c);
    if (eat(&c, "features.")) {
        if (!eat_digits(&c, 3, &out->feature)) return false;
    } else if (eat(&c, "block")) { /* Keras */
        if (!eat_digits(&c, 1, &out->block) || !eat(&c, "_conv") || !eat_digits(&c, 1, &out->number)) return false;
    } else if (eat(&c, "conv")) { /* conversions from Caffe */
        if (!eat_digits(&c, 1, &out->block) || (eat(&c, "_"), !eat_digits(&c, 1, &out->number))) return false;
    } else {
        return false;
    }
    out->bias = eat(&c, ".bias");
    return (out->bias || eat(&c, ".weight")) && c.p == c.end;
}

size_t nst__vgg_index(const nst__vgg *vgg, const nst__vgg_key *key)
{
    for (size_t i = 0; i < vgg->count; i++) {
        const nst__vgg_conv *conv = &vgg->conv[i];
        if (key->feature >= 0 ? conv->feature == key->feature
                              : conv->block == key->block && conv->number == key->number)
            return i;
    }
    return NST__CONVS_MAX;
}
