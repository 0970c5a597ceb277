/*
 * Writes a small model of each format into the folder that its argument names.
 */
#include "unit/model_files.h"

static void save(const char *folder, const char *name, blob b)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(b.bytes, 1, b.size, out) != b.size || fclose(out) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    blob_free(&b);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    save(argv[1], "f32.safetensors",
         safetensors("{\"__metadata__\":{\"input\":\"rgb01\",\"credit\":\"\\u00e9\",\"architecture\":\"vgg16\"},"
                     "\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216]},"
                     "\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[216,224]},"
                     "\"classifier.0.bias\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[224,232]}}",
                     232));
    save(argv[1], "f16.safetensors",
         safetensors("{\"conv1_1.weight\":{\"dtype\":\"F16\",\"shape\":[1,3,3,3],\"data_offsets\":[0,54]},"
                     "\"module.conv12.weight\":{\"dtype\":\"BF16\",\"shape\":[1,1,3,3],\"data_offsets\":[54,72]},"
                     "\"conv2_1.weight\":{\"dtype\":\"F64\",\"shape\":[1,1,3,3],\"data_offsets\":[72,144]}}",
                     144));
    save(argv[1], "zip.pth", torch_zip(false, false));
    save(argv[1], "wrapped.pth", torch_zip(true, false));
    save(argv[1], "zip64.pth", torch_zip(false, true));
    save(argv[1], "legacy.pth", torch_legacy(false));
    save(argv[1], "legacy-wrapped.pth", torch_legacy(true));
    save(argv[1], "earliest.h5", keras_hdf5(false));
    save(argv[1], "latest.h5", keras_hdf5(true));
    return EXIT_SUCCESS;
}
