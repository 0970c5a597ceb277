#include "base/param.h"
#include "base/alloc.h"
#include "base/assert.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    nst_param param;
    nst_object object;
    nst_param_type type;
    const char *name;
    const char *fallback; /* the default, as text; NULL: 0 until a preset sets it */
    double minimum, maximum;
    const char *unit;
    const char *const *choices; /* names of the values 0, 1, ...; NULL ends them */
    const char *help;
} row;

/* Rows stand in the order in which a user wants to read them, one line a knob. */
/* clang-format off */
#define IMAGE(p, type, name, ...)     {NST_PARAM_##p, NST_OBJECT_IMAGE, NST_TYPE_##type, name, __VA_ARGS__}
#define TRANSFER(p, type, name, ...)  {NST_PARAM_##p, NST_OBJECT_TRANSFER, NST_TYPE_##type, name, __VA_ARGS__}
#define OPTIMIZER(p, type, name, ...) {NST_PARAM_##p, NST_OBJECT_OPTIMIZER, NST_TYPE_##type, name, __VA_ARGS__}
#define NAMES(...) (const char *const[]){__VA_ARGS__, NULL}
#define BIG 1e30
static const row table[] = {
    TRANSFER(SIZE, INT, "size", "512", 0, 65535, "pixels", NULL, "longer side of the result; 0: the content's own"),
    TRANSFER(STEPS, INT, "steps", NULL, 1, 1e6, "evaluations", NULL, "evaluations of the objective at the last size"),
    TRANSFER(SIZES, TEXT, "sizes", NULL, 0, 0, "", NULL, "auto: size halved down to 64; none: size alone; or longer sides from coarse to fine with their evaluations, as 64:100,128:80,512:30, which replace size and steps"),
    TRANSFER(INIT, CHOICE, "init", NULL, 0, 2, "", NAMES("content", "noise", "image"), "where the pixels start"),
    TRANSFER(OPTIMIZER, CHOICE, "optimizer", NULL, 0, 1, "", NAMES("lbfgs", "adam"), "the solver"),
    TRANSFER(CONTENT_LAYERS, TEXT, "content-layers", NULL, 0, 0, "", NULL, "layers that keep the content, as conv2_2 or relu3_2=0.5,relu4_2"),
    TRANSFER(STYLE_LAYERS, TEXT, "style-layers", NULL, 0, 0, "", NULL, "layers that carry the style, with weights likewise"),
    TRANSFER(CONTENT_WEIGHT, FLOAT, "content-weight", NULL, 0, BIG, "", NULL, "how much the content counts"),
    TRANSFER(STYLE_WEIGHT, FLOAT, "style-weight", NULL, 0, BIG, "", NULL, "how much the style counts"),
    TRANSFER(TV_WEIGHT, FLOAT, "tv-weight", NULL, 0, BIG, "", NULL, "total variation: smooths the result"),
    TRANSFER(RANGE_WEIGHT, FLOAT, "range-weight", NULL, 0, BIG, "", NULL, "the soft wall that keeps pixels in 0..1"),
    TRANSFER(FORM, CHOICE, "form", NULL, 0, 3, "", NAMES("relative", "mean", "gatys", "sum"), "how the losses are normalised"),
    TRANSFER(STYLE_LOSS, CHOICE, "style-loss", NULL, 0, 1, "", NAMES("gram", "meanstd"), "what is compared of the style: Gram matrices, or mean and deviation of each channel, which is gentler"),
    TRANSFER(STYLE_SCALE, FLOAT, "style-scale", NULL, 0, 64, "times the picture", NULL, "how large a style picture is seen beside the result, by the roots of their areas: more for larger strokes; 0: as it is"),
    TRANSFER(PADDING, CHOICE, "padding", NULL, 0, 2, "", NAMES("zero", "reflect", "replicate"), "what convolutions see beyond the border"),
    TRANSFER(POOLING, CHOICE, "pooling", NULL, 0, 1, "", NAMES("max", "average"), "how maps are halved"),
    TRANSFER(SEED, INT, "seed", "0", 0, 9007199254740992.0, "", NULL, "seed of the noise"),
    TRANSFER(THREADS, INT, "threads", "0", 0, 1024, "threads", NULL, "how many; the result does not depend on it; 0: every core that the process may use"),
    TRANSFER(MEMORY_LIMIT, BYTES, "memory", "0", 0, 9007199254740992.0, "bytes", NULL, "most memory to take, as 800M or 1G: larger pictures are computed in exact tiles; 0: no limit"),
    TRANSFER(SIMD, CHOICE, "simd", "auto", 0, 5, "", NAMES("auto", "generic", "sse2", "avx2", "avx512", "neon"), "instruction set; auto takes the best there is"),
    TRANSFER(CONVOLUTION, CHOICE, "convolution", "auto", 0, 3, "", NAMES("auto", "direct", "winograd4", "winograd6"), "method of the convolutions"),
    TRANSFER(GEMM, CHOICE, "gemm", "auto", 0, 2, "", NAMES("auto", "own", "cblas"), "who multiplies matrices"),

    OPTIMIZER(HISTORY, INT, "history", "10", 1, 1000, "pairs", NULL, "L-BFGS: curvature pairs kept"),
    OPTIMIZER(WOLFE_C1, FLOAT, "wolfe-c1", "1e-4", 1e-12, 0.5, "", NULL, "L-BFGS: sufficient decrease of the line search"),
    OPTIMIZER(WOLFE_C2, FLOAT, "wolfe-c2", "0.9", 1e-6, 1, "", NULL, "L-BFGS: curvature condition of the line search; above wolfe-c1"),
    OPTIMIZER(LINE_EVALUATIONS, INT, "line-evaluations", "20", 1, 1000, "evaluations", NULL, "L-BFGS: most evaluations in one line search"),
    OPTIMIZER(MAX_EVALUATIONS, INT, "max-evaluations", "1000", 1, 1e12, "evaluations", NULL, "most evaluations in one minimisation"),
    OPTIMIZER(GRADIENT_TOLERANCE, FLOAT, "gradient-tolerance", "0", 0, BIG, "", NULL, "stop when the largest absolute value of the gradient is below"),
    OPTIMIZER(VALUE_TOLERANCE, FLOAT, "value-tolerance", "0", 0, 1, "", NULL, "stop when an iteration gains less than this part of the value"),
    OPTIMIZER(LEARNING_RATE, FLOAT, "learning-rate", "0.02", 1e-12, 1e6, "", NULL, "Adam: step, in units of the variables"),
    OPTIMIZER(BETA1, FLOAT, "beta1", "0.9", 0, 0.999999, "", NULL, "Adam: decay of the first moment"),
    OPTIMIZER(BETA2, FLOAT, "beta2", "0.999", 0, 0.999999, "", NULL, "Adam: decay of the second moment"),
    OPTIMIZER(EPSILON, FLOAT, "epsilon", "1e-8", 1e-30, 1, "", NULL, "Adam: added to the root of the second moment"),
    OPTIMIZER(DECAY, FLOAT, "decay", "0", 0, 1e6, "", NULL, "Adam: the step is divided by 1 + decay times the number of steps"),
    OPTIMIZER(AVERAGE, FLOAT, "average", "0", 0, 0.999999, "", NULL, "Adam: decay of the running average of the iterates, which becomes the result if it is lower; 0: none"),

    IMAGE(PNG_DEPTH, CHOICE, "png-depth", "8", 0, 1, "bits", NAMES("8", "16"), "bits of a channel in PNG files"),
    IMAGE(BACKGROUND, TEXT, "background", "white", 0, 0, "", NULL, "what shows through a transparent picture in a file without transparency (JPEG): white, black or #rrggbb"),
    IMAGE(JPEG_QUALITY, INT, "jpeg-quality", "95", 1, 100, "", NULL, "quality of JPEG files"),
    IMAGE(JPEG_SUBSAMPLING, CHOICE, "jpeg-subsampling", "444", 0, 2, "", NAMES("444", "422", "420"), "chroma subsampling of JPEG files"),
};
/* clang-format on */

