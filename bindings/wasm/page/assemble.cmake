# Puts the page together, one folder for any web server:
#     cmake -DPAGE=this folder -DPACKAGE=files of the package -DPICTURES=drawings -DOUTPUT=folder -P assemble.cmake
# and writes files.js, the list that the service worker keeps for use without a network.
file(REMOVE_RECURSE ${OUTPUT})
file(GLOB sources ${PAGE}/*.html ${PAGE}/*.css ${PAGE}/*.js ${PAGE}/*.svg ${PAGE}/*.webmanifest)
file(COPY ${sources} DESTINATION ${OUTPUT})
file(GLOB package ${PACKAGE}/*.js ${PACKAGE}/*.wasm ${PACKAGE}/*.bin)
file(COPY ${package} DESTINATION ${OUTPUT}/libnst)
file(GLOB pictures ${PICTURES}/*.jpg)
file(COPY ${pictures} DESTINATION ${OUTPUT}/pictures)

file(GLOB_RECURSE files RELATIVE ${OUTPUT} ${OUTPUT}/*)
list(SORT files)
list(REMOVE_ITEM files service-worker.js)
set(names "\"./\"")
set(hashes "")
foreach(file IN LISTS files)
    string(APPEND names ", \"${file}\"")
    file(SHA256 ${OUTPUT}/${file} hash)
    string(APPEND hashes ${hash})
endforeach()
string(SHA256 version "${hashes}")
string(SUBSTRING ${version} 0 16 version)
file(WRITE ${OUTPUT}/files.js "const VERSION = \"${version}\";\nconst FILES = [${names}];\n")
