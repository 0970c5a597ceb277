// Emscripten's threads can draw by WebGL on behalf of each other. Ours do not: 2 kB less.
mergeInto(LibraryManager.library, {
    emscripten_set_canvas_element_size: function () {
        return -1;
    },
    emscripten_webgl_create_context: function () {
        return 0;
    },
});
