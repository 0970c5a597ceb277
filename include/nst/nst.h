/*
 * libnst - neural style transfer by optimisation: repaints a picture in the style of others.
 *
 * After Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016): the
 * features of VGG-19 describe what a picture shows, their Gram matrices describe how it is painted, and L-BFGS or Adam
 * changes the pixels until both match. A complete program (error checks left out):
 *
 *     #include <nst/nst.h>
 *     int main(void)
 *     {
 *         nst_image *content, *style, *result;  nst_model *model;  nst_transfer *transfer;
 *         nst_image_load(&content, "town.jpg", 0);
 *         nst_image_load(&style, "painting.jpg", 0);
 *         nst_model_load(&model, NULL);
 *         nst_transfer_create(&transfer, model);
 *         nst_transfer_set_content(transfer, content);
 *         nst_transfer_add_style(transfer, style, 1.0);
 *         nst_transfer_run(&result, transfer, NULL);
 *         nst_image_save(result, "result.png");
 *     }
 *
 * Rules that hold everywhere
 *   Errors      A function that can fail returns nst_status; nst_last_error() has one line of detail. A new handle
 *               is the first parameter; after an error it is NULL. Every input is unchanged then.
 *               No function prints, aborts or exits.
 *   Ownership   Whoever creates a handle destroys it. A setter that takes a handle copies what it needs or holds a
 *               reference, so the caller may destroy its own handle at once. Returned strings are borrowed: they are
 *               valid as long as the handle that returned them. Strings of functions without a handle are always valid.
 *   Threads     A model is immutable, and models, styles and engines may serve transfers in any number of threads at
 *               the same time. Any other handle is used by one thread at a time; only cancelling is safe from others.
 *               Callbacks run on the thread that called.
 *   Host        The BLAS thread settings, locale, floating-point mode and signals of the host are left alone. After
 *               fork() a child may use every handle that no other thread was using: docs/threads.md.
 *   Files       A save writes a new file in the same folder, syncs it, and then renames it to PATH. No reader can see
 *               half a file, and after an error the old file is still there. Symbolic links are followed. A new file
 *               has the permissions of the file that it replaces, or those of the umask. Pipes and character devices
 *               are written directly; /dev/stdout, /dev/stderr and /dev/fd/N are descriptors of the process. Anything
 *               else that is not a regular file, and a pipe without a reader, is NST_ERR_IO.
 *   Pictures    RGB, 0..1, sRGB-encoded, rows from top to bottom, channels interleaved: [height, width, 3].
 */
#ifndef NST_NST_H
#define NST_NST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* On Windows, which is not tried: define NST_STATIC to link the static library, NST_BUILDING to build the DLL. */
#if defined(_WIN32) && defined(NST_STATIC)
#define NST_API
#elif defined(_WIN32) && defined(NST_BUILDING)
#define NST_API __declspec(dllexport)
#elif defined(_WIN32)
#define NST_API __declspec(dllimport)
#elif defined(__GNUC__)
#define NST_API __attribute__((visibility("default")))
#else
#define NST_API
#endif

/* ---- Version ---- */

#define NST_VERSION_MAJOR  0
#define NST_VERSION_MINOR  9
#define NST_VERSION_PATCH  0
#define NST_VERSION_NUMBER (NST_VERSION_MAJOR * 10000 + NST_VERSION_MINOR * 100 + NST_VERSION_PATCH)

/* The version of the loaded library, which may be newer than this header: "0.9.0", and as a number, 900. */
NST_API const char *nst_version(void);
NST_API uint32_t nst_version_number(void);

/* 1 if the loaded library has everything that this header declares, else 0. */
static inline int nst_version_check(void)
{
    const uint32_t declared = NST_VERSION_NUMBER;
    return nst_version_number() >= declared;
}

/* What the library was built with, and what it uses on this machine. An unknown key gives NULL. */
typedef enum nst_build {
    NST_BUILD_BLAS = 1,     /* "OpenBLAS 0.3.21", "CBLAS" */
    NST_BUILD_SIMD = 2,     /* best instruction set in use: "avx512", "avx2", "sse2", "neon", "generic" */
    NST_BUILD_READERS = 3,  /* model formats: "safetensors torch npy mat hdf5 zlib" (zlib: also compressed), or fewer */
    NST_BUILD_PICTURES = 4, /* formats of pictures: "png jpeg webp ppm pgm pam", or fewer */
    NST_BUILD_FORCE_32BIT = 0x7fffffff
} nst_build;
NST_API const char *nst_build_text(nst_build key);

/* ---- Status ---- */

/* Grouped by who is at fault: 1xx the call, 2xx the data, 3xx the system, 5xx libnst itself. */
typedef enum nst_status {
    NST_OK = 0,
    NST_ERR_ARGUMENT = 100,    /* NULL where something is needed, a NaN, an unknown enum value */
    NST_ERR_RANGE = 101,       /* a number outside its range */
    NST_ERR_NAME = 102,        /* no parameter, preset, choice or layer is called that */
    NST_ERR_STATE = 103,       /* a call out of order: no content set, a transfer that is running */
    NST_ERR_NOT_FOUND = 200,   /* a file that cannot be opened for reading, or a model name that is nowhere */
    NST_ERR_FORMAT = 201,      /* not a format that is read here */
    NST_ERR_CORRUPT = 202,     /* cut short, or it contradicts itself */
    NST_ERR_UNSUPPORTED = 203, /* a known format with a feature that is not read here */
    NST_ERR_TOO_LARGE = 204,   /* above the cap on pixels, or beyond what can be addressed */
    NST_ERR_TOO_SMALL = 205,   /* a picture that vanishes before the deepest layer asked for */
    NST_ERR_NO_LAYER = 206,    /* a VGG layer that the loaded model does not have */
    NST_ERR_NON_FINITE = 207,  /* NaN or infinity in weights or pixels, or a loss that starts so */
    NST_ERR_OUT_OF_MEMORY = 300,
    NST_ERR_IO = 301,           /* reading or writing failed: disk full, no such folder, no permission */
    NST_ERR_MEMORY_LIMIT = 302, /* NST_PARAM_MEMORY_LIMIT is too small for this; the message names the smallest */
    NST_ERR_SYSTEM = 303,       /* a thread could not be started */
    NST_ERR_CALLBACK = 304,     /* a function of the host failed: an objective, a solver or a term */
    NST_ERR_CANCELLED = 305,    /* cancelled by a call or a flag, in a function that has no partial result */
    NST_ERR_INTERNAL = 500,     /* a defect of libnst: please report it */
    NST_STATUS_FORCE_32BIT = 0x7fffffff
} nst_status;

/* A few words for a status: "out of memory". Never NULL. */
NST_API const char *nst_status_text(nst_status status);

/* One line about the last failure in this thread: what was expected and what was found, escaped; "" if there was none.
 * Valid until the next failing call of this thread. Successful calls do not change it. */
NST_API const char *nst_last_error(void);

/* Makes TEXT safe to show in one line; names of files and credits of models may contain anything. Control characters
 * (C0, C1), line ends, changes of writing direction, and bytes that are not UTF-8 are written as escapes, such as \n,
 * \x1b and \u202e. Backslashes stay, so escaping twice changes nothing. Writes at most SIZE bytes including the final
 * zero, whole characters only, and returns the full length, like snprintf(). OUT may be NULL if SIZE is 0. */
NST_API size_t nst_text_escape(char *out, size_t size, const char *text);

/* ---- Memory ---- */

/* The host's allocator. Each function may be called from any thread. */
typedef struct nst_allocator {
    size_t size; /* sizeof(nst_allocator): later versions may add members at the end */
    void *user;
    void *(*allocate)(size_t size, void *user);            /* aligned as by malloc; NULL: no memory */
    void *(*resize)(void *block, size_t size, void *user); /* BLOCK is from allocate or resize */
    void (*release)(void *block, void *user);              /* BLOCK is from any of the others, or NULL */
    /* A block aligned to ALIGNMENT, a power of two; never resized. May be NULL: then libnst aligns within a larger
     * block. */
    void *(*allocate_aligned)(size_t size, size_t alignment, void *user);
} nst_allocator;

/* Uses ALLOCATOR (copied; NULL: malloc again) for everything that libnst allocates, in the whole process. Only
 * while no handle exists, else NST_ERR_STATE. Not covered: what TurboJPEG, libwebp, the BLAS and the C library
 * allocate for themselves, for which they offer no hook. nst_engine_set_allocator() is for the maps of one engine. */
NST_API nst_status nst_allocator_set(const nst_allocator *allocator);

/* The memory of the machine in bytes, or the limit of the process's control group (version 1 or 2) if that is less;
 * 0: unknown. Memory that other programs use is not subtracted. For NST_PARAM_MEMORY_LIMIT: the program nst uses three
 * quarters of it. */
NST_API uint64_t nst_machine_memory(void);
/* The cores that the process may use, at least 1: its affinity mask and control group are respected. NST_PARAM_THREADS
 * of 0 means this. */
NST_API uint32_t nst_machine_cores(void);

/* ---- Log ---- */

/* How much a log function is told; each level includes those before. */
typedef enum nst_log_level {
    NST_LOG_WARNING = 1, /* what nst_image_warnings() and nst_transfer_warnings() return, restarts of a solver */
    NST_LOG_INFO = 2,    /* the model, the engine, the sizes of a run and its memory, why it ended */
    NST_LOG_DEBUG = 3,   /* each size: its tiles, its evaluations and its time */
    NST_LOG_FORCE_32BIT = 0x7fffffff
} nst_log_level;

/* LINE is one line without an end, escaped by nst_text_escape(). It is valid during the call. */
typedef void (*nst_log_fn)(nst_log_level level, const char *line, void *user);
/* Calls LOG for events up to level MOST (NULL: nothing is logged, as at the start), in the whole process, on the thread
 * that called libnst. If several threads use libnst, LOG can be called by several at the same time. LOG must not call
 * libnst. Only while no handle exists, else NST_ERR_STATE. */
