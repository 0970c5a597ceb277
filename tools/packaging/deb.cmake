# Debian packages by `cpack -G DEB`, one for each component. For the paths of Debian's own packages configure with
# -DCMAKE_INSTALL_PREFIX=/usr.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nst)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 0upstream1) # before any that a distribution makes itself
set(CPACK_PACKAGE_CONTACT "libnst <libnst@libnst.invalid>" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_COMPONENTS_ALL runtime development python doc)
if(TARGET nst_tool)
    list(APPEND CPACK_COMPONENTS_ALL tools)
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_NST_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/packaging/deb_files.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/packaging/deb_scripts.cmake)

set(about "libnst repaints a picture in the style of others: features of a VGG network
tell what a picture shows and how it is painted, and L-BFGS or Adam moves the
pixels until both fit. It runs on the CPU, on any CBLAS, in bounded memory.

This package has")
set(runtime libnst${NST_SOVERSION})
set(same "${runtime} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# For the packages of others that link with it; of ours it alone has a library.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
file(WRITE ${PROJECT_BINARY_DIR}/deb/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/deb/triggers)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "${about} the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libnst-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# pkg-config wants the modules of Requires.private whatever it is asked.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${same}, libpng-dev, libturbojpeg0-dev")
if(NST_LCMS)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", liblcms2-dev")
endif()
if(NST_WEBP)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libwebp-dev")
endif()
if(NST_ZLIB)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", zlib1g-dev")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libopenblas-dev | libblas-dev") # for static linking
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "${about} what programs in C and C++ are built with: headers, the
static library, files for pkg-config and CMake.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME nst)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS ${same})
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}) # where it finds libnst, which has no package yet
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "${about} the command line program.")

set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-nst)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= 3.9), ${runtime} (>= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-numpy, python3-pil")
set(CPACK_DEBIAN_PYTHON_DESCRIPTION "${about} the Python bindings, made with ctypes.")

set(CPACK_DEBIAN_DOC_PACKAGE_NAME libnst-doc)
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_DESCRIPTION "${about} the documentation, and examples in C, C++ and Python.")
include(CPack)
