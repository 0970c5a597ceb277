/* The resources of the machine that the process may use. */
#include "base/cgroup.h"

#include <nst/nst.h>
#include <unistd.h>

uint64_t nst_machine_memory(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const uint64_t has = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
    const uint64_t limit = nst__cgroup_memory("");
    if (limit == NST__NO_LIMIT) return has;
    return has == 0 || limit < has ? limit : has;
}
