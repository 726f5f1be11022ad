#!/bin/sh
# clang-format and layers over all C++ sources, clang-tidy over what ships (not the tests); clang-tidy needs a configured
# build/dev (cmake --preset dev).
set -eu
cd "$(dirname "$0")/.."
sources=$(git ls-files 'src/*.cpp' 'src/*.h' 'apps/*.cpp' 'apps/*.h' 'include/*.h' 'tests/*.cpp' 'bench/*.cpp')
# shellcheck disable=SC2086  # a list of files
clang-format-19 --dry-run --Werror $sources
tools/check_layers.py
[ "${1:-}" = --no-tidy ] && exit 0
# The NEON kernels compile on ARM only, so they are not in the compilation database.
git ls-files 'src/*.cpp' 'apps/*.cpp' | grep -v -E 'kernels_neon|_test|test_' | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/dev --quiet
