#include "transfer/checkpoint.h"
#include "base/alloc.h"
#include "base/file_write.h"
#include "base/hash.h"
#include "format/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMAT  "nst checkpoint"
#define VERSION "1"

/* States have the numbers of this machine. */
static const uint32_t order = 0x01020304;

enum { PIECE = 1 << 16, CHECKSUM = 8, MOST_FACTS = 1 << 20 };

/* ---- Writing ---- */

typedef struct header {
    char text[NST__CHECKPOINT_HEAD / 4];
    size_t used;
} header;

NST__PRINTF(2, 3) static void put_text(header *h, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(h->text + h->used, sizeof h->text - h->used, format, arguments);
    va_end(arguments);
    if (n > 0) h->used += (size_t)n;
}

/* AT: where the numbers of the tensor begin and end. */
static void put_tensor(header *h, const char *name, const nst__checkpoint_content *floats, uint64_t begin, uint64_t end)
{
    if (floats)
        put_text(h, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu,%zu,3]", name, floats->height, floats->width);
    else
        put_text(h, ",\"%s\":{\"dtype\":\"U8\",\"shape\":[%" PRIu64 "]", name, end - begin);
    put_text(h, ",\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", begin, end);
}

/* COUNTED: the state of CONTENT. */
static void put_header(header *h, const nst__checkpoint_content *content, const nst__state *counted)
{
    const uint64_t facts = strlen(content->facts), state = facts + counted->at;
    put_text(h, "{\"__metadata__\":{\"format\":\"%s\",\"version\":\"%s\",\"libnst\":\"%s\"}", FORMAT, VERSION,
             nst_version());
    put_tensor(h, "facts", NULL, 0, facts);
    for (size_t i = 0; i < counted->parts; i++) {
        const nst__state_part *part = &counted->part[i];
        const uint64_t end = i + 1 < counted->parts ? counted->part[i + 1].at : counted->at;
        put_tensor(h, part->name, part->floats ? content : NULL, facts + part->at, facts + end);
    }
    put_tensor(h, "checksum", NULL, state, state + CHECKSUM);
    put_text(h, "}");
    while (h->used % 8)
        put_text(h, " ");
}

/* Puts small pieces together, and takes the fingerprint of all. */
typedef struct writer {
    const nst__checkpoint_content *content;
    nst__sink *sink;
    nst__hash hash;
    size_t used;
    int failure; /* errno */
    unsigned char piece[PIECE];
} writer;

static void flush(writer *w)
{
    if (!w->failure) w->failure = nst__sink_put(w->sink, w->piece, w->used);
    w->used = 0;
}

static nst_status put(void *user, const void *bytes, size_t size)
{
    writer *w = user;
    nst__hash_add(&w->hash, bytes, size);
    if (size > PIECE - w->used) flush(w);
    if (size > PIECE) {
        if (!w->failure) w->failure = nst__sink_put(w->sink, bytes, size);
    } else {
        memcpy(w->piece + w->used, bytes, size);
        w->used += size;
    }
    return w->failure ? NST_ERR_IO : NST_OK;
}

static void put_number(writer *w, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    put(w, bytes, sizeof bytes);
}

static void visit(const nst__checkpoint_content *content, nst__state *state)
{
    uint64_t mark = order;
    nst__state_begin_part(state, "run", false);
    nst__state_count(state, &mark, UINT32_MAX);
    content->visit(content->user, state);
}

/* Rank 0 tells the others whether they shall send their parts, once more or not at all. */
static void call_ranks(const nst__state_parts *of, bool send)
{
    const double call = send;
    for (int r = 1; of && r < nst__ranks_count(of->ranks); r++)
        nst__ranks_send(of->ranks, r, &call, sizeof call);
}

static void serve(const nst__checkpoint_content *content)
{
    double call = 0;
    for (;;) {
        nst__state state = {.serves = true, .of = content->of};
        nst__ranks_receive(content->of->ranks, 0, &call, sizeof call);
        if (content->of->ranks->failed || call == 0) return;
        visit(content, &state);
    }
}

static int fill(void *user, nst__sink *sink)
{
    writer *w = user;
    const nst__state_parts *of = w->content->of;
    nst__state counted = {.of = of}, written = {.put = put, .user = w, .of = of};
    header h = {.used = 0};
    w->sink = sink;
    w->used = 0;
    w->failure = 0;
    nst__hash_start(&w->hash);
    visit(w->content, &counted);
    put_header(&h, w->content, &counted);
    put_number(w, h.used);
    put(w, h.text, h.used);
    put(w, w->content->facts, strlen(w->content->facts));
    call_ranks(of, true);
    visit(w->content, &written);
    if (of && of->ranks->failed) w->failure = EIO;
    put_number(w, nst__hash_end(&w->hash));
    flush(w);
    return w->failure ? w->failure : written.status == NST_OK ? 0 : EIO;
}

