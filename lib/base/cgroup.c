/*
 * /proc/self/cgroup has the path of the process's group in each hierarchy, and /proc/self/mountinfo the folder where a
 * hierarchy, or a part of it, is mounted: a container may see its own group as the root. man 7 cgroups, man 5 proc.
 */
#include "base/cgroup.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Longer paths are ignored. Longer lines are read in parts, and no part matches. */
enum { PATH = 1024, LINE = 4096 };

/* One hierarchy: version 2, or the one of version 1 that a controller is in. */
typedef struct hierarchy {
    const char *root, *controller; /* NULL: version 2 */
    char folder[PATH];             /* of the group; shortened on the way up */
    size_t top;                    /* length of the folder of the highest group that can be seen */
} hierarchy;

static FILE *open_in(const char *root, const char *folder, const char *name)
{
    char path[2 * PATH];
    const int length = snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    return length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
}

/* Is WORD one of those in LIST, which are separated by commas? */
static bool lists(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0')) return true;
    }
    return false;
}

/* The group's path out of a line as "4:memory:/docker/1f" or "0::/user.slice". */
static bool read_group(const hierarchy *h, char *line, char path[PATH])
{
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) return false;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (h->controller ? !lists(controllers + 1, h->controller) : strcmp(line, "0:") != 0) return false;
    return snprintf(path, PATH, "%s", group) < PATH;
}

/* Where the hierarchy is mounted and the group that is seen there, out of a line as
 * "35 31 0:32 /docker/1f /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory". */
static bool read_mount(const hierarchy *h, const char *line, char mount[PATH], char seen[PATH])
{
    char type[16], options[256];
    const char *rest = strstr(line, " - ");
    if (!rest || sscanf(line, "%*s %*s %*s %1023s %1023s", seen, mount) != 2) return false;
    if (sscanf(rest, " - %15s %*s %255s", type, options) != 2) return false;
    return h->controller ? strcmp(type, "cgroup") == 0 && lists(options, h->controller) : strcmp(type, "cgroup2") == 0;
}

/* PATH as it is seen from the group SEEN: "" for that itself, and where it lies outside. */
static const char *below(const char *path, const char *seen)
{
    const size_t length = strcmp(seen, "/") == 0 ? 0 : strlen(seen);
    if (strncmp(path, seen, length) != 0 || path[length] != '/' || !path[length + 1] || strstr(path, "/..")) return "";
    return path + length;
}

static bool find(hierarchy *h)
{
    char line[LINE], path[PATH] = "", mount[PATH] = "", seen[PATH] = "";
    bool known = false, mounted = false;
    FILE *file = open_in(h->root, "/proc/self", "cgroup");
    while (file && !known && fgets(line, sizeof line, file))
        known = read_group(h, line, path);
    if (file) fclose(file);
    file = known ? open_in(h->root, "/proc/self", "mountinfo") : NULL;
    while (file && !mounted && fgets(line, sizeof line, file))
        mounted = read_mount(h, line, mount, seen);
    if (file) fclose(file);
    if (!mounted) return false;
    h->top = strlen(mount);
    return snprintf(h->folder, sizeof h->folder, "%s%s", mount, below(path, seen)) < (int)sizeof h->folder;
}

/* The group above; false at the top. */
static bool go_up(hierarchy *h)
{
    char *slash = strrchr(h->folder, '/');
    if (strlen(h->folder) <= h->top || !slash) return false;
    *slash = '\0';
    return true;
}

/* The numbers in the file NAME, at most two; how many. "max", and -1 in version 1, are no numbers. */
static int read_numbers(const hierarchy *h, const char *name, uint64_t numbers[2])
{
    long long a = 0, b = 0;
    FILE *file = open_in(h->root, h->folder, name);
    if (!file) return 0;
    const int count = fscanf(file, "%lld %lld", &a, &b);
    fclose(file);
    if (count < 1 || a < 0 || (count == 2 && b < 0)) return 0;
    numbers[0] = (uint64_t)a;
    numbers[1] = (uint64_t)b;
    return count;
}

static uint64_t memory_of(const hierarchy *h)
{
    uint64_t numbers[2];
    const char *name = h->controller ? "memory.limit_in_bytes" : "memory.max";
    return read_numbers(h, name, numbers) > 0 ? numbers[0] : NST__NO_LIMIT;
}

/* Microseconds of all cores in each period. */
static uint64_t cores_of(const hierarchy *h)
{
    uint64_t quota[2], period[2];
    if (!h->controller) {
        if (read_numbers(h, "cpu.max", quota) != 2) return NST__NO_LIMIT;
        period[0] = quota[1];
    } else if (!read_numbers(h, "cpu.cfs_quota_us", quota) || !read_numbers(h, "cpu.cfs_period_us", period)) {
        return NST__NO_LIMIT;
    }
    if (quota[0] == 0 || period[0] == 0) return NST__NO_LIMIT;
    return quota[0] / period[0] + (quota[0] % period[0] != 0);
}

static uint64_t least(const char *root, const char *controller, uint64_t (*limit_of)(const hierarchy *))
{
    uint64_t found = NST__NO_LIMIT;
    for (int version = 1; version <= 2; version++) {
        hierarchy h = {.root = root, .controller = version == 1 ? controller : NULL};
        if (!find(&h)) continue;
        do {
            const uint64_t limit = limit_of(&h);
            found = limit < found ? limit : found;
        } while (go_up(&h));
    }
    return found;
}

uint64_t nst__cgroup_memory(const char *root)
{
    return least(root, "memory", memory_of);
}

uint64_t nst__cgroup_cores(const char *root)
{
    return least(root, "cpu", cores_of);
}
