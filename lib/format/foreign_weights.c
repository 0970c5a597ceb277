/*
 * Error messages for common files that no reader takes: the kind of file, recognised by its first bytes, and a way to
 * convert it.
 */
#include "format/format.h"

#include <string.h>

/* No two of these begin with the same bytes. */
static const struct {
    size_t at, size;
    const char *bytes, *what, *way;
} known[] = {
    {0, 2, "\x1f\x8b", "gzip data", "gunzip it first"},
    {0, 3, "BZh", "bzip2 data", "bunzip2 it first"},
    {0, 6,
     "\xfd"
     "7zXZ",
     "xz data", "unxz it first"},
    {0, 4, "\x28\xb5\x2f\xfd", "zstd data", "unzstd it first"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"},
    {0, 4, "Rar!", "a RAR archive", "unpack it first"},
    {257, 5, "ustar", "a tar archive", "unpack it first"},
    {0, 27, "version https://git-lfs.git", "a Git LFS pointer, not the file that it stands for",
     "git lfs pull brings it"},
    {0, 4, "\x04\0\0\0", "a file of Lua Torch (.t7)", "nst model fetch vgg19 brings the same weights"},
    {4, 4, "TFL3", "a TensorFlow Lite model", "save the weights in Keras' HDF5 form, or as safetensors"},
    {0, 4, "GGUF", "a GGUF file", "expected the weights of a VGG"},
    {0, 3, "\xff\xd8\xff", "a JPEG picture", "expected the weights of a VGG"},
    {0, 4, "\x89PNG", "a PNG picture", "expected the weights of a VGG"},
#ifndef NST__READ_TORCH
    {0, 4, "PK\3\4", "a ZIP archive, such as a torch checkpoint", "this libnst was built without the reader of those"},
#endif
#ifndef NST__READ_NPY
    {0, 6, "\x93NUMPY", "a NumPy array", "this libnst was built without the reader of those"},
#endif
#ifndef NST__READ_MAT
    {0, 7, "MATLAB ", "a MATLAB file", "this libnst was built without the reader of those"},
#endif
#ifndef NST__READ_HDF5
    {0, 4, "\x89HDF", "an HDF5 file", "this libnst was built without the reader of those"},
#endif
};

static const char *skip_space(const char *p, const char *end)
{
    if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3; /* the byte order mark of UTF-8 */
    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    return p;
}

static bool starts(const char *p, const char *end, const char *word)
{
    for (; *word; p++, word++)
        if (p == end || (*p | (*p >= 'A' && *p <= 'Z' ? 32 : 0)) != *word) return false;
    return true;
}

/* Protocol buffers have no magic number. A Caffe file begins with the network's name as field 1. After it comes a layer
 * (field 2 in old files, 100 in new ones), or the name or shape of the input (3, 4, 8). */
static bool is_caffe(const nst__head *head)
{
    const unsigned char *p = head->bytes;
    if (head->size < 8 || p[0] != 0x0a || p[1] == 0 || p[1] >= 0x80 || 2u + p[1] >= head->size) return false;
    for (size_t i = 2; i < 2u + p[1]; i++)
        if (p[i] < 0x20 || p[i] > 0x7e) return false;
    return p[2 + p[1]] != 0 && strchr("\x12\x1a\x22\x42\xa2", p[2 + p[1]]);
}

/* An ONNX file begins with the version of the format as field 1, then the producer (2) or the graph (7). */
static bool is_onnx(const nst__head *head)
{
    const unsigned char *p = head->bytes;
    return head->size >= 8 && p[0] == 0x08 && p[1] >= 1 && p[1] < 32 && (p[2] == 0x12 || p[2] == 0x3a);
}

static const char *find(const nst__head *head, const char **way)
{
    const char *begin = (const char *)head->bytes, *end = begin + head->size, *text = skip_space(begin, end);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].at + known[i].size <= head->size &&
            memcmp(begin + known[i].at, known[i].bytes, known[i].size) == 0) {
            *way = known[i].way;
            return known[i].what;
        }
    if (starts(text, end, "<!doctype") || starts(text, end, "<html") || starts(text, end, "<head") ||
        starts(text, end, "<?xml")) {
        *way = "whoever has the file answered the download with it";
        return "a page of HTML or XML";
    }
    if (starts(text, end, "{")) {
        *way = "name the file that has the weights; parts of one model have to be merged first";
        return "JSON text, such as the index of a model in parts";
    }
    if (is_caffe(head)) {
        *way = "nst model fetch vgg19 brings Caffe's weights in a form that is read";
        return "a Caffe model (.caffemodel)";
    }
    if (is_onnx(head)) {
        *way = "save the weights from the program that wrote it, such as torch.save(model.state_dict())";
        return "an ONNX model";
    }
    if (head->size >= 2 && begin[0] == '\x80' && begin[1] <= 5) {
        *way = "torch.save() writes a dict of tensors in a form that is read";
        return "a pickle that torch.save() did not write";
    }
    return NULL;
}

nst_status nst__foreign(const nst__source *source, const nst__head *head)
{
    const char *way = NULL, *what = find(head, &way);
    if (what)
        return nst__fail(NST_ERR_FORMAT,
                         "%s: expected a safetensors file, a torch checkpoint or a Keras HDF5 file, "
                         "found %s: %s",
                         source->name, what, way);
    return nst__fail(NST_ERR_FORMAT, "%s: expected a safetensors file, a torch checkpoint or a Keras HDF5 file",
                     source->name);
}
