#include "image/color.h"
#include "base/alloc.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The default, sRGB: IEC 61966-2-1, its white and primaries. ITU-T T.81 does not define colours; PNG (11.3.3) and the
 * web mean sRGB. */
static const double srgb_gamma = 0.45455;
static const double srgb_chromaticity[8] = {0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};

static bool has_chromaticity(const nst__color_profile *profile)
{
    for (int i = 0; i < 8; i++)
        if (profile->chromaticity[i] != 0) return true;
    return false;
}

/* Programs that write sRGB add gAMA and cHRM for readers without support for the sRGB chunk: such a gamma means sRGB's
 * curve (PNG, 11.3.3.5). cHRM alone does not define how values are encoded, and all readers ignore it. */
static bool is_srgb(const nst__color_profile *profile)
{
    if (profile->icc) return false;
    if (profile->gamma == 0) return true;
    if (fabs(profile->gamma / srgb_gamma - 1) > 0.03) return false;
    for (int i = 0; i < 8 && has_chromaticity(profile); i++)
        if (fabs(profile->chromaticity[i] - srgb_chromaticity[i]) > 0.005) return false;
    return true;
}

#ifdef NST__HAVE_LCMS

#include <lcms2.h>
#include <lcms2_plugin.h>

struct nst__color {
    cmsContext context;
    cmsHTRANSFORM transform;
    uint32_t width;
    bool alpha, to_rgb; /* TO_RGB: grey in a space of three channels */
    int depth;          /* of a row in the file */
    uint8_t *rgb;       /* such a row, widened */
    uint16_t *srgb;     /* the result */
    bool out_of_memory;
    struct block *blocks; /* that Little CMS has */
    uint8_t *reserve;
    size_t reserve_used;
};

/* ---- Memory of Little CMS ---- */

/* Little CMS 2.14 crashes or leaks if an allocation fails. So there is a reserve: after the first failure it serves all
 * allocations until the call is over, and the result is dropped. Blocks that Little CMS leaked are freed too. */
enum { BLOCK_MAX = 1 << 26, RESERVE = 1 << 20 }; /* bytes: a profile may ask for tables of any size */

struct block {
    struct block *next, *previous;
    size_t size, padding;
};

/* The user of Little CMS in this thread: it does not pass a context to the functions while it makes or ends one. */
static _Thread_local nst__color *served;

static struct block *from_reserve(size_t size)
{
    const size_t aligned = (size + 15) / 16 * 16;
    served->out_of_memory = true;
    if (aligned > RESERVE - served->reserve_used) return NULL;
    void *block = served->reserve + served->reserve_used;
    served->reserve_used += aligned;
    return block;
}

static bool is_of_reserve(const void *block)
{
    const uintptr_t at = (uintptr_t)block, start = (uintptr_t)served->reserve;
    return at >= start && at - start < RESERVE;
}

static void *allocate(cmsContext context, cmsUInt32Number size)
{
    (void)context;
    if (size > BLOCK_MAX) return NULL;
    struct block *block = nst__alloc(size + sizeof *block, 1);
    if (!block) block = from_reserve(size + sizeof *block);
    if (!block) return NULL;
    *block = (struct block){.next = served->blocks, .size = size};
    if (block->next) block->next->previous = block;
    served->blocks = block;
    return block + 1;
}

static void release(cmsContext context, void *memory)
{
    struct block *block = memory ? (struct block *)memory - 1 : NULL;
    (void)context;
    if (!block) return;
    if (block->next) block->next->previous = block->previous;
    if (block->previous)
        block->previous->next = block->next;
    else
        served->blocks = block->next;
    if (!is_of_reserve(block)) nst__free(block);
}

static void *resize(cmsContext context, void *memory, cmsUInt32Number size)
{
    const struct block *block = memory ? (struct block *)memory - 1 : NULL;
    void *moved = allocate(context, size);
    if (!moved || !block) return moved;
    memcpy(moved, memory, block->size < size ? block->size : size);
    release(context, memory);
    return moved;
}

/* ---- Transforms ---- */

