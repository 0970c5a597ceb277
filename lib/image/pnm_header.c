#include "image/pnm_header.h"
#include "image/codec.h"

#include <string.h>

/* ---- Bytes ---- */

/* False where the file ends or cannot be read, which is kept in h->status. */
static bool has(nst__pnm_header *h, uint64_t at)
{
    const uint64_t size = h->file->size;
    if (at >= size || h->status != NST_OK) return false;
    if (h->file->bytes || (at >= h->piece_at && at - h->piece_at < h->piece_size)) return true;
    h->piece_at = at;
    h->piece_size = size - at < NST__PNM_PIECE ? (size_t)(size - at) : NST__PNM_PIECE;
    h->status = nst__source_read(h->file, at, h->piece, h->piece_size);
    return h->status == NST_OK;
}

/* Byte AT, or 0 where there is none. */
static uint8_t byte(nst__pnm_header *h, uint64_t at)
{
    if (!has(h, at)) return 0;
    return h->file->bytes ? h->file->bytes[at] : h->piece[at - h->piece_at];
}

/* ---- Words and numbers ---- */

static bool ends_line(uint8_t c)
{
    return c == '\n' || c == '\r';
}

/* The place after the comment at AT, which the end of a line ends. */
static uint64_t after_comment(nst__pnm_header *h, uint64_t at)
{
    while (has(h, at) && !ends_line(byte(h, at)))
        at++;
    return has(h, at) ? at + 1 : at;
}

/* Passes over white space and comments; false: the file ends there. */
static bool skip_space(nst__pnm_header *h)
{
    while (nst__pnm_space(byte(h, h->at)) || byte(h, h->at) == '#')
        h->at = byte(h, h->at) == '#' ? after_comment(h, h->at) : h->at + 1;
    return has(h, h->at);
}

static nst_status read_number(nst__pnm_header *h, const char *what, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (*out) return nst__fail(NST_ERR_CORRUPT, "%s: expected one value, found two", what);
    if (!skip_space(h)) return nst__fail(NST_ERR_CORRUPT, "the file ends before its %s", what);
    const uint64_t first = h->at;
    for (; byte(h, h->at) >= '0' && byte(h, h->at) <= '9' && value <= most; h->at++)
        value = 10 * value + (uint64_t)(byte(h, h->at) - '0');
    if (h->at == first || value == 0 || value > most)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected 1 to %llu, found %s", what, (unsigned long long)most,
                         h->at == first ? "no number"
                         : value == 0   ? "0"
                                        : "a larger number");
    *out = value;
    return NST_OK;
}

/* ---- The two kinds of headers ---- */

static nst_status read_plain_header(nst__pnm_header *h)
{
    nst_status status = NST_OK;
    h->planes = h->channels = byte(h, 1) == '5' ? 1 : 3;
    NST_TRY(read_number(h, "width", INT32_MAX, &h->width));
    NST_TRY(read_number(h, "height", INT32_MAX, &h->height));
    NST_TRY(read_number(h, "maximum", 65535, &h->most));
out:
    return status;
}

/* Adds the letters from FIRST to END - 1 to the text OUT [size]; the rest of a longer text is cut off. */
static void add_letters(nst__pnm_header *h, char *out, size_t size, uint64_t first, uint64_t end)
{
    size_t length = strlen(out);
    for (; first < end && length + 1 < size; first++) {
        const uint8_t letter = byte(h, first);
        out[length++] = letter ? (char)letter : '?'; /* a zero would end the text, and hide what follows */
    }
    out[length] = '\0';
}

/* The next word of a PAM header; false: the file ends. */
static bool read_word(nst__pnm_header *h, char *out, size_t size)
{
    out[0] = '\0';
    if (!skip_space(h)) return false;
    const uint64_t first = h->at;
    while (has(h, h->at) && !nst__pnm_space(byte(h, h->at)))
        h->at++;
    add_letters(h, out, size, first, h->at);
    return true;
}

