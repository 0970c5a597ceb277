#!/bin/sh
# The page that paints in the browser, from a clone: installs what the build needs (Debian and its kin), builds the
# package for the browser and the page, and serves it to this machine.
#   sh tools/page.sh [PORT, 8000]
set -eu
cd "$(dirname "$0")/.."
sh tools/packages.sh build-essential cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev zlib1g-dev libopenblas-dev \
    emscripten python3
emcmake cmake --preset wasm
cmake --build --preset wasm
cmake -B build -DNST_PAGE_PACKAGE=build-wasm/libnst -DNST_BUILD_TESTS=OFF
cmake --build build -j "$(nproc)" --target page
echo "Open http://localhost:${1:-8000}/ - Ctrl-C ends the server."
exec python3 -m http.server --bind 127.0.0.1 --directory build/page "${1:-8000}"
