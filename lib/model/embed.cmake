# cmake -DINPUT=lite.safetensors -DOUTPUT=lite_data.c -P embed.cmake: a file as the array nst__lite_data.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT}
    "#include <stddef.h>\n"
    "extern const unsigned char nst__lite_data[];\n"
    "extern const size_t nst__lite_size;\n"
    "const unsigned char nst__lite_data[] = {\n${bytes}};\n"
    "const size_t nst__lite_size = sizeof nst__lite_data;\n")
