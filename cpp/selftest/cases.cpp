#include "selftest/cases.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace digitcli::selftest {
namespace {

std::string far_off(const char* what, std::size_t at, double found, double exact) {
  return std::string(what) + " " + std::to_string(at) + " is " + std::to_string(found) + ", not " +
         std::to_string(exact);
}

// If no logit is off by more than e, no probability is by more than the factor exp(2 e).
std::string compare_probabilities(const Case& test, const Answer& answer) {
  const std::size_t rows = static_cast<std::size_t>(test.count);
  const std::size_t classes = test.exact.size() / rows;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto first = test.exact.begin() + static_cast<std::ptrdiff_t>(row * classes);
    const double largest = *std::max_element(first, first + static_cast<std::ptrdiff_t>(classes));
    double sum = 0, error = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const std::size_t at = row * classes + c;
      sum += std::exp(test.exact[at] - largest);
      error = std::max<double>(error, test.bound[at]);
    }
    const double allowed = std::expm1(2 * error) + 4 * std::numeric_limits<float>::epsilon();
    for (std::size_t c = 0; c < classes; ++c) {
      const std::size_t at = row * classes + c;
      const double exact = std::exp(test.exact[at] - largest) / sum;
      const double found = answer.probabilities[at];
      const double tiny = std::numeric_limits<float>::min();
      if (!(std::abs(found - exact) <= exact * allowed + tiny)) {
        return far_off("probability", at, found, exact);
      }
    }
  }
  return "";
}

// Bits, so that zeros of either sign differ.
bool same_bits(const std::vector<float>& a, const std::vector<float>& b, std::size_t count) {
  if (a.size() < count || b.size() < count) return false;
  return count == 0 || std::memcmp(a.data(), b.data(), count * sizeof(float)) == 0;
}

bool begins_with(const Answer& whole, const Answer& first) {
  return same_bits(whole.values, first.values, first.values.size()) &&
         same_bits(whole.probabilities, first.probabilities, first.probabilities.size()) &&
         std::equal(first.bytes.begin(), first.bytes.end(), whole.bytes.begin());
}

template <class T>
std::uint64_t hash_bytes(const std::vector<T>& values, std::uint64_t hash) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size() * sizeof(T); ++i) {
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace

std::string compare_with_oracle(const Case& test, const Answer& answer) {
  if (answer.bytes.size() != test.exact_bytes.size() || answer.values.size() != test.exact.size()) {
    return "wrong number of values";
  }
  for (std::size_t i = 0; i < answer.bytes.size(); ++i) {
    if (answer.bytes[i] != test.exact_bytes[i]) {
      return far_off("byte", i, answer.bytes[i], test.exact_bytes[i]);
    }
  }
  for (std::size_t i = 0; i < answer.values.size(); ++i) {
    const double found = answer.values[i], exact = test.exact[i];
    if (!(std::abs(found - exact) <= test.bound[i])) return far_off("value", i, found, exact);
  }
  return test.pictures ? compare_probabilities(test, answer) : "";
}

std::string check_case(const Case& test, const Kernels& kernels, const Answer& answer) {
  const std::string wrong = compare_with_oracle(test, answer);
  if (!wrong.empty()) return wrong;
  const Answer shared = run_case(test, kernels, test.count, 2);
  if (!begins_with(answer, shared)) return "other bits with two threads";
  if (!begins_with(answer, run_case(test, kernels, 1, 1))) return "other bits for the first alone";
  if (!begins_with(answer, run_case(test, kernels, 1, 2))) {
    return "other bits for the first alone with two threads";
  }
  return "";
}

std::uint64_t hash_of(const Answer& answer, std::uint64_t hash) {
  return hash_bytes(answer.bytes, hash_bytes(answer.values, hash));
}

}  // namespace digitcli::selftest
