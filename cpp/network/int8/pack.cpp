#include "network/int8/pack.h"

#include <algorithm>

namespace digitcli::network::int8 {

Panels empty_panels(const std::int32_t* bias, const float* scale, int units, int lanes) {
  Panels panels{Cut(units, lanes), 0, 0, {}, {}, {}};
  const auto padded = static_cast<std::size_t>(panels.width) * panels.count;
  panels.bias = base::Aligned<std::int32_t>(padded);
  panels.scale = base::Aligned<float>(padded);
  std::copy_n(bias, units, panels.bias.data());
  std::copy_n(scale, units, panels.scale.data());
  return panels;
}

Panels pack_int8(const Int8Matrix& matrix, int lanes, int tile_groups) {
  Panels panels = empty_panels(matrix.bias, matrix.scale, matrix.units, lanes);
  panels.segments = matrix.segments;
  const int groups = (matrix.segment_bytes + 3) / 4;
  const int tiles = (groups + tile_groups - 1) / tile_groups;
  panels.groups = groups < tile_groups ? groups : tiles * tile_groups;
  panels.weight =
      base::Aligned<std::int8_t>(static_cast<std::size_t>(panels.stride()) * panels.count);
  auto* packed = panels.weight.data();
  for (int p = 0; p < panels.count; ++p) {
    const int row_units = panels.vectors(p) * lanes, first = p * panels.width;
    const int units = std::min(row_units, matrix.units - first);
    for (int s = 0; s < matrix.segments; ++s) {
      for (int k = 0; k < matrix.segment_bytes; ++k) {
        const int row = matrix.row_of[static_cast<std::size_t>(s * matrix.segment_bytes + k)];
        if (row < 0) continue;
        const std::int8_t* from = matrix.weight + static_cast<std::ptrdiff_t>(row) * matrix.units;
        std::int8_t* to = packed + p * panels.stride() +
                          (static_cast<std::ptrdiff_t>(s) * panels.groups + k / 4) * row_units * 4;
        for (int u = 0; u < units; ++u) to[4 * u + k % 4] = from[first + u];
      }
    }
  }
  return panels;
}

Rows pack_int8_rows(const Int8Matrix& matrix, int lanes, int panel_units) {
  const int block = 4 * lanes, depth = static_cast<int>(matrix.row_of.size());
  Rows rows;
  rows.panels = (matrix.units + panel_units - 1) / panel_units;
  rows.stride = static_cast<std::ptrdiff_t>(depth) * panel_units;
  rows.weight = base::Aligned<std::int8_t>(static_cast<std::size_t>(rows.stride) * rows.panels);
  std::vector<int> place(static_cast<std::size_t>(panel_units));
  for (int u = 0; u < panel_units; ++u) {
    const int in_block = u % block, j = in_block / lanes, lane = in_block % lanes;
    place[static_cast<std::size_t>(u)] = u - in_block + lane / 4 * 16 + 4 * j + lane % 4;
  }
  for (int p = 0; p < rows.panels; ++p) {
    const int first = p * panel_units, units = std::min(panel_units, matrix.units - first);
    const int width = (units + block - 1) / block * block;
    std::int8_t* to = rows.weight.data() + p * rows.stride;
    for (const int row : matrix.row_of) {
      const std::int8_t* from = matrix.weight + static_cast<std::ptrdiff_t>(row) * matrix.units;
      for (int u = 0; row >= 0 && u < units; ++u) {
        to[place[static_cast<std::size_t>(u)]] = from[first + u];
      }
      to += width;
    }
  }
  return rows;
}

}  // namespace digitcli::network::int8