/* Adds the rest of the line, without white space around it, to OUT, after a space if OUT has text. False: the file
 * ends before the line does. */
static bool read_rest(nst__pnm_header *h, char *out, size_t size)
{
    uint64_t from = h->at, end = h->at;
    while (has(h, end) && byte(h, end) != '\n')
        end++;
    if (!has(h, end)) return false;
    h->at = end + 1;
    while (from < end && nst__pnm_space(byte(h, from)))
        from++;
    while (from < end && nst__pnm_space(byte(h, end - 1)))
        end--;
    const size_t length = strlen(out);
    if (length > 0 && length + 1 < size && from < end) memcpy(out + length, " ", 2);
    add_letters(h, out, size, from, end);
    return true;
}

/* What the planes of a PAM picture are. By pam(5), a tuple type may have more planes than it needs, and readers ignore
 * those. A file without a tuple type has as many channels as planes. */
static nst_status read_tuple_type(nst__pnm_header *h, const char *type)
{
    static const struct {
        const char *name;
        uint64_t channels;
    } types[] = {{"BLACKANDWHITE", 1},       {"GRAYSCALE", 1},       {"RGB", 3},
                 {"BLACKANDWHITE_ALPHA", 2}, {"GRAYSCALE_ALPHA", 2}, {"RGB_ALPHA", 4}};
    h->channels = type[0] ? 0 : h->planes;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].name) == 0) h->channels = types[i].channels;
    if (h->channels == 0)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "TUPLTYPE: expected BLACKANDWHITE, GRAYSCALE or RGB, or one of them with _ALPHA, found '%s'",
                         type);
    if (h->channels > 4)
        return nst__fail(NST_ERR_UNSUPPORTED, "expected a DEPTH of 1 to 4 channels, found %llu",
                         (unsigned long long)h->channels);
    if (h->planes < h->channels)
        return nst__fail(NST_ERR_CORRUPT, "TUPLTYPE %s: expected a DEPTH of %llu, found %llu", type,
                         (unsigned long long)h->channels, (unsigned long long)h->planes);
    return NST_OK;
}

static nst_status read_pam_header(nst__pnm_header *h)
{
    char word[24], type[64] = "", rest[24] = "";
    nst_status status = NST_OK;
    for (;;) {
        bool ended = !read_word(h, word, sizeof word);
        if (strcmp(word, "ENDHDR") == 0) break;
        if (strcmp(word, "WIDTH") == 0)
            NST_TRY(read_number(h, "WIDTH", INT32_MAX, &h->width));
        else if (strcmp(word, "HEIGHT") == 0)
            NST_TRY(read_number(h, "HEIGHT", INT32_MAX, &h->height));
        else if (strcmp(word, "DEPTH") == 0)
            NST_TRY(read_number(h, "DEPTH", 65535, &h->planes));
        else if (strcmp(word, "MAXVAL") == 0)
            NST_TRY(read_number(h, "MAXVAL", 65535, &h->most));
        else if (strcmp(word, "TUPLTYPE") == 0)
            ended = !read_rest(h, type, sizeof type);
        else if (!ended)
            return nst__fail(NST_ERR_CORRUPT, "expected a line of a PAM header, found '%s'", word);
        if (ended) return nst__fail(NST_ERR_CORRUPT, "the file ends within its header");
    }
    if (!read_rest(h, rest, sizeof rest)) return nst__fail(NST_ERR_CORRUPT, "the file ends within its header");
    if (rest[0]) return nst__fail(NST_ERR_CORRUPT, "expected the end of the line after ENDHDR, found '%s'", rest);
    if (!h->width || !h->height || !h->planes || !h->most)
        return nst__fail(NST_ERR_CORRUPT, "expected WIDTH, HEIGHT, DEPTH and MAXVAL before ENDHDR");
    NST_TRY(read_tuple_type(h, type));
out:
    return status;
}

