// Canonical weights into the order the kernels read.
#pragma once
#include <cstddef>

#include "base/aligned.h"

namespace digitcli::network::float32 {

// A (depth, units) matrix cut into panels of columns. Each panel is contiguous: depth rows of
// vectors * lanes floats. All panels have two vectors, but the last has one if that is enough;
// columns past `units` are zero. The bias is padded alike.
struct Panels {
  int depth = 0, units = 0;
  int width = 0;  // floats in a row of a full panel: 2 * lanes
  int count = 0;  // panels
  int last_vectors = 0;
  base::Aligned<float> weight, bias;

  int vectors(int panel) const { return panel + 1 < count ? 2 : last_vectors; }
  std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(depth) * width; }
  float* panel(int p) const { return weight.data() + p * stride(); }
  int padded_units() const { return (count - 1) * width + last_vectors * (width / 2); }
};

// Room for such panels, zeroed.
Panels empty_panels(int depth, int units, int lanes);

// weight (depth, units) row-major, bias (units), as Keras lays them out: a convolution's
// (kh, kw, in, out) is such a matrix with depth = kh * kw * in.
Panels pack_panels(const float* weight, const float* bias, int depth, int units, int lanes);

// The same matrix as it is, but each row and the bias padded to whole vectors: `stride` floats.
base::Aligned<float> pad_rows(const float* weight, int depth, int units, int stride);

}  // namespace digitcli::network::float32
