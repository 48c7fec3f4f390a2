#include "vision/ctc/rule.h"

#include <algorithm>
#include <array>
#include <limits>

namespace digitcli::vision::ctc {
namespace {

constexpr int kNone = std::numeric_limits<int>::max();

}  // namespace

Valid::Valid(const Matrix& digits, const Rule& rule)
    : rule_(rule),
      values_(group_of(digits.columns() + 1, 0) * kWidth),
      steps_(group_of(digits.columns() + 1, 0), kNone) {
  for (int state = 0; state < rule.states; ++state) {
    if (!rule.accepts[state]) continue;
    const std::size_t group = group_of(digits.columns(), state);
    std::fill_n(values_.begin() + static_cast<std::ptrdiff_t>(group * kWidth), kWidth, 1.0);
    steps_[group] = 0;
  }
  for (int t = digits.columns() - 1; t >= 0; --t) {
    for (int state = 0; state < rule.states; ++state) fill(t, state, digits[t]);
  }
}

// The values before the column with the probabilities `p`, from those behind it.
void Valid::fill(int row, int state, const double* p) {
  const std::size_t same = group_of(row + 1, state);
  std::array<std::size_t, kDigits> groups;  // of the next states; `same` where there is none
  int steps = steps_[same];
  for (int d = 0; d < kDigits; ++d) {
    const int next = rule_.step(state, d);
    groups[static_cast<std::size_t>(d)] = next < 0 ? same : group_of(row + 1, next);
    if (next >= 0) steps = std::min(steps, steps_[groups[static_cast<std::size_t>(d)]]);
  }
  if (steps == kNone) return;
  const auto scale = [&](std::size_t group) {
    return steps_[group] == kNone ? 0 : scale_of(steps_[group] - steps);
  };
  const double same_scale = scale(same);
  const double* const stays = &values_[same * kWidth];
  std::array<double, kDigits> enters;
  for (std::size_t d = 0; d < kDigits; ++d) {
    const bool none = rule_.step(state, static_cast<int>(d)) < 0;
    enters[d] = none ? 0 : p[d] * scale(groups[d]) * values_[groups[d] * kWidth + d];
  }
  // With digit d as the latest class, the same digit continues it; all others are as from a blank.
  // Sums from both ends leave one out without a difference, which would lose digits.
  const std::size_t group = group_of(row, state);
  double* const made = &values_[group * kWidth];
  double before = p[kDigits] * same_scale * stays[kDigits];
  for (std::size_t d = 0; d < kDigits; ++d) {
    made[d] = before + p[d] * same_scale * stays[d];
    before += enters[d];
  }
  made[kDigits] = before;
  double after = 0;
  for (std::size_t d = kDigits; d-- > 0;) {
    made[d] += after;
    after += enters[d];
  }
  steps_[group] = steps;
  normalize(group);
}

void Valid::normalize(std::size_t group) {
  double* const made = &values_[group * kWidth];
  const double most = *std::max_element(made, made + kWidth);
  if (most == 0) steps_[group] = kNone;
  if (most >= kStep || most == 0) return;
  for (std::size_t i = 0; i < kWidth; ++i) made[i] *= 1 / kStep;
  ++steps_[group];
}

}  // namespace digitcli::vision::ctc
