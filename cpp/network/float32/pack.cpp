#include "network/float32/pack.h"

#include <algorithm>
#include <cstring>

namespace digitcli::network::float32 {

Panels empty_panels(int depth, int units, int lanes) {
  Panels panels{Cut(units, lanes), depth, {}, {}};
  panels.weight = base::Aligned<float>(static_cast<std::size_t>(panels.stride()) * panels.count);
  panels.bias = base::Aligned<float>(static_cast<std::size_t>(panels.width) * panels.count);
  return panels;
}

Panels pack_panels(const float* weight, const float* bias, int depth, int units, int lanes) {
  Panels panels = empty_panels(depth, units, lanes);
  std::copy_n(bias, units, panels.bias.data());
  for (int p = 0; p < panels.count; ++p) {
    const int row_floats = panels.vectors(p) * lanes;
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
