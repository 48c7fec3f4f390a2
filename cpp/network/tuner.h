// Which of a few ways to run a call is the quickest, found by trying them in turns.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

namespace digitcli::network {

// What two threads gain by sharing one small picture depends on which cores they run on and on who
// else uses these, and on virtual machines that changes within seconds: 250 to 900 ns a step have
// been seen (benchmarks/LOG.md). So calls are timed: some calls try each way, many take the one
// whose median was the least, and so on.
class Tuner {
 public:
  static constexpr std::size_t kWays = 4;

  // Forgets what it has found if the calls to come are on another number of threads.
  void use(int threads) {
    if (threads != threads_) *this = Tuner();
    threads_ = threads;
  }

  // For the next call: from 0 to kWays - 1.
  std::size_t way() const { return call_ < kTrials ? call_ / kBlock % kWays : best_; }

  // How long that call took.
  void took(double seconds) {
    if (call_ == kTrials) {
      settled_ += seconds;
      if (settled_ >= kSettled) call_ = 0;
      return;
    }
    if (call_ % kBlock >= kNotCounted) {
      const std::size_t earlier = call_ / (kBlock * kWays) * kCounted;
      samples_[way()][earlier + call_ % kBlock - kNotCounted] = seconds;
    }
    if (++call_ < kTrials) return;
    choose();
    settled_ = 0;
  }

 private:
  // Calls of one way that follow each other, of which the first find helpers asleep; blocks of each
  // way in a trial.
  static constexpr std::size_t kBlock = 8, kNotCounted = 2, kBlocks = 2;
  static constexpr std::size_t kCounted = kBlock - kNotCounted;
  static constexpr std::size_t kTrials = kWays * kBlocks * kBlock;

  // Of calls between two trials.
  static constexpr double kSettled = 20e-3;

  // A way that shares more than one before it has to be so much quicker.
  static constexpr double kGain = 0.98;

  void choose() {
    std::array<double, kWays> medians;
    for (std::size_t way = 0; way < kWays; ++way) {
      auto& samples = samples_[way];
      const auto middle = samples.begin() + samples.size() / 2;
      std::nth_element(samples.begin(), middle, samples.end());
      medians[way] = *middle;
    }
    best_ = 0;
    for (std::size_t way = 1; way < kWays; ++way) {
      if (medians[way] < kGain * medians[best_]) best_ = way;
    }
  }

  std::size_t call_ = 0, best_ = 0;  // `call_` stays at kTrials while it is settled
  double settled_ = 0;               // seconds of calls since
  int threads_ = 0;
  std::array<std::array<double, kBlocks * kCounted>, kWays> samples_{};
};

}  // namespace digitcli::network
