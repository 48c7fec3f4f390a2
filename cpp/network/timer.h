// A stopwatch for one part of a run, where times are wanted.
#pragma once
#include <chrono>

namespace digitcli::network {

// Adds the time since it was made to `*seconds`, if there is one.
class Timer {
 public:
  explicit Timer(double* seconds) : seconds_(seconds) {
    if (seconds_ != nullptr) start_ = Clock::now();
  }
  ~Timer() {
    if (seconds_ != nullptr) {
      *seconds_ += std::chrono::duration<double>(Clock::now() - start_).count();
    }
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double* seconds_;
  Clock::time_point start_;
};

// What Engine::profile found about one step, per picture.
struct StepTime {
  double seconds;
  double flops;  // that were done: kernels leave out what is zero
};

}  // namespace digitcli::network