NST_API nst_status nst_log_set(nst_log_fn log, nst_log_level most, void *user);

/* ---- Parameters ---- */

/* Each parameter has a number, a name, a type, a range, a default, a unit and a line of help, which can be listed. */
typedef enum nst_param {
    /* of an image: how nst_image_save() and nst_image_encode() write it */
    NST_PARAM_PNG_DEPTH = 100,        /* choice nst_png_depth: bits a channel, also in PPM, PGM and PAM files; 8, or 16
                                       * of a picture that was read from such a file */
    NST_PARAM_JPEG_QUALITY = 101,     /* int 1..100; 95 */
    NST_PARAM_JPEG_SUBSAMPLING = 102, /* choice nst_jpeg_subsampling; 444 */
    NST_PARAM_BACKGROUND = 103,       /* text: the colour behind transparent parts in files without alpha: "white",
                                         "black" or "#rrggbb"; white */

    /* of a transfer: what is asked for */
    NST_PARAM_SIZE = 200,           /* int, pixels: the longer side of the result; 0: the content's own; 512 */
    NST_PARAM_SIZES = 201,          /* text: "auto" halves SIZE down to 64; "none": SIZE alone; else sizes from
                                        coarse to fine, each with its evaluations if you like: "64:100,128,512:30",
                                        which replace SIZE and STEPS. A smaller size after the largest so far, as in
                                        "64,512,128,256,512", changes that picture as far as it sees it */
    NST_PARAM_STEPS = 202,          /* int: evaluations of the objective at the last size; 0: by EFFORT; by preset */
    NST_PARAM_INIT = 203,           /* choice nst_init: where the pixels start */
    NST_PARAM_OPTIMIZER = 204,      /* choice nst_algorithm, where nst_transfer_run() gets no optimizer */
    NST_PARAM_FORM = 205,           /* choice nst_form: how losses are normalised */
    NST_PARAM_CONTENT_LAYERS = 206, /* text: "conv2_2" or "relu3_2=0.5,relu4_2" */
    NST_PARAM_STYLE_LAYERS = 207,   /* text, likewise */
    NST_PARAM_CONTENT_WEIGHT = 208, /* float >= 0 */
    NST_PARAM_STYLE_WEIGHT = 209,   /* float >= 0 */
    NST_PARAM_TV_WEIGHT = 210,      /* float >= 0: total variation, smooths */
    NST_PARAM_RANGE_WEIGHT = 211,   /* float >= 0: penalises pixels outside 0..1 */
    NST_PARAM_STYLE_SCALE = 212,    /* float: the size of a style picture relative to the picture being painted, as
                                        the square root of the ratio of their areas. Above 1 strokes are larger; 0
                                        keeps the own size of style pictures. Areas are rounded to a grid, 2^(k/2):
                                        the size differs by up to 9 %, or is one step (19 %) smaller if the picture
                                        would have to be enlarged otherwise */
    NST_PARAM_PADDING = 213,        /* choice nst_padding */
    NST_PARAM_POOLING = 214,        /* choice nst_pooling */
    NST_PARAM_SEED = 215,           /* int >= 0: of the noise */
    NST_PARAM_STYLE_LOSS = 216,     /* choice nst_style_loss: what is compared of the style */
    NST_PARAM_EFFORT = 217,         /* choice nst_effort: evaluations at each size; sets STEPS to 0. STEPS and SIZES
                                        replace it if they are set later */
    NST_PARAM_COLOR = 218,          /* choice nst_color: whose colours the result has; style */
    NST_PARAM_BLEND = 219,          /* choice nst_blend: how several styles of one region are blended; target */
    NST_PARAM_MATTING_WEIGHT = 220, /* float >= 0: keeps a photograph a photograph. Within 3x3 pixels the colours of the
                                       result are to be an affine function of the content's: the matting Laplacian of
                                       Levin et al. 2008, as in Luan et al. 2017. The same weight at every size */
    NST_PARAM_POISSON_RADIUS =
        221, /* float 0..1, times the longer side; 0: none. At its end a run gives the picture the
                                       gradients of the content, recoloured if INIT is RECOLORED: what else was changed
                                       over less than the radius is smoothed away. The screened Poisson equation of Bhat
                                       et al. 2008, as in Mechrez et al. 2017; not in snapshots */

    /* of a transfer: how it is computed. All but MEMORY_LIMIT are those of its engine: nst_engine_set_int() */
    NST_PARAM_THREADS = 250,      /* int; 0: every core that the process may use. The result does not depend on it */
    NST_PARAM_MEMORY_LIMIT = 251, /* bytes; 0: none. Above it the evaluation is cut into exact tiles */
    NST_PARAM_SIMD = 252,         /* choice nst_simd; NST_ERR_RANGE if the machine does not have it; auto */
    NST_PARAM_CONVOLUTION = 253,  /* choice nst_convolution; auto */
    NST_PARAM_GEMM = 254,         /* choice nst_gemm; auto */

    /* of an optimizer */
    NST_PARAM_HISTORY = 300,            /* L-BFGS, int: curvature pairs kept; 10 */
    NST_PARAM_WOLFE_C1 = 301,           /* L-BFGS, float: sufficient decrease; 1e-4 */
    NST_PARAM_WOLFE_C2 = 302,           /* L-BFGS, float: curvature; 0.9 */
    NST_PARAM_LINE_EVALUATIONS = 303,   /* L-BFGS, int: most evaluations in one line search; 20 */
    NST_PARAM_MAX_EVALUATIONS = 304,    /* int: used only by nst_optimizer_minimize(); 1000 */
    NST_PARAM_GRADIENT_TOLERANCE = 305, /* float: stops when the largest |gradient| is below; 0 */
    NST_PARAM_VALUE_TOLERANCE = 306,    /* float: stops when an iteration gains less than this, relative; 0 */
    NST_PARAM_LEARNING_RATE = 307,      /* Adam, float: step, in units of the variables; 0.02, or by preset */
    NST_PARAM_BETA1 = 308,              /* Adam, float: decay of the first moment; 0.9 */
    NST_PARAM_BETA2 = 309,              /* Adam, float: decay of the second moment; 0.999 */
    NST_PARAM_EPSILON = 310,            /* Adam, float; 1e-8 */
    NST_PARAM_DECAY = 311,              /* Adam, float: the rate is divided by 1 + DECAY * step; 0 */
    NST_PARAM_AVERAGE = 312,            /* Adam, float: decay of the running average of the iterates. The last
                                        evaluation is made at it, and if its value is lower it is the result; 0: none */
    NST_PARAM_RESULT = 313,             /* choice nst_result: the point that a minimisation returns; best */
    NST_PARAM_HISTORY_BITS = 314,       /* L-BFGS, choice nst_history_bits: of a number in the curvature pairs; auto */
    NST_PARAM_SCRATCH = 315,            /* L-BFGS, text: folder for a file with the curvature pairs. Its space is
                                         * reserved before the first evaluation (else NST_ERR_IO); it has no name and
                                         * ends with the minimisation. "": in memory */
    NST_PARAM_FORCE_32BIT = 0x7fffffff
} nst_param;

/* What a parameter takes. */
typedef enum nst_param_type {
    NST_TYPE_INT = 1,
    NST_TYPE_FLOAT = 2,
    NST_TYPE_CHOICE = 3, /* one of the values of an enum, each with a name */
    NST_TYPE_BYTES = 4,  /* an int; in text followed by K, M or G (powers of 1024): "1G" */
    NST_TYPE_TEXT = 5,
    NST_TYPE_FORCE_32BIT = 0x7fffffff
} nst_param_type;

/* What a parameter belongs to. */
typedef enum nst_object {
    NST_OBJECT_IMAGE = 1,
    NST_OBJECT_TRANSFER = 2,
    NST_OBJECT_OPTIMIZER = 3,
    NST_OBJECT_FORCE_32BIT = 0x7fffffff
} nst_object;

/* The table of parameters, 0 to nst_param_count() - 1. An unknown parameter has an empty name, and 0 or "" for the
 * rest. */
NST_API size_t nst_param_count(void);
NST_API nst_param nst_param_at(size_t index);
NST_API nst_status nst_param_find(nst_param *out, nst_object object, const char *name); /* "style-weight" */
NST_API const char *nst_param_name(nst_param param);  /* NST_PARAM_STYLE_WEIGHT is "style-weight" */
NST_API const char *nst_param_group(nst_param param); /* the heading for lists: "Content and style" */
NST_API nst_param_type nst_param_type_of(nst_param param);
NST_API nst_object nst_param_object(nst_param param);
NST_API const char *nst_param_help(nst_param param);
NST_API const char *nst_param_unit(nst_param param);    /* "pixels", "bytes", "" */
NST_API const char *nst_param_default(nst_param param); /* as text; "" where the preset decides */
NST_API double nst_param_minimum(nst_param param);      /* of type INT, FLOAT and BYTES */
NST_API double nst_param_maximum(nst_param param);
/* Choice INDEX of a parameter of type CHOICE: its name, NULL past the last, and its value in *VALUE (may be NULL). */
NST_API const char *nst_param_choice(nst_param param, size_t index, int64_t *value);

/* Bits of a number in the curvature pairs of L-BFGS. 16: whole numbers, with a scale for every 512. AUTO: 32, or 16 at
 * those sizes of a run that NST_PARAM_MEMORY_LIMIT would not allow otherwise. */
typedef enum nst_history_bits {
    NST_HISTORY_BITS_AUTO = 0,
    NST_HISTORY_BITS_16 = 16,
    NST_HISTORY_BITS_32 = 32,
    NST_HISTORY_BITS_FORCE_32BIT = 0x7fffffff
} nst_history_bits;

/* Bits of each channel in PNG, PPM, PGM and PAM files. */
typedef enum nst_png_depth {
    NST_PNG_DEPTH_8 = 8,
    NST_PNG_DEPTH_16 = 16,
    NST_PNG_DEPTH_FORCE_32BIT = 0x7fffffff
} nst_png_depth;

