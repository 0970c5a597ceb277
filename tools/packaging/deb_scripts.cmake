# Run by cpack on the finished packages: takes out the scripts that it gives to whatever has a library. They call
# ldconfig, which the trigger does already.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
    return()
endif()
foreach(package ${CPACK_PACKAGE_FILES})
    set(folder ${package}.files)
    execute_process(COMMAND dpkg-deb --raw-extract ${package} ${folder} COMMAND_ERROR_IS_FATAL ANY)
    if(EXISTS ${folder}/DEBIAN/postinst)
        file(REMOVE ${folder}/DEBIAN/postinst ${folder}/DEBIAN/postrm)
        execute_process(COMMAND dpkg-deb --root-owner-group --build ${folder} ${package}
            OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    endif()
    file(REMOVE_RECURSE ${folder})
endforeach()