enum { ROWS = sizeof table / sizeof table[0] };

static const row *find(nst_param param)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].param == param) return &table[i];
    return NULL;
}

static const nst_param first_of[] = {
    [NST_OBJECT_IMAGE] = NST_PARAM_PNG_DEPTH,
    [NST_OBJECT_TRANSFER] = NST_PARAM_SIZE,
    [NST_OBJECT_OPTIMIZER] = NST_PARAM_HISTORY,
};

/* PARAM must be one of OBJECT's. */
static size_t slot(nst_object object, nst_param param)
{
    const size_t distance = (size_t)((int)param - (int)first_of[object]);
    NST_ASSERT(distance < NST__SETTINGS);
    return distance;
}

static const char *object_name(nst_object object)
{
    return object == NST_OBJECT_IMAGE ? "image" : object == NST_OBJECT_TRANSFER ? "transfer" : "optimizer";
}

static bool choice_value(const row *r, const char *name, int64_t *value)
{
    for (int64_t i = 0; r->choices[i]; i++)
        if (strcmp(r->choices[i], name) == 0) {
            *value = i;
            return true;
        }
    return false;
}

bool nst__parse_int(int64_t *out, const char *text)
{
    char *end;
    if (*text != '-' && (*text < '0' || *text > '9')) return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno) return false;
    *out = value;
    return true;
}

