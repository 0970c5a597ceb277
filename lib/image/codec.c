/*
 * The table of codecs. The first bytes of a file select the codec that reads it; the name selects the codec that writes
 * it.
 */
#include "image/codec.h"
#include "base/alloc.h"
#include "base/file_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The table: nst__codec_NAME of each row is defined in NAME.c, the last three in pnm.c. NAME is the type. */
#ifdef NST__HAVE_WEBP
#define WEBP(row) row(webp)
#else
#define WEBP(row)
#endif
#ifdef NST__NO_CODECS
#define CODECS_OF_LIBRARIES(row)
#else
#define CODECS_OF_LIBRARIES(row) row(png) row(jpeg) WEBP(row)
#endif
#define ROWS(row) CODECS_OF_LIBRARIES(row) row(ppm) row(pgm) row(pam)

#define DECLARE(name) extern const nst__codec nst__codec_##name;
#define ENTER(name)   &nst__codec_##name,
#define SPELL(name)   " " #name
ROWS(DECLARE)
static const nst__codec *const codecs[] = {ROWS(ENTER)};
enum { CODECS = sizeof codecs / sizeof codecs[0] };

static uint64_t cap_of(uint64_t max_pixels)
{
    return max_pixels ? max_pixels : (uint64_t)1 << 28;
}

nst_status nst__check_pixels(uint64_t width, uint64_t height, uint64_t max_pixels)
{
    const uint64_t cap = cap_of(max_pixels);
    if (width == 0 || height == 0) return nst__fail(NST_ERR_CORRUPT, "a picture without pixels");
    if (width > INT32_MAX || height > INT32_MAX || width > cap / height)
        return nst__fail(NST_ERR_TOO_LARGE,
                         "%llux%llu pixels are above the cap of %llu: max_pixels, --max-pixels, raises it",
                         (unsigned long long)width, (unsigned long long)height, (unsigned long long)cap);
    return NST_OK;
}

bool nst__starts_with(const uint8_t *bytes, size_t size, const void *start, size_t length)
{
    return memcmp(bytes, start, size < length ? size : length) == 0;
}

/* ---- Names ---- */

/* By an ending or by a type. */
static const nst__codec *codec_for(const char *name)
{
    for (size_t i = 0; i < CODECS; i++) {
        if (!codecs[i]->encode) continue;
        if (strcasecmp(name, codecs[i]->type) == 0) return codecs[i];
        for (const char *const *e = codecs[i]->endings; *e; e++)
            if (strcasecmp(name, *e) == 0) return codecs[i];
    }
    return NULL;
}

const char *nst_image_ending(size_t index)
{
    for (size_t i = 0; i < CODECS; i++)
        for (const char *const *e = codecs[i]->endings; codecs[i]->encode && *e; e++)
            if (index-- == 0) return *e;
    return NULL;
}

const char *nst_image_type(const char *ending)
{
    const nst__codec *codec = ending ? codec_for(ending) : NULL;
    return codec ? codec->type : NULL;
}

int nst_image_type_has_alpha(const char *type)
{
    const nst__codec *codec = type ? codec_for(type) : NULL;
    return codec && codec->alpha;
}

/* "A, B or C" */
typedef struct list {
    char text[256];
    size_t length;
} list;

static void list_add(list *l, const char *before, const char *name, bool first, bool last)
{
    const char *between = first ? "" : last ? " or " : ", ";
    const int n = snprintf(l->text + l->length, sizeof l->text - l->length, "%s%s%s", between, before, name);
    if (n > 0) l->length += (size_t)n;
    if (l->length >= sizeof l->text) l->length = sizeof l->text - 1;
}

static list formats(void)
{
    list l = {0};
    for (size_t i = 0; i < CODECS; i++)
        list_add(&l, "", codecs[i]->name, i == 0, i + 1 == CODECS);
    return l;
}

