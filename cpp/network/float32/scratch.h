// The memory that one thread needs to run a plan.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "base/threads.h"
#include "network/float32/plan.h"
#include "network/ink.h"
#include "network/worker_buffers.h"

namespace digitcli::network::float32 {

// A number that several threads count up, on a cache line of its own.
struct alignas(64) Counter {
  std::atomic<int> value{0};
};

struct Scratch {
  // `group` rows of features at most pass through the dense steps together.
  Scratch(const Plan& plan, int group, int lanes);

  // Before each picture step, `wave` of them; borders stay zero.
  float* plane(std::size_t step) const { return planes[pieces[step]].data(); }
  std::vector<std::size_t> pieces;  // of each step
  std::vector<base::Aligned<float>> planes;

  // Rows of features, before and after each dense step.
  std::vector<base::Aligned<float>> rows;

  // Winograd's method: inputs and outputs of the products.
  base::Aligned<float> points, products;
  std::vector<int> places;  // of the tiles of a band
  std::vector<Ink> ink;     // of each picture of a wave

  // Two rows of a convolution whose pool is fused.
  base::Aligned<float> unpooled;

  // A dense layer on one row: what is not zero and where, where each block of it starts, and the
  // sums of the blocks.
  base::Aligned<float> value, sums;
  std::vector<std::int32_t> index, starts;

  // How many blocks of each worker's share are taken.
  std::array<Counter, kMaxTeam> taken;

  // Which way the last row went through its blocks.
  bool backwards = false;

  std::size_t bytes() const;  // of what is allocated above, but for a few small pieces
};

using Context = network::Context<Scratch>;

}  // namespace digitcli::network::float32
