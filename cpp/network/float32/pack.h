// Canonical weights into the order the kernels read.
#pragma once
#include <cstddef>

#include "base/aligned.h"
#include "kernels/kernels.h"
#include "network/panels.h"

namespace digitcli::network::float32 {

// A (depth, units) matrix in panels. Each is contiguous: depth rows of `columns` floats, as few
// whole half vectors as hold its units. Columns past `units` are zero. The bias is padded alike.
struct Panels : Cut {
  int depth = 0;
  int last_columns = 0, halves_of_width = 0, halves_of_last = 0;
  base::Aligned<float> weight, bias;

  Panels() = default;
  // Room for them, zeroed.
  Panels(int depth, int units, const Kernels& kernels);

  std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(depth) * width; }
  float* panel(int p) const { return weight.data() + p * stride(); }
  int columns(int p) const { return p + 1 < count ? width : last_columns; }
  int halves(int p) const { return p + 1 < count ? halves_of_width : halves_of_last; }
};

// weight (depth, units) row-major, bias (units), as Keras lays them out: a convolution's
// (kh, kw, in, out) is such a matrix with depth = kh * kw * in.
Panels pack_panels(const float* weight, const float* bias, int depth, int units,
                   const Kernels& kernels);

// The same matrix as it is, but each row and the bias padded to whole vectors: `stride` floats.
base::Aligned<float> pad_rows(const float* weight, int depth, int units, int stride);

// The weights of one layer as its kernels read them.
struct Packed {
  // By Winograd's method, a panel holds the weights of each point one after the other.
  Panels panels;

  // Dense: the weights as Keras stores them, but each row of whole vectors.
  base::Aligned<float> wide;
};

}  // namespace digitcli::network::float32
