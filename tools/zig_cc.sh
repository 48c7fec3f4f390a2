#!/bin/sh
# Zig's Clang as a C compiler for CMake.
exec "${PYTHON:-python3}" -m ziglang cc "$@"
