#include "base/peaks.h"

#if defined(__unix__)
#include <unistd.h>
#endif

#include <algorithm>
#include <barrier>
#include <chrono>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace digitcli::base {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMeasurements = 5;

// Seconds of a round. Short, because on a busy machine a thread keeps its core for a few
// milliseconds at a time, and a round that is interrupted shows no peak; longer for several
// threads, whose start together takes some microseconds.
constexpr double kRoundAlone = 0.5e-3;
constexpr double kRoundTogether = 2e-3;

// A measurement has at least so many rounds.
constexpr int kLeastRounds = 3;

// Steps of the first round, before it is known how long they take.
constexpr std::int64_t kFirstSteps = 4'096;

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kPage = 4096;

// Results go here, so that the compiler does not leave the work out.
volatile std::int32_t kept;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Work for `thread`, `steps` times over.
template <class Work>
concept Steps = requires(Work work) { work(0, std::int64_t{1}); };

// The seconds of one round: all threads start together, and the last one to finish counts.
template <Steps Work>
class TimedThreads {
 public:
  TimedThreads(int threads, const Work& work) : work_(work), gate_(threads) {
    helpers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      for (int thread = 1; thread < threads; ++thread) {
        helpers_.emplace_back([this, thread] { help(thread); });
      }
    } catch (...) {  // the helpers that run wait for all that were not started
      for (int missing = static_cast<int>(helpers_.size()) + 1; missing < threads; ++missing) {
        gate_.arrive_and_drop();
      }
      stop();
      throw;
    }
  }
  TimedThreads(const TimedThreads&) = delete;
  TimedThreads& operator=(const TimedThreads&) = delete;
  ~TimedThreads() { stop(); }

  double round(std::int64_t steps) {
    steps_ = steps;
    gate_.arrive_and_wait();
    const auto start = Clock::now();
    work_(0, steps);
    gate_.arrive_and_wait();
    return since(start);
  }

 private:
  void help(int thread) {
    for (;;) {
      gate_.arrive_and_wait();
      if (steps_ == 0) return;
      work_(thread, steps_);
      gate_.arrive_and_wait();
    }
  }

  void stop() {
    steps_ = 0;
    gate_.arrive_and_wait();
    for (std::thread& helper : helpers_) helper.join();
    helpers_.clear();
  }

  const Work& work_;
  std::barrier<> gate_;
  std::int64_t steps_ = 0;
  std::vector<std::thread> helpers_;
};

// Steps per second of every thread, in the best round; `first` steps are a small round.
template <Steps Work>
double best_rate(int threads, double seconds, std::int64_t first, const Work& work) {
  TimedThreads<Work> timed(threads, work);
  timed.round(first);  // wakes threads, clocks and caches
  const double once = std::max(timed.round(first), 1e-9);
  const double wanted = (threads == 1 ? kRoundAlone : kRoundTogether) / once;
  const auto steps =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(wanted * static_cast<double>(first)));
  double best = 0.0;
  const auto start = Clock::now();
  for (int round = 0; round < kLeastRounds || since(start) < seconds; ++round) {
    best = std::max(best, static_cast<double>(steps) / std::max(timed.round(steps), 1e-9));
  }
  return best;
}

std::int64_t cache_bytes(int level) {
#if defined(_SC_LEVEL2_CACHE_SIZE)
  const long found = sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
  if (found >= 0) return found;
#endif
  return level == 2 ? kMiB : 0;
}

// Enough to miss L3 nearly always, and no more than an eighth of the machine's memory.
std::int64_t dram_bytes(std::int64_t l3) {
  std::int64_t most = 1024 * kMiB;
#if defined(_SC_PHYS_PAGES)
  const long pages = sysconf(_SC_PHYS_PAGES);
  if (pages > 0) most = std::min<std::int64_t>(most, pages / 8 * sysconf(_SC_PAGESIZE));
#endif
  return std::min(std::max(3 * l3, 64 * kMiB), most);
}

// `threads` parts of a memory that is large enough for the level, and read again and again.
Bandwidth read_rate(const Kernels& kernels, int threads, double seconds, std::int64_t part) {
  part = part / kernels.read_step * kernels.read_step;
  if (part <= 0) return {};
  const auto size = static_cast<std::size_t>(part * threads);
  const std::unique_ptr<std::uint8_t[]> memory(new (std::nothrow) std::uint8_t[size]);
  if (memory == nullptr) return {};
  const auto touch = [&](int thread, std::int64_t) {  // each thread its own, near its own core
    std::uint8_t* mine = memory.get() + thread * part;
    for (std::int64_t at = 0; at < part; at += kPage) mine[at] = 1;
  };
  TimedThreads(threads, touch).round(1);
  const double rate = best_rate(threads, seconds, 1, [&](int thread, std::int64_t steps) {
    const std::uint8_t* mine = memory.get() + thread * part;
    for (; steps > 0; --steps) kept = kernels.peak_read(mine, part);
  });
  return {part * threads, rate * static_cast<double>(part * threads) / 1e9};
}

}  // namespace

Peaks measure_peaks(const Kernels& kernels, int threads, double seconds) {
  const double each = seconds / kMeasurements;
  const double fma = best_rate(threads, each, kFirstSteps, [&](int, std::int64_t steps) {
    kept = static_cast<std::int32_t>(kernels.peak_fma(steps));
  });
  const double dot = best_rate(threads, each, kFirstSteps,
                               [&](int, std::int64_t steps) { kept = kernels.peak_dot(steps); });
  Peaks peaks = {};
  peaks.fma_gflops = fma * kernels.peak_fma_flops * threads / 1e9;
  peaks.int8_gops = dot * kernels.peak_dot_ops * threads / 1e9;
  const std::int64_t l2 = cache_bytes(2), l3 = cache_bytes(3);
  peaks.l2 = read_rate(kernels, threads, each, l2 / 2);
  if (l3 / threads > 2 * l2) {  // else a thread's share of L3 does not show beside its L2
    peaks.l3 = read_rate(kernels, threads, each, std::min(l3 / threads * 3 / 4, 8 * l2));
  }
  peaks.dram = read_rate(kernels, threads, each, dram_bytes(l3) / threads);
  return peaks;
}

}  // namespace digitcli::base
