#include "network/float32/scratch.h"

#include <algorithm>

#include "network/winograd/run.h"

namespace digitcli::network::float32 {

Scratch::Scratch(const Plan& plan, int group, int lanes) {
  const auto room = [](std::ptrdiff_t floats) {
    return base::Aligned<float>(static_cast<std::size_t>(floats));
  };
  std::ptrdiff_t most_points = 0, most_products = 0, most_unpooled = 0;
  int most_tiles = 0;
  pieces = pieces_of_memory(plan.picture_steps);
  for (std::size_t s = 0; s < plan.picture_steps.size(); ++s) {
    const Step& step = plan.picture_steps[s];
    // Pooling reads whole vectors, also where the input has fewer channels than that, and the
    // kernel for one channel reads whole tiles.
    if (pieces[s] == planes.size())
      planes.push_back(room(plan.wave * step.in.size() + lanes + kMaxWindow));
    if (step.algorithm == Algorithm::winograd) {
      const int tiles = winograd::bands_of(step, plan.wave).most_tiles();
      const winograd::Strides need = winograd::strides_of(step, tiles);
      most_tiles = std::max(most_tiles, tiles);
      most_points = std::max(most_points, need.all_points);
      most_products = std::max(most_products, need.all_products);
    } else if (step.pooled) {
      most_unpooled = std::max(most_unpooled,
                               std::ptrdiff_t{2} * step.unpooled.width * step.packed->panels.width);
    }
  }
  points = room(most_points);
  products = room(most_products);
  unpooled = room(most_unpooled);
  places.resize(static_cast<std::size_t>(most_tiles));
  ink.assign(static_cast<std::size_t>(plan.wave), Ink(plan.input.height));

  rows.push_back(room(group * plan.features_row()));
  int depth = 0;
  std::ptrdiff_t most_sums = 0;
  for (const Step& step : plan.dense_steps) {
    rows.push_back(room(group * step.out_row));
    depth = std::max(depth, step.packed->panels.depth);
    most_sums = std::max<std::ptrdiff_t>(most_sums, step.blocks() * step.out.padded);
  }
  value = room(depth);
  sums = room(most_sums);
  index.resize(static_cast<std::size_t>(depth));
  starts.resize(static_cast<std::size_t>(depth / kBlock + 2));
}

std::size_t Scratch::bytes() const {
  std::size_t sum = points.bytes() + products.bytes() + unpooled.bytes();
  for (const auto& plane : planes) sum += plane.bytes();
  for (const auto& row : rows) sum += row.bytes();
  return sum + value.bytes() + sums.bytes() + index.size() * sizeof(index.front());
}

}  // namespace digitcli::network::float32
