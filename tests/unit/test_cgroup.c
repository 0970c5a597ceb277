#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */
/* Limits of control groups, read from folders made to look like /proc and /sys of several systems. */
#include "unit/runner.h"

#include "base/cgroup.h"
#include "base/parallel.h"

#include <nst/nst.h>

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void begin(void)
{
    strcpy(root, "/tmp/nst-cgroup-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void end(void)
{
    ck_assert_int_eq(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The file PATH below the root, with its folders. */
static void put(const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect(uint64_t memory, uint64_t cores)
{
    ck_assert_uint_eq(nst__cgroup_memory(root), memory);
    ck_assert_uint_eq(nst__cgroup_cores(root), cores);
}

#define ROOT_MOUNT "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
#define TWO_MOUNT  "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

START_TEST(nothing_known_is_no_limit)
{
    begin();
    expect(NST__NO_LIMIT, NST__NO_LIMIT);
    put("/proc/self/cgroup", "");
    put("/proc/self/mountinfo", "");
    expect(NST__NO_LIMIT, NST__NO_LIMIT);
    put("/proc/self/cgroup", "0::/\n");
    put("/proc/self/mountinfo", ROOT_MOUNT);
    expect(NST__NO_LIMIT, NST__NO_LIMIT);
    put("/proc/self/mountinfo", ROOT_MOUNT TWO_MOUNT);
    expect(NST__NO_LIMIT, NST__NO_LIMIT);
    end();
}
END_TEST

START_TEST(version_2_has_limits_at_every_level)
{
    begin();
    put("/proc/self/cgroup", "0::/user.slice/user-1000.slice/app.scope\n");
    put("/proc/self/mountinfo", ROOT_MOUNT TWO_MOUNT);
    put("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope/memory.max", "max\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope/cpu.max", "max 100000\n");
    expect(NST__NO_LIMIT, NST__NO_LIMIT);
    put("/sys/fs/cgroup/user.slice/memory.max", "2147483648\n");
    put("/sys/fs/cgroup/user.slice/cpu.max", "350000 100000\n");
    expect(2147483648u, 4);
    put("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope/memory.max", "1073741824\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope/cpu.max", "50000 100000\n");
    expect(1073741824, 1);
    put("/sys/fs/cgroup/user.slice/other.slice/memory.max", "1\n"); /* not ours */
    put("/sys/fs/cgroup/user.slice/other.slice/cpu.max", "1000 100000\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/app.scope/cpu.max", "200000 100000\n");
    expect(1073741824, 2);
    end();
}
END_TEST

/* As in a container with a view of its own: its group is the root. */
START_TEST(a_container_of_version_2)
{
    begin();
    put("/proc/self/cgroup", "0::/\n");
    put("/proc/self/mountinfo", ROOT_MOUNT TWO_MOUNT);
    put("/sys/fs/cgroup/memory.max", "536870912\n");
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    expect(536870912, 2);
    put("/proc/self/cgroup", "0::/../../system.slice\n"); /* moved out of what it sees */
    expect(536870912, 2);
    end();
}
END_TEST

#define ONE_GROUPS "12:memory:/docker/1f2e\n7:cpu,cpuacct:/docker/1f2e\n3:cpuset:/\n1:name=systemd:/docker/1f2e\n"

START_TEST(version_1)
{
    begin();
    put("/proc/self/cgroup", ONE_GROUPS);
    put("/proc/self/mountinfo",
        ROOT_MOUNT "31 22 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
                   "33 22 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
                   "34 22 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
                   "35 22 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* what says none */
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    expect(9223372036854771712u, NST__NO_LIMIT);
    put("/sys/fs/cgroup/memory/docker/1f2e/memory.limit_in_bytes", "314572800\n");
    put("/sys/fs/cgroup/cpu,cpuacct/docker/1f2e/cpu.cfs_quota_us", "250000\n");
    expect(314572800, NST__NO_LIMIT);
    put("/sys/fs/cgroup/cpu,cpuacct/docker/1f2e/cpu.cfs_period_us", "50000\n");
    expect(314572800, 5);
    end();
}
END_TEST

/* The group is told as the host sees it, and mounted where the container's hierarchy begins. */
START_TEST(a_container_of_version_1)
{
    begin();
    put("/proc/self/cgroup", ONE_GROUPS);
    put("/proc/self/mountinfo",
        ROOT_MOUNT "34 22 0:30 /docker/1f2e /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n"
                   "35 22 0:31 /docker/1f2e /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    expect(104857600, 1);
    put("/proc/self/cgroup", "12:memory:/docker/1f2e/job\n7:cpu,cpuacct:/docker/1f2eff\n"); /* below; a namesake */
    put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "52428800\n");
    put("/sys/fs/cgroup/cpu/ff/cpu.cfs_quota_us", "1\n");
    expect(52428800, 1);
    end();
}
END_TEST

/* Version 1 for memory, version 2 for the cores. */
START_TEST(both_at_once)
{
    begin();
    put("/proc/self/cgroup", "4:memory:/a\n0::/b\n");
    put("/proc/self/mountinfo", ROOT_MOUNT "35 22 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                           "36 22 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000000\n");
    put("/sys/fs/cgroup/unified/b/cpu.max", "300000 100000\n");
    expect(1000000, 3);
    put("/sys/fs/cgroup/unified/memory.max", "999999\n"); /* the lower one */
    expect(999999, 3);
    end();
}
END_TEST

START_TEST(what_is_not_as_it_should_be_is_no_limit)
{
    static char line[3000];
    static const char *const values[] = {
        "", "\n", "max", "-5 100000", "100000", "100000 0", "0 100000", "x y", "99999999999999999999999999 1"};
    begin();
    put("/proc/self/cgroup", "no colons\n:\n::\n0:\n0::/a\n");
    put("/proc/self/mountinfo", "\nx\n1 2 3 - \n1 2 3 / - cgroup2\n" TWO_MOUNT);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        put("/sys/fs/cgroup/a/cpu.max", values[i]);
        const uint64_t cores = nst__cgroup_cores(root);
        ck_assert_msg(cores == NST__NO_LIMIT || cores > 1000000, "'%s': %llu", values[i], (unsigned long long)cores);
    }
    put("/sys/fs/cgroup/a/memory.max", "77\n");
    ck_assert_uint_eq(nst__cgroup_memory(root), 77);
    memset(line, 'a', sizeof line - 1); /* a path too long to follow */
    memcpy(line, "0::/", 4);
    put("/proc/self/cgroup", line);
    ck_assert_uint_eq(nst__cgroup_memory(root), NST__NO_LIMIT);
    memcpy(line, "1 2 0:1 /", 9);
    put("/proc/self/cgroup", "0::/a\n");
    put("/proc/self/mountinfo", line);
    ck_assert_uint_eq(nst__cgroup_memory(root), NST__NO_LIMIT);
    end();
}
END_TEST

START_TEST(this_machine)
{
    ck_assert_uint_ge(nst__cgroup_cores(""), 1);
    const uint64_t memory = nst_machine_memory();
    ck_assert_int_eq((int)nst_machine_cores(), nst__cores());
    ck_assert(memory <= nst__cgroup_memory(""));
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) ck_assert(memory <= (uint64_t)pages * (uint64_t)page);
}
END_TEST

RUNNER("cgroup", nothing_known_is_no_limit, version_2_has_limits_at_every_level, a_container_of_version_2, version_1,
       a_container_of_version_1, both_at_once, what_is_not_as_it_should_be_is_no_limit, this_machine)