/* Chroma subsampling of JPEG files. */
typedef enum nst_jpeg_subsampling {
    NST_JPEG_SUBSAMPLING_444 = 444, /* none */
    NST_JPEG_SUBSAMPLING_422 = 422, /* half as many columns */
    NST_JPEG_SUBSAMPLING_420 = 420, /* half as many columns and rows */
    NST_JPEG_SUBSAMPLING_FORCE_32BIT = 0x7fffffff
} nst_jpeg_subsampling;

/* Instruction sets of the inner loops. */
typedef enum nst_simd {
    NST_SIMD_AUTO = 0, /* the best of this machine */
    NST_SIMD_GENERIC = 1,
    NST_SIMD_SSE2 = 2,
    NST_SIMD_AVX2 = 3,   /* and FMA */
    NST_SIMD_AVX512 = 4, /* F, VL, BW and DQ */
    NST_SIMD_NEON = 5,
    NST_SIMD_FORCE_32BIT = 0x7fffffff
} nst_simd;

/* Methods of the convolutions. */
typedef enum nst_convolution {
    NST_CONVOLUTION_AUTO = 0,      /* the fastest for each layer */
    NST_CONVOLUTION_DIRECT = 1,    /* one matrix product */
    NST_CONVOLUTION_WINOGRAD4 = 2, /* F(4x4,3x3): Lavin and Gray, arXiv:1509.09308 */
    NST_CONVOLUTION_WINOGRAD6 = 3, /* F(6x6,3x3) */
    NST_CONVOLUTION_FORCE_32BIT = 0x7fffffff
} nst_convolution;

/* Matrix products in float. */
typedef enum nst_gemm {
    NST_GEMM_AUTO = 0, /* the library's own kernel wherever there are enough channels */
    NST_GEMM_OWN = 1,
    NST_GEMM_CBLAS = 2,
    NST_GEMM_FORCE_32BIT = 0x7fffffff
} nst_gemm;

/* ---- Images ---- */

typedef struct nst_image nst_image;

/* Reads a PNG, JPEG, PPM, PGM or PAM picture, or WebP if the library was built with libwebp (NST_BUILD_PICTURES),
 * recognised by its content, not its name. Grey becomes RGB, CMYK and YCCK too; alpha is kept; the EXIF orientation is
 * applied; colours become sRGB (docs/formats.md). MAX_PIXELS caps width x height before anything is allocated: 0 means
 * 2^28. */
NST_API nst_status nst_image_load(nst_image **out, const char *path, uint64_t max_pixels);
NST_API nst_status nst_image_decode(nst_image **out, const void *bytes, size_t size, uint64_t max_pixels);
/* Band number INDEX (from 0) of COUNT of the picture at PATH, from top to bottom, each of about as many rows: for a
 * picture that several processes share (nst_ranks). The pixels of other bands are not kept. Of JPEG, WebP and
 * interlaced PNG the whole picture is in memory during the call, as 8 or 16 bits a channel. More bands than rows are
 * NST_ERR_RANGE. */
NST_API nst_status nst_image_load_band(nst_image **out, const char *path, uint64_t max_pixels, uint32_t index,
                                       uint32_t count);

/* Warnings about the file that IMAGE was read from, one line each, separated by '\n'; "" if there are none: a file that
 * is cut short or damaged after its last pixel, a wrong checksum, a colour profile that could not be used. Copies have
 * them too. */
NST_API const char *nst_image_warnings(const nst_image *image);

/* Black pixels, with or without (opaque) alpha. WIDTH and HEIGHT at least 1. */
NST_API nst_status nst_image_create(nst_image **out, uint32_t width, uint32_t height, int alpha);

/* Copies pixels from and to memory of the caller. CHANNELS: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. STRIDE: bytes from
 * one row to the next, 0 for packed rows. Eight bits are 0..255, floats 0..1. On writing, values are clamped to 0..1
 * and for u8 rounded to nearest; a missing alpha is written as opaque, grey as Rec. 709 luma. */
NST_API nst_status nst_image_from_u8(nst_image **out, const uint8_t *pixels, uint32_t width, uint32_t height,
                                     int channels, size_t stride);
NST_API nst_status nst_image_from_f32(nst_image **out, const float *pixels, uint32_t width, uint32_t height,
                                      int channels, size_t stride);
NST_API nst_status nst_image_to_u8(const nst_image *image, uint8_t *pixels, int channels, size_t stride);
NST_API nst_status nst_image_to_f32(const nst_image *image, float *pixels, int channels, size_t stride);

/* An image on memory of the host, which is not copied: PIXELS [height, width, 3], packed RGB, and ALPHA [height, width]
 * or NULL. Both must be valid until nst_image_destroy(), which calls RELEASE (may be NULL) with PIXELS, once for both.
 * The host may change them between calls that take the image. Functions that copy an image, such as
 * nst_transfer_set_content(), copy these pixels too. After an error RELEASE is not called. */
typedef void (*nst_release_fn)(float *pixels, void *user);
NST_API nst_status nst_image_borrow(nst_image **out, float *pixels, float *alpha, uint32_t width, uint32_t height,
                                    nst_release_fn release, void *user);

/* Writes PNG, JPEG, PPM, PGM or PAM by the ending of PATH (.png, .jpg, .jpeg, .ppm, .pnm, .pgm, .pam). With TYPE, which
 * is such an ending, PATH may be anything. Encode returns the bytes of the file, to be released with
 * nst_bytes_destroy(). JPEG, PPM and PGM have no alpha: transparent parts show NST_PARAM_BACKGROUND. */
NST_API nst_status nst_image_save(const nst_image *image, const char *path);
NST_API nst_status nst_image_save_as(const nst_image *image, const char *path, const char *type);
NST_API nst_status nst_image_encode(void **out, size_t *size, const nst_image *image, const char *type);
/* The endings of the types that can be written, without the dot: "png", "jpg", "jpeg", "ppm", ...; NULL past the last.
 * The type of an ending, upper or lower case: "jpeg" for "JPG"; NULL if there is none. And 1 if files of TYPE can have
 * alpha, else
 * 0. */
NST_API const char *nst_image_ending(size_t index);
NST_API const char *nst_image_type(const char *ending);
NST_API int nst_image_type_has_alpha(const char *type);
NST_API void nst_bytes_destroy(void *bytes); /* NULL is fine, as in every destroy */
/* Writes SIZE bytes to PATH in the same way as every save. */
NST_API nst_status nst_bytes_save(const void *bytes, size_t size, const char *path);

/* Parameters of an image: NST_PARAM_PNG_DEPTH to NST_PARAM_BACKGROUND. See nst_transfer_set_int(). */
NST_API nst_status nst_image_set_int(nst_image *image, nst_param param, int64_t value);
NST_API nst_status nst_image_get_int(const nst_image *image, nst_param param, int64_t *value);
NST_API nst_status nst_image_set_text(nst_image *image, nst_param param, const char *value);
NST_API nst_status nst_image_get_text(const nst_image *image, nst_param param, const char **value);

/* A copy of WIDTH x HEIGHT pixels: Lanczos-3 to shrink, scaled to the area that a new pixel covers; bicubic
 * (Catmull-Rom) to enlarge; separately for each axis. Pixels are weighted by their alpha. */
NST_API nst_status nst_image_resize(nst_image **out, const nst_image *image, uint32_t width, uint32_t height);
NST_API nst_status nst_image_copy(nst_image **out, const nst_image *image); /* with its parameters */

/* Pixels along each side; 1 or 0 for alpha. */
NST_API uint32_t nst_image_width(const nst_image *image);
NST_API uint32_t nst_image_height(const nst_image *image);
/* Of a band of a picture that several ranks have (nst_ranks): its first row in the whole picture, and the rows of that.
 * Of any other picture 0 and its height. Only functions that say so look at this: for all others a band is a picture of
 * its own. */
NST_API uint32_t nst_image_top(const nst_image *image);
NST_API uint32_t nst_image_whole_height(const nst_image *image);
/* Makes IMAGE a band: its first row is row TOP of a picture of WHOLE_HEIGHT rows. */
NST_API nst_status nst_image_set_band(nst_image *image, uint32_t top, uint32_t whole_height);
NST_API int nst_image_has_alpha(const nst_image *image);
/* The pixels themselves: [height, width, 3] RGB, nominally 0..1, and [height, width] alpha or NULL. */
NST_API const float *nst_image_pixels(const nst_image *image);
NST_API const float *nst_image_alpha(const nst_image *image);
/* The same, to be written. */
NST_API float *nst_image_mutable_pixels(nst_image *image);
NST_API float *nst_image_mutable_alpha(nst_image *image);

NST_API void nst_image_destroy(nst_image *image); /* NULL is fine */

/* ---- Models ---- */

typedef struct nst_model nst_model;

/* What the first convolution expects. Pictures of this API are RGB 0..1 for every model. */
typedef enum nst_input {
    NST_INPUT_AUTO = 0,   /* from the file's metadata, else from the values of conv1_1 (docs/models.md) */
    NST_INPUT_BGR255 = 1, /* Caffe: BGR 0..255 less 103.939, 116.779, 123.68 */
    NST_INPUT_RGB01 = 2,  /* torchvision: RGB 0..1 less 0.485, 0.456, 0.406, over 0.229, 0.224, 0.225 */
    NST_INPUT_RGB255 = 3, /* Caffe's weights turned to RGB: RGB 0..255 less 123.68, 116.779, 103.939 */
    NST_INPUT_FORCE_32BIT = 0x7fffffff
} nst_input;

/* How weights are written. */
typedef enum nst_dtype {
    NST_DTYPE_F32 = 1,
    NST_DTYPE_F16 = 2,
    NST_DTYPE_BF16 = 3,
    NST_DTYPE_FORCE_32BIT = 0x7fffffff
} nst_dtype;

