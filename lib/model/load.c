#include "base/alloc.h"
#include "base/log.h"
#include "base/decimal.h"
#include "format/format.h"
#include "model/handle.h"
#include "model/load.h"
#include "model/weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static nst_status load_source(nst_model **out, const nst__source *source, nst_input input)
{
    nst_status status = NST_OK;
    nst__table *table = nst__alloc(1, sizeof *table);
    if (!table) return NST_ERR_OUT_OF_MEMORY;
    nst__table_init(table, source);
    NST_TRY(nst__table_read(table));
    NST_TRY(nst__weights_build(out, table, input));
out:
    nst__table_release(table);
    nst__free(table);
    return status;
}

/* Refuses one part of a model, "name-00001-of-00003.ext": it would look like a shorter network. */
static nst_status check_whole(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    unsigned part, parts;
    for (const char *p = strchr(name, '-'); p; p = strchr(p + 1, '-')) {
        int end = 0;
        if (sscanf(p, "-%5u-of-%5u%n", &part, &parts, &end) == 2 && end == (int)strlen("-00001-of-00003") && parts > 1)
            return nst__fail(NST_ERR_UNSUPPORTED,
                             "%s: part %u of a model in %u parts: expected one file with all of its weights", path,
                             part, parts);
    }
    return NST_OK;
}

static nst_status load_file(nst_model **out, const char *name, nst_input input)
{
    nst_status status = NST_OK;
    nst__source source = {0};
    char *path = NULL;
    NST_TRY(nst__model_locate(&path, name));
    NST_TRY(check_whole(path));
    NST_TRY(nst__source_open(&source, path));
    NST_TRY(load_source(out, &source, input));
out:
    nst__source_close(&source);
    nst__free(path);
    return status;
}

static nst_status load_lite(nst_model **out, nst_input input)
{
    size_t size;
    const unsigned char *bytes = nst__lite(&size);
    if (!bytes) return nst__fail(NST_ERR_NOT_FOUND, "lite: this libnst was built without the embedded model");
    nst_status status = load_source(out, &(nst__source){.name = "lite", .bytes = bytes, .size = size}, input);
    if (status == NST_OK) (*out)->format = "embedded";
    return status;
}

static nst_status load_random(nst_model **out, const char *seed, nst_input input)
{
    int64_t value;
    if (!nst__parse_int(&value, seed) || value < 0)
        return nst__fail(NST_ERR_ARGUMENT, "random:SEED: expected a seed of 0 to %" PRId64 ", found '%s'", INT64_MAX,
                         seed);
    nst_status status = nst__random_model(out, (uint64_t)value);
    if (status == NST_OK && input != NST_INPUT_AUTO) {
        (*out)->input = input;
        (*out)->input_said = "caller";
    }
    return status;
}

static nst_status check_input(nst_input input)
{
    if (input != NST_INPUT_AUTO && input != NST_INPUT_BGR255 && input != NST_INPUT_RGB01 && input != NST_INPUT_RGB255)
        return nst__fail(NST_ERR_ARGUMENT, "input space: expected 0 to 3, found %d", (int)input);
    return NST_OK;
}

static nst_status load_name(nst_model **out, const char *name, nst_input input)
{
    static const char random[] = "random:";
    size_t size;
    if (!name) name = nst__lite(&size) ? "lite" : "random:0";
    if (!*name) return nst__fail(NST_ERR_ARGUMENT, "model: expected a name or a path, found ''");
    if (strcmp(name, "lite") == 0) return load_lite(out, input);
    if (strncmp(name, random, sizeof random - 1) == 0) return load_random(out, name + sizeof random - 1, input);
    return load_file(out, name, input);
}

static void log_model(const nst_model *model)
{
    if (model)
        nst__log(NST_LOG_INFO, "model: %s: %s, %s, to %s, input by %s", model->source, model->format,
                 model->topology->name, model->topology->layer[model->count - 1].name, model->input_said);
}

nst_status nst_model_load_as(nst_model **out, const char *name, nst_input input)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_TRY(check_input(input));
    NST_TRY(load_name(out, name, input));
    log_model(*out);
out:
    return status;
}

nst_status nst_model_load(nst_model **out, const char *name)
{
    return nst_model_load_as(out, name, NST_INPUT_AUTO);
}

nst_status nst_model_decode(nst_model **out, const void *bytes, size_t size, nst_input input)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(bytes);
    nst_status status = check_input(input);
    if (status != NST_OK) return status;
    if (size == 0) return nst__fail(NST_ERR_CORRUPT, "memory: expected a model, found 0 bytes");
    status = load_source(out, &(nst__source){.name = "memory", .bytes = bytes, .size = size}, input);
    log_model(*out);
    return status;
}
