// How many threads should share a piece of work. Answers do not depend on it.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "network/plan.h"
#include "network/tuner.h"

namespace digitcli::network {

// Most pictures that several workers take through the dense steps together: more pictures keep each
// worker busy for long enough with a group of its own.
constexpr int kMaxTogether = 64;

// What it costs to share a step, in seconds: to hand work over and to meet again, and to wait for
// what lies in another core's cache.
constexpr double kMeeting = 0.25e-6;

// What a tuner takes it for: so much that nothing is shared, then what it has been found to cost
// where cores are far from each other, and near, and less, since steps take longer than we think.
constexpr std::array<double, Tuner::kWays> kMeetings = {1.0, 4 * kMeeting, kMeeting, kMeeting / 4};

// Calls that take so long on one thread are shared without a trial.
constexpr double kSurelyShared = 100e-6;

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
      arithmetic_.push_back(step.operand_width * step.flops_done / (operations * kCycles));
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

  // Of so many threads those that take part in one picture, if some step is worth it.
  int sharers_of_picture(int threads, double meeting) const {
    int most = 1;
    for (std::size_t s = 0; s < arithmetic_.size(); ++s) {
      most = std::max(most, sharers(divisible(s, 1), threads, meeting));
    }
    return most;
  }

 private:
  std::vector<double> arithmetic_, reading_, divisible_;
  double picture_ = 0;
};

}  // namespace digitcli::network
