// What the engine makes of a case.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "selftest/golden.h"

namespace digitcli::selftest {

struct Answer {
  std::vector<float> values;         // of the last layer, or else
  std::vector<std::uint8_t> bytes;   // of an int8 layer that gives no logits
  std::vector<float> probabilities;  // of pictures
  bool operator==(const Answer&) const = default;
};

// The first `count` pictures or rows of `test`.
Answer run_case(const Case& test, const Kernels& kernels, int count, int threads);

}  // namespace digitcli::selftest
