#include "base/alloc.h"
#include "model/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A folder: a part of an environment variable, and the path after it. */
typedef struct folder {
    const char *text;
    size_t length;
    const char *tail;
} folder;

/* Drops a slash at the end of TEXT. */
static folder make_folder(const char *text, size_t length, const char *tail)
{
    return (folder){text, length > 1 && text[length - 1] == '/' ? length - 1 : length, tail};
}

/* Finds part *INDEX of LIST. Empty parts do not count; with ABSOLUTE relative ones do not count either, since the XDG
 * specification requires that they are ignored. If there is no such part: false, and *INDEX is reduced by the number of
 * parts. */
static bool part_of_list(folder *out, const char *list, bool absolute, const char *tail, size_t *index)
{
    while (*list) {
        size_t length = strcspn(list, ":");
        if (length > 0 && (!absolute || *list == '/') && (*index)-- == 0) {
            *out = make_folder(list, length, tail);
            return true;
        }
        list += length + (list[length] == ':');
    }
    return false;
}

static const char *set_or(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static bool find_folder(folder *out, size_t index)
{
    const char *data_home = set_or("XDG_DATA_HOME", ""), *home = set_or("HOME", "");
    if (part_of_list(out, set_or("NST_MODEL_PATH", ""), false, "", &index)) return true;
    if (*data_home == '/' || *home == '/') {
        if (index-- == 0) {
            *out = *data_home == '/' ? make_folder(data_home, strlen(data_home), "/nst")
                                     : make_folder(home, strlen(home), "/.local/share/nst");
            return true;
        }
    }
    return part_of_list(out, set_or("XDG_DATA_DIRS", "/usr/local/share:/usr/share"), true, "/nst", &index);
}

nst_status nst_model_folder(size_t index, char *buffer, size_t size)
{
    folder found;
    NST_NEED(buffer);
    if (size > 0) buffer[0] = '\0';
    if (!find_folder(&found, index))
        return nst__fail(NST_ERR_RANGE, "there are fewer than %zu folders of models", index + 1);
    size_t tail = strlen(found.tail);
    if (found.length + tail >= size)
        return nst__fail(NST_ERR_RANGE, "folder of models: expected a buffer of %zu bytes, found one of %zu",
                         found.length + tail + 1, size);
    memcpy(buffer, found.text, found.length);
    memcpy(buffer + found.length, found.tail, tail + 1);
    return NST_OK;
}

/* True if PATH exists and is not a folder. A folder may have the name of a model by chance. */
static bool is_there(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode);
}

/* The path of NAME.safetensors in folder INDEX. NULL after the last folder, and if memory runs out, which sets
 * *STATUS. */
static char *path_in_folder(size_t index, const char *name, nst_status *status)
{
    folder found;
    *status = NST_OK;
    if (!find_folder(&found, index)) return NULL;
    size_t size = found.length + strlen(found.tail) + strlen(name) + sizeof "/.safetensors";
    char *path = nst__alloc(size, 1);
    if (path)
        snprintf(path, size, "%.*s%s/%s.safetensors", (int)found.length, found.text, found.tail, name);
    else
        *status = NST_ERR_OUT_OF_MEMORY;
    return path;
}

nst_status nst__model_locate(char **out, const char *name)
{
    nst_status status;
    *out = NULL;
    if (strchr(name, '/') || is_there(name)) {
        *out = nst__copy_text(name);
        return *out ? NST_OK : NST_ERR_OUT_OF_MEMORY;
    }
    for (size_t i = 0; (*out = path_in_folder(i, name, &status)); i++) {
        if (is_there(*out)) return NST_OK;
        nst__free(*out);
    }
    if (status != NST_OK) return status;
    char searched[600];
    size_t used = 0;
    folder found;
    for (size_t i = 0; used < sizeof searched && find_folder(&found, i); i++)
        used += (size_t)snprintf(searched + used, sizeof searched - used, "%s%.*s%s", i ? ", " : "", (int)found.length,
                                 found.text, found.tail);
    return nst__fail(NST_ERR_NOT_FOUND, "%.200s: neither a file nor %.200s.safetensors in %s%s", name, name,
                     used ? searched : "any folder (HOME is not set)",
                     strcmp(name, "vgg19") == 0 ? "; nst model fetch vgg19 brings it" : "");
}
