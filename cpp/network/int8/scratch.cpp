#include "network/int8/scratch.h"

#include <algorithm>

#include "base/round_up.h"
#include "network/winograd/run.h"

namespace digitcli::network::int8 {

Scratch::Scratch(const Plan& plan, int group) {
  pieces = pieces_of_memory(plan.picture_steps);
  std::vector<std::size_t> rooms;
  std::ptrdiff_t most_points = 0, most_products = 0;
  int most_tiles = 0;
  for (std::size_t s = 0; s < pieces.size(); ++s) {
    rooms.resize(std::max(rooms.size(), pieces[s] + 1));
    const Step& step = plan.picture_steps[s];
    const auto before = static_cast<std::size_t>((plan.wave - 1) * step.in_row);
    rooms[pieces[s]] = std::max(rooms[pieces[s]], before + step.room());
    if (step.algorithm == Algorithm::winograd) {
      const int tiles = winograd::bands_of(step, plan.wave).most_tiles();
      const winograd::Strides need = winograd::strides_of(step, tiles);
      most_tiles = std::max(most_tiles, tiles);
      most_points = std::max(most_points, need.all_points);
      most_products = std::max(most_products, need.all_products);
    }
  }
  points = base::Aligned<std::int16_t>(static_cast<std::size_t>(most_points));
  products = base::Aligned<std::int32_t>(static_cast<std::size_t>(most_products));
  places.resize(static_cast<std::size_t>(most_tiles));
  ink.assign(static_cast<std::size_t>(plan.wave), Ink(plan.input.height));
  for (const std::size_t bytes : rooms) planes.emplace_back(bytes);
  const auto count = static_cast<std::size_t>(base::round_up(group, kTileColumns));
  const auto add_rows = [&](std::ptrdiff_t row) {
    rows.emplace_back(count * static_cast<std::size_t>(row) + 64);
  };
  add_rows(plan.features_row());
  std::size_t depth = 0;
  for (const Step& step : plan.dense_steps) {
    add_rows(step.out_row);
    depth = std::max(depth, static_cast<std::size_t>(step.in.size()));
  }
  value = base::Aligned<std::uint8_t>(depth + 4);
  index = base::Aligned<std::int32_t>(depth + 4);
}

std::size_t Scratch::bytes() const {
  std::size_t sum = points.bytes() + products.bytes() + value.bytes() + index.bytes();
  for (const auto& plane : planes) sum += plane.bytes();
  for (const auto& row : rows) sum += row.bytes();
  return sum;
}

}  // namespace digitcli::network::int8
