/* safetensors: what is right is read, what lies is refused with a reason, nothing crashes. */
#include "unit/runner.h"

#include "format/json.h"
#include "model/model.h"
#include "format/number.h"
#include "unit/model_files.h"

#include <math.h>

/* conv1_1 of two channels: 54 weights and 2 biases, 224 bytes. */
#define WEIGHT "\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216]}"
#define BIAS   "\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[216,224]}"

enum { CONV1_1 = 1 }; /* layer 0 is the picture */

static nst_status decode(nst_model **model, const blob *b)
{
    unsigned char *bytes = exact_copy(b->bytes, b->size);
    nst_status status = nst_model_decode(model, bytes, b->size, NST_INPUT_AUTO);
    ck_assert((status == NST_OK) == (*model != NULL));
    free(bytes);
    return status;
}

static nst_status decode_header(const char *header, size_t n)
{
    blob b = safetensors(header, n);
    nst_model *model;
    nst_status status = decode(&model, &b);
    nst_model_destroy(model);
    blob_free(&b);
    return status;
}

START_TEST(a_small_model_is_read)
{
    blob b = safetensors("{" WEIGHT "," BIAS "}", 224);
    nst_model *model;
    const char *name;
    uint32_t channels;
    ck_assert_int_eq(decode_header("", 0), NST_ERR_FORMAT);
    ck_assert_int_eq(decode(&model, &b), NST_OK);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "expected a safetensors file")); /* success leaves it */
    ck_assert_uint_eq(nst_model_layer_count(model), 2);
    ck_assert_int_eq(nst_model_layer(model, 1, &name, &channels), NST_OK);
    ck_assert_str_eq(name, "relu1_1");
    ck_assert_uint_eq(channels, 2);
    ck_assert_uint_eq(nst_model_parameter_count(model), 56);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_FORMAT), "safetensors");
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_DTYPE), "f32");
    const float *w = nst__conv_weights(nst__model_conv(model, CONV1_1)),
                *bias = nst__conv_bias(nst__model_conv(model, CONV1_1));
    for (int i = 0; i < 54; i++)
        ck_assert_float_eq(w[i], (float)i * 0.25f - 12);
    ck_assert_float_eq(bias[0], 54 * 0.25f - 12);
    ck_assert_float_eq(bias[1], 55 * 0.25f - 12);
    nst_model_destroy(model);
    blob_free(&b);
}
END_TEST

START_TEST(other_types_become_floats)
{
    const struct {
        const char *dtype, *said;
        uint64_t one, minus_quarter;
        int size;
    } types[] = {{"F16", "f16", 0x3c00, 0xb400, 2},
                 {"BF16", "bf16", 0x3f80, 0xbe80, 2},
                 {"F64", "f64", 0x3ff0000000000000, 0xbfd0000000000000, 8}};
    for (size_t t = 0; t < 3; t++) {
        char header[200];
        blob b = {0};
        nst_model *model;
        snprintf(header, sizeof header,
                 "{\"conv1_1.weight\":{\"dtype\":\"%s\",\"shape\":[1,3,3,3],\"data_offsets\":[0,%d]}}", types[t].dtype,
                 27 * types[t].size);
        blob_put_int(&b, strlen(header), 8);
        blob_put_text(&b, header);
        for (int i = 0; i < 27; i++)
            blob_put_int(&b, i % 2 ? types[t].minus_quarter : types[t].one, types[t].size);
        ck_assert_int_eq(decode(&model, &b), NST_OK);
        ck_assert_str_eq(nst_model_text(model, NST_MODEL_DTYPE), types[t].said);
        const float *w = nst__conv_weights(nst__model_conv(model, CONV1_1));
        for (int i = 0; i < 27; i++)
            ck_assert_float_eq(w[i], i % 2 ? -0.25f : 1);
        ck_assert_float_eq(nst__conv_bias(nst__model_conv(model, CONV1_1))[0], 0); /* missing: zero */
        nst_model_destroy(model);
        blob_free(&b);
    }
}
END_TEST

