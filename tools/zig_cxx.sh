#!/bin/sh
# Zig's Clang as a C++ compiler for CMake. Zig writes -march=armv8.2-a+dotprod as
# -mcpu=generic+v8_2a+dotprod, whatever the system.
for word; do
  shift
  case "$word" in
    -march=armv8.2-a+*) word=-mcpu=generic+v8_2a+${word#-march=armv8.2-a+} ;;
  esac
  set -- "$@" "$word"
done
exec "${PYTHON:-python3}" -m ziglang c++ "$@"