/* strtod() reads the decimal point of the host's locale, so digits are gathered by hand: all that is rounded is the
 * last power of ten, by pow(), exact to an ulp or so, which is all that a weight needs. */
bool nst__parse_float(double *out, const char *text)
{
    const char *p = text;
    double sign = 1, value = 0;
    int digits = 0, scale = 0;
    if (*p == '-' || *p == '+') sign = *p++ == '-' ? -1 : 1;
    for (; *p >= '0' && *p <= '9'; p++, digits++)
        value = value * 10 + (*p - '0');
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, digits++, scale--)
            value = value * 10 + (*p - '0');
    if (digits == 0 || digits > 300) return false;
    if (*p == 'e' || *p == 'E') {
        int64_t exponent;
        p += p[1] == '+' ? 2 : 1;
        if (!nst__parse_int(&exponent, p) || exponent > 400 || exponent < -400) return false;
        scale += (int)exponent;
        p += strlen(p);
    }
    value = sign * (scale < 0 ? value / pow(10, -scale) : value * pow(10, scale));
    if (*p || !isfinite(value)) return false;
    *out = value;
    return true;
}

static bool parse_bytes(int64_t *out, const char *text)
{
    char digits[32];
    double value;
    size_t length = strlen(text);
    int shift = 0;
    if (length == 0 || length >= sizeof digits) return false;
    memcpy(digits, text, length + 1);
    switch (digits[length - 1]) {
    case 'K':
    case 'k': shift = 10; break;
    case 'M':
    case 'm': shift = 20; break;
    case 'G':
    case 'g': shift = 30; break;
    default: break;
    }
    if (shift) digits[length - 1] = '\0';
    if (!nst__parse_float(&value, digits) || fabs(value) > 9e15) return false;
    value *= (double)((int64_t)1 << shift);
    if (fabs(value) > 9e15) return false;
    *out = (int64_t)value;
    return true;
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
    return nst__fail(NST_ERR_NAME, "no parameter of %s is called '%s'", object_name(object), name);
}

const char *nst_param_name(nst_param param)
{
    const row *r = find(param);
    return r ? r->name : "";
}

nst_param_type nst_param_type_of(nst_param param)
{
    const row *r = find(param);
    return r ? r->type : (nst_param_type)0;
}