/* Each of the 65536 halves, against its own definition, and back. */
START_TEST(halves_are_exact)
{
    for (uint32_t half = 0; half < 65536; half++) {
        unsigned char bytes[2] = {(unsigned char)half, (unsigned char)(half >> 8)}, back[2];
        int exponent = (int)(half >> 10 & 31), m = (int)(half & 1023);
        double expected = (half & 0x8000 ? -1 : 1) * (exponent ? ldexp(1024 + m, exponent - 25) : ldexp(m, -24));
        float x;
        bool finite = nst__numbers_read(&x, 1, NST__F16, bytes, 1);
        ck_assert(finite == (exponent != 31));
        if (!finite) continue;
        ck_assert_double_eq((double)x, expected);
        ck_assert(nst__numbers_write(back, 1, NST__F16, &x));
        ck_assert(memcmp(bytes, back, 2) == 0);
    }
}
END_TEST

START_TEST(rounding_is_to_nearest_even)
{
    const struct {
        float x;
        uint32_t half, bfloat;
    } cases[] = {{1.0f + 0x1p-11f, 0x3c00, 0x3f80},   {1.0f + 0x3p-11f, 0x3c02, 0x3f80},
                 {1.0f + 0x1.8p-11f, 0x3c01, 0x3f80}, {1.0f + 0x1p-8f, 0x3c04, 0x3f80},
                 {1.0f + 0x3p-8f, 0x3c0c, 0x3f82},    {-0x1.8p-24f, 0x8002, 0xb3c0},
                 {0x1p-25f, 0x0000, 0x3300},          {65519.0f, 0x7bff, 0x4780}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char half[2], bfloat[2];
        ck_assert(nst__numbers_write(half, 1, NST__F16, &cases[i].x));
        ck_assert(nst__numbers_write(bfloat, 1, NST__BF16, &cases[i].x));
        ck_assert_uint_eq(nst__u16_at(half), cases[i].half);
        ck_assert_uint_eq(nst__u16_at(bfloat), cases[i].bfloat);
    }
    ck_assert(!nst__numbers_write((unsigned char[2]){0}, 1, NST__F16, &(float){65520.0f}));
    float x;
    const unsigned char large[8] = {0, 0, 0, 0, 0, 0, 0xf0, 0x47}; /* 2^128 */
    ck_assert(!nst__numbers_read(&x, 1, NST__F64, large, 1));
}
END_TEST

