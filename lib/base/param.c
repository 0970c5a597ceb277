#include "base/param.h"

#include <stdbool.h>
#include <string.h>

/* Rows stand in the order in which a user wants to read them, one line a parameter. */
/* clang-format off */
#define PAINTING "Size and start"
#define LOSSES   "Content and style"
#define HOW      "Computation"
#define SOLVER   "Solver"
#define OUTPUT   "Output file"
#ifdef NST__NO_DESCRIPTIONS /* the npm package has them in parameters.js */
#define ABOUT(text) ""
#else
#define ABOUT(text) text
#endif
#define TRANSFER(p, type, name, group, value, least, most, unit, choices, about) \
    {NST_PARAM_##p, NST_OBJECT_TRANSFER, NST_TYPE_##type, name, group, value, least, most, unit, choices, ABOUT(about)}
#define OPTIMIZER(p, type, name, value, least, most, unit, choices, about) \
    {NST_PARAM_##p, NST_OBJECT_OPTIMIZER, NST_TYPE_##type, name, SOLVER, value, least, most, unit, choices, ABOUT(about)}
#define IMAGE(p, type, name, value, least, most, unit, choices, about) \
    {NST_PARAM_##p, NST_OBJECT_IMAGE, NST_TYPE_##type, name, OUTPUT, value, least, most, unit, choices, ABOUT(about)}
#define CHOICES(...) (const nst__choice[]){__VA_ARGS__, {NULL, 0}}
static const nst__param table[] = {
    TRANSFER(SIZE, INT, "size", PAINTING, "512", 0, NST__SIDE_MOST, "pixels", NULL, "longer side of the result; 0: the content's own"),
    TRANSFER(EFFORT, CHOICE, "effort", PAINTING, NULL, 0, 0, "", CHOICES({"instant", NST_EFFORT_INSTANT}, {"draft", NST_EFFORT_DRAFT}, {"normal", NST_EFFORT_NORMAL}, {"fine", NST_EFFORT_FINE}), "how long the picture is worked on: about 3, 9, 20 or 50 evaluations at the last size and what they cost at those before; steps and sizes replace it"),
    TRANSFER(STEPS, INT, "steps", PAINTING, NULL, 0, 1e6, "evaluations", NULL, "evaluations of the objective at the last size; 0: by effort"),
    TRANSFER(SIZES, TEXT, "sizes", PAINTING, NULL, 0, 0, "", NULL, "auto: size halved down to 64; none: size alone; or longer sides from coarse to fine, each with its evaluations, such as 64:100,128:80,512:30, which replace size and steps; a smaller one after the largest so far changes what it sees of that picture"),
    TRANSFER(INIT, CHOICE, "init", PAINTING, NULL, 0, 0, "", CHOICES({"content", NST_INIT_CONTENT}, {"noise", NST_INIT_NOISE}, {"image", NST_INIT_IMAGE}, {"recolored", NST_INIT_RECOLORED}), "where the pixels start; recolored: the content in the colours of the style"),
    TRANSFER(SEED, INT, "seed", PAINTING, "0", 0, 9007199254740992.0, "", NULL, "seed of the noise"),
    TRANSFER(OPTIMIZER, CHOICE, "optimizer", PAINTING, NULL, 0, 0, "", CHOICES({"lbfgs", NST_ALGORITHM_LBFGS}, {"adam", NST_ALGORITHM_ADAM}), "the solver"),

    TRANSFER(CONTENT_WEIGHT, FLOAT, "content-weight", LOSSES, NULL, 0, NST__WEIGHT_MOST, "", NULL, "how much the content counts"),
    TRANSFER(STYLE_WEIGHT, FLOAT, "style-weight", LOSSES, NULL, 0, NST__WEIGHT_MOST, "", NULL, "how much the style counts"),
    TRANSFER(CONTENT_LAYERS, TEXT, "content-layers", LOSSES, NULL, 0, 0, "", NULL, "layers at which content is compared, such as conv2_2 or relu3_2=0.5,relu4_2"),
    TRANSFER(STYLE_LAYERS, TEXT, "style-layers", LOSSES, NULL, 0, 0, "", NULL, "layers at which style is compared, with weights in the same way"),
    TRANSFER(STYLE_SCALE, FLOAT, "style-scale", LOSSES, NULL, 0, 64, "times the picture", NULL, "size of a style picture relative to the result, by the square roots of their areas; more for larger strokes; 0: its own size"),
    TRANSFER(STYLE_LOSS, CHOICE, "style-loss", LOSSES, NULL, 0, 0, "", CHOICES({"gram", NST_STYLE_LOSS_GRAM}, {"centred", NST_STYLE_LOSS_CENTRED}, {"meanstd", NST_STYLE_LOSS_MEANSTD}, {"w2", NST_STYLE_LOSS_W2}), "what is compared of the style: Gram matrices; means and covariances; only the mean and deviation of each channel, which is gentler; or the Wasserstein distance by means and covariances"),
    TRANSFER(COLOR, CHOICE, "color", LOSSES, "style", 0, 0, "", CHOICES({"style", NST_COLOR_STYLE}, {"match", NST_COLOR_MATCH}, {"luma", NST_COLOR_LUMA}, {"both", NST_COLOR_BOTH}), "whose colours the result has: the style's; match: the content's mean and range of colours, to which the style is recoloured; luma: the colour of each pixel of the content, with only its lightness painted; both: luma from the recoloured style"),
    TRANSFER(BLEND, CHOICE, "blend", LOSSES, "target", 0, 0, "", CHOICES({"target", NST_BLEND_TARGET}, {"loss", NST_BLEND_LOSS}), "how several styles are blended: one loss with a mixed target, or a loss for each style"),
    TRANSFER(FORM, CHOICE, "form", LOSSES, NULL, 0, 0, "", CHOICES({"relative", NST_FORM_RELATIVE}, {"mean", NST_FORM_MEAN}, {"gatys", NST_FORM_GATYS}, {"sum", NST_FORM_SUM}), "how the losses are normalised"),
    TRANSFER(TV_WEIGHT, FLOAT, "tv-weight", LOSSES, NULL, 0, NST__WEIGHT_MOST, "", NULL, "total variation: smooths the result"),
    TRANSFER(RANGE_WEIGHT, FLOAT, "range-weight", LOSSES, NULL, 0, NST__WEIGHT_MOST, "", NULL, "penalty on pixels outside 0..1"),
    TRANSFER(MATTING_WEIGHT, FLOAT, "matting-weight", LOSSES, NULL, 0, NST__WEIGHT_MOST, "", NULL, "how much the result keeps to the edges of the content, as a photograph must: its matting Laplacian; such as 1000"),
    TRANSFER(POISSON_RADIUS, FLOAT, "poisson-radius", LOSSES, NULL, 0, 1, "times the longer side", NULL, "gives the finished picture the gradients of the content, by a screened Poisson equation: what differs from the content over less than this is smoothed; 0: not at all"),
    TRANSFER(PADDING, CHOICE, "padding", LOSSES, NULL, 0, 0, "", CHOICES({"zero", NST_PADDING_ZERO}, {"reflect", NST_PADDING_REFLECT}, {"replicate", NST_PADDING_REPLICATE}), "what convolutions read beyond the border"),
    TRANSFER(POOLING, CHOICE, "pooling", LOSSES, NULL, 0, 0, "", CHOICES({"max", NST_POOLING_MAX}, {"average", NST_POOLING_AVERAGE}), "how maps are halved"),

    TRANSFER(THREADS, INT, "threads", HOW, "0", 0, 1024, "threads", NULL, "number of threads, which does not change the result; 0: every core that the process may use"),
    TRANSFER(MEMORY_LIMIT, BYTES, "memory-limit", HOW, "0", 0, 9007199254740992.0, "bytes", NULL, "the most memory to take, such as 800M or 1G: larger pictures are computed in exact tiles; 0: no limit"),
    TRANSFER(SIMD, CHOICE, "simd", HOW, "auto", 0, 0, "", CHOICES({"auto", NST_SIMD_AUTO}, {"generic", NST_SIMD_GENERIC}, {"sse2", NST_SIMD_SSE2}, {"avx2", NST_SIMD_AVX2}, {"avx512", NST_SIMD_AVX512}, {"neon", NST_SIMD_NEON}), "instruction set; auto is the best of this machine"),
    TRANSFER(CONVOLUTION, CHOICE, "convolution", HOW, "auto", 0, 0, "", CHOICES({"auto", NST_CONVOLUTION_AUTO}, {"direct", NST_CONVOLUTION_DIRECT}, {"winograd4", NST_CONVOLUTION_WINOGRAD4}, {"winograd6", NST_CONVOLUTION_WINOGRAD6}), "method of the convolutions"),
    TRANSFER(GEMM, CHOICE, "gemm", HOW, "auto", 0, 0, "", CHOICES({"auto", NST_GEMM_AUTO}, {"own", NST_GEMM_OWN}, {"cblas", NST_GEMM_CBLAS}), "matrix products by libnst's own kernel or by the BLAS"),

    OPTIMIZER(HISTORY, INT, "history", "10", 1, 1000, "pairs", NULL, "L-BFGS: curvature pairs kept; fewer if a memory limit needs it"),
    OPTIMIZER(HISTORY_BITS, CHOICE, "history-bits", "auto", 0, 0, "bits", CHOICES({"auto", NST_HISTORY_BITS_AUTO}, {"16", NST_HISTORY_BITS_16}, {"32", NST_HISTORY_BITS_32}), "L-BFGS: bits of a number in the curvature pairs; auto: 32, or 16 if a memory limit needs it"),
    OPTIMIZER(SCRATCH, TEXT, "scratch", "", 0, 0, "", NULL, "L-BFGS: a folder for a file with the curvature pairs, reserved at the start and gone at the end; none: in memory"),
    OPTIMIZER(WOLFE_C1, FLOAT, "wolfe-c1", "1e-4", 1e-12, 0.5, "", NULL, "L-BFGS: sufficient decrease of the line search"),
    OPTIMIZER(WOLFE_C2, FLOAT, "wolfe-c2", "0.9", 1e-6, 1, "", NULL, "L-BFGS: curvature condition of the line search; above wolfe-c1"),
    OPTIMIZER(LINE_EVALUATIONS, INT, "line-evaluations", "20", 1, 1000, "evaluations", NULL, "L-BFGS: most evaluations in one line search"),
    OPTIMIZER(MAX_EVALUATIONS, INT, "max-evaluations", "1000", 1, 1e12, "evaluations", NULL, "most evaluations in one minimisation"),
    OPTIMIZER(GRADIENT_TOLERANCE, FLOAT, "gradient-tolerance", "0", 0, NST__WEIGHT_MOST, "", NULL, "stop when the largest absolute value of the gradient is below this"),
    OPTIMIZER(VALUE_TOLERANCE, FLOAT, "value-tolerance", "0", 0, 1, "", NULL, "stop when an iteration gains less than this part of the value"),
    OPTIMIZER(LEARNING_RATE, FLOAT, "learning-rate", "0.02", 1e-12, 1e6, "", NULL, "Adam: step, in units of the variables"),
    OPTIMIZER(BETA1, FLOAT, "beta1", "0.9", 0, 0.999999, "", NULL, "Adam: decay of the first moment"),
    OPTIMIZER(BETA2, FLOAT, "beta2", "0.999", 0, 0.999999, "", NULL, "Adam: decay of the second moment"),
    OPTIMIZER(EPSILON, FLOAT, "epsilon", "1e-8", 1e-30, 1, "", NULL, "Adam: added to the root of the second moment"),
    OPTIMIZER(DECAY, FLOAT, "decay", "0", 0, 1e6, "", NULL, "Adam: the step is divided by 1 + decay times the number of steps"),
    OPTIMIZER(AVERAGE, FLOAT, "average", "0", 0, 0.999999, "", NULL, "Adam: decay of the running average of the iterates, which becomes the result if its value is lower; 0: none"),
    OPTIMIZER(RESULT, CHOICE, "result", NULL, 0, 0, "", CHOICES({"best", NST_RESULT_BEST}, {"last", NST_RESULT_LAST}), "the point that a minimisation returns: the one with the lowest value, or the last, for noisy objectives"),

    IMAGE(PNG_DEPTH, CHOICE, "png-depth", "8", 0, 0, "bits", CHOICES({"8", NST_PNG_DEPTH_8}, {"16", NST_PNG_DEPTH_16}), "bits of a channel in PNG, PPM, PGM and PAM files; 16 after a content of 16 bits"),
    IMAGE(BACKGROUND, TEXT, "background", "white", 0, 0, "", NULL, "colour behind transparent parts in files without alpha (JPEG, PPM, PGM): white, black or #rrggbb"),
    IMAGE(JPEG_QUALITY, INT, "jpeg-quality", "95", 1, 100, "", NULL, "quality of JPEG files"),
    IMAGE(JPEG_SUBSAMPLING, CHOICE, "jpeg-subsampling", "444", 0, 0, "", CHOICES({"444", NST_JPEG_SUBSAMPLING_444}, {"422", NST_JPEG_SUBSAMPLING_422}, {"420", NST_JPEG_SUBSAMPLING_420}), "chroma subsampling of JPEG files"),
};
/* clang-format on */

enum { ROWS = sizeof table / sizeof table[0] };

const nst__param *nst__param_find(nst_param param)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].param == param) return &table[i];
    return NULL;
}