/* Loads a network with the topology of VGG-19, VGG-16, VGG-13 or VGG-11. The file decides the channel counts and the
 * last layer. NAME is
 *   NULL            the default: the embedded model "lite", where the library was built with it, else "random:0"
 *   "lite"          the embedded model
 *   "random:SEED"   seeded random filters of VGG-19's shapes: needs no file (docs/models.md)
 *   a path          anything with a slash, or an existing file, in one of the formats of docs/models.md, recognised by
 *                   its content
 *   a bare name     "vgg19": NAME.safetensors in the folders of nst_model_folder()
 * The file is untrusted: everything is checked, and weights that are not finite are an error. */
NST_API nst_status nst_model_load(nst_model **out, const char *name);
NST_API nst_status nst_model_load_as(nst_model **out, const char *name, nst_input input);
/* The same from a file in memory. The bytes are not needed after the call. */
NST_API nst_status nst_model_decode(nst_model **out, const void *bytes, size_t size, nst_input input);
/* Writes a safetensors file with the weights up to and including layer UPTO ("conv5_1"; NULL: all). */
NST_API nst_status nst_model_save(const nst_model *model, const char *path, nst_dtype dtype, const char *upto);

/* Layers in order, convolutions and their ReLUs: "conv1_1", "relu1_1", "conv1_2", ... CHANNELS: the layer's own
 * depth. Out parameters may be NULL. */
NST_API size_t nst_model_layer_count(const nst_model *model);
NST_API nst_status nst_model_layer(const nst_model *model, size_t index, const char **name, uint32_t *channels);
NST_API nst_status nst_model_find_layer(const nst_model *model, const char *name, size_t *index);
NST_API uint64_t nst_model_parameter_count(const nst_model *model);
NST_API nst_input nst_model_input(const nst_model *model);

/* Facts of a model, each as text. */
typedef enum nst_model_key {
    NST_MODEL_SOURCE = 1,     /* "lite", "random:0", or the path of the file */
    NST_MODEL_FORMAT = 2,     /* "safetensors", "torch zip", "torch legacy", "npy", "mat", "hdf5", "keras zip",
                                 "embedded" or "random" */
    NST_MODEL_TOPOLOGY = 3,   /* "vgg19", "vgg16", "vgg13", "vgg11" */
    NST_MODEL_DTYPE = 4,      /* of the file's weights: "f32", "f16", "bf16", "f64", "mixed" */
    NST_MODEL_INPUT_SAID = 5, /* how the input space is known: "metadata", "values of conv1_1", "caller", "random",
                                 "format" (Keras: Caffe's) */
    NST_MODEL_CREDIT = 6,     /* licence and credit as the file's metadata says them, or "" */
    NST_MODEL_KEY_FORCE_32BIT = 0x7fffffff
} nst_model_key;
NST_API const char *nst_model_text(const nst_model *model, nst_model_key key);

/* The folders that are searched for a bare name, in order: those of $NST_MODEL_PATH (separated by colons), nst/ in
 * $XDG_DATA_HOME (or ~/.local/share), nst/ in each of $XDG_DATA_DIRS. Writes folder INDEX and a final NUL into BUFFER;
 * NST_ERR_RANGE past the last folder or if SIZE is too small. */
NST_API nst_status nst_model_folder(size_t index, char *buffer, size_t size);

NST_API void nst_model_destroy(nst_model *model); /* releases one reference; NULL is fine */

/* ---- Optimizers ---- */

typedef struct nst_optimizer nst_optimizer;

/* Solvers. */
typedef enum nst_algorithm {
    NST_ALGORITHM_LBFGS = 0,  /* Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4, 7.5 and 3.5, 3.6 */
    NST_ALGORITHM_ADAM = 1,   /* Kingma & Ba, arXiv:1412.6980, algorithm 1 */
    NST_ALGORITHM_CUSTOM = 2, /* of the host: nst_optimizer_create_custom() */
    NST_ALGORITHM_FORCE_32BIT = 0x7fffffff
} nst_algorithm;

/* The point that a minimisation returns. */
typedef enum nst_result {
    NST_RESULT_BEST = 0, /* the one with the lowest value */
    NST_RESULT_LAST = 1, /* the last one: where the objective is noisy, the lowest value may be luck. Of Adam with
                            NST_PARAM_AVERAGE it is the average. L-BFGS only accepts lower values: no difference */
    NST_RESULT_FORCE_32BIT = 0x7fffffff
} nst_result;

/* Why a run ended. None of these is an error. */
typedef enum nst_stop {
    NST_STOP_NONE = 0,       /* nothing has run yet */
    NST_STOP_CONVERGED = 1,  /* a tolerance was met, or the last size gained too little (nst_effort) */
    NST_STOP_STALLED = 2,    /* no step along the search direction, nor down the gradient, lowers the value */
    NST_STOP_BUDGET = 3,     /* the evaluations are used up */
    NST_STOP_CALLBACK = 4,   /* a callback asked for it */
    NST_STOP_CANCELLED = 5,  /* nst_transfer_cancel(), or the flag of nst_transfer_set_cancel_flag() */
    NST_STOP_NON_FINITE = 6, /* NaN or infinity, again after one restart with a smaller step */
    NST_STOP_FORCE_32BIT = 0x7fffffff
} nst_stop;
NST_API const char *nst_stop_text(nst_stop stop); /* "the evaluations are used up" */

/* Computes f(x) into *VALUE and its gradient, N floats. OPTIMIZER may be read, not changed. Non-zero ends the run:
 * NST_OBJECTIVE_STOP keeps the best point so far and is not an error; any other value makes nst_optimizer_minimize()
 * return NST_ERR_CALLBACK (x is then the best point too). */
#define NST_OBJECTIVE_STOP 1
typedef int (*nst_objective_fn)(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *gradient,
                                void *user);
/* Called after each iteration; non-zero stops. */
typedef int (*nst_iteration_fn)(nst_optimizer *optimizer, void *user);

/* A new optimizer has the defaults of the table. For its parameters see nst_transfer_set_int(). */
NST_API nst_status nst_optimizer_create(nst_optimizer **out, nst_algorithm algorithm);
/* A solver of the host, for nst_transfer_run() and nst_optimizer_minimize(). SOLVER starts at X, N floats, which it may
 * change, and calls nst_optimizer_evaluate() until it has finished or that returns non-zero. Then it returns 0; any
 * other value is NST_ERR_CALLBACK. The result is the best point that was evaluated, or X with NST_RESULT_LAST. NAME has
 * 1 to 23 bytes and is copied. nst_transfer_memory() does not include what SOLVER allocates. */
typedef int (*nst_solver_fn)(nst_optimizer *optimizer, size_t n, float *x, void *user);
NST_API nst_status nst_optimizer_create_custom(nst_optimizer **out, const char *name, nst_solver_fn solver, void *user);
/* For SOLVER, while it runs: value and gradient at X, N floats each. Returns 0, or 1 if the minimisation is over (the
 * evaluations are used up, something asked to stop, the function failed) and SOLVER has to return. A value that is not
 * finite is an error at the first evaluation; later it is up to SOLVER. Each evaluation counts as an iteration. Outside
 * of SOLVER it returns 1. */
NST_API int nst_optimizer_evaluate(nst_optimizer *optimizer, const float *x, double *value, float *gradient);
NST_API nst_status nst_optimizer_set_int(nst_optimizer *optimizer, nst_param param, int64_t value);
NST_API nst_status nst_optimizer_set_float(nst_optimizer *optimizer, nst_param param, double value);
NST_API nst_status nst_optimizer_set_text(nst_optimizer *optimizer, nst_param param, const char *value);
NST_API nst_status nst_optimizer_get_int(const nst_optimizer *optimizer, nst_param param, int64_t *value);
NST_API nst_status nst_optimizer_get_float(const nst_optimizer *optimizer, nst_param param, double *value);
NST_API nst_status nst_optimizer_get_text(const nst_optimizer *optimizer, nst_param param, const char **value);
NST_API nst_status nst_optimizer_set_iteration(nst_optimizer *optimizer, nst_iteration_fn callback,
                                               void *user); /* CALLBACK NULL: none */

/* Minimises any function of N floats. X is the start, and on return the point that NST_PARAM_RESULT selects. Vectors
 * are float; scalar products and values are double. Only the settings are kept from one call to the next. */
NST_API nst_status nst_optimizer_minimize(nst_optimizer *optimizer, size_t n, float *x, nst_objective_fn objective,
                                          void *user);
/* Checkpoints. Save, which is only allowed in the iteration callback (else NST_ERR_STATE), returns the state between
 * two iterations as bytes, to be released with nst_bytes_destroy(). Load takes such bytes into another optimizer of the
 * same algorithm: its next minimisation continues from there instead of X, with the same bits as if it had not been
 * interrupted, and its counts and MAX_EVALUATIONS include what was done before. The settings are not part of the state
 * and have to be the same; another HISTORY is NST_ERR_CORRUPT, another N NST_ERR_STATE. The bytes are untrusted: other
 * bytes are NST_ERR_FORMAT, changed ones NST_ERR_CORRUPT. They can be read on machines with the same order of bytes. A
 * custom solver is NST_ERR_UNSUPPORTED. */
NST_API nst_status nst_optimizer_save_state(void **out, size_t *size, const nst_optimizer *optimizer);
NST_API nst_status nst_optimizer_load_state(nst_optimizer *optimizer, const void *bytes, size_t size);

/* Of the last minimisation, or so far when called from a callback. */
NST_API nst_stop nst_optimizer_stop_reason(const nst_optimizer *optimizer);
NST_API double nst_optimizer_value(const nst_optimizer *optimizer); /* at the best point */
NST_API uint64_t nst_optimizer_iterations(const nst_optimizer *optimizer);
NST_API uint64_t nst_optimizer_evaluations(const nst_optimizer *optimizer);
NST_API nst_algorithm nst_optimizer_algorithm(const nst_optimizer *optimizer); /* as it was created */
NST_API const char *
nst_optimizer_name(const nst_optimizer *optimizer); /* "lbfgs", "adam", or of a custom one its NAME */

NST_API void nst_optimizer_destroy(nst_optimizer *optimizer); /* NULL is fine */