START_TEST(lying_headers_are_refused)
{
    static const struct {
        const char *header;
        size_t n;
        nst_status status;
    } lies[] = {
        {"{" WEIGHT "," BIAS "}", 223, NST_ERR_CORRUPT},   /* cut short */
        {"{" WEIGHT "," BIAS "}", 228, NST_ERR_CORRUPT},   /* something behind */
        {"{" WEIGHT "," WEIGHT "}", 216, NST_ERR_CORRUPT}, /* a key twice */
        {"{" WEIGHT ",\"features.0.weigh\\u0074\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[216,216]}}", 216,
         NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[216,216]},\"x\":{\"dtype\":"
         "\"U8\",\"shape\":[0],\"data_offsets\":[216,216]}}",
         216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[208,216]}}", 216,
         NST_ERR_CORRUPT}, /* overlap */
        {"{" WEIGHT ",\"x\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[220,228]}}", 228,
         NST_ERR_CORRUPT}, /* gap */
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[8,224]}}", 224,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[216,0]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,215]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,3,3,3],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0]}}", 216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216,216]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[-0,216]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,2.16e2]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,"
         "18446744073709551832]}}",
         216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,3,3],\"data_offsets\":["
         "0,0]}}",
         0, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[0,9223372036854775807,3,3],\"data_offsets\":["
         "0,0]}}",
         0, NST_ERR_UNSUPPORTED},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,3,3],\"dtype\":\"F32\",\"data_offsets\":["
         "0,216]}}",
         216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"shape\":[2,3,3,3],\"data_offsets\":[0,216]}}", 216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":7,\"shape\":[2,3,3,3],\"data_offsets\":[0,216]}}", 216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":[0,216]}", 216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":null}", 216, NST_ERR_CORRUPT},
        {"{\"features.0.weight\":{\"dtype\":\"I32\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{\"features.0.weight\":{\"dtype\":\"F4_NEW\",\"shape\":[2,3,3,3],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,1,2,3,3,3],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,27],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2,3,3],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[216,228]}}", 228,
         NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",\"features.1.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[216,224]}}", 224,
         NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",\"conv1_1.weight\":{\"dtype\":\"F32\",\"shape\":[0,3,3,3],\"data_offsets\":[216,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",\"module.features.0.weight\":{\"dtype\":\"F32\",\"shape\":[0,3,3,3],\"data_offsets\":[216,216]}}",
         216, NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",\"features.5.weight\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[216,216]}}", 216,
         NST_ERR_CORRUPT},
        {"{\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[54],\"data_offsets\":[0,216]}}", 216, NST_ERR_CORRUPT},
        {"{\"classifier.0.weight\":{\"dtype\":\"F32\",\"shape\":[54],\"data_offsets\":[0,216]}}", 216,
         NST_ERR_UNSUPPORTED},
        {"{}", 0, NST_ERR_UNSUPPORTED},
        {"{" WEIGHT ",}", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT, 216, NST_ERR_CORRUPT},
        {"{" WEIGHT "}}", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT "]", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT "} x", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\\", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\\u00", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"\xff\":1}", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"a\nb\":1}", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\":{\"dtype\":\"U8\",\"shape\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 216, NST_ERR_CORRUPT},
        {"{" WEIGHT ",\"x\":{\"dtype\":\"U8\",\"y\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 216, NST_ERR_CORRUPT},
        {"{\"__metadata__\":[]," WEIGHT "}", 216, NST_ERR_CORRUPT},
        {"{\"__metadata__\":{\"a\":1}," WEIGHT "}", 216, NST_ERR_CORRUPT},
        {"{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}," WEIGHT "}", 216, NST_ERR_CORRUPT},
        {"{\"__metadata__\":{},\"__metadata__\":{}," WEIGHT "}", 216, NST_ERR_CORRUPT},
        {"{\"__metadata__\":{\"input\":\"hsv\"}," WEIGHT "}", 216, NST_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        nst_status status = decode_header(lies[i].header, lies[i].n);
        ck_assert_msg(status == lies[i].status, "lie %zu: %s: %d, %s", i, lies[i].header, status, nst_last_error());
        ck_assert_msg(strncmp(nst_last_error(), "memory: ", 8) == 0, "lie %zu: %s", i, nst_last_error());
    }
}
END_TEST

START_TEST(sizes_of_headers_are_checked)
{
    static const uint64_t sizes[] = {0, 1, 1000, UINT64_MAX, UINT64_MAX - 7, 100000001, (uint64_t)1 << 63};
    nst_model *model;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        blob b = {0};
        blob_put_int(&b, sizes[i], 8);
        blob_put_text(&b, "{" WEIGHT "}");
        ck_assert_int_eq(decode(&model, &b), NST_ERR_CORRUPT);
        blob_free(&b);
    }
    ck_assert_int_eq(nst_model_decode(&model, "GIF89a", 6, NST_INPUT_AUTO), NST_ERR_FORMAT);
    ck_assert_int_eq(nst_model_decode(&model, "", 0, NST_INPUT_AUTO), NST_ERR_CORRUPT);
    ck_assert_int_eq(nst_model_decode(&model, NULL, 5, NST_INPUT_AUTO), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_model_decode(&model, "x", 1, (nst_input)4), NST_ERR_ARGUMENT);
}
END_TEST

START_TEST(messages_name_tensor_expectation_and_finding)
{
    decode_header("{\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3,5,5],\"data_offsets\":[0,600]}}", 600);
    ck_assert_str_eq(nst_last_error(),
                     "memory: features.0.weight: expected shape [channels, 3, 3, 3], found [2, 3, 5, 5]");
    decode_header("{" WEIGHT ",\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[216,228]}}", 228);
    ck_assert_str_eq(nst_last_error(), "memory: features.0.bias: expected shape [2], found [3]");
    blob b = safetensors("{" WEIGHT "}", 216);
    const unsigned char nan[4] = {0, 0, 0xc0, 0x7f};
    nst_model *model;
    memcpy(b.bytes + b.size - 4, nan, 4);
    ck_assert_int_eq(decode(&model, &b), NST_ERR_NON_FINITE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "features.0.weight"));
    blob_free(&b);
}
END_TEST