nst_object nst_param_object(nst_param param)
{
    const row *r = find(param);
    return r ? r->object : (nst_object)0;
}

const char *nst_param_help(nst_param param)
{
    const row *r = find(param);
    return r ? r->help : "";
}

const char *nst_param_unit(nst_param param)
{
    const row *r = find(param);
    return r ? r->unit : "";
}

const char *nst_param_default(nst_param param)
{
    const row *r = find(param);
    return r && r->fallback ? r->fallback : "";
}

double nst_param_minimum(nst_param param)
{
    const row *r = find(param);
    return r ? r->minimum : 0;
}

double nst_param_maximum(nst_param param)
{
    const row *r = find(param);
    return r ? r->maximum : 0;
}

const char *nst_param_choice(nst_param param, int64_t value)
{
    const row *r = find(param);
    if (!r || r->type != NST_TYPE_CHOICE || value < 0 || value > (int64_t)r->maximum) return NULL;
    return r->choices[value];
}

/* ---- Settings ---- */

static nst_status find_of(const row **out, nst_object object, nst_param param)
{
    *out = find(param);
    if (!*out) return nst__fail(NST_ERR_ARGUMENT, "there is no parameter number %d", (int)param);
    if ((*out)->object != object)
        return nst__fail(NST_ERR_ARGUMENT, "%s is a parameter of %s, not of %s", (*out)->name,
                         object_name((*out)->object), object_name(object));
    return NST_OK;
}

static const char *type_name(nst_param_type type)
{
    switch (type) {
    case NST_TYPE_INT: return "a whole number";
    case NST_TYPE_FLOAT: return "a number";
    case NST_TYPE_CHOICE: return "one of its choices";
    case NST_TYPE_BYTES: return "a number of bytes, as 800M or 1G";
    case NST_TYPE_TEXT: return "text";
    case NST_TYPE_FORCE_32BIT: break;
    }
    return "";
}

static nst_status check_range(const row *r, double value)
{
    if (isnan(value)) return nst__fail(NST_ERR_ARGUMENT, "%s: expected a number, found NaN", r->name);
    if (value < r->minimum || value > r->maximum)
        return nst__fail(NST_ERR_RANGE, "%s: expected %.10g to %.10g, found %.10g", r->name, r->minimum, r->maximum,
                         value);
    return NST_OK;
}

nst_status nst__settings_set_int(nst__settings *settings, nst_param param, int64_t value)
{
    const row *r;
    nst_status status = NST_OK;
    NST_TRY(find_of(&r, settings->object, param));
    if (r->type == NST_TYPE_FLOAT || r->type == NST_TYPE_TEXT)
        return nst__fail(NST_ERR_ARGUMENT, "%s takes %s, not an int", r->name, type_name(r->type));
    NST_TRY(check_range(r, (double)value));
    settings->value[slot(settings->object, param)].i = value;
out:
    return status;
}

nst_status nst__settings_set_float(nst__settings *settings, nst_param param, double value)
{
    const row *r;
    nst_status status = NST_OK;
    NST_TRY(find_of(&r, settings->object, param));
    if (r->type != NST_TYPE_FLOAT)
        return nst__fail(NST_ERR_ARGUMENT, "%s takes %s, not a float", r->name, type_name(r->type));
    NST_TRY(check_range(r, value));
    settings->value[slot(settings->object, param)].f = value;
out:
    return status;
}

static nst_status bad_choice(const row *r, const char *value)
{
    char list[128] = "";
    for (size_t i = 0; r->choices[i]; i++) {
        strcat(list, i ? ", " : "");
        strcat(list, r->choices[i]);
    }
    return nst__fail(NST_ERR_NAME, "%s: expected one of %s, found '%s'", r->name, list, value);
}

static nst_status replace_text(char **text, const char *value)
{
    char *copy = nst__copy_text(value);
    if (!copy) return NST_ERR_OUT_OF_MEMORY;
    nst__free(*text);
    *text = copy;
    return NST_OK;
}

