#!/usr/bin/env bash
# zig.sh cc|c++|ar ...: Zig's Clang as CMake's compiler, for the machine and glibc that $ZIG_TARGET names,
# such as x86_64-linux-gnu.2.28. $ZIG is the program. Options that Zig's linker does not know are left out:
# all that is linked statically is compiled with hidden symbols anyway.
set -euo pipefail

tool=$1
shift
arguments=()
for argument in "$@"; do
  case $argument in
    -Wl,--exclude-libs,*) ;;
    *) arguments+=("$argument") ;;
  esac
done
case $tool in
  cc | c++) exec "$ZIG" "$tool" -target "$ZIG_TARGET" "${arguments[@]}" ;;
  *) exec "$ZIG" "$tool" "${arguments[@]}" ;;
esac
