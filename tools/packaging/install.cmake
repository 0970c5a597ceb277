# What `cmake --install` puts where, in components: runtime, development, tools, python, doc.
include(CMakePackageConfigHelpers)

# What static linking needs: modules of pkg-config, and the BLAS by its flags, as Debian's module asks for Fortran's
# run-time library as well, which libopenblas.so has no need of and Debian does not install with it. Where only the
# static library is installed, everyone needs it.
set(NST_PRIVATE_MODULES "")
set(NST_PC_REQUIRES "")
foreach(part ${NST_PARTS})
    list(APPEND NST_PRIVATE_MODULES NST_${part}=${NST_${part}_MODULE_NAME})
    if(NOT part STREQUAL "BLAS")
        string(APPEND NST_PC_REQUIRES " ${NST_${part}_MODULE_NAME}")
    endif()
endforeach()
string(STRIP "${NST_PC_REQUIRES}" NST_PC_REQUIRES)
list(JOIN NST_BLAS_LDFLAGS " " NST_PC_LIBS_PRIVATE)
set(NST_PC_LIBS_PRIVATE " ${NST_PC_LIBS_PRIVATE} -lm -pthread")
set(NST_PC_PRIVATE .private)
set(NST_PC_LIBS "")
if(NOT SHARED IN_LIST NST_KINDS)
    set(NST_PC_PRIVATE "")
    set(NST_PC_LIBS "${NST_PC_LIBS_PRIVATE}")
    set(NST_PC_LIBS_PRIVATE "")
endif()

# From the folder of nst.pc back to the prefix, so that the tree may be moved; a folder given as an absolute path stays.
set(NST_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    file(RELATIVE_PATH NST_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
    string(REGEX REPLACE "/$" "" NST_PC_PREFIX "\${pcfiledir}/${NST_PC_PREFIX}")
endif()
foreach(folder LIBDIR INCLUDEDIR)
    cmake_path(APPEND NST_PC_${folder} "\${prefix}" "${CMAKE_INSTALL_${folder}}")
endforeach()
configure_file(nst.pc.in nst.pc @ONLY)

set(NST_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/nst)
configure_package_config_file(tools/packaging/nstConfig.cmake.in nstConfig.cmake
    INSTALL_DESTINATION ${NST_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
configure_file(tools/packaging/nstConfigVersion.cmake.in nstConfigVersion.cmake @ONLY)

if(SHARED IN_LIST NST_KINDS)
    install(TARGETS nst_shared EXPORT nstSharedTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT nstSharedTargets NAMESPACE nst:: DESTINATION ${NST_CMAKE_DIR} COMPONENT development)
endif()
if(STATIC IN_LIST NST_KINDS)
    install(TARGETS nst_static EXPORT nstStaticTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT nstStaticTargets NAMESPACE nst:: DESTINATION ${NST_CMAKE_DIR} COMPONENT development)
endif()
install(FILES include/nst/nst.h bindings/cpp/nst/nst.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nst
    COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/nst.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/nstConfig.cmake ${PROJECT_BINARY_DIR}/nstConfigVersion.cmake
    DESTINATION ${NST_CMAKE_DIR} COMPONENT development)

if(TARGET nst_tool)
    # Where the loader may not look by itself; who packages may have said CMAKE_INSTALL_RPATH or CMAKE_SKIP_INSTALL_RPATH.
    if(SHARED IN_LIST NST_KINDS AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr" AND NOT DEFINED CMAKE_INSTALL_RPATH)
        file(RELATIVE_PATH libdir ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
        set_target_properties(nst_tool PROPERTIES INSTALL_RPATH "$ORIGIN/${libdir}")
    endif()
    install(TARGETS nst_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
    if(TARGET nst_mpi) # in no package of Debian, which would then need Open MPI
        get_target_property(path nst_tool INSTALL_RPATH)
        if(path)
            set_target_properties(nst_mpi PROPERTIES INSTALL_RPATH "${path}")
        endif()
        install(TARGETS nst_mpi RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT mpi)
    endif()
    # The manual and the completions are what the program itself says, so it has to run here.
    if(Python3_FOUND AND NOT CMAKE_CROSSCOMPILING)
        add_custom_command(OUTPUT nst.1 nst.bash _nst DEPENDS nst_tool tools/packaging/manual.py VERBATIM
            COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/packaging/manual.py
                --program $<TARGET_FILE:nst_tool> --output ${PROJECT_BINARY_DIR})
        add_custom_target(nst_manual ALL DEPENDS nst.1 nst.bash _nst)
        install(FILES ${PROJECT_BINARY_DIR}/nst.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
        install(FILES ${PROJECT_BINARY_DIR}/nst.bash RENAME nst
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
        set(folder site-functions)
        if(CMAKE_INSTALL_PREFIX STREQUAL "/usr" AND EXISTS /etc/debian_version)
            set(folder vendor-completions)
        endif()
        install(FILES ${PROJECT_BINARY_DIR}/_nst DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} COMPONENT tools)
    endif()
endif()

# Where Python looks: Debian's in lib/python3/dist-packages below /usr, in lib/python3.11/dist-packages elsewhere.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr" OR NOT Python3_FOUND)
    set(version 3)
else()
    set(version ${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR})
endif()
set(folder site-packages)
if(EXISTS /etc/debian_version)
    set(folder dist-packages)
endif()
set(NST_PYTHON_DIR "lib/python${version}/${folder}" CACHE STRING "Where the Python package goes, below the prefix")
if(SHARED IN_LIST NST_KINDS) # which it loads
    install(DIRECTORY bindings/python/nst DESTINATION ${NST_PYTHON_DIR} COMPONENT python
        FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
endif()

foreach(language python cpp wasm wasm/page)
    install(FILES bindings/${language}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/bindings/${language}
        COMPONENT doc OPTIONAL)
endforeach()
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc OPTIONAL)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc # beside README.md, which links into it
    FILES_MATCHING PATTERN "*.md" PATTERN "symbols-in-versions" PATTERN "*.[ch]" PATTERN "*.cpp" PATTERN "*.py"
    PATTERN "*.jpg" PATTERN "*.png" PATTERN "*.svg")

# The Python package with the library inside, for pip: `cmake --build . --target wheel`.
if(Python3_FOUND)
    add_custom_target(wheel
        COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/packaging/wheel.py
            --library $<TARGET_SONAME_FILE:nst_shared> --output ${PROJECT_BINARY_DIR}
        DEPENDS nst_shared VERBATIM)
endif()
