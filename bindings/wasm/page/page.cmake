# The page as one folder, PROJECT_BINARY_DIR/page, out of this folder, the built package and drawings of docs/pictures.
# NST_PAGE_PACKAGE is the folder of the package, which another build makes: a compiler for the browser cannot draw.
get_filename_component(package "${NST_PAGE_PACKAGE}" ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
foreach(name index.js nst.wasm nst-threads.wasm)
    if(NOT EXISTS ${package}/${name})
        message(FATAL_ERROR " NST_PAGE_PACKAGE: expected the built npm package, found no ${name} in ${package}")
    endif()
endforeach()

set(folder ${PROJECT_SOURCE_DIR}/bindings/wasm/page)
set(pictures ${PROJECT_BINARY_DIR}/page-pictures)
set(drawn "")
foreach(picture "content town" "style strokes" "mosaic mosaic" "dots dots")
    separate_arguments(picture)
    list(GET picture 0 drawing)
    list(GET picture 1 name)
    add_custom_command(OUTPUT ${pictures}/${name}.jpg DEPENDS draw VERBATIM
        COMMAND ${CMAKE_COMMAND} -E make_directory ${pictures} COMMAND draw ${drawing} ${pictures}/${name}.jpg)
    list(APPEND drawn ${pictures}/${name}.jpg)
endforeach()

file(GLOB sources CONFIGURE_DEPENDS ${folder}/* ${package}/*.js ${package}/*.wasm ${package}/*.bin)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/page/files.js DEPENDS ${sources} ${drawn} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DPAGE=${folder} -DPACKAGE=${package} -DPICTURES=${pictures}
        -DOUTPUT=${PROJECT_BINARY_DIR}/page -P ${folder}/assemble.cmake)
add_custom_target(page ALL DEPENDS ${PROJECT_BINARY_DIR}/page/files.js)
if(NST_INSTALL)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/page DESTINATION ${CMAKE_INSTALL_DATADIR}/nst COMPONENT page)
endif()

# In headless Chromium; `npm ci` in bindings/wasm/test installs what drives it.
if(NST_BUILD_TESTS AND TARGET nst_tool)
    find_program(NST_NODE NAMES node nodejs REQUIRED)
    foreach(name painting visitor)
        add_test(NAME page_${name} COMMAND ${NST_NODE} --test --test-reporter=tap bindings/wasm/test/page/${name}.test.js
            WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
        set_tests_properties(page_${name} PROPERTIES TIMEOUT 900 LABELS page RUN_SERIAL ON
            ENVIRONMENT "NST_PAGE=${PROJECT_BINARY_DIR}/page;NST_PROGRAM=$<TARGET_FILE:nst_tool>")
    endforeach()
endif()
