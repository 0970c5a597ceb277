#include <nst/nst.h>

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

const char *nst_version(void)
{
    return TEXT(NST_VERSION_MAJOR) "." TEXT(NST_VERSION_MINOR) "." TEXT(NST_VERSION_PATCH);
}

uint32_t nst_version_number(void)
{
    return NST_VERSION_NUMBER;
}
