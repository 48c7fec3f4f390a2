// A rule for the digits of a line, as a table, and how probable it is that a line obeys it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/ctc/columns.h"
#include "vision/ctc/mass.h"

namespace digitcli::vision::ctc {

// A deterministic automaton over the digits; the first state is the start.
struct Rule {
  const std::int32_t* steps;    // (states, 10): the next state, -1 where there is none
  const std::uint8_t* accepts;  // (states,): whether a number may end here
  int states;

  int step(int state, int digit) const { return steps[state * kDigits + digit]; }
};

// For each column, state and latest class: the summed probability of all paths through the columns
// behind it after which the rule accepts. 8 * 11 bytes for each column and state.
class Valid {
 public:
  Valid(const Matrix& digits, const Rule& rule);

  // Behind `column` (-1 for the start), whose class is `latest`.
  Mass behind(int column, int state, int latest) const {
    const std::size_t group = group_of(column + 1, state);
    return {values_[group * kWidth + static_cast<std::size_t>(latest)], steps_[group]};
  }

  // Of all valid lines.
  Mass all() const { return behind(-1, 0, kDigits); }

 private:
  static constexpr std::size_t kWidth = kDigits + 1;

  std::size_t group_of(int row, int state) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(rule_.states) +
           static_cast<std::size_t>(state);
  }
  void fill(int row, int state, const double* p);
  void normalize(std::size_t group);

  Rule rule_;
  std::vector<double> values_;  // (columns + 1, states, 11), in multiples of kStep^steps
  std::vector<int> steps_;      // (columns + 1, states): kNone where all are 0
};

}  // namespace digitcli::vision::ctc