START_TEST(metadata_are_kept)
{
    blob b =
        safetensors("{\"__metadata__\":{\"format\":\"pt\",\"input\":\"bgr 0..255 minus mean 103.939,116.779,123.68\","
                    "\"source\":\"someone \\\"\\u00e9\\ud83d\\ude00\\\"\",\"license\":\"CC BY 4.0\"}," WEIGHT "}   ",
                    216);
    nst_model *model;
    ck_assert_int_eq(decode(&model, &b), NST_OK);
    ck_assert_int_eq(nst_model_input(model), NST_INPUT_BGR255);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), "metadata");
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_CREDIT), "someone \"\xc3\xa9\xf0\x9f\x98\x80\"; CC BY 4.0");
    nst_model_destroy(model);
    ck_assert_int_eq(nst_model_decode(&model, b.bytes, b.size, NST_INPUT_RGB01), NST_OK);
    ck_assert_int_eq(nst_model_input(model), NST_INPUT_RGB01);
    ck_assert_str_eq(nst_model_text(model, NST_MODEL_INPUT_SAID), "caller");
    nst_model_destroy(model);
    blob_free(&b);
}
END_TEST

/* More tensors than any network has, and none of it quadratic. */
START_TEST(many_tensors_take_no_time)
{
    blob b = {0}, header = {0};
    nst_model *model;
    char text[100];
    blob_put_text(&header, "{" WEIGHT);
    for (int i = 16000; i > 0; i--) {
        snprintf(text, sizeof text, ",\"x%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[216,216]}", i);
        blob_put_text(&header, text);
    }
    blob_put(&header, "}", 2);
    b = safetensors((const char *)header.bytes, 216);
    ck_assert_int_eq(decode(&model, &b), NST_OK);
    nst_model_destroy(model);
    blob_free(&b);
    header.size -= 2;
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, ",\"y%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[216,216]}", i);
        blob_put_text(&header, text);
    }
    blob_put(&header, "}", 2);
    b = safetensors((const char *)header.bytes, 216);
    ck_assert_int_eq(decode(&model, &b), NST_ERR_UNSUPPORTED);
    blob_free(&b);
    blob_free(&header);
}
END_TEST

START_TEST(damage_is_an_error_or_a_model)
{
    blob b = safetensors("{\"__metadata__\":{\"input\":\"rgb01\",\"credit\":\"\\u00e9\"}," WEIGHT "," BIAS
                         ",\"features.2.weight\":{\"dtype\":\"F16\",\"shape\":[1,2,3,3],\"data_offsets\":[224,260]},"
                         "\"features.2.bias\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[260,262]}}",
                         262);
    nst_model *model;
    memset(b.bytes + b.size - 38, 0x11, 38);
    ck_assert_int_eq(decode(&model, &b), NST_OK);
    nst_model_destroy(model);
    for (size_t size = 1; size < b.size; size++) {
        blob cut = {b.bytes, size, size};
        ck_assert_int_ne(decode(&model, &cut), NST_OK);
    }
    uint64_t random = 1;
    int survivors = 0;
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)((random >> 33) % b.size);
        unsigned char before = b.bytes[at];
        b.bytes[at] = (unsigned char)(i % 2 ? before ^ 1u << (random >> 60 & 7) : random >> 20);
        survivors += decode(&model, &b) == NST_OK;
        nst_model_destroy(model);
        b.bytes[at] = before;
    }
    ck_assert_int_gt(survivors, 0);
    ck_assert_int_lt(survivors, 20000);
    blob_free(&b);
}
END_TEST

RUNNER("safetensors", a_small_model_is_read, other_types_become_floats, halves_are_exact, rounding_is_to_nearest_even,
       lying_headers_are_refused, sizes_of_headers_are_checked, messages_name_tensor_expectation_and_finding,
       metadata_are_kept, many_tensors_take_no_time, damage_is_an_error_or_a_model)