const nst__choice *nst__param_choice(const nst__param *row, const char *name, int64_t value)
{
    for (const nst__choice *c = row->choices; c && c->name; c++)
        if (name ? strcmp(c->name, name) == 0 : c->value == value) return c;
    return NULL;
}

const char *nst__object_name(nst_object object)
{
    return object == NST_OBJECT_IMAGE ? "image" : object == NST_OBJECT_TRANSFER ? "transfer" : "optimizer";
}

size_t nst_param_count(void)
{
    return ROWS;
}

nst_param nst_param_at(size_t index)
{
    return index < ROWS ? table[index].param : (nst_param)0;
}

nst_status nst_param_find(nst_param *out, nst_object object, const char *name)
{
    NST_NEED(out);
    NST_NEED(name);
    *out = (nst_param)0;
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].object == object && strcmp(table[i].name, name) == 0) {
            *out = table[i].param;
            return NST_OK;
        }
    return nst__fail(NST_ERR_NAME, "no parameter of %s is called '%s'", nst__object_name(object), name);
}

const char *nst_param_name(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->name : "";
}

const char *nst_param_group(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->group : "";
}

nst_param_type nst_param_type_of(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->type : (nst_param_type)0;
}

nst_object nst_param_object(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->object : (nst_object)0;
}

const char *nst_param_help(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->help : "";
}

const char *nst_param_unit(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->unit : "";
}

const char *nst_param_default(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row && row->fallback ? row->fallback : "";
}

double nst_param_minimum(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->minimum : 0;
}

double nst_param_maximum(nst_param param)
{
    const nst__param *row = nst__param_find(param);
    return row ? row->maximum : 0;
}

const char *nst_param_choice(nst_param param, size_t index, int64_t *value)
{
    const nst__param *row = nst__param_find(param);
    const nst__choice *choice = row ? row->choices : NULL;
    for (size_t i = 0; choice && choice->name && i < index; i++)
        choice++;
    const bool found = choice && choice->name;
    if (value) *value = found ? choice->value : 0;
    return found ? choice->name : NULL;
}
