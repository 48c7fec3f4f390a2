// What one call of an engine runs on: threads, and memory for each of them.
#pragma once
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/threads.h"

namespace digitcli::network {

// The threads of one call, and the scratch memory of each.
template <class Scratch>
struct WorkerBuffers {
  base::ThreadPool pool;
  std::vector<std::unique_ptr<Scratch>> scratch;

  // Makes scratch memory until `count` workers have some.
  template <class Make>
  void make_room(int count, Make make) {
    while (static_cast<int>(scratch.size()) < count) scratch.push_back(make());
  }

  Scratch& of(int worker) const { return *scratch[static_cast<std::size_t>(worker)]; }
};

// Those that wait for the next call, so that a call allocates nothing; safe from many threads.
template <class Scratch>
class IdleBuffers {
 public:
  using Buffers = std::unique_ptr<WorkerBuffers<Scratch>>;

  // Some that waited, with what they have; new ones when there are none.
  Buffers borrow() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<WorkerBuffers<Scratch>>();
    Buffers buffers = std::move(idle_.back());
    idle_.pop_back();
    return buffers;
  }

  void give_back(Buffers buffers) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(buffers));
  }

 private:
  std::mutex mutex_;
  std::vector<Buffers> idle_;
};

}  // namespace digitcli::network