/* ---- Where the pixels begin ---- */

static uint64_t rows_from(const nst__pnm_header *h, uint64_t at)
{
    return (h->file->size - at) / h->row_bytes;
}

static bool ends_with_file(const nst__pnm_header *h, uint64_t at)
{
    return rows_from(h, at) == h->height && (h->file->size - at) % h->row_bytes == 0;
}

static bool only_space_from(nst__pnm_header *h, uint64_t at)
{
    while (nst__pnm_space(byte(h, at)))
        at++;
    return at == h->file->size;
}

/*
 * From the end of the maximum to the first pixel of a PGM or PPM file. By pgm(5), exactly one white space stands
 * between them, and comments only before it. Some programs write CR LF, or a comment after the white space, or a
 * comment whose end is the only white space. Pixels can look like any of these, so the size of the file decides: of all
 * places where the pixels may begin, at most one makes them end where the file ends. If none does, because more bytes
 * follow, the rule of pgm(5) holds, with a warning. After CR LF that is an error instead: no program ends a header with
 * a lone CR, so the pixels would be shifted by one byte.
 */
static nst_status find_pixels(nst__pnm_header *h)
{
    uint64_t strict = 0, first = 0, fitting = 0;
    size_t places = 0;
    for (uint64_t at = h->at; has(h, at);) {
        if (byte(h, at) == '#')
            at = after_comment(h, at);
        else if (!strict && nst__pnm_space(byte(h, at)))
            strict = ++at;
        else if (byte(h, at - 1) == '\r' && byte(h, at) == '\n')
            at++;
        else
            break;
        if (places++ == 0) first = at;
        if (ends_with_file(h, at)) fitting = at;
    }
    if (places == 0) return nst__fail(NST_ERR_CORRUPT, "expected white space between header and pixels");
    h->at = fitting ? fitting : strict ? strict : first;
    if (rows_from(h, h->at) < h->height) return NST_OK; /* cut short: the caller's error */
    const bool line_feed = h->at == strict && byte(h, strict - 1) == '\r' && byte(h, strict) == '\n';
    const bool space = nst__pnm_space(byte(h, h->at)) && only_space_from(h, h->at + h->height * h->row_bytes);
    if (!fitting && line_feed)
        return nst__fail(NST_ERR_CORRUPT, "expected one white space between header and pixels, found CR LF; the size "
                                          "of the file does not tell where the pixels begin");
    if (fitting && fitting != strict)
        h->doubt = "the header does not end with one white space: the pixels are read from where they fill the file";
    else if (line_feed || (!fitting && (places > 1 || space)))
        h->doubt = "it is not clear where the header ends: the pixels are read from after one white space";
    return NST_OK;
}

static nst_status read_header(nst__pnm_header *h, uint64_t max_pixels)
{
    nst_status status = NST_OK;
    const bool pam = byte(h, 1) == '7';
    NST_TRY(pam ? read_pam_header(h) : read_plain_header(h));
    NST_TRY(nst__check_pixels(h->width, h->height, max_pixels));
    h->row_bytes = h->width * h->planes * (h->most > 255 ? 2 : 1);
    if (!pam) NST_TRY(find_pixels(h));
    if (rows_from(h, h->at) < h->height)
        return nst__fail(NST_ERR_CORRUPT, "cut short: expected %llu rows of pixels, found %llu",
                         (unsigned long long)h->height, (unsigned long long)rows_from(h, h->at));
    const uint64_t end = h->at + h->height * h->row_bytes;
    h->left = only_space_from(h, end) ? 0 : h->file->size - end;
out:
    return status;
}

nst_status nst__pnm_header_read(nst__pnm_header *out, const nst__source *file, uint64_t max_pixels)
{
    *out = (nst__pnm_header){.file = file, .at = 2, .status = NST_OK};
    const nst_status status = read_header(out, max_pixels);
    return out->status != NST_OK ? out->status : status;
}
