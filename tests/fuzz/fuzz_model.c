/*
 * libFuzzer on nst_model_decode(), which tells safetensors, both formats of torch and HDF5 apart by content,
 * and on what can be asked of the model that comes of it.
 */
#include "check_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    check_model(bytes, size);
    return 0;
}
