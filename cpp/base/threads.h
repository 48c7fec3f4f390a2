// Threads that wait for work: a pool lives with each set of scratch memory of an engine.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace digitcli::base {

// work(context, item, worker); must not throw.
using Work = void(void* context, int item, int worker);

// Owns helper threads, which are started when they are first needed and sleep between calls. Used
// by one thread at a time, worker 0, which does its share. After a fork the child starts its own.
class ThreadPool {
 public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  // Makes sure that `workers` threads, the caller among them, can share work. If the system refuses
  // a thread there are fewer: returns how many there are.
  int prepare(int workers);

  // Wakes the helpers of `workers` prepared threads ahead of a call that one thread would take
  // `seconds` for, if that pays: for a long call, or where calls follow each other so closely that
  // helpers do not fall asleep in between. What sleeps on takes no part in the call.
  void begin(int workers, double seconds);

  // Of the call.
  void end();

  // How many of `workers` threads, the caller among them, are awake or on their way; wakes them if
  // the call is long.
  int gather(int workers);

  // Calls `work` for every item of [0, items) on up to `workers` prepared threads that are awake,
  // and returns when all are done. A free worker takes the next item, so that a slow core does not
  // hold up the rest.
  void run(int items, int workers, Work* work, void* context);

 private:
  // One cache line for messages to one helper. A new number in `calls` asks it to work. Either the
  // helper takes the call, or the caller takes it back if the helper is late and nothing is left.
  struct alignas(64) Helper {
    std::atomic<std::uint32_t> calls{0}, taken{0};
    std::atomic<bool> asleep{false};  // or about to be
    bool called = false;              // in the run that is going on
    std::thread thread;

    void call();
    void wake();

    bool take(std::uint32_t call) {
      std::uint32_t before = call - 1;
      return taken.compare_exchange_strong(before, call, std::memory_order_acq_rel);
    }
  };
  using Clock = std::chrono::steady_clock;
  struct Job {
    int items = 0;
    Work* work = nullptr;
    void* context = nullptr;
  };

  void serve(Helper& helper, int worker);
  void take_items(int item, int worker);
  void forget_lost_helpers();
  std::uint32_t next_call(Helper& helper, std::uint32_t seen) const;
  bool is_awake(int i) const;
  int helpers() const { return static_cast<int>(helpers_.size()); }
  Helper& helper(int i) const { return *helpers_[static_cast<std::size_t>(i)]; }

  Clock::time_point ended_{};
  unsigned begun_ = 0;  // calls with helpers
  int in_vain_ = 0;     // the last of those that woke helpers for nothing
  bool shares_ = true;  // in this call, helpers take part
  bool long_ = false;   // it is long enough to wake them
  bool woken_ = false, used_ = false;
  // A helper that wakes late for a call of before may read it while the destructor writes it.
  std::atomic<bool> stop_{false};
  std::atomic<bool> spin_{true};
  std::atomic<int> callers_core_{-1};  // -1: not known
  long process_ = 0;
  std::vector<std::unique_ptr<Helper>> helpers_;
  alignas(64) Job job_;  // with the next item: a helper reads both
  std::atomic<int> next_{0};
  alignas(64) std::atomic<std::uint32_t> busy_{0};
};

// The threads that share one piece of work: some of a pool, or the caller alone.
class Team {
 public:
  explicit Team(ThreadPool* pool = nullptr, int size = 1) : pool_(pool), size_(size) {}

  int size() const { return size_; }

  // Those of at most `most` threads that are not asleep.
  Team awake(int most) const {
    if (std::min(most, size_) == 1) return Team();
    return Team(pool_, pool_->gather(std::min(most, size_)));
  }

  // Calls work(item, worker) for every item of [0, items) and returns when all are done.
  template <class F>
  void each(int items, const F& work) const {
    if (size_ == 1 || items <= 1) {
      for (int item = 0; item < items; ++item) work(item, 0);
      return;
    }
    const auto call = [](void* context, int item, int worker) {
      (*static_cast<const F*>(context))(item, worker);
    };
    pool_->run(items, size_, call, const_cast<void*>(static_cast<const void*>(&work)));
  }

 private:
  ThreadPool* pool_;
  int size_;
};

}  // namespace digitcli::base
