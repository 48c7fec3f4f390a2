// Quantised weights into the order the int8 kernels read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "network/int8/winograd.h"
#include "network/panels.h"

namespace digitcli::network::int8 {

// A convolution or a dense layer as the kernels see it: for each unit, `segments` runs of
// `segment_bytes` weights. Unit u's weight for byte k of segment s is
//
//   weight[row_of[s * segment_bytes + k] * units + u], or 0 where row_of is negative.
struct Int8Matrix {
  const std::int8_t* weight;
  const std::int32_t* bias;
  const float* scale;
  int units;
  int segments, segment_bytes;
  std::vector<int> row_of;
};

// Panels of units. Each is contiguous: for each segment `groups` rows, each of four consecutive
// weights for every unit. A segment of more than `tile_groups` groups is filled up with zeros to a
// multiple of that, units to whole vectors; bias and scale too.
struct Panels : Cut {
  int segments = 0, groups = 0;
  base::Aligned<std::int8_t> weight;
  base::Aligned<std::int32_t> bias;
  base::Aligned<float> scale;

  std::ptrdiff_t stride() const {
    return static_cast<std::ptrdiff_t>(segments) * groups * width * 4;
  }
};

// The same for a single row of inputs, whose zeros need no weights: a panel of `panel_units` units
// is one row of bytes for each input; the last panel is only as wide as it needs. A vector of four
// rows is interleaved to groups of four on the fly, which leaves its units in order if, within each
// 4 * lanes of them, unit (j, l, i) = j * lanes + 4 * l + i lies at byte 16 * l + 4 * j + i.
struct Rows {
  int panels = 0;
  std::ptrdiff_t stride = 0;
  base::Aligned<std::int8_t> weight;
};

Rows pack_int8_rows(const Int8Matrix& matrix, int lanes, int panel_units);

Panels pack_int8(const Int8Matrix& matrix, int lanes, int tile_groups);

// Bias and scale of such panels, without weights.
Panels empty_panels(const std::int32_t* bias, const float* scale, int units, int lanes);

// The weights of one layer as its kernels read them.
struct Packed {
  Panels panels;    // by Winograd's method, without weights
  Filters filters;  // these are here
  Rows rows;        // of a dense layer: its weights once more, for one picture at a time
};

}  // namespace digitcli::network::int8
