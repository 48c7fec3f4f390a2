// What one call of an engine is given, and what is wanted of it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace digitcli::network {

template <class Value>
struct Job {
  const std::uint8_t* images = nullptr;  // or else
  const Value* x = nullptr;
  float* probabilities = nullptr;  // or else
  void* y = nullptr;
  double* seconds = nullptr;       // of each step, if wanted
  double* flops = nullptr;         // of each step, if wanted
  void* const* outputs = nullptr;  // of each step, if wanted

  double* timer(std::size_t step) const { return seconds == nullptr ? nullptr : seconds + step; }
};

}  // namespace digitcli::network
