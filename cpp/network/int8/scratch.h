// The memory that one thread needs to run an int8 plan.
#pragma once
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "network/ink.h"
#include "network/int8/plan.h"
#include "network/worker_buffers.h"

namespace digitcli::network::int8 {

struct Scratch {
  // `group` rows of features at most pass through the dense steps together.
  Scratch(const Plan& plan, int group);

  // Before each picture step; borders stay zero.
  std::uint8_t* plane(std::size_t step) const { return planes[pieces[step]].data(); }
  std::vector<std::size_t> pieces;  // of each step
  std::vector<base::Aligned<std::uint8_t>> planes;

  // Winograd's method: inputs and outputs of the products.
  base::Aligned<std::int16_t> points;
  base::Aligned<std::int32_t> products;
  std::vector<int> places;  // of the tiles of a band
  std::vector<Ink> ink;     // of each picture of a wave

  // Rows of features, before and after each dense step: bytes, the last ones floats if they are
  // logits.
  std::vector<base::Aligned<std::uint8_t>> rows;

  // A dense layer on one row: what is not zero and where, and three more.
  base::Aligned<std::uint8_t> value;
  base::Aligned<std::int32_t> index;

  std::size_t bytes() const;  // of what is allocated above, but for a few small pieces
};

using Context = network::Context<Scratch>;

}  // namespace digitcli::network::int8
