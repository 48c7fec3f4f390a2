// How many threads should share a piece of work. Answers do not depend on it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "network/plan.h"

namespace digitcli::network {

// Most pictures that several workers take through the dense steps together: more pictures keep each
// worker busy for long enough with a group of its own.
constexpr int kMaxTogether = 64;

// What sharing a step costs, in times that it takes to hand work over and to meet again: part of
// what threads read and write lies in another core's cache. It is little where the steps before and
// behind are shared too, so that a picture is shared by all steps that are worth a hand-over, or
// none.
constexpr double kHandOvers = 4;

// Of a core, in a second: cycles that do arithmetic, as far as layers reach, and bytes of weights
// that are read, those of a layer too large for the caches nearby.
constexpr double kCycles = 2.5e9;
constexpr double kReadBytes = 60e9;

// Of so many threads those that should share what takes one of them so many seconds: each saves
// more time than it costs.
inline int sharers(double seconds, int threads, double cost) {
  int count = 1;
  while (count < threads && seconds / (count * (count + 1.0)) > cost) ++count;
  return count;
}

// Roughly what one thread takes for the steps of a plan, in seconds; with `value_bytes` for a
// weight, and so many operations in a cycle.
class StepSeconds {
 public:
  template <class Plan>
  StepSeconds(const Plan& plan, int value_bytes, int operations) {
    for (std::size_t s = 0; s < plan.count(); ++s) {
      const StepFacts& step = plan.step(s);
      const bool dense = step.algorithm == Algorithm::dense;
      const auto weights = static_cast<double>(step.input.size() * step.out.shape.size());
      arithmetic_.push_back(step.width * step.flops_done / (operations * kCycles));
      reading_.push_back(dense ? weights * value_bytes / kReadBytes : 0);
      divisible_.push_back(2 - 2 * step.part_of_two);
      picture_ += std::max(arithmetic_[s], reading_[s]);
    }
  }

  // Of a step on so many pictures, the part that threads divide between them.
  double divisible(std::size_t step, int pictures) const {
    return divisible_[step] * std::max(pictures * arithmetic_[step], reading_[step]);
  }
  double picture() const { return picture_; }

  // Of so many threads those that should share the steps of one picture.
  int sharers_of_picture(int threads, double hand_over) const {
    double sum = 0;
    int shared = 0;
    for (std::size_t s = 0; s < arithmetic_.size(); ++s) {
      const double seconds = divisible(s, 1);
      if (sharers(seconds, 2, hand_over) == 1) continue;
      sum += seconds;
      ++shared;
    }
    return shared == 0 ? 1 : sharers(sum / shared, threads, kHandOvers * hand_over);
  }

 private:
  std::vector<double> arithmetic_, reading_, divisible_;
  double picture_ = 0;
};

}  // namespace digitcli::network
