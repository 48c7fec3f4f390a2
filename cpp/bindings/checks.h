// Numbers from Python that the engine takes, or an error that says what came.
#pragma once
#include <pybind11/pybind11.h>

#include <string>

namespace digitcli::bindings {

constexpr int kMaxThreads = 1024;

inline int checked_threads(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    throw pybind11::value_error("threads must be from 1 to " + std::to_string(kMaxThreads) +
                                ", got " + std::to_string(threads));
  }
  return threads;
}

inline int checked_count(pybind11::ssize_t n) {
  if (n > 1 << 30) {
    throw pybind11::value_error("too many images for one call: " + std::to_string(n));
  }
  return static_cast<int>(n);
}

}  // namespace digitcli::bindings
