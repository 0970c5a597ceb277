/* nst model fetch: brings VGG-19 from where those who trained or converted it put it, checks and converts it. */
#include "commands.h"
#include "digest.h"
#include "download.h"
#include "outputs.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* SUM is the SHA-256 of the file. Its beginning is in the name of torchvision's file, timm's host shows it all; Keras' own
 * source has an MD5, 253f8cb515780f3b799900260a226db6, of the same file. BYTES: the file has no more. */
static const struct source {
    const char *name, *url, *sum;
    int64_t bytes;
} sources[] = {
    {"keras",
     "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
     "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
     "bde7da0dfd621cbf86e11ce04e4946a9a42634c2cfd21318bba090d860699e35", 80134624},
    {"torchvision", "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
     "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44", 574673361},
    {"timm", "https://huggingface.co/timm/vgg19.tv_in1k/resolve/main/model.safetensors",
     "11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669", 575000000},
};
enum { SOURCES = sizeof sources / sizeof sources[0] };
#define MOST_BYTES INT64_C(2000000000) /* of another file: three times VGG-19 */

typedef struct job {
    command_line line;
    const char *from, *url, *file, *sum, *dtype, *upto;
    bool again, quiet;

    const struct source *source;
    char *folder, *target, *part; /* part: what has come so far */
} job;

/* ---- Where it goes ---- */

/* The first folder of the user's own: $XDG_DATA_HOME/nst, as nst_model_folder() has it. */
static char *data_folder(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && *data == '/') return print_text("%s/nst", data);
    if (home && *home) return print_text("%s/.local/share/nst", home);
    return NULL;
}

static int make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash) *slash = '\0';
        const int failed = mkdir(path, 0777) != 0 && errno != EEXIST;
        if (failed) complain(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
        if (slash) *slash = '/';
        if (failed) return EXIT_SYSTEM;
        if (!slash) return EXIT_DONE;
    }
}

/* Two that write the same file would spoil it for each other. The lock is held until the program ends; a file system
 * that has none is no reason to stop. */
static int lock_folder(const char *path)
{
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return EXIT_DONE;
    close(folder);
    return complain(EXIT_SYSTEM, "%s: another nst model fetch is at work there", path);
}

/* ---- Checksums ---- */

/* SHA-256 whole, as `sha256sum` prints it; "sha256:" may stand before it. */
static int check_sum_text(const char **sum)
{
    const char *digits = strncmp(*sum, "sha256:", 7) == 0 ? *sum + 7 : *sum;
    if (strlen(digits) != DIGEST_TEXT - 1 || strspn(digits, "0123456789abcdef") != DIGEST_TEXT - 1)
        return complain(EXIT_USE, "--sum: expected the 64 digits 0-9, a-f of a SHA-256, found '%s'", *sum);
    *sum = digits;
    return EXIT_DONE;
}

static int sum_file(char text[DIGEST_TEXT], const char *path)
{
    static unsigned char bytes[1 << 16];
    digest d;
    size_t count;
    FILE *file = fopen(path, "rbe");
    if (!file) return complain(EXIT_INPUT, "%s: %s", path, strerror(errno));
    digest_start(&d);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        digest_add(&d, bytes, count);
    const bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) return complain(EXIT_SYSTEM, "%s: cannot be read", path);
    digest_end(&d, text);
    return EXIT_DONE;
}

/* *MATCHES: the checksum of PATH is SUM. TEXT: what it is. */
static int compare_sum(bool *matches, char text[DIGEST_TEXT], const char *path, const char *sum)
{
    const int code = sum_file(text, path);
    *matches = !code && strcmp(text, sum) == 0;
    return code;
}

/* ---- Fetching ---- */

static int find_source(job *j)
{
    const char *name = j->from ? j->from : sources[0].name;
    for (int i = 0; i < SOURCES; i++)
        if (strcmp(sources[i].name, name) == 0) j->source = &sources[i];
    if (j->source) return EXIT_DONE;
    return complain(EXIT_USE, "--from: expected one of keras, torchvision, timm, found '%s'", name);
}

static const char *expected_sum(const job *j)
{
    return j->sum ? j->sum : j->source->sum;
}

/* A file from elsewhere has to be one of those that are known, or what --sum says. */
static int check_file(const job *j)
{
    char text[DIGEST_TEXT];
    bool matches = false;
    int code = EXIT_DONE;
    if (j->sum)
        code = compare_sum(&matches, text, j->file, j->sum);
    else
        for (int i = 0; i < SOURCES && !code && !matches; i++)
            code = compare_sum(&matches, text, j->file, sources[i].sum);
    if (code || matches) return code;
    return complain(EXIT_INPUT, "%s: its SHA-256 is %s, not %s", j->file, text,
                    j->sum ? j->sum : "one of those that are known; --sum tells another");
}

static bool has_beginning(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && facts.st_size > 0;
}

