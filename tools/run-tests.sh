#!/bin/sh
# Passes all tests: installs what they need (Debian and its kin), then
#   1. builds with gcc, warnings as errors, and runs everything: Check, Python's unittest, valgrind's memcheck on the
#      small tests of Check;
#   2. builds with AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests of Check again, and those of the
#      program nst;
#   3. builds with the reference BLAS and runs the tests that compute again;
#   4. builds the npm package by emscripten and runs its tests in Node, against the program of the first build;
#   5. makes the page of that package and runs its tests in headless Chromium;
#   6. builds with clang, warnings as errors, and runs each fuzzer of tests/fuzz for NST_FUZZ_SECONDS (60).
# At the end stand the closing lines of each runner. Exits with 0 only if all of it passed.
#   sh tools/run-tests.sh [FOLDER for the builds]
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
builds=${1:-$source/build-tests}
jobs=$(nproc)
seconds=${NST_FUZZ_SECONDS:-60}
failed=
summary=

sh "$source/tools/packages.sh" build-essential cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev \
    liblcms2-dev libwebp-dev zlib1g-dev libopenblas-dev libopenblas0-openmp libopenblas0-serial libblas-dev libcurl4-openssl-dev check \
    valgrind clang clang-format abigail-tools doxygen file lintian mypy openssl python3 python3-numpy python3-pil python3-scipy \
    python3-h5py python3-torch libopenmpi-dev openmpi-bin emscripten chromium ||
    exit 1
command -v npm >/dev/null || sh "$source/tools/packages.sh" npm || exit 1 # it may have come with another Node
clang=$(clang -dumpversion | cut -d . -f 1)
sh "$source/tools/packages.sh" "libclang-rt-$clang-dev" || exit 1

# build NAME CMAKE-OPTION...: a build of its own, all warnings errors.
build() {
    name=$1
    shift
    echo "== $name: build"
    ${toolchain:-} cmake -S "$source" -B "$builds/$name" -G Ninja -DNST_WERROR=ON -DNST_ASSERTIONS=ON "$@" && cmake --build "$builds/$name" -j "$jobs" && return
    failed="$failed $name:build"
    return 1
}

# check NAME CTEST-OPTION...: its tests; the closing line of each program is kept for the end.
check() {
    name=$1
    shift
    echo "== $name: tests"
    (cd "$builds/$name" && ctest -j "$jobs" --output-on-failure --no-tests=error "$@") >"$builds/$name.log" 2>&1 ||
        failed="$failed $name:tests"
    cat "$builds/$name.log"
    summary="$summary
== $name
$(closing "$builds/$name")"
}

# closing BUILD: what Check and unittest said last in each test, and what ctest said of them all.
closing() {
    awk '/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
         /^[0-9]+%: Checks: / { print name ": " $0 }
         /^Ran [0-9]+ test/ { ran = $0 }
         /^(OK|FAILED)/ && ran { print name ": " ran ", " $0; ran = "" }
         /^# (pass|fail) [0-9]+$/ { print name ": " $0 }
         /^Done [0-9]+ runs/ { print name ": " $0 }' "$1/Testing/Temporary/LastTest.log"
    grep 'tests passed' "$1.log"
}

# Debian's own Python, for which the packages are: another may come first in PATH.
python=$(command -v /usr/bin/python3 || command -v python3)

build gcc "-DPython3_EXECUTABLE=$python" && check gcc
build sanitizers "-DPython3_EXECUTABLE=$python" "-DNST_SANITIZE=address,undefined" && check sanitizers -L sanitize
# Debian's alternatives prefer OpenBLAS also for what asks for the reference BLAS: its folder comes first.
build reference "-DPython3_EXECUTABLE=$python" -DNST_BLAS=blas-netlib -DNST_BUILD_TOOLS=OFF && {
    LD_LIBRARY_PATH=$(ls -d /usr/lib/*/blas | head -n 1)
    export LD_LIBRARY_PATH
    check reference -R '^test_(conv|dense|gemm|gradient|reference|transfer)$'
    unset LD_LIBRARY_PATH
}
(cd "$source/bindings/wasm/test" && npm ci --silent --no-audit --no-fund) || failed="$failed wasm:npm"
toolchain=emcmake
build wasm --preset wasm -DNST_ASSERTIONS=OFF "-DNST_PROGRAM=$builds/gcc/nst" && check wasm
toolchain=
build gcc "-DPython3_EXECUTABLE=$python" "-DNST_PAGE_PACKAGE=$builds/wasm/libnst" && check gcc -L page
build fuzz "-DPython3_EXECUTABLE=$python" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DNST_BUILD_FUZZERS=ON "-DNST_FUZZ_SECONDS=$seconds" &&
    check fuzz -L fuzz

printf '\nClosing lines%s\n' "$summary"
[ -z "$failed" ] || { echo "FAILED:$failed"; exit 1; }
echo "All tests passed."
