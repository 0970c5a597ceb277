/*
 * Writes a small model of each format into the folder that its argument names.
 */
#include "save_blob.h"

int main(int argc, char **argv)
{
    const char *folder = folder_argument(argc, argv);
    save_blob(folder, "f32.safetensors",
              safetensors("{\"__metadata__\":{\"input\":\"rgb01\",\"credit\":\"\\u00e9\",\"architecture\":\"vgg16\"},"
                          "\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216]},"
                          "\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[216,224]},"
                          "\"classifier.0.bias\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[224,232]}}",
                          232));
    save_blob(folder, "f16.safetensors",
              safetensors("{\"conv1_1.weight\":{\"dtype\":\"F16\",\"shape\":[1,3,3,3],\"data_offsets\":[0,54]},"
                          "\"module.conv12.weight\":{\"dtype\":\"BF16\",\"shape\":[1,1,3,3],\"data_offsets\":[54,72]},"
                          "\"conv2_1.weight\":{\"dtype\":\"F64\",\"shape\":[1,1,3,3],\"data_offsets\":[72,144]}}",
                          144));
    save_blob(folder, "zip.pth", torch_zip(false, false));
    save_blob(folder, "wrapped.pth", torch_zip(true, false));
    save_blob(folder, "zip64.pth", torch_zip(false, true));
    save_blob(folder, "legacy.pth", torch_legacy(false));
    save_blob(folder, "legacy-wrapped.pth", torch_legacy(true));
    save_blob(folder, "earliest.h5", keras_hdf5(false));
    save_blob(folder, "latest.h5", keras_hdf5(true));
    save_blob(folder, "deflated.pth", torch_zip_deflated());
    save_blob(folder, "chunks.h5", keras_hdf5_as(false, CHUNKED));
    save_blob(folder, "filters.h5", keras_hdf5_as(true, CHUNKED | SHUFFLED | DEFLATED | CHECKED));
    save_blob(folder, "dict.npy", npy_dict());
    save_blob(folder, "matconvnet.mat", mat_file(false, false));
    save_blob(folder, "packed.mat", mat_file(true, true));
    zip_writer archive = {0};
    zip_add(&archive, "config.json", text_blob("{}"));
    zip_add(&archive, "model.weights.h5", keras_hdf5(false));
    save_blob(folder, "archive.keras", zip_end(&archive));
    return EXIT_SUCCESS;
}
