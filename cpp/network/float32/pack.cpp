#include "network/float32/pack.h"

#include <algorithm>
#include <cstring>

#include "base/round_up.h"

namespace digitcli::network::float32 {

Panels::Panels(int depth, int units, const Kernels& kernels)
    : Cut(units, kernels.lanes),
      depth(depth),
      last_columns(base::round_up(units - (count - 1) * width, kernels.half_lanes)),
      halves_of_width(width / kernels.half_lanes),
      halves_of_last(last_columns / kernels.half_lanes),
      weight(static_cast<std::size_t>(stride()) * static_cast<std::size_t>(count)),
      bias(static_cast<std::size_t>(width) * static_cast<std::size_t>(count)) {}

Panels pack_panels(const float* weight, const float* bias, int depth, int units,
                   const Kernels& kernels) {
  Panels panels(depth, units, kernels);
  std::copy_n(bias, units, panels.bias.data());
  for (int p = 0; p < panels.count; ++p) {
    const int row_floats = panels.columns(p);
    const int first = p * panels.width;
    const int columns = std::min(row_floats, units - first);
    float* to = panels.panel(p);
    for (int k = 0; k < depth; ++k, to += row_floats) {
      const float* from = weight + static_cast<std::ptrdiff_t>(k) * units + first;
      std::memcpy(to, from, static_cast<std::size_t>(columns) * sizeof(float));
    }
  }
  return panels;
}

base::Aligned<float> pad_rows(const float* weight, int depth, int units, int stride) {
  base::Aligned<float> rows(static_cast<std::size_t>(depth) * static_cast<std::size_t>(stride));
  for (int k = 0; k < depth; ++k) {
    std::copy_n(weight + static_cast<std::ptrdiff_t>(k) * units, units,
                rows.data() + static_cast<std::ptrdiff_t>(k) * stride);
  }
  return rows;
}

}  // namespace digitcli::network::float32