/* ---- Styles ---- */

typedef struct nst_style nst_style;

/* A painting. IMAGE is copied; values outside -0.5..1.5 are NST_ERR_RANGE. The style keeps its statistics at each layer
 * and size, so that they are computed once for all runs, contents and transfers. Transfers in several threads may use
 * one style at the same time. */
NST_API nst_status nst_style_create(nst_style **out, const nst_image *image);
/* A factor on NST_PARAM_STYLE_SCALE for this style: above 0, at most 64; 1. Above 1 strokes are larger. Only before a
 * transfer uses the style, else NST_ERR_STATE. */
NST_API nst_status nst_style_set_scale(nst_style *style, double scale);
NST_API double nst_style_scale(const nst_style *style);
/* Learns only from the part of the painting where MASK is white: grey values are weights, any size of the painting's
 * proportions, else NST_ERR_ARGUMENT; so is a mask that is all black. A second mask is multiplied with the first. Only
 * before a transfer uses the style, else NST_ERR_STATE. */
NST_API nst_status nst_style_set_mask(nst_style *style, const nst_image *mask);

/* A style from a file of nst_transfer_save_style(): what was measured of a painting, without the painting. It is used
 * like any other, by transfers with the same model, style layers, padding, pooling and sizes; what does not fit is an
 * error that says what the file has: NST_ERR_ARGUMENT from nst_transfer_use_style() for another model, else
 * NST_ERR_STATE when the transfer computes. Colours that are not those of the style (NST_PARAM_COLOR), and
 * nst_style_set_mask(), need the painting. A file that is not a saved style is NST_ERR_FORMAT. */
NST_API nst_status nst_style_load(nst_style **out, const char *path);
NST_API nst_status nst_style_decode(nst_style **out, const void *bytes, size_t size);

/* What a file of a style says; "" if it does not, and for a style with a picture. */
typedef enum nst_style_key {
    NST_STYLE_SOURCE = 1,     /* the path of the file, or "memory" */
    NST_STYLE_PICTURE = 2,    /* width and height of the painting: "1280x1014" */
    NST_STYLE_MODEL = 3,      /* the name of the model: "lite", "vgg19.safetensors" */
    NST_STYLE_MODEL_HASH = 4, /* of its weights up to the deepest of LAYERS: 16 hexadecimal digits */
    NST_STYLE_LAYERS = 5,     /* "conv1_1,conv2_1" */
    NST_STYLE_SIZES = 6,      /* at which it was measured, width and height: "57x45,114x90" */
    NST_STYLE_PADDING = 7,    /* as the names of NST_PARAM_PADDING and NST_PARAM_POOLING: "replicate", "max" */
    NST_STYLE_POOLING = 8,
    NST_STYLE_DTYPE = 9,    /* "f32" or "f16" */
    NST_STYLE_MASKED = 10,  /* "yes": a part of the painting was measured; else "no" */
    NST_STYLE_LICENSE = 11, /* as it was given */
    NST_STYLE_VERSION = 12, /* of the library that wrote the file: "0.9.0" */
    NST_STYLE_KEY_FORCE_32BIT = 0x7fffffff
} nst_style_key;
NST_API const char *nst_style_text(const nst_style *style, nst_style_key key);

NST_API void nst_style_destroy(nst_style *style); /* releases one reference; NULL is fine */

/* ---- Engines ---- */

typedef struct nst_engine nst_engine;

/* What transfers compute with: threads, memory for feature maps, and methods. A transfer makes an engine of its own
 * when it first computes, so most programs need none. Shared by nst_transfer_set_engine(), one engine serves any number
 * of transfers in any number of threads, with one set of threads: they compute one layer of one transfer at a time, and
 * the transfers take turns in the order in which they ask. Results are the same bits as with engines of their own.
 *
 * An engine keeps the memory of the transfers that have computed with it for the next ones, until nst_engine_trim() or
 * its end: each block costs time when it is new. The own engine of a transfer keeps its memory only while
 * nst_transfer_evaluate() can use it again. */
NST_API nst_status nst_engine_create(nst_engine **out);
/* NST_PARAM_THREADS, _SIMD, _CONVOLUTION and _GEMM; others are NST_ERR_ARGUMENT. Set before anything is computed with
 * the engine, else NST_ERR_STATE. Types, ranges and defaults are those of the table: nst_transfer_set_int(). An
 * instruction set that the machine lacks is NST_ERR_RANGE when something is first computed. */
NST_API nst_status nst_engine_set_int(nst_engine *engine, nst_param param, int64_t value);
NST_API nst_status nst_engine_set_float(nst_engine *engine, nst_param param, double value);
NST_API nst_status nst_engine_set_text(nst_engine *engine, nst_param param, const char *value);
NST_API nst_status nst_engine_get_int(const nst_engine *engine, nst_param param, int64_t *value);
NST_API nst_status nst_engine_get_float(const nst_engine *engine, nst_param param, double *value);
NST_API nst_status nst_engine_get_text(const nst_engine *engine, nst_param param, const char **value);

/* The threads of the host, after the parallel runner of libjxl. RUN calls TASK(DATA, i) at most once for each i from 0
 * to COUNT - 1, on any threads, at the same time if it can, and returns when all calls have returned. COUNT is at most
 * NST_PARAM_THREADS. TASK leaves the floating-point environment of its thread as it was. If it leaves out some i, the
 * results are the same but take longer. */
typedef struct nst_runner {
    size_t size; /* sizeof(nst_runner): later versions may add members at the end */
    void *user;
    void (*run)(void (*task)(void *data, int index), void *data, int count, void *user);
} nst_runner;
/* ENGINE starts no threads, but computes on those of RUNNER (copied; NULL: its own again). Set NST_PARAM_THREADS to
 * their number. RUN is called by one thread at a time, which is one that has called libnst. Set before anything is
 * computed with the engine, else NST_ERR_STATE. */
NST_API nst_status nst_engine_set_runner(nst_engine *engine, const nst_runner *runner);
/* Takes feature maps and scratch memory, by far the most of what a transfer needs, from ALLOCATOR (copied; NULL: that
 * of the process). Set before anything is computed with the engine, else NST_ERR_STATE. */
NST_API nst_status nst_engine_set_allocator(nst_engine *engine, const nst_allocator *allocator);
/* Several processes, the ranks, that paint one picture together: each a band of its rows, on any number of machines.
 * libnst has no messages of its own: these functions are the host's, for example on MPI (tools/mpi). All ranks make the
 * same calls with the same settings and pictures; a function returns when all of them have called it. It returns 0, or
 * another value if it failed: then the run is NST_ERR_CALLBACK. */
typedef struct nst_ranks {
    size_t size; /* sizeof(nst_ranks): later versions may add members at the end */
    void *user;
    int rank, count; /* of this process, 0 to COUNT - 1, and of all */
    /* Replaces each of the N values by the sum, or the maximum, over all ranks. All must get the same bits. */
    int (*sum)(double *values, size_t n, void *user);
    int (*maximum)(double *values, size_t n, void *user);
    /* Sends OUT_BYTES at OUT to rank TO and receives IN_BYTES from rank FROM to IN, both at the same time. TO or FROM
     * is -1 if there is nothing to send or to receive. */
    int (*exchange)(int to, const void *out, size_t out_bytes, int from, void *in, size_t in_bytes, void *user);
} nst_ranks;
/* Transfers with ENGINE paint together with the other RANKS (copied; NULL: alone). nst_transfer_run() returns the band
 * of this rank: see nst_image_top(). Every rank gets the whole styles. The content, and the picture of
 * nst_transfer_set_init(), are whole on every rank, or each has a band: of any number of rows, in the order of the
 * ranks (nst_image_load_band(), nst_image_set_band()). The result is that of one process to rounding, and has the same
 * bits each time with the same number of ranks. Cancelling and progress callbacks stop all ranks, at the end of an
 * evaluation. If a call fails on one rank alone, the host must end the others: they wait for it.
 *
 * Ranks work for nst_transfer_run(), nst_transfer_continue() and nst_transfer_memory(), of one transfer at a time. A
 * checkpoint is one file: rank 0 writes it for all, with a history of 32 bits in memory, and any number of ranks goes
 * on with it. What ranks cannot do is NST_ERR_UNSUPPORTED: masks of any kind, a content with alpha, colours of the
 * content, terms of the host, a custom solver, and what NST_PARAM_MATTING_WEIGHT, _POISSON_RADIUS and
 * nst_transfer_resume() do. More ranks than the last size has bands for are NST_ERR_RANGE. Set before anything is
 * computed with the engine, else NST_ERR_STATE. */
NST_API nst_status nst_engine_set_ranks(nst_engine *engine, const nst_ranks *ranks);
/* Writes the picture whose bands the ranks of ENGINE have, BAND on this one, as nst_image_save_as() does. All ranks
 * call it. Rank 0 writes the one file, and of formats that are written row by row it holds only some rows of the
 * others. Every rank returns the same. */
NST_API nst_status nst_image_save_band(const nst_image *band, nst_engine *engine, const char *path, const char *type);
/* Releases the memory that no transfer uses now. From any thread. */
NST_API nst_status nst_engine_trim(nst_engine *engine);
NST_API void nst_engine_destroy(nst_engine *engine); /* releases one reference; NULL is fine */

/* ---- Features ---- */

typedef struct nst_features nst_features;

/* What convolutions read beyond the border: zeros, the mirrored picture, or its last pixel. */
typedef enum nst_padding {
    NST_PADDING_ZERO = 0,
    NST_PADDING_REFLECT = 1,
    NST_PADDING_REPLICATE = 2,
    NST_PADDING_FORCE_32BIT = 0x7fffffff
} nst_padding;

/* How maps are halved. */
typedef enum nst_pooling {
    NST_POOLING_MAX = 0,
    NST_POOLING_AVERAGE = 1,
    NST_POOLING_FORCE_32BIT = 0x7fffffff
} nst_pooling;