/* Endings with BEFORE in front of each. */
static list endings(const char *before)
{
    list l = {0};
    for (size_t i = 0; nst_image_ending(i); i++)
        list_add(&l, before, nst_image_ending(i), i == 0, !nst_image_ending(i + 1));
    return l;
}

const char *nst__codec_types(void)
{
    static const char types[] = ROWS(SPELL);
    return types + 1; /* without the first space */
}

/* ---- Reading ---- */

static nst_status decode(nst_image **out, const void *bytes, size_t size, const nst__reading *how)
{
    nst_status status = NST_OK;
    const list read = formats();
    if (size == 0) return nst__fail(NST_ERR_CORRUPT, "no bytes to read a picture from");
    NST_TRY(nst__foreign_check(bytes, size, read.text));
    for (size_t i = 0; i < CODECS; i++)
        if (codecs[i]->probe(bytes, size)) return codecs[i]->decode(out, bytes, size, how);
    return nst__foreign_unknown(bytes, size, read.text);
out:
    return status;
}

nst_status nst_image_decode(nst_image **out, const void *bytes, size_t size, uint64_t max_pixels)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(bytes);
    return decode(out, bytes, size, &(nst__reading){.max_pixels = max_pixels, .bands = 1});
}

/* Puts PATH before the message that the failing function left. */
static nst_status name_file(nst_status status, const char *path)
{
    char detail[1024];
    snprintf(detail, sizeof detail, "%s", nst_last_error());
    return nst__fail(status, "%s: %s", path, detail);
}

/* The largest file that is read: four channels of 16 bits for each pixel, and room for everything else in it. */
static uint64_t most_bytes(uint64_t max_pixels)
{
    const uint64_t cap = cap_of(max_pixels), rest = (uint64_t)1 << 26;
    return cap > (UINT64_MAX - rest) / 8 ? UINT64_MAX : 8 * cap + rest;
}

/* Opens PATH if it is a file of a format that is read piece by piece, *CODEC. A pipe is left alone: to open it would
 * take it from its writer. */
static bool open_pieces(nst__source *source, const nst__codec **codec, const char *path, uint64_t max_pixels)
{
    enum { HEAD = 16 };
    uint8_t head[HEAD];
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size < HEAD) return false;
    if ((uint64_t)facts.st_size > most_bytes(max_pixels) || nst__source_open(source, path) != NST_OK) return false;
    source->name = "the file";
    if (nst__source_read(source, 0, head, sizeof head) == NST_OK)
        for (size_t i = 0; i < CODECS; i++) {
            *codec = codecs[i];
            if (codecs[i]->decode_from && codecs[i]->probe(head, sizeof head)) return true;
        }
    nst__source_close(source);
    return false;
}

static nst_status load_whole(nst_image **out, const char *path, const nst__reading *how)
{
    nst_status status = NST_OK;
    unsigned char *bytes = NULL;
    size_t size;
    NST_TRY(nst__file_read(&bytes, &size, path, most_bytes(how->max_pixels)));
    status = decode(out, bytes, size, how);
    if (status != NST_OK) status = name_file(status, path);
out:
    nst__free(bytes);
    return status;
}

static nst_status load(nst_image **out, const char *path, const nst__reading *how)
{
    nst__source source;
    const nst__codec *codec;
    if (!open_pieces(&source, &codec, path, how->max_pixels)) return load_whole(out, path, how);
    nst_status status = codec->decode_from(out, &source, how);
    if (status != NST_OK) status = name_file(status, path);
    nst__source_close(&source);
    return status;
}

nst_status nst_image_load(nst_image **out, const char *path, uint64_t max_pixels)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(path);
    return load(out, path, &(nst__reading){.max_pixels = max_pixels, .bands = 1});
}

nst_status nst_image_load_band(nst_image **out, const char *path, uint64_t max_pixels, uint32_t index, uint32_t count)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(path);
    if (index >= count)
        return nst__fail(NST_ERR_RANGE, "band: expected a number of 0 to count - 1, found %u of %u", index, count);
    return load(out, path, &(nst__reading){.max_pixels = max_pixels, .band = index, .bands = count});
}

