#include "base/threads.h"

#include <algorithm>
#include <exception>
#include <utility>

#if defined(_WIN32)
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif

#if defined(__linux__)
#include <sched.h>
#endif

namespace digitcli::base {
namespace {

// Pauses before a waiting thread sleeps: 50 to 100 us, longer than the gaps between the layers of
// one picture and between two calls.
constexpr int kSpins = 500;

// A call that comes so soon after the one before finds helpers awake that took part in it. It may
// wake those that did not: that pays in the calls to come.
constexpr std::chrono::microseconds kRecent{40};

// Seconds from which a call pays for waking helpers by itself: it costs the caller 6 us, and they
// begin after 20 or more.
constexpr double kWorthWaking = 50e-6;

// After so many short calls in a row that woke helpers and had nothing for them, the next ones do
// not, but for one now and then.
constexpr int kMostInVain = 4;
constexpr unsigned kWakeEach = 256;

// Looks for a change between two pauses. A hypervisor that sees pauses one after the other takes
// them for a lock whose owner does not run, and stops the waiting core.
constexpr int kLooks = 64;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

#if defined(__linux__)
int current_core() { return sched_getcpu(); }

// Linux may wake a thread on the core of the thread that wakes it, though others are idle: on a
// virtual machine it takes an idle core for one that the host has taken away. A helper that runs on
// its caller's core moves away from that core.
class CoreAffinity {
 public:
  CoreAffinity() { known_ = sched_getaffinity(0, sizeof allowed_, &allowed_) == 0; }

  void avoid(int core) {
    if (!known_ || core < 0 || current_core() != core) return;
    cpu_set_t others = allowed_;
    CPU_CLR(core, &others);
    if (CPU_COUNT(&others) > 0) sched_setaffinity(0, sizeof others, &others);
  }

 private:
  cpu_set_t allowed_;
  bool known_;
};
#else
int current_core() { return -1; }

struct CoreAffinity {
  void avoid(int) {}
};
#endif

// Asked once: the C library opens a file each time, which takes 8 us.
int cores() {
  static const int count = static_cast<int>(std::thread::hardware_concurrency());
  return count;
}

// The value of `word` once it is another than `seen`, or `seen` after some time.
std::uint32_t look_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen) {
  for (int i = 0; i < kSpins; ++i) {
    for (int look = 0; look < kLooks; ++look) {
      const std::uint32_t now = word.load(std::memory_order_acquire);
      if (now != seen) return now;
    }
    relax();
  }
  return seen;
}

}  // namespace

ThreadPool::~ThreadPool() {
  forget_lost_helpers();
  stop_.store(true, std::memory_order_relaxed);  // seen by whoever sees the call that follows
  for (const auto& helper : helpers_) {
    helper->calls.fetch_add(1);
    helper->calls.notify_one();
    helper->thread.join();
  }
}

// Sequentially consistent, as `asleep` is: either the helper sees the call before it sleeps, or the
// caller sees that it may sleep.
void ThreadPool::Helper::call() {
  calls.fetch_add(1);
  if (asleep.load()) calls.notify_one();
}