/* Reads feature maps and Gram matrices of pictures, at any number of layers of MODEL in one pass: for perceptual
 * metrics, or to see what the losses compare. Holds references to MODEL and ENGINE (NULL: an engine of its own).
 * Several may use one engine in several threads. */
NST_API nst_status nst_features_create(nst_features **out, const nst_model *model, nst_engine *engine);
/* NST_PARAM_PADDING (zero), _POOLING (max) and _MEMORY_LIMIT (none: above it the picture is read in exact tiles);
 * others are NST_ERR_ARGUMENT. See nst_transfer_set_int(). */
NST_API nst_status nst_features_set_int(nst_features *features, nst_param param, int64_t value);
NST_API nst_status nst_features_set_float(nst_features *features, nst_param param, double value);
NST_API nst_status nst_features_set_text(nst_features *features, nst_param param, const char *value);
NST_API nst_status nst_features_get_int(const nst_features *features, nst_param param, int64_t *value);
NST_API nst_status nst_features_get_float(const nst_features *features, nst_param param, double *value);
NST_API nst_status nst_features_get_text(const nst_features *features, nst_param param, const char **value);
/* What to read: the features of LAYER ("relu2_1"), or their Gram matrix. Adding one twice changes nothing. */
NST_API nst_status nst_features_add_map(nst_features *features, const char *layer);
NST_API nst_status nst_features_add_gram(nst_features *features, const char *layer);
NST_API nst_status nst_features_clear(nst_features *features); /* removes all of them */
/* Reads IMAGE. The results replace those of the last picture; after an error there are none. Nothing added is
 * NST_ERR_STATE. */
NST_API nst_status nst_features_read(nst_features *features, const nst_image *image);
/* The results: MAP [height, width, channels], and GRAM [channels, channels], the mean over positions p of F[p,a]
 * F[p,b]. Positions count by the alpha of the picture, as in a style. Both belong to FEATURES and are valid until the
 * next read, clear or destroy. Sizes may be NULL. What was not added, or is not read yet, is NST_ERR_STATE. */
NST_API nst_status nst_features_map(const nst_features *features, const char *layer, const float **map,
                                    uint32_t *height, uint32_t *width, uint32_t *channels);
NST_API nst_status nst_features_gram(const nst_features *features, const char *layer, const float **gram,
                                     uint32_t *channels);
/* End nst_features_read() with NST_ERR_CANCELLED: see nst_transfer_cancel() and nst_transfer_set_cancel_flag(). */
NST_API void nst_features_cancel(nst_features *features);
NST_API nst_status nst_features_set_cancel_flag(nst_features *features, const volatile int32_t *flag);
NST_API void nst_features_destroy(nst_features *features); /* NULL is fine */

/* ---- Transfers ---- */

typedef struct nst_transfer nst_transfer;

/* Where the pixels start. */
typedef enum nst_init {
    NST_INIT_CONTENT = 0,
    NST_INIT_NOISE = 1,     /* grey plus seeded normal noise */
    NST_INIT_IMAGE = 2,     /* the picture of nst_transfer_set_init() */
    NST_INIT_RECOLORED = 3, /* the content in the colours of the styles, region by region: the affine map to their mean
                               and covariance that moves colours least (Pitie and Kokaram 2007) */
    NST_INIT_FORCE_32BIT = 0x7fffffff
} nst_init;

/* How long a picture is worked on, in evaluations' worth: evaluations times their pixels, over the pixels of the last
 * size. With L-BFGS all but FINE end a size early when the loss falls by less than 2 % an iteration, as a mean over the
 * last five; by less than that times its pixels over those of the last size at a coarser one. Evaluations that STEPS or
 * SIZES give by number are all done. NORMAL and FINE paint the last sizes of "auto" again, from a quarter of SIZE up,
 * unless STEPS is set. */
typedef enum nst_effort {
    NST_EFFORT_INSTANT = 1, /* about 3: soft, but composition and large strokes are there */
    NST_EFFORT_DRAFT = 2,   /* about 9 */
    NST_EFFORT_NORMAL = 3,  /* about 20; the default */
    NST_EFFORT_FINE = 4,    /* about 50; the default of the presets that set STEPS too */
    NST_EFFORT_FORCE_32BIT = 0x7fffffff
} nst_effort;

/* How losses are normalised. F [C,M] are the features of the picture and P those of the content. G = F F'. A is the
 * Gram matrix of the style, and M' its number of positions. */
typedef enum nst_form {
    NST_FORM_RELATIVE = 0, /* |F-P|^2 / |P - mean P|^2 and |G/M - A/M'|^2 / |A/M'|^2, mean over style layers: no
                              unit, so weights mean the same for every model, layer and size. If the standard
                              deviation of the content picture is below 0.05, it counts as 0.05 */
    NST_FORM_MEAN = 1,     /* mean (F-P)^2 and mean (G/(CM) - A/(CM'))^2: Johnson et al., arXiv:1603.08155 */
    NST_FORM_GATYS = 2,    /* |F-P|^2 / 2 and |G/M - A/M'|^2 / (4 C^2): Gatys et al., arXiv:1508.06576 */
    NST_FORM_SUM = 3,      /* |F-P|^2 / 2 and |G - A|^2 / 2 */
    NST_FORM_FORCE_32BIT = 0x7fffffff
} nst_form;

/* What is compared of the features of picture and style at each style layer. All but GRAM are defined for
 * NST_FORM_RELATIVE alone; with another form a run is NST_ERR_STATE. Several styles are one mixture. */
typedef enum nst_style_loss {
    NST_STYLE_LOSS_GRAM = 0,    /* their Gram matrices: Gatys et al. */
    NST_STYLE_LOSS_MEANSTD = 1, /* mean and standard deviation of each channel, divided by the trace of the style's
                                   second moment: a gentle look that keeps the content (Huang & Belongie,
                                   arXiv:1703.06868) */
    NST_STYLE_LOSS_CENTRED = 2, /* means and covariances, each relative to the style's: as GRAM, but the mean, which is
                                   most of a Gram matrix, does not hide the rest */
    NST_STYLE_LOSS_W2 = 3,      /* the Wasserstein distance of order 2 between the normal distributions with these means
                                   and covariances, divided by the trace of the style's second moment. Its matrices
                                   are computed by CBLAS, so the last bits depend on which one is linked */
    NST_STYLE_LOSS_FORCE_32BIT = 0x7fffffff
} nst_style_loss;

/* Whose colours the result has.
 * MATCH: each style is recoloured to the mean and the covariance of the content's colours before it is measured: by the
 * affine map that moves colours least (Monge-Kantorovich), in RGB as encoded.
 * LUMA: the painting is in grey, from the content and the styles in grey; the greys of each style are first brought to
 * the mean and the standard deviation of the content's. At the end the content gets the lightness of the painting: L of
 * OkLab, with a and b of the content. Where that leaves sRGB, and only there, the chroma is scaled down.
 * Statistics are taken once, from the pictures as they were set: they do not depend on the size of the result. A style
 * with a mask takes those of its region. Pixels count by their alpha, and frozen ones not at all; of a picture of more
 * than 2^20 pixels a regular grid of fewer is read. MATCH and LUMA need a content picture (NST_ERR_STATE). */
typedef enum nst_color {
    NST_COLOR_STYLE = 0, /* those of the styles */
    NST_COLOR_MATCH = 1, /* those of the content as a whole */
    NST_COLOR_LUMA = 2,  /* those of the content, pixel by pixel */
    NST_COLOR_BOTH = 3,  /* LUMA, with the greys that the styles have after MATCH */
    NST_COLOR_FORCE_32BIT = 0x7fffffff
} nst_color;

/* How several styles of one region are blended. With Gram matrices the two differ only by the weight of each layer:
 * LOSS favours styles of small Gram matrices. */
typedef enum nst_blend {
    NST_BLEND_TARGET = 0, /* one loss, whose target is the mean of what is measured of the styles */
    NST_BLEND_LOSS = 1,   /* a loss for each style, called style/conv1_1/0 and so on; at most 16 */
    NST_BLEND_FORCE_32BIT = 0x7fffffff
} nst_blend;

/* A new transfer has the preset "content". It holds a reference to MODEL. */
NST_API nst_status nst_transfer_create(nst_transfer **out, const nst_model *model);

/* Sets all parameters that define an approach: all but SIZE, SEED, COLOR and those of "how it is computed".
 *   "content"   from the content picture, L-BFGS, relative losses, coarse to fine: the one to use
 *   "photo"     a photograph in the light of another, as a photograph: from the recoloured content, with the matting
 *               Laplacian, and the gradients of the content at the end; else as "content"
 *   "baseline"  from noise, Adam, plain sums: the reference for comparison
 *   "gatys"     relu1_1 to relu5_1 and relu4_2, form gatys, from noise, L-BFGS: Gatys et al. 2016
 *   "johnson"   the defaults of Justin Johnson's program neural-style */
NST_API nst_status nst_transfer_set_preset(nst_transfer *transfer, const char *name);
/* Presets 0, 1, ...: name and a line of help; NULL past the last. */
NST_API const char *nst_preset_name(size_t index);
NST_API const char *nst_preset_help(size_t index);

/* Parameters of a transfer. Set int takes every type but TEXT; set float takes FLOAT, and INT and BYTES if the value is
 * a whole number; set text takes every type, as it is written in the shell. Get int returns INT, CHOICE and BYTES; get
 * float returns FLOAT, INT and BYTES; get text returns every type, as set text takes it. The text is valid until the
 * parameter is set again. A value outside the range is NST_ERR_RANGE, another type is NST_ERR_ARGUMENT, a choice that
 * does not exist is NST_ERR_NAME. */
NST_API nst_status nst_transfer_set_int(nst_transfer *transfer, nst_param param, int64_t value);
NST_API nst_status nst_transfer_set_float(nst_transfer *transfer, nst_param param, double value);
NST_API nst_status nst_transfer_set_text(nst_transfer *transfer, nst_param param, const char *value);
NST_API nst_status nst_transfer_get_int(const nst_transfer *transfer, nst_param param, int64_t *value);
NST_API nst_status nst_transfer_get_float(const nst_transfer *transfer, nst_param param, double *value);
NST_API nst_status nst_transfer_get_text(const nst_transfer *transfer, nst_param param, const char **value);