/* ---- Writing ---- */

/* The bytes of a file in memory. */
typedef struct memory {
    uint8_t *bytes;
    size_t size, capacity;
} memory;

static nst_status put_memory(void *user, const void *bytes, size_t size)
{
    memory *m = user;
    if (size > m->capacity - m->size) {
        const size_t needed = m->size + size, twice = 2 * m->capacity, capacity = needed > twice ? needed : twice;
        uint8_t *moved = nst__resize(m->bytes, capacity, 1);
        if (!moved) return NST_ERR_OUT_OF_MEMORY;
        m->bytes = moved;
        m->capacity = capacity;
    }
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
    return NST_OK;
}

static nst_status find_type(const nst__codec **codec, const char *type)
{
    *codec = codec_for(type);
    if (*codec) return NST_OK;
    return nst__fail(NST_ERR_ARGUMENT, "type: expected %s, found '%s'", endings("").text, type);
}

nst_status nst_image_encode(void **out, size_t *size, const nst_image *image, const char *type)
{
    nst_status status = NST_OK;
    const nst__codec *codec;
    memory m = {NULL, 0, 0};
    NST_NEED(out);
    *out = NULL;
    NST_NEED(size);
    *size = 0;
    NST_NEED(image);
    NST_NEED(type);
    NST_TRY(find_type(&codec, type));
    NST_TRY(codec->encode(&(nst__output){put_memory, &m}, image));
    *out = m.bytes;
    *size = m.size;
    m.bytes = NULL;
out:
    nst__free(m.bytes);
    return status;
}

/* A picture on its way to a file. */
typedef struct saving {
    const nst__codec *codec;
    const nst_image *image;
    nst__sink *sink;
    memory waiting;    /* small pieces, until they are many */
    int failure;       /* the errno of a write */
    nst_status status; /* of the codec, with its message */
    char message[1024];
} saving;

enum { MANY = 1 << 16 };

static nst_status flush(saving *s)
{
    s->failure = nst__sink_put(s->sink, s->waiting.bytes, s->waiting.size);
    s->waiting.size = 0;
    return s->failure ? NST_ERR_IO : NST_OK;
}

static nst_status put_file(void *user, const void *bytes, size_t size)
{
    saving *s = user;
    nst_status status = NST_OK;
    if (s->waiting.size + size > MANY) NST_TRY(flush(s));
    if (size < MANY) return put_memory(&s->waiting, bytes, size);
    s->failure = nst__sink_put(s->sink, bytes, size);
    if (s->failure) status = NST_ERR_IO;
out:
    return status;
}

static int fill(void *user, nst__sink *sink)
{
    saving *s = user;
    if (s->message[0]) return ECANCELED; /* it would fail again */
    s->sink = sink;
    s->failure = 0;
    s->waiting.size = 0;
    s->status = s->codec->encode(&(nst__output){put_file, s}, s->image);
    if (s->status == NST_OK) s->status = flush(s);
    if (s->status == NST_OK || s->failure) return s->failure;
    snprintf(s->message, sizeof s->message, "%s", nst_last_error());
    return ECANCELED;
}

nst_status nst_image_save_as(const nst_image *image, const char *path, const char *type)
{
    nst_status status = NST_OK;
    saving s = {.image = image};
    NST_NEED(image);
    NST_NEED(path);
    NST_NEED(type);
    status = find_type(&s.codec, type);
    if (status != NST_OK) return name_file(status, path);
    status = nst__file_write_with(path, fill, &s);
    if (status != NST_OK && s.message[0]) status = nst__fail(s.status, "%s: %s", path, s.message);
    nst__free(s.waiting.bytes);
    return status;
}

nst_status nst_image_save(const nst_image *image, const char *path)
{
    NST_NEED(image);
    NST_NEED(path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    if (!dot || !codec_for(dot + 1))
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected a name that ends in %s", path, endings(".").text);
    return nst_image_save_as(image, path, dot + 1);
}