nst_status nst__checkpoint_write(const char *path, const nst__checkpoint_content *content)
{
    nst_status status = NST_ERR_OUT_OF_MEMORY;
    if (content->of && nst__ranks_index(content->of->ranks) > 0) {
        serve(content);
        return NST_OK;
    }
    writer *w = nst__alloc(1, sizeof *w);
    if (w) w->content = content;
    if (w) status = nst__file_write_with(path, fill, w);
    nst__free(w);
    call_ranks(content->of, false);
    return status;
}

/* ---- Reading ---- */

static nst_status check_sum(const nst__source *source, uint64_t end)
{
    nst_status status = NST_OK;
    unsigned char sum[CHECKSUM], *piece = nst__alloc(PIECE, 1);
    nst__hash hash;
    if (!piece) return NST_ERR_OUT_OF_MEMORY;
    nst__hash_start(&hash);
    for (uint64_t at = 0; at < end; at += PIECE) {
        const size_t size = end - at < PIECE ? (size_t)(end - at) : PIECE;
        NST_TRY(nst__source_read(source, at, piece, size));
        nst__hash_add(&hash, piece, size);
    }
    NST_TRY(nst__source_read(source, end, sum, sizeof sum));
    if (nst__u64_at(sum) != nst__hash_end(&hash))
        status = nst__fail(NST_ERR_CORRUPT, "%s: the checkpoint is damaged: its checksum is wrong", source->name);
out:
    nst__free(piece);
    return status;
}

static nst_status check_kind(const nst__checkpoint *c)
{
    const char *format = nst__table_find_note(&c->table, "format");
    const char *version = nst__table_find_note(&c->table, "version");
    if (!format || strcmp(format, FORMAT) != 0)
        return nst__fail(NST_ERR_FORMAT, "%s: expected a checkpoint, found another safetensors file", c->source.name);
    if (!version || strcmp(version, VERSION) != 0)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: a checkpoint of version %s: libnst %s reads version %s",
                         c->source.name, version ? version : "unknown", nst_version(), VERSION);
    return NST_OK;
}

const nst__tensor *nst__checkpoint_find(const nst__checkpoint *c, const char *name)
{
    return nst__table_find(&c->table, name);
}

static nst_status read_facts(nst__checkpoint *c, uint64_t at, uint64_t size)
{
    if (size > MOST_FACTS || at > c->source.size || size > c->source.size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected facts of at most %d bytes, found %" PRIu64, c->source.name,
                         MOST_FACTS, size);
    c->facts = nst__zalloc((size_t)size + 1, 1);
    return c->facts ? nst__source_read(&c->source, at, c->facts, (size_t)size) : NST_ERR_OUT_OF_MEMORY;
}

/* The facts, the state and the checksum follow each other, up to the end of the file. */
static nst_status read_parts(nst__checkpoint *c)
{
    nst_status status = NST_OK;
    const nst__tensor *facts = nst__checkpoint_find(c, "facts"), *sum = nst__checkpoint_find(c, "checksum");
    if (!facts || !sum || facts->rank != 1 || sum->at + CHECKSUM != c->source.size || facts->at > sum->at ||
        facts->shape[0] > sum->at - facts->at)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected facts first and a checksum last", c->source.name);
    c->state = (nst__state){.from = &c->source, .at = facts->at + facts->shape[0], .size = sum->at};
    uint64_t mark = 0;
    nst__state_count(&c->state, &mark, UINT64_MAX);
    NST_TRY(c->state.status);
    if (mark != order)
        return nst__fail(NST_ERR_FORMAT, "%s: the checkpoint is from a machine with another order of bytes",
                         c->source.name);
    NST_TRY(check_sum(&c->source, sum->at));
    NST_TRY(read_facts(c, facts->at, facts->shape[0]));
out:
    return status;
}

nst_status nst__checkpoint_open(nst__checkpoint *out, const char *path)
{
    nst_status status = NST_OK;
    *out = (nst__checkpoint){.source = {.file = -1}};
    NST_TRY(nst__source_open(&out->source, path));
    nst__table_init(&out->table, &out->source);
    NST_TRY(nst__table_read_own(&out->table, "a checkpoint"));
    NST_TRY(check_kind(out));
    NST_TRY(read_parts(out));
out:
    return status;
}

void nst__checkpoint_close(nst__checkpoint *checkpoint)
{
    nst__table_release(&checkpoint->table);
    nst__source_close(&checkpoint->source);
    nst__free(checkpoint->facts);
    checkpoint->facts = NULL;
}
