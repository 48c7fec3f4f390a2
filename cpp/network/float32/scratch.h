// The memory that one thread needs to run a plan.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/buffer.h"
#include "base/threads.h"
#include "network/float32/plan.h"

namespace digitcli {

constexpr int kMaxTeam = 64;  // who works on one group of pictures: more would wait for each other

// A number that several threads count up, on a cache line of its own.
struct alignas(64) Counter {
  std::atomic<int> value{0};
};

struct Scratch {
  // `group` rows of features at most pass through the dense steps together.
  Scratch(const Plan& plan, int group, int lanes);

  std::vector<Buffer> planes;  // before each picture step, `wave` of them; borders stay zero
  std::vector<Buffer> rows;    // of features, before and after each dense step
  Buffer points, products;     // Winograd's method: inputs and outputs of the products
  Buffer unpooled;             // two rows of a convolution whose pool is fused

  // A dense layer on one row: what is not zero and where, where each block of it starts, and the
  // sums of the blocks.
  Buffer value, sums;
  std::vector<std::int32_t> index, starts;
  std::array<Counter, kMaxTeam> taken;  // blocks of each worker's share
  bool backwards = false;               // which way the last row went through its blocks
};

// One call's threads and their memory. Crews wait in the engine for the next call.
struct Crew {
  ThreadPool pool;
  std::vector<std::unique_ptr<Scratch>> scratch;  // of each worker
};

// What a step is run with: its kernels, who shares the work, and whose memory holds what they
// share; what only one thread touches lies in that worker's own.
struct Context {
  const Kernels& kernels;
  const Crew& crew;
  Team team;
  int owner = 0;

  Scratch& shared() const { return *crew.scratch[static_cast<std::size_t>(owner)]; }
  Scratch& own(int worker) const {
    return *crew.scratch[static_cast<std::size_t>(team.size() == 1 ? owner : worker)];
  }
};

}  // namespace digitcli