/* Computes with ENGINE from now on. TRANSFER holds a reference; NULL: an engine of its own again. While it has a shared
 * engine, the parameters of engines are read from there, and setting them of TRANSFER is NST_ERR_STATE. */
NST_API nst_status nst_transfer_set_engine(nst_transfer *transfer, nst_engine *engine);

/* Pictures are copied. Several styles are mixed: the target is the mean of their Gram matrices, weighted by SHARE (>=
 * 0, not all 0). The result has the alpha and the NST_PARAM_PNG_DEPTH of the content. Values of the content and of
 * styles outside -0.5..1.5 are NST_ERR_RANGE: they usually are 0..255 instead of 0..1. */
NST_API nst_status nst_transfer_set_content(nst_transfer *transfer, const nst_image *content);
NST_API nst_status nst_transfer_add_style(nst_transfer *transfer, const nst_image *style, double share);
/* The same with a style that can be shared by several runs and transfers. TRANSFER holds a reference. */
NST_API nst_status nst_transfer_use_style(nst_transfer *transfer, nst_style *style, double share);
/* Measures STYLE, which has a picture, and writes what was measured to PATH, as a safetensors file for nst_style_load()
 * (docs/formats.md). The file serves transfers with the model, padding, pooling and style layers of TRANSFER, or some
 * of these layers, and all style losses and forms. It has the sizes of STYLE (NST_PARAM_STYLE_SCALE) for the runs of
 * TRANSFER (NST_PARAM_SIZE, NST_PARAM_SIZES): with its content or, if it has none, with contents of all proportions up
 * to 2:1. Its own styles play no part; its engine and memory limit are used.
 * DTYPE: with NST_DTYPE_F32 the file paints the same bits as the picture does with the same kernels and without a
 * memory limit; with style loss meanstd to rounding. NST_DTYPE_F16 takes half the bytes. LICENSE: a line of at most 480
 * bytes for the file; NULL: none.
 * NST_ERR_STATE if STYLE is from a file, if there is no style layer or style weight, if NST_PARAM_COLOR is not style,
 * or if NST_PARAM_SIZE is 0 without a content. */
NST_API nst_status nst_transfer_save_style(nst_transfer *transfer, const nst_style *style, const char *path,
                                           nst_dtype dtype, const char *license);
NST_API nst_status nst_transfer_clear_styles(nst_transfer *transfer);
NST_API size_t nst_transfer_style_count(const nst_transfer *transfer);
/* Paints style number INDEX (0: the first added) only where MASK is white. MASK is copied: its grey values in 0..1,
 * soft edges and any size are fine; NULL: everywhere again. Styles with equal masks are mixed in their region. Where
 * masks overlap, they are divided by their sum; styles without a mask share what the masks leave, and where no style is
 * left the content acts alone. Each pixel is pulled as strongly as without masks. At most 16 regions, else
 * NST_ERR_RANGE in the run; a mask of other proportions than the content is NST_ERR_ARGUMENT there. A mask that is all
 * black is NST_ERR_ARGUMENT. */
NST_API nst_status nst_transfer_set_style_mask(nst_transfer *transfer, size_t index, const nst_image *mask);
/* Keeps the pixels of the content where MASK is white, to the bit of the content at the size of the result; greys mix.
 * Frozen pixels do not count for the style. MASK is copied, any size of the content's proportions; NULL: nothing is
 * frozen. A mask that is all black or all white is NST_ERR_ARGUMENT. The gradient of nst_transfer_evaluate() is with
 * respect to what it is given, so it is 0 there. */
NST_API nst_status nst_transfer_set_freeze(nst_transfer *transfer, const nst_image *mask);
/* Weights of the content losses: where MAP, a grey picture, is 1 the content counts as ever, at 0 not at all, above 1
 * more, up to 1000, else NST_ERR_RANGE. MAP is copied, any size of the content's proportions; NULL: 1 everywhere. */
NST_API nst_status nst_transfer_set_content_map(nst_transfer *transfer, const nst_image *map);
NST_API nst_status nst_transfer_set_init(nst_transfer *transfer, const nst_image *image); /* and INIT to image */

/* A loss of the host on the picture that is painted: PICTURE [height, width, 3], RGB, at the size of the level, values
 * may leave 0..1; in grey with NST_COLOR_LUMA and BOTH. Writes its value to *VALUE and, if GRADIENT is not NULL, its
 * derivative by each value of PICTURE to GRADIENT [height, width, 3], which is zero before the call. Called once for
 * each evaluation, on the thread that called, whether the evaluation is cut into tiles or not. It may read TRANSFER,
 * but not set anything. Non-zero ends the call: NST_OBJECTIVE_STOP ends a run with the best picture before this
 * evaluation; any other value, and in nst_transfer_evaluate() every value, is NST_ERR_CALLBACK. */
typedef int (*nst_term_fn)(nst_transfer *transfer, uint32_t height, uint32_t width, const float *picture, double *value,
                           float *gradient, void *user);
/* Adds WEIGHT (0..1e30) times a term of the host to the objective: to nst_transfer_run(), with its sizes and progress,
 * and to nst_transfer_evaluate(). NAME, which nst_transfer_term() returns, has 1 to 23 letters, digits, hyphens or
 * underscores and is not the name of another term (NST_ERR_NAME). At most 8 terms. */
NST_API nst_status nst_transfer_add_term(nst_transfer *transfer, const char *name, double weight, nst_term_fn term,
                                         void *user);
NST_API nst_status nst_transfer_clear_terms(nst_transfer *transfer); /* those of the host */

/* The objective at IMAGE, which may have any size that the layers allow: the content is resized to it, styles by
 * STYLE_SCALE. GRADIENT: [height, width, 3], the derivative of the total by each value of IMAGE, or NULL. Any solver
 * can call it: no optimizer and no pyramid is involved. With NST_COLOR_LUMA and BOTH it is the objective at the grey of
 * IMAGE: a result has the losses that its run ended with. Then GRADIENT is the derivative by the grey, a third of it in
 * each channel, so a solver that starts from a grey picture stays grey. */
NST_API nst_status nst_transfer_evaluate(nst_transfer *transfer, const nst_image *image, double *total,
                                         float *gradient);

/* The terms of the last evaluation: "content/conv2_2", "style/conv1_1", ..., "tv", "range", "matting", then
 * those of the host.
 * VALUE is the loss by the definition of the form, WEIGHT its factor: the total is the sum of VALUE x WEIGHT. */
NST_API size_t nst_transfer_term_count(const nst_transfer *transfer);
NST_API nst_status nst_transfer_term(const nst_transfer *transfer, size_t index, const char **name, double *value,
                                     double *weight);

/* Where a run stands, for the progress callback and after the run. */
typedef enum nst_progress {
    NST_PROGRESS_EVALUATION = 1,  /* evaluations so far at this size */
    NST_PROGRESS_EVALUATIONS = 2, /* evaluations allowed at this size */
    NST_PROGRESS_ITERATION = 3,   /* iterations of the solver at this size */
    NST_PROGRESS_LEVEL = 4,       /* number of this size, from 1 */
    NST_PROGRESS_LEVELS = 5,      /* number of sizes */
    NST_PROGRESS_WIDTH = 6,       /* pixels, at this size */
    NST_PROGRESS_HEIGHT = 7,
    NST_PROGRESS_TOTAL = 8,         /* value of the objective at the last evaluation */
    NST_PROGRESS_BEST = 9,          /* lowest value so far at this size */
    NST_PROGRESS_START = 10,        /* first value at this size */
    NST_PROGRESS_FRACTION = 11,     /* of the whole run's work that is done, 0..1 */
    NST_PROGRESS_SECONDS = 12,      /* since the run began */
    NST_PROGRESS_SECONDS_LEFT = 13, /* estimated */
    NST_PROGRESS_RESULT_WIDTH = 14, /* pixels, at the last size */
    NST_PROGRESS_RESULT_HEIGHT = 15,
    NST_PROGRESS_SECONDS_PREPARING = 16, /* of SECONDS: those for targets and resizing, at all sizes so far */
    NST_PROGRESS_ALL_EVALUATIONS = 17,   /* so far at all sizes, with those before nst_transfer_continue() */
    NST_PROGRESS_FORCE_32BIT = 0x7fffffff
} nst_progress;
NST_API double nst_transfer_progress(const nst_transfer *transfer, nst_progress what);

/* Called after each evaluation on the thread that called nst_transfer_run(); non-zero stops the run, which then
 * returns the best picture. The callback may read TRANSFER and take snapshots, not set anything. */
typedef int (*nst_progress_fn)(nst_transfer *transfer, void *user);
NST_API nst_status nst_transfer_set_progress(nst_transfer *transfer, nst_progress_fn callback, void *user);
/* The picture of the evaluation just made, at the current size, in the colours that the result will have. If that size
 * changes a larger picture, it is the larger one, unless there are several ranks. Only from the callback, else
 * NST_ERR_STATE. */
NST_API nst_status nst_transfer_snapshot(nst_image **out, nst_transfer *transfer);
/* Ends the call that is computing with TRANSFER now, within the time of one layer: nst_transfer_run() returns the best
 * picture so far and drops the current evaluation; nst_transfer_evaluate() returns NST_ERR_CANCELLED. If there is no
 * such call, nothing happens; later calls are not affected. From any thread or a signal handler. */
NST_API void nst_transfer_cancel(nst_transfer *transfer);
/* The same by a flag of the host: while it is not 0, calls end, also those that have not begun. FLAG is borrowed: it
 * must be valid until another flag (NULL: none) is set or TRANSFER is destroyed. The host sets and clears it from any
 * thread or a signal handler; it is read atomically. Several transfers may use one flag. */
NST_API nst_status nst_transfer_set_cancel_flag(nst_transfer *transfer, const volatile int32_t *flag);

