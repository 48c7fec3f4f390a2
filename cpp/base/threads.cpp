#include "base/threads.h"

#include <algorithm>
#include <exception>

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

// Returns the value of `word` once it is another than `seen`.
std::uint32_t wait_for_change(std::atomic<std::uint32_t>& word, std::uint32_t seen, bool spin) {
  for (int i = 0; spin && i < kSpins; ++i) {
    for (int look = 0; look < kLooks; ++look) {
      const std::uint32_t now = word.load(std::memory_order_acquire);
      if (now != seen) return now;
    }
    relax();
  }
  word.wait(seen, std::memory_order_acquire);
  return word.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::~ThreadPool() {
  forget_lost_helpers();
  stop_ = true;
  for (const auto& helper : helpers_) {
    helper->calls.fetch_add(1, std::memory_order_release);
    helper->calls.notify_one();
    helper->thread.join();
  }
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
  spin_ = workers <= static_cast<int>(std::thread::hardware_concurrency());
  try {
    while (static_cast<int>(helpers_.size()) < workers - 1) {
      auto helper = std::make_unique<Helper>();
      const int worker = static_cast<int>(helpers_.size()) + 1;
      helpers_.reserve(helpers_.size() + 1);
      Helper& record = *helper;
      helper->thread = std::thread([this, &record, worker] { serve(record, worker); });
      helpers_.push_back(std::move(helper));
    }
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  return std::min(workers, static_cast<int>(helpers_.size()) + 1);
}

void ThreadPool::run(int items, int workers, Work* work, void* context) {
  job_ = {items, work, context};
  callers_core_.store(current_core(), std::memory_order_relaxed);
  next_.store(0, std::memory_order_relaxed);
  const int called = std::min(workers, items) - 1;
  busy_.store(static_cast<std::uint32_t>(called), std::memory_order_relaxed);
  for (int i = 0; i < called; ++i) {
    auto& calls = helpers_[static_cast<std::size_t>(i)]->calls;
    calls.fetch_add(1, std::memory_order_release);
    calls.notify_one();
  }
  take_items(0);
  for (int i = 0; i < called; ++i) {  // helpers that have not begun are no longer needed
    Helper& helper = *helpers_[static_cast<std::size_t>(i)];
    if (helper.take(helper.calls.load(std::memory_order_relaxed))) busy_.fetch_sub(1);
  }
  for (std::uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;) {
    busy = wait_for_change(busy_, busy, spin_);
  }
}

void ThreadPool::take_items(int worker) {
  for (int item = next_++; item < job_.items; item = next_++) {
    job_.work(job_.context, item, worker);
  }
}

void ThreadPool::serve(Helper& helper, int worker) {
  CoreAffinity affinity;
  for (std::uint32_t seen = 0;;) {
    seen = wait_for_change(helper.calls, seen, spin_);
    if (stop_) return;
    affinity.avoid(callers_core_.load(std::memory_order_relaxed));
    if (!helper.take(seen)) continue;
    take_items(worker);
    if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
  }
}

}  // namespace digitcli::base
