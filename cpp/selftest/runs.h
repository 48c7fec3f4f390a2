// What the engine makes of a case.
#pragma once
#include <cstdint>
#include <memory>
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

// An engine for the pictures of a case; safe from many threads at once, as the engine in it is.
class CaseEngine {
 public:
  virtual ~CaseEngine() = default;

  // The first `count` pictures or rows.
  virtual Answer run(int count, int threads) const = 0;
};

// The weights of a case, which its engines share; safe from many threads at once.
class CaseWeights {
 public:
  virtual ~CaseWeights() = default;
  virtual std::unique_ptr<CaseEngine> engine() const = 0;
};

// `test` must outlive what is made.
std::unique_ptr<CaseWeights> make_weights(const Case& test, const Kernels& kernels);

// The first `count` pictures or rows of `test`, by an engine of its own.
Answer run_case(const Case& test, const Kernels& kernels, int count, int threads);

}  // namespace digitcli::selftest
