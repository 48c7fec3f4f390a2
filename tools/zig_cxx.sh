#!/bin/sh
# Zig's Clang as a C++ compiler for CMake. Zig knows no -march: the Apple processors that first had
# these instructions stand for them.
for word; do
  shift
  case "$word" in
    -march=*+i8mm) word=-mcpu=apple_m2 ;;
    -march=*+dotprod) word=-mcpu=apple_m1 ;;
  esac
  set -- "$@" "$word"
done
exec "${PYTHON:-python3}" -m ziglang c++ "$@"
