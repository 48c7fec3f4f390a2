// The memory that one thread needs to run a plan.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/aligned.h"
#include "base/threads.h"
#include "network/float32/plan.h"
#include "network/worker_buffers.h"

namespace digitcli::network::float32 {

constexpr int kMaxTeam = 64;  // who works on one group of pictures: more would wait for each other

// A number that several threads count up, on a cache line of its own.
struct alignas(64) Counter {
  std::atomic<int> value{0};
};

struct Scratch {
  // `group` rows of features at most pass through the dense steps together.
  Scratch(const Plan& plan, int group, int lanes);

  std::vector<base::Aligned<float>>
      planes;  // before each picture step, `wave` of them; borders stay zero
  std::vector<base::Aligned<float>> rows;  // of features, before and after each dense step
  base::Aligned<float> points, products;   // Winograd's method: inputs and outputs of the products
  base::Aligned<float> unpooled;           // two rows of a convolution whose pool is fused

  // A dense layer on one row: what is not zero and where, where each block of it starts, and the
  // sums of the blocks.
  base::Aligned<float> value, sums;
  std::vector<std::int32_t> index, starts;
  std::array<Counter, kMaxTeam> taken;  // blocks of each worker's share
  bool backwards = false;               // which way the last row went through its blocks
};

using Workers = WorkerBuffers<Scratch>;

// What a step is run with: its kernels, who shares the work, and whose memory holds what they
// share; what only one thread touches lies in that worker's own.
struct Context {
  const Kernels& kernels;
  const Workers& workers;
  base::Team team;
  int owner = 0;

  Scratch& shared() const { return workers.of(owner); }
  Scratch& own(int worker) const { return workers.of(team.size() == 1 ? owner : worker); }
};

}  // namespace digitcli::network::float32