// A call that is taken already, so that the helper only wakes.
void ThreadPool::Helper::wake() {
  taken.store(calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  asleep.store(false);
  calls.fetch_add(1);
  calls.notify_one();
}

// The threads of a parent process do not exist in its forked child; their records stay for good.
void ThreadPool::forget_lost_helpers() {
  const long process = getpid();
  if (process_ != process) {
    for (auto& helper : helpers_) static_cast<void>(helper.release());
    helpers_.clear();
    process_ = process;
  }
}

int ThreadPool::prepare(int workers) {
  if (workers <= 1) return 1;
  forget_lost_helpers();
  // A waiting thread must not keep a core busy that another worker needs.
  spin_ = workers <= cores();
  try {
    while (helpers() < workers - 1) {
      auto helper = std::make_unique<Helper>();
      const int worker = helpers() + 1;
      helpers_.reserve(helpers_.size() + 1);
      Helper& record = *helper;
      helper->thread = std::thread([this, &record, worker] { serve(record, worker); });
      helpers_.push_back(std::move(helper));
    }
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  return std::min(workers, helpers() + 1);
}

void ThreadPool::begin(int workers, double seconds) {
  used_ = woken_ = false;
  shares_ = workers > 1;
  if (!shares_) return;
  long_ = seconds >= kWorthWaking;
  callers_core_.store(current_core(), std::memory_order_relaxed);
  if (!spin_) {  // helpers sleep whenever they wait: `run` wakes them, or nobody does
    shares_ = long_;
    return;
  }
  const bool in_vain = ++begun_ % kWakeEach != 0 && in_vain_ >= kMostInVain;
  if (!long_ && (in_vain || Clock::now() - ended_ > kRecent)) return;
  for (int i = 0; i < workers - 1; ++i) {
    if (!helper(i).asleep.load()) continue;
    helper(i).wake();
    woken_ = true;
  }
}

void ThreadPool::end() {
  if (helpers_.empty()) return;
  if (used_) {
    in_vain_ = 0;
  } else {
    in_vain_ += woken_;
  }
  ended_ = Clock::now();
}

bool ThreadPool::is_awake(int i) const { return shares_ && !(spin_ && helper(i).asleep.load()); }

// Of a long call: helpers fall asleep while the caller works alone.
int ThreadPool::gather(int workers) {
  int count = 1;
  for (int i = 0; i < helpers() && count < workers; ++i) {
    if (spin_ && long_ && helper(i).asleep.load()) helper(i).wake();
    count += is_awake(i);
  }
  return count;
}

void ThreadPool::run(int items, int workers, Work* work, void* context) {
  job_ = {items, work, context};
  next_.store(1, std::memory_order_relaxed);  // the caller has the first
  const int wanted = std::min(workers, items) - 1;
  busy_.store(static_cast<std::uint32_t>(wanted), std::memory_order_relaxed);
  int called = 0;
  for (int i = 0; i < helpers() && called < wanted; ++i) {
    helper(i).called = is_awake(i);
    if (!helper(i).called) continue;
    ++called;
    helper(i).call();
  }
  used_ = used_ || called > 0;
  take_items(0, 0);
  if (called < wanted) busy_.fetch_sub(static_cast<std::uint32_t>(wanted - called));
  for (int i = 0; i < helpers(); ++i) {  // helpers that have not begun are no longer needed
    if (!std::exchange(helper(i).called, false)) continue;
    if (busy_.load(std::memory_order_acquire) == 0) continue;
    if (helper(i).take(helper(i).calls.load(std::memory_order_relaxed))) busy_.fetch_sub(1);
  }
  for (std::uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;) {
    const std::uint32_t seen = busy;
    if (spin_) busy = look_for_change(busy_, seen);
    if (busy == seen) busy_.wait(seen, std::memory_order_acquire);
    busy = busy_.load(std::memory_order_acquire);
  }
}

void ThreadPool::take_items(int item, int worker) {
  const Job job = job_;
  for (; item < job.items; item = next_++) job.work(job.context, item, worker);
}

// Returns the number of the next call, which is not `seen`.
std::uint32_t ThreadPool::next_call(Helper& helper, std::uint32_t seen) const {
  if (spin_) {
    const std::uint32_t now = look_for_change(helper.calls, seen);
    if (now != seen) return now;
  }
  helper.asleep.store(true);
  helper.calls.wait(seen);
  helper.asleep.store(false);
  return helper.calls.load(std::memory_order_acquire);
}

void ThreadPool::serve(Helper& helper, int worker) {
  CoreAffinity affinity;
  for (std::uint32_t seen = 0;;) {
    seen = next_call(helper, seen);
    if (stop_.load(std::memory_order_relaxed)) return;
    affinity.avoid(callers_core_.load(std::memory_order_relaxed));
    if (!helper.take(seen)) continue;
    take_items(next_++, worker);
    if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
  }
}

}  // namespace digitcli::base
