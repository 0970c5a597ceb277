#include "nn/operation.h"

extern const nst__operation_type nst__convolution_operation, nst__pool_operation;

static const nst__operation_type picture = {.name = "picture"}, relu = {.name = "relu"};

static const nst__operation_type *const table[NST__OPERATIONS] = {
    [NST__PICTURE] = &picture,
    [NST__CONVOLUTION] = &nst__convolution_operation,
    [NST__RELU] = &relu,
    [NST__POOL] = &nst__pool_operation,
};

const nst__operation_type *nst__operation_type_of(nst__operation operation)
{
    return table[operation];
}
