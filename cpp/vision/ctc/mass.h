// Probabilities of whole lines, which may be far too small for a double.
#pragma once
#include <limits>

namespace digitcli::vision::ctc {

constexpr double kStep = 0x1p-400;

// kStep to the power of `steps`; 0 where no sum of doubles could tell the difference.
inline double scale_of(int steps) {
  if (steps == 0) return 1;
  if (steps == 1) return kStep;
  return steps == 2 ? kStep * kStep : 0;
}

// The probability value * kStep^steps. `value` is 0 or at least kStep, so that a product of two
// neither underflows nor loses digits.
struct Mass {
  double value = 0;
  int steps = 0;

  Mass() = default;
  Mass(double value, int steps = 0) : value(value), steps(value == 0 ? 0 : steps) {
    while (this->value < kStep && this->value > 0) {
      this->value *= 1 / kStep;
      ++this->steps;
    }
  }
  bool zero() const { return value == 0; }

  // The value as a multiple of kStep^to, where `to` is at most `steps`.
  double at(int to) const { return zero() ? 0 : value * scale_of(steps - to); }

  // As a double: 0 below its range.
  double plain() const { return at(0); }

  // The power of kStep that this needs; 0 fits any.
  int needed() const { return zero() ? std::numeric_limits<int>::max() : steps; }
};

inline Mass operator*(Mass a, Mass b) { return {a.value * b.value, a.steps + b.steps}; }

inline Mass operator+(Mass a, Mass b) {
  if (a.steps == b.steps) {
    a.value += b.value;
    return a;
  }
  if (a.zero()) return b;
  if (b.zero()) return a;
  if (a.steps < b.steps) return {a.value + b.at(a.steps), a.steps};
  return {b.value + a.at(b.steps), b.steps};
}

inline Mass& operator+=(Mass& a, Mass b) { return a = a + b; }

inline bool operator<(Mass a, Mass b) {
  if (a.zero() || b.zero()) return a.zero() && !b.zero();
  if (a.steps <= b.steps) return a.value < b.at(a.steps);
  return a.at(b.steps) < b.value;
}

// a / b, where b is not 0.
inline double ratio(Mass a, Mass b) {
  if (a.zero()) return 0;
  if (a.steps >= b.steps) return a.at(b.steps) / b.value;
  return a.value / b.at(a.steps);
}

}  // namespace digitcli::vision::ctc
