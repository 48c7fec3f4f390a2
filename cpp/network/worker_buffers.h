// What one call of an engine runs on: kernels, threads, and memory for each thread.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fork_safe.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "network/sharing.h"

namespace digitcli::network {

// Most workers that share one group of pictures: more would wait for each other.
constexpr int kMaxTeam = 64;

// The threads of one call, and the scratch memory of each.
template <class Scratch>
struct WorkerBuffers {
  base::ThreadPool pool;
  std::vector<std::unique_ptr<Scratch>> scratch;
  std::vector<Tuner> tuners;  // of calls for so few pictures: more threads than there are of them
  int rows = 0;               // that pass through the dense steps together

  // Makes scratch memory until `count` workers have some, each for `needed` rows: up to twice as
  // many, but at most `most`, so that it is seldom made anew.
  template <class Network>
  void make_room(int count, int needed, int most, const Network& network) {
    if (needed > rows) {
      scratch.clear();
      rows = std::min(most, static_cast<int>(std::bit_ceil(static_cast<unsigned>(needed))));
    }
    while (static_cast<int>(scratch.size()) < count) scratch.push_back(network.make_scratch(rows));
    make_tuners(count);
  }

  // Of scratch memory.
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& one : scratch) sum += one->bytes();
    return sum;
  }

  // Of calls for so many pictures on so many threads; it is nobody else's until the next call.
  Tuner& tuner(int pictures, int threads) {
    make_tuners(std::min(threads, kMaxTeam));
    Tuner& found = tuners[static_cast<std::size_t>(pictures)];
    found.use(threads);
    return found;
  }

  void make_tuners(int threads) {
    const auto count = static_cast<std::size_t>(threads);
    if (tuners.size() < count) tuners.resize(count);
  }

  Scratch& of(int worker) const { return *scratch[static_cast<std::size_t>(worker)]; }
};

// What a step is run with: its kernels, who shares the work, and whose memory holds what they
// share; what only one thread touches lies in that worker's own.
template <class Scratch>
struct Context {
  const Kernels& kernels;
  const WorkerBuffers<Scratch>& workers;
  base::Team team;
  int owner = 0;
  double meeting = kMeeting;  // see sharing.h

  // The same for as many of the team as should share what takes one of them so many seconds.
  Context sharing(double seconds) const {
    if (team.size() == 1) return *this;
    return {kernels, workers, team.awake(sharers(seconds, team.size(), meeting)), owner, meeting};
  }

  Scratch& shared() const { return workers.of(owner); }
  Scratch& own(int worker) const { return workers.of(team.size() == 1 ? owner : worker); }
};

// Buffers that wait for the next call, so that a call allocates nothing; safe from many threads.
template <class Scratch>
class IdleBuffers {
 public:
  using Buffers = std::unique_ptr<WorkerBuffers<Scratch>>;

  // Buffers that waited, with the memory that they have; new ones when there are none.
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

  // Of scratch memory that waits.
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& buffers : idle_) sum += buffers->bytes();
    return sum;
  }

 private:
  mutable base::ForkSafeMutex mutex_;
  std::vector<Buffers> idle_;
};

}  // namespace digitcli::network
