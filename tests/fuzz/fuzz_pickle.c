/*
 * libFuzzer on the pickle of a torch checkpoint: the bytes become the data.pkl of an archive that is right in
 * all else, so that a mutant need not get its ZIP directory right to be run.
 */
#include "check_model.h"
#include "unit/model_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    blob pickle = {0};
    blob_put(&pickle, bytes, size);
    blob file = torch_zip_of(pickle, false);
    check_model(file.bytes, file.size);
    blob_free(&file);
    return 0;
}