static cmsHPROFILE open_profile(cmsContext context, const nst__color_profile *profile)
{
    const double *xy = has_chromaticity(profile) ? profile->chromaticity : srgb_chromaticity;
    const cmsCIExyY white = {xy[0], xy[1], 1};
    const cmsCIExyYTRIPLE primaries = {{xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}};
    if (profile->icc)
        return profile->icc_size > UINT32_MAX
                   ? NULL
                   : cmsOpenProfileFromMemTHR(context, profile->icc, (cmsUInt32Number)profile->icc_size);
    if (!(profile->gamma > 0.05 && profile->gamma < 20)) return NULL;
    cmsToneCurve *curve = cmsBuildGamma(context, 1 / profile->gamma);
    if (!curve) return NULL;
    cmsToneCurve *const curves[3] = {curve, curve, curve};
    const cmsHPROFILE made = cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
    cmsFreeToneCurve(curve);
    return made;
}

/* 0: the profile does not fit the channels. */
static cmsUInt32Number input_format(nst__color *color, cmsColorSpaceSignature space, const nst__color_layout *layout)
{
    const cmsUInt32Number bytes = BYTES_SH((cmsUInt32Number)layout->depth / 8);
    const cmsUInt32Number extra = EXTRA_SH((cmsUInt32Number)color->alpha);
    if (layout->cmyk) return space == cmsSigCmykData ? TYPE_CMYK_8_REV : 0;
    if (space == cmsSigRgbData) {
        color->to_rgb = layout->channels <= 2;
        return COLORSPACE_SH(PT_RGB) | extra | CHANNELS_SH(3) | bytes;
    }
    if (space != cmsSigGrayData || layout->channels > 2) return 0;
    return COLORSPACE_SH(PT_GRAY) | extra | CHANNELS_SH(1) | bytes;
}

/* For 8-bit RGB and simple profiles Little CMS has fast arithmetic without loss. For other 8-bit colours it
 * interpolates between many points, which is within a level. For grey and for 16 bits it must compute its formulas for
 * each pixel. */
static bool create_transform(nst__color *color, const nst__color_profile *profile, const nst__color_layout *layout)
{
    const cmsUInt32Number output = color->alpha ? TYPE_RGBA_16 : TYPE_RGB_16;
    const bool formulas = layout->depth == 16 || layout->channels <= 2;
    const cmsUInt32Number flags =
        (formulas ? cmsFLAGS_NOOPTIMIZE : cmsFLAGS_HIGHRESPRECALC) | (color->alpha ? cmsFLAGS_COPY_ALPHA : 0);
    const cmsHPROFILE from = open_profile(color->context, profile);
    const cmsHPROFILE to = from ? cmsCreate_sRGBProfileTHR(color->context) : NULL;
    const cmsUInt32Number input = to ? input_format(color, cmsGetColorSpace(from), layout) : 0;
    if (input)
        color->transform = cmsCreateTransformTHR(color->context, from, input, to, output, INTENT_PERCEPTUAL, flags);
    if (from) cmsCloseProfile(from);
    if (to) cmsCloseProfile(to);
    return color->transform != NULL;
}