/* Paints. With OPTIMIZER, the run uses its algorithm and settings, except MAX_EVALUATIONS, which SIZES and STEPS
 * replace. With NULL it uses NST_PARAM_OPTIMIZER and the settings of the preset. Each size starts from the best picture
 * of the size before, enlarged; if the run started from a picture, the detail that only the larger version of that
 * picture has is added. A content picture larger than the result is first reduced to the result's size. OUT has the
 * size that was asked for and values in 0..1. A run that ends early is not an error; nst_transfer_stop_reason() has the
 * reason. */
NST_API nst_status nst_transfer_run(nst_image **out, nst_transfer *transfer, nst_optimizer *optimizer);
NST_API nst_stop nst_transfer_stop_reason(const nst_transfer *transfer);

/* Paints on from the picture FROM, at the last size alone: for a caller that changes a weight and shows what becomes of
 * the last result, or paints a video from frame to frame. It is a run of at most EVALUATIONS (up to the maximum of
 * NST_PARAM_STEPS) that starts from FROM. 0: as many as STEPS, or the last entry of SIZES, or EFFORT for a single size.
 * INIT, SIZES and STEPS stay as they are, so the next nst_transfer_run() paints the whole picture. Every setting may
 * change in between, the pictures and the size too. FROM may be any picture, such as the result of another transfer or
 * of a cancelled run; it is resized. Large shapes stay where they are, since the coarse sizes are left out. Everything
 * else is as in nst_transfer_run(): OPTIMIZER, progress, stopping, OUT; nst_transfer_memory() bounds its memory too,
 * FROM apart. If the content, its layers, the size and the engine stay the same, the features of the content are not
 * computed anew. They and the memory of the engine are kept until the next nst_transfer_run() or
 * nst_transfer_evaluate(). */
NST_API nst_status nst_transfer_resume(nst_image **out, nst_transfer *transfer, const nst_image *from,
                                       uint64_t evaluations, nst_optimizer *optimizer);

/* Checkpoints: a run that was killed at any moment, or stopped, goes on from the last one and ends with the same bits
 * as if it had not been. From now on nst_transfer_run(), nst_transfer_resume() and nst_transfer_continue() write one
 * to PATH (copied; NULL: none, as at the start) whenever SECONDS have passed since the last, before an evaluation;
 * and when they are cancelled, or stopped by a callback. SECONDS 0: 60, or more where checkpoints would take over a
 * twentieth of the time. A file is written as in every save: until a new one is complete and synced, the old one is
 * there; the disk needs room for both. The last one is left when the run ends. Its layout is in docs/formats.md. A
 * custom solver is NST_ERR_UNSUPPORTED in the run. */
NST_API nst_status nst_transfer_set_checkpoint(nst_transfer *transfer, const char *path, double seconds);
/* The bytes of the largest checkpoint of nst_transfer_run() with the current settings and OPTIMIZER (may be NULL), at
 * most. Nearly all are the curvature pairs of L-BFGS: 264 bytes a pixel with 10 of them, where Adam has 48. */
NST_API nst_status nst_transfer_checkpoint_bytes(uint64_t *out, nst_transfer *transfer, const nst_optimizer *optimizer);
/* Why the last checkpoint could not be written, one line; "" if it could, or there was none yet in the last run. The
 * run goes on, and tries again when the next one is due. Read it from the progress callback too, or hear of it by
 * nst_log_set(). Valid until TRANSFER runs on. */
NST_API const char *nst_transfer_checkpoint_failure(const nst_transfer *transfer);
/* Goes on from the checkpoint at PATH. Everything else is as in the call that wrote it, nst_transfer_run() or
 * nst_transfer_resume(), whose picture FROM is not needed. Set the same pictures, styles, masks, settings, terms of
 * the host and OPTIMIZER as then: others are NST_ERR_STATE, with a list of what was set then and is now. Another
 * number of threads gives the same bits; where a memory limit leaves room for fewer curvature pairs with more threads,
 * it is such a difference. What changes only the last bits (instruction set, method of convolution,
 * tiles by the memory limit, versions of the libraries) is a line of nst_transfer_warnings(). SECONDS and EVALUATION
 * go on, too. The file is untrusted: NST_ERR_NOT_FOUND, NST_ERR_FORMAT (something else, or from a machine with
 * another order of bytes), NST_ERR_UNSUPPORTED (another version), NST_ERR_CORRUPT (cut or changed). */
NST_API nst_status nst_transfer_continue(nst_image **out, nst_transfer *transfer, const char *path,
                                         nst_optimizer *optimizer);

/* Warnings about the pictures that were set, one line each, separated by '\n'; "" if there are none: for example, a
 * style picture that is enlarged beyond its pixels. They come from the last nst_transfer_memory(), nst_transfer_run()
 * (before its first callback) or first nst_transfer_evaluate() of a size. Valid until the next of these calls. */
NST_API const char *nst_transfer_warnings(const nst_transfer *transfer);

/* A new optimizer with the algorithm and settings that nst_transfer_run() uses when it gets none. Change it and pass it
 * to nst_transfer_run(); the caller destroys it. Later changes to TRANSFER, including presets, do not affect it. */
NST_API nst_status nst_transfer_make_optimizer(nst_optimizer **out, const nst_transfer *transfer);

/* The peak memory in bytes of nst_transfer_run() with the current settings and OPTIMIZER (may be NULL), to 10 %,
 * including everything that the handle holds. With several ranks: of the one that needs most. */
NST_API nst_status nst_transfer_memory(uint64_t *out, nst_transfer *transfer, const nst_optimizer *optimizer);

/* The time of each layer and kind of work. Entry INDEX has the layer ("conv1_2"), the kind ("forward"), and its seconds
 * and floating-point operations (those of a direct convolution), summed over all evaluations since
 * nst_transfer_profile_reset(). */
NST_API size_t nst_transfer_profile_count(const nst_transfer *transfer);
NST_API nst_status nst_transfer_profile(const nst_transfer *transfer, size_t index, const char **layer,
                                        const char **kind, double *seconds, double *operations);
NST_API nst_status nst_transfer_profile_reset(nst_transfer *transfer);

NST_API void nst_transfer_destroy(nst_transfer *transfer); /* NULL is fine; not while it runs */

/* ---- Painters ---- */

/* A small network that paints one style in one pass, after Johnson, Alahi and Fei-Fei, arXiv:1603.08155: for video and
 * for many pictures. It is trained once for its style, on photos, by the losses of a transfer. A painter is used by one
 * thread at a time. */
typedef struct nst_painter nst_painter;

/* An untrained painter, with random weights from SEED: the same on every machine. */
NST_API nst_status nst_painter_create(nst_painter **out, uint64_t seed);
/* A file of nst_painter_save(). It is untrusted: everything is checked. */
NST_API nst_status nst_painter_load(nst_painter **out, const char *path);
/* The same from a file in memory. The bytes are not needed after the call. */
NST_API nst_status nst_painter_decode(nst_painter **out, const void *bytes, size_t size);
/* Writes a safetensors file (.nstpaint): 0.7 MB as F16. A weight that does not fit F16 is NST_ERR_RANGE. */
NST_API nst_status nst_painter_save(const nst_painter *painter, const char *path, nst_dtype dtype);

/* What a file says about its painter. */
typedef enum nst_painter_key {
    NST_PAINTER_STYLE = 1,    /* the name of the style */
    NST_PAINTER_TRAINING = 2, /* how it was trained */
    NST_PAINTER_KEY_FORCE_32BIT = 0x7fffffff
} nst_painter_key;
/* TEXT: UTF-8, at most 400 bytes, copied; "" at first. */
NST_API nst_status nst_painter_set_text(nst_painter *painter, nst_painter_key key, const char *text);
NST_API const char *nst_painter_text(const nst_painter *painter, nst_painter_key key);

/* Computes with ENGINE from now on. PAINTER holds a reference; NULL: an engine of its own, as at first. */
NST_API nst_status nst_painter_set_engine(nst_painter *painter, nst_engine *engine);

/* How much is painted: each pixel of a result is this share, 0..1, of the painted one, and for the rest that of the
 * picture. 1 at first. It is not saved, and nst_painter_evaluate() does not heed it. */
NST_API nst_status nst_painter_set_strength(nst_painter *painter, double strength);
NST_API double nst_painter_strength(const nst_painter *painter);

/* Paints IMAGE, of any size and at its own size, with its alpha. Values outside -0.5..1.5 are NST_ERR_RANGE, weights
 * that paint what is not finite NST_ERR_NON_FINITE. Noise is added to the picture first, the same for every picture, so
 * that flat parts are painted, too. Up to 2^21 pixels, such as full HD, are painted in one pass, which takes 220 bytes
 * a pixel. A larger picture is painted in tiles, to the same result but for rounding, in about 65 bytes a pixel and
 * twice the time. */
NST_API nst_status nst_painter_paint(nst_image **out, nst_painter *painter, const nst_image *image);

/* Training: a solver such as nst_optimizer_minimize() moves the weights, COUNT floats. */
NST_API size_t nst_painter_weight_count(const nst_painter *painter);
/* Valid until they are set. */
NST_API const float *nst_painter_weights(const nst_painter *painter);
NST_API nst_status nst_painter_set_weights(nst_painter *painter, const float *weights, size_t count);
/* The objective of TRANSFER at what PAINTER makes of PHOTO, with PHOTO as its content (nst_transfer_set_content()), and
 * the gradient of it by the weights, which is added to GRADIENT [count] unless that is NULL. The sides of PHOTO are
 * multiples of 4 and at least 16, else NST_ERR_ARGUMENT. The terms are those of nst_transfer_term(); to end the call
 * early, cancel TRANSFER. The same bits on any number of threads. */
NST_API nst_status nst_painter_evaluate(nst_painter *painter, nst_transfer *transfer, const nst_image *photo,
                                        double *total, float *gradient);
NST_API void nst_painter_destroy(nst_painter *painter); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
