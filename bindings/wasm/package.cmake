# The npm package libnst: the library as WebAssembly, once with threads and once without, and the files of JavaScript
# around it. From Debian's emscripten: emcmake cmake --preset wasm && cmake --build build-wasm
set(NST_PACKAGE ${PROJECT_BINARY_DIR}/libnst)

# The functions that the package calls. All else is left out by the linker.
file(STRINGS bindings/wasm/functions.txt functions)
list(TRANSFORM functions PREPEND _)
list(APPEND functions _malloc _free)
list(JOIN functions "," functions)

# nst_add_wasm(NAME OPTION...): NAME.js and NAME.wasm. The objects are the same, made for threads.
function(nst_add_wasm name)
    add_executable(${name} bindings/wasm/library.c $<TARGET_OBJECTS:nst_objects> ${NST_KERNELS})
    target_include_directories(${name} PRIVATE include)
    target_link_libraries(${name} PRIVATE nst_flags)
    target_link_options(${name} PRIVATE -Oz -sMODULARIZE -sEXPORT_ES6 -sUSE_ES6_IMPORT_META -sENVIRONMENT=worker
        -sFILESYSTEM=0 -sSTRICT -sMALLOC=emmalloc -sIMPORTED_MEMORY -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=16MB
        -sMAXIMUM_MEMORY=4GB -sINCOMING_MODULE_JS_API=[instantiateWasm,wasmMemory,progress,threads] -sEXPORTED_FUNCTIONS=${functions}
        --no-entry -Wno-pthreads-mem-growth
        --js-library ${PROJECT_SOURCE_DIR}/bindings/wasm/library.js ${ARGN})
    # acorn, with which emscripten reads JavaScript, is where Debian puts the modules of Node
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${NST_PACKAGE}
        RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")
endfunction()

# The model, which both of them read, and the files that are as they are.
find_program(NST_NODE NAMES node nodejs REQUIRED)
file(GLOB scripts CONFIGURE_DEPENDS bindings/wasm/*.js bindings/wasm/*.d.ts)
list(FILTER scripts EXCLUDE REGEX "/(library|pack)\\.js$")
set(lite ${PROJECT_SOURCE_DIR}/lib/model/lite.safetensors)
set(pack ${PROJECT_SOURCE_DIR}/bindings/wasm/pack.js)
add_custom_command(OUTPUT ${NST_PACKAGE}/lite.bin DEPENDS ${lite} ${pack} bindings/wasm/lite.js VERBATIM
    COMMAND ${NST_NODE} ${pack} ${lite} ${NST_PACKAGE}/lite.bin)
add_custom_command(OUTPUT ${NST_PACKAGE}/package.json DEPENDS ${scripts} bindings/wasm/package.json VERBATIM
    COMMAND ${CMAKE_COMMAND} -E copy ${scripts} ${PROJECT_SOURCE_DIR}/bindings/wasm/package.json
        ${PROJECT_SOURCE_DIR}/bindings/wasm/README.md ${PROJECT_SOURCE_DIR}/LICENSE ${NST_PACKAGE})
add_custom_target(nst_package ALL DEPENDS ${NST_PACKAGE}/lite.bin ${NST_PACKAGE}/package.json)
install(DIRECTORY ${NST_PACKAGE} DESTINATION ${CMAKE_INSTALL_DATADIR}/nst COMPONENT wasm)

nst_add_wasm(nst)
nst_add_wasm(nst-threads -pthread -sPTHREAD_POOL_SIZE=Module["threads"])

# Tests in Node. NST_PROGRAM: nst of an ordinary build, with which results are compared.
set(NST_PROGRAM "" CACHE FILEPATH "The native program nst, for the tests of the package")
enable_testing()
foreach(name package browser types)
    add_test(NAME wasm_${name} COMMAND ${NST_NODE} --test --test-reporter=tap bindings/wasm/test/${name}.test.js
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(wasm_${name} PROPERTIES TIMEOUT 900 LABELS wasm
        ENVIRONMENT "NST_PACKAGE=${NST_PACKAGE};NST_PROGRAM=${NST_PROGRAM}")
endforeach()
