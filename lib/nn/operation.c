#include "nn/operation.h"

extern const nst__operation_type nst__convolution_operation, nst__pool_operation, nst__any_convolution_operation,
    nst__norm_operation, nst__upsample_operation, nst__add_operation, nst__sigmoid_operation;

static const nst__operation_type picture = {.name = "picture"}, relu = {.name = "relu"};

static const nst__operation_type *const table[NST__OPERATIONS] = {
    [NST__PICTURE] = &picture,
    [NST__CONVOLUTION] = &nst__convolution_operation,
    [NST__RELU] = &relu,
    [NST__POOL] = &nst__pool_operation,
    [NST__ANY_CONVOLUTION] = &nst__any_convolution_operation,
    [NST__NORM] = &nst__norm_operation,
    [NST__UPSAMPLE] = &nst__upsample_operation,
    [NST__ADD] = &nst__add_operation,
    [NST__SIGMOID] = &nst__sigmoid_operation,
};

const nst__operation_type *nst__operation_type_of(nst__operation operation)
{
    return table[operation];
}