/* A beginning from an earlier call may be of another file: if its sum is wrong, all comes anew, once. */
static int bring(const job *j)
{
    const char *url = j->url ? j->url : j->source->url;
    char text[DIGEST_TEXT];
    bool matches = false, resumed = has_beginning(j->part);
    if (!j->quiet)
        tell("%s %s%s", resumed ? "going on with" : "fetching", url,
             j->url                         ? ""
             : j->source->bytes > 500000000 ? " (575 MB)"
                                            : " (80 MB)");
    for (;;) {
        int code = download(url, j->part, j->sum ? MOST_BYTES : j->source->bytes, j->quiet);
        if (!code) code = compare_sum(&matches, text, j->part, expected_sum(j));
        if (code && !has_beginning(j->part)) remove(j->part);
        if (code || matches) return code;
        remove(j->part);
        if (!resumed) break;
        resumed = false;
    }
    return complain(EXIT_INPUT, "%s: the SHA-256 is wrong: expected %s, found %s", url, expected_sum(j), text);
}

static int convert_to(const job *j, const char *from, nst_dtype dtype)
{
    nst_model *model;
    char *path = print_text("%s%s", strchr(from, '/') ? "" : "./", from); /* never the name of a model, as lite */
    nst_status status = nst_model_load(&model, path);
    free(path);
    if (status == NST_OK) status = nst_model_save(model, j->target, dtype, *j->upto ? j->upto : NULL);
    nst_model_destroy(model);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int check_use(job *j, nst_dtype *dtype)
{
    const words *names = &j->line.operands;
    int code = find_source(j);
    if (!code) code = setup_dtype(dtype, j->dtype);
    if (!code && j->sum) code = check_sum_text(&j->sum);
    if (code) return code;
    if (names->count > 1 || (names->count == 1 && strcmp(names->word[0], "vgg19") != 0))
        return complain(EXIT_USE, "model fetch knows vgg19, found '%s'", names->word[names->count - 1]);
    if (j->url && j->file) return complain(EXIT_USE, "--url and --file exclude each other");
    return EXIT_DONE;
}

static int fetch(job *j)
{
    nst_dtype dtype = NST_DTYPE_F16;
    int code = check_use(j, &dtype);
    if (code) return code;
    j->folder = data_folder();
    if (!j->folder) return complain(EXIT_SYSTEM, "there is no place for models: neither XDG_DATA_HOME nor HOME is set");
    j->target = print_text("%s/vgg19.safetensors", j->folder);
    j->part = print_text("%s/vgg19-%s.part", j->folder, j->source->name);
    if (has_beginning(j->target) && !j->again) {
        if (!j->quiet) tell("%s is there already; --again fetches it anew", j->target);
        return EXIT_DONE;
    }
    code = make_folder(j->folder);
    if (!code) code = output_check(j->target, false);
    if (!code) code = lock_folder(j->folder);
    if (!code) code = j->file ? check_file(j) : bring(j);
    if (!code) code = convert_to(j, j->file ? j->file : j->part, dtype);
    if (code) return code;
    if (!j->file) remove(j->part);
    if (!j->quiet) tell("%s is ready: --model vgg19 finds it", j->target);
    return EXIT_DONE;
}

int command_fetch(int count, char **arguments)
{
    job j = {.dtype = "f16", .upto = "conv5_1"};
    const option options[] = {
        {"from", 0, "NAME", "whose file: keras (80 MB), torchvision or timm (575 MB each) [keras]", NULL, &j.from,
         NULL},
        {"url", 0, "ADDRESS", "a mirror of that file", NULL, &j.url, NULL},
        {"file", 0, "FILE", "one of those files that came another way", NULL, &j.file, NULL},
        {"sum", 0, "HEX", "its SHA-256, if it is another file", NULL, &j.sum, NULL},
        {"dtype", 0, "TYPE", "how weights are stored: f32, f16, bf16 [f16]", NULL, &j.dtype, NULL},
        {"upto", 0, "LAYER", "leave out what comes behind; empty: all is kept [conv5_1]", NULL, &j.upto, NULL},
        {"again", 0, NULL, "even if it is there already", &j.again, NULL, NULL},
        {"quiet", 'q', NULL, "say nothing but errors", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst model fetch [vgg19] [OPTIONS]",
        .about = "Brings the VGG-19 of Simonyan and Zisserman (CC BY 4.0), checks it by its SHA-256, and stores\n"
                 "what style transfer needs of it, 26 MB, where --model vgg19 finds it. A transfer that was cut\n"
                 "goes on where it ended. keras is the original of Caffe, torchvision a training of its own.",
        .options = options,
    };
    int code = options_parse(&j.line, &command, count, arguments);
    if (code < 0) code = fetch(&j);
    free(j.folder);
    free(j.target);
    free(j.part);
    options_free(&j.line);
    return code;
}