static nst_status create(nst__color **out, const nst__color_layout *layout, uint32_t width)
{
    nst__color *color = *out = nst__zalloc(1, sizeof *color);
    if (!color) return NST_ERR_OUT_OF_MEMORY;
    color->width = width;
    color->depth = layout->depth;
    color->alpha = !layout->cmyk && layout->channels % 2 == 0;
    color->rgb = nst__alloc(width, 4 * sizeof *color->srgb);
    color->srgb = nst__alloc(width, 4 * sizeof *color->srgb);
    color->reserve = nst__alloc(RESERVE, 1);
    if (!color->rgb || !color->srgb || !color->reserve) return NST_ERR_OUT_OF_MEMORY;
    served = color;
    color->context =
        cmsCreateContext(&(cmsPluginMemHandler){.base = {cmsPluginMagicNumber, 2060, cmsPluginMemHandlerSig, NULL},
                                                .MallocPtr = allocate,
                                                .FreePtr = release,
                                                .ReallocPtr = resize},
                         NULL);
    return color->context ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

/* If a profile changes no colour by more than a level of 8 bits, it is sRGB, and values stay unchanged. 16 levels of
 * each channel are tried. */
static bool changes(nst__color *color, const nst__color_layout *layout)
{
    nst__color sample = *color;
    uint16_t out[4];
    if (layout->cmyk) return true;
    sample.width = 1;
    sample.srgb = out;
    for (unsigned i = 0; i < 16 * 16 * 16; i++) {
        uint16_t wide[4] = {0};
        uint8_t narrow[4] = {0};
        for (int c = 0; c < layout->channels && c < 3; c++) {
            narrow[c] = (uint8_t)((i >> 4 * c & 15) * 17);
            wide[c] = (uint16_t)(narrow[c] * 257);
        }
        nst__color_row(&sample, layout->depth == 16 ? (const void *)wide : (const void *)narrow);
        for (int c = 0; c < 3; c++)
            if (abs(out[c] - wide[layout->channels <= 2 ? 0 : c]) > 257) return true;
    }
    return false;
}

nst_status nst__color_create(nst__color **out, const nst__color_profile *profile, const nst__color_layout *layout,
                             uint32_t width, nst_image *image)
{
    *out = NULL;
    if (is_srgb(profile)) return NST_OK;
    nst__color *color;
    nst_status status = create(&color, layout, width);
    const bool fits = status == NST_OK && create_transform(color, profile, layout);
    if (color && color->out_of_memory) status = NST_ERR_OUT_OF_MEMORY;
    if (status == NST_OK && !fits)
        nst__image_warn(image, "the colour profile cannot be used: colours are taken for sRGB");
    if (status == NST_OK && fits && changes(color, layout))
        *out = color;
    else
        nst__color_destroy(color);
    served = NULL;
    return status;
}

/* Grey in a space of three channels: three equal channels. */
static void widen(nst__color *color, const uint8_t *row)
{
    const size_t value = (size_t)color->depth / 8;
    uint8_t *to = color->rgb;
    for (uint32_t x = 0; x < color->width; x++, row += value) {
        for (int c = 0; c < 3; c++, to += value)
            memcpy(to, row, value);
        if (!color->alpha) continue;
        row += value;
        memcpy(to, row, value);
        to += value;
    }
}

const uint16_t *nst__color_row(nst__color *color, const void *row)
{
    if (color->to_rgb) widen(color, row);
    served = color;
    cmsDoTransform(color->transform, color->to_rgb ? color->rgb : row, color->srgb, color->width);
    served = NULL;
    return color->srgb;
}

void nst__color_destroy(nst__color *color)
{
    if (!color) return;
    served = color;
    if (color->transform) cmsDeleteTransform(color->transform);
    if (color->context) cmsDeleteContext(color->context);
    while (color->blocks)
        release(NULL, color->blocks + 1);
    served = NULL;
    nst__free(color->rgb);
    nst__free(color->srgb);
    nst__free(color->reserve);
    nst__free(color);
}

const char *nst__color_engine(void)
{
    return "Little CMS";
}

#else

/* Descriptions of profiles, of one or two bytes a character. */
static bool says_srgb(const nst__color_profile *profile)
{
    static const char *const names[] = {"sRGB", "s\0R\0G\0B"};
    static const size_t lengths[] = {4, 7};
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; at + lengths[i] <= profile->icc_size; at++)
            if (memcmp(profile->icc + at, names[i], lengths[i]) == 0) return true;
    return false;
}

nst_status nst__color_create(nst__color **out, const nst__color_profile *profile, const nst__color_layout *layout,
                             uint32_t width, nst_image *image)
{
    (void)layout;
    (void)width;
    *out = NULL;
    if (!is_srgb(profile) && !(profile->icc && says_srgb(profile)))
        nst__image_warn(image, "the colours are not those of sRGB and were taken for it: this libnst was built without "
                               "Little CMS, which converts them");
    return NST_OK;
}

const uint16_t *nst__color_row(nst__color *color, const void *row)
{
    (void)color;
    return row;
}

void nst__color_destroy(nst__color *color)
{
    (void)color;
}

const char *nst__color_engine(void)
{
    return NULL;
}

#endif