nst_status nst__settings_set_text(nst__settings *settings, nst_param param, const char *value)
{
    const row *r;
    int64_t whole = 0;
    double number = 0;
    bool good = true;
    nst_status status = NST_OK;
    NST_TRY(find_of(&r, settings->object, param));
    switch (r->type) {
    case NST_TYPE_TEXT: return replace_text(&settings->value[slot(settings->object, param)].text, value);
    case NST_TYPE_CHOICE:
        if (!choice_value(r, value, &whole)) return bad_choice(r, value);
        break;
    case NST_TYPE_FLOAT: good = nst__parse_float(&number, value); break;
    case NST_TYPE_BYTES: good = parse_bytes(&whole, value); break;
    default: good = nst__parse_int(&whole, value); break;
    }
    if (!good) return nst__fail(NST_ERR_ARGUMENT, "%s: expected %s, found '%s'", r->name, type_name(r->type), value);
    return r->type == NST_TYPE_FLOAT ? nst__settings_set_float(settings, param, number)
                                     : nst__settings_set_int(settings, param, whole);
out:
    return status;
}

nst_status nst__settings_get_int(const nst__settings *settings, nst_param param, int64_t *value)
{
    const row *r;
    nst_status status = NST_OK;
    NST_TRY(find_of(&r, settings->object, param));
    if (r->type == NST_TYPE_FLOAT || r->type == NST_TYPE_TEXT)
        return nst__fail(NST_ERR_ARGUMENT, "%s is %s, not an int", r->name, type_name(r->type));
    *value = settings->value[slot(settings->object, param)].i;
out:
    return status;
}

nst_status nst__settings_get_float(const nst__settings *settings, nst_param param, double *value)
{
    const row *r;
    nst_status status = NST_OK;
    NST_TRY(find_of(&r, settings->object, param));
    if (r->type != NST_TYPE_FLOAT)
        return nst__fail(NST_ERR_ARGUMENT, "%s is %s, not a float", r->name, type_name(r->type));
    *value = settings->value[slot(settings->object, param)].f;
out:
    return status;
}

int64_t nst__settings_int(const nst__settings *settings, nst_param param)
{
    return settings->value[slot(settings->object, param)].i;
}

double nst__settings_float(const nst__settings *settings, nst_param param)
{
    return settings->value[slot(settings->object, param)].f;
}

const char *nst__settings_text(const nst__settings *settings, nst_param param)
{
    const row *r;
    if (find_of(&r, settings->object, param) != NST_OK) return NULL;
    if (r->type == NST_TYPE_CHOICE) return nst_param_choice(param, nst__settings_int(settings, param));
    return settings->value[slot(settings->object, param)].text;
}

nst_status nst__settings_init(nst__settings *settings, nst_object object)
{
    nst_status status = NST_OK;
    memset(settings, 0, sizeof *settings);
    settings->object = object;
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].object == object && table[i].fallback)
            NST_TRY(nst__settings_set_text(settings, table[i].param, table[i].fallback));
    return NST_OK;
out:
    nst__settings_free(settings);
    return status;
}

nst_status nst__settings_copy(nst__settings *out, const nst__settings *settings)
{
    *out = *settings;
    for (size_t i = 0; i < NST__SETTINGS; i++)
        out->value[i].text = NULL;
    for (size_t i = 0; i < NST__SETTINGS; i++) {
        if (!settings->value[i].text) continue;
        out->value[i].text = nst__copy_text(settings->value[i].text);
        if (!out->value[i].text) {
            nst__settings_free(out);
            return NST_ERR_OUT_OF_MEMORY;
        }
    }
    return NST_OK;
}

void nst__settings_free(nst__settings *settings)
{
    for (size_t i = 0; i < NST__SETTINGS; i++) {
        nst__free(settings->value[i].text);
        settings->value[i].text = NULL;
    }
}
