// What a fuzz target holds: a claim that is false ends the program, as the fuzzer wants it.
#pragma once
#include <cstdio>
#include <cstdlib>

namespace digitcli::fuzz {

inline void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not true: %s\n", what);
  std::abort();
}

}  // namespace digitcli::fuzz

// What libFuzzer, or replay.cpp, calls with one file. Each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);
