#!/bin/sh
# Builds neon_check.cpp for 64-bit ARM and runs it under qemu: neon_check.sh FOLDER
# Needs Debian's g++-aarch64-linux-gnu and qemu-user.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
aarch64-linux-gnu-g++ -std=c++2b -O2 -static -I "$here/.." -o "$1/neon_check" \
  "$here/neon_check.cpp" "$here/kernels_neon.cpp" "$here/kernels_scalar.cpp"
qemu-aarch64 "$1/neon_check"
