#!/bin/sh
# From a fresh clone to a picture: installs what the build needs (Debian and its kin), builds, draws a content and a
# style picture, and repaints one in the style of the other. No model is downloaded; the program built can fetch one.
#   sh tools/first-picture.sh [FOLDER of the build]
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$source/build}

sh "$source/tools/packages.sh" gcc libc6-dev cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev liblcms2-dev \
    libwebp-dev zlib1g-dev libopenblas-dev libcurl4-openssl-dev ca-certificates
cmake -S "$source" -B "$build" -G Ninja -DNST_BUILD_TESTS=OFF
cmake --build "$build"

"$build/draw" content "$build/content.png"
"$build/draw" style "$build/style.png"
"$build/nst" stylize "$build/content.png" "$build/style.png" -o "$build/result.png"
echo "The picture is $build/result.png, made of content.png and style.png beside it."
