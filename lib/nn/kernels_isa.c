/*
 * Compiled once for each instruction set, NST__ISA being its name: see CMakeLists.txt.
 */
#include "nn/kernels.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define TEXT_(a)    #a
#define TEXT(a)     TEXT_(a)

const nst__kernels JOIN(nst__kernels_, NST__ISA) = {
    .name = TEXT(NST__ISA),
};
