# Run by cpack on the staged packages: what Debian's policy asks of each beyond the files of the project.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
    return()
endif()
set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, where that is set
file(GLOB packages LIST_DIRECTORIES ON ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*)
foreach(package ${packages})
    get_filename_component(component ${package} NAME)
    string(TOUPPER ${component} component)
    set(doc ${package}${CPACK_PACKAGING_INSTALL_PREFIX}/share/doc/${CPACK_DEBIAN_${component}_PACKAGE_NAME})
    file(MAKE_DIRECTORY ${doc})
    file(COPY_FILE ${CPACK_NST_SOURCE_DIR}/LICENSE ${doc}/copyright)
    file(COPY_FILE ${CPACK_NST_SOURCE_DIR}/CHANGELOG.md ${doc}/changelog)
    file(WRITE ${doc}/changelog.Debian "${CPACK_PACKAGE_NAME} (${version}) unstable; urgency=medium

  * As ${CPACK_PACKAGE_NAME} ${CPACK_PACKAGE_VERSION} makes it: changelog.gz tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
    file(REMOVE ${package}${CPACK_PACKAGING_INSTALL_PREFIX}/share/doc/${CPACK_PACKAGE_NAME}/LICENSE) # it is "copyright"
    file(GLOB_RECURSE manual ${package}/nst.1)
    execute_process(COMMAND gzip --best --no-name ${manual} ${doc}/changelog ${doc}/changelog.Debian
        COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND chmod -R u+rwX,go+rX,go-w ${package} COMMAND_ERROR_IS_FATAL ANY) # whatever the umask
endforeach()
