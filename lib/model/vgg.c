#include "model/vgg.h"

#define CONV(block, number, feature, channels) \
    { \
        "conv" #block "_" #number, "relu" #block "_" #number, block, number, feature, channels \
    }

const nst__vgg nst__vggs[NST__VGGS] = {
    {"vgg19",
     16,
     {CONV(1, 1, 0, 64), CONV(1, 2, 2, 64), CONV(2, 1, 5, 128), CONV(2, 2, 7, 128), CONV(3, 1, 10, 256),
      CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), CONV(3, 4, 16, 256), CONV(4, 1, 19, 512), CONV(4, 2, 21, 512),
      CONV(4, 3, 23, 512), CONV(4, 4, 25, 512), CONV(5, 1, 28, 512), CONV(5, 2, 30, 512), CONV(5, 3, 32, 512),
      CONV(5, 4, 34, 512)}},
    {"vgg16",
     13,
     {CONV(1, 1, 0, 64), CONV(1, 2, 2, 64), CONV(2, 1, 5, 128), CONV(2, 2, 7, 128), CONV(3, 1, 10, 256),
      CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), CONV(4, 1, 17, 512), CONV(4, 2, 19, 512), CONV(4, 3, 21, 512),
      CONV(5, 1, 24, 512), CONV(5, 2, 26, 512), CONV(5, 3, 28, 512)}},
    {"vgg13",
     10,
     {CONV(1, 1, 0, 64), CONV(1, 2, 2, 64), CONV(2, 1, 5, 128), CONV(2, 2, 7, 128), CONV(3, 1, 10, 256),
      CONV(3, 2, 12, 256), CONV(4, 1, 15, 512), CONV(4, 2, 17, 512), CONV(5, 1, 20, 512), CONV(5, 2, 22, 512)}},
    {"vgg11",
     8,
     {CONV(1, 1, 0, 64), CONV(2, 1, 3, 128), CONV(3, 1, 6, 256), CONV(3, 2, 8, 256), CONV(4, 1, 11, 512),
      CONV(4, 2, 13, 512), CONV(5, 1, 16, 512), CONV(5, 2, 18, 512)}}};

size_t nst__vgg_index(const nst__vgg *vgg, const nst__vgg_key *key)
{
    if (key->naming == NST__BY_ORDER) return (size_t)key->feature < vgg->count ? (size_t)key->feature : NST__CONVS_MAX;
    for (size_t i = 0; i < vgg->count; i++) {
        const nst__vgg_conv *conv = &vgg->conv[i];
        if (key->naming == NST__BY_NUMBER ? conv->feature == key->feature
                                          : conv->block == key->block && conv->number == key->number)
            return i;
    }
    return NST__CONVS_MAX;
}
