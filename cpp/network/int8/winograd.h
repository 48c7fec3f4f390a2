// Convolutions in int8 by Winograd's method, exact: choosing it, and transforming its filters.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "kernels/kernels.h"
#include "network/layers.h"
#include "network/plan.h"
#include "network/winograd/tiles.h"

namespace digitcli::network::int8 {

using winograd::Tiles;

struct QuantizedLayer;

// The form that computes this convolution in the least time on these kernels, or none (form -1)
// where the direct way is as fast, or where a sum might not come back whole. All give the same
// bits.
Tiles choose_tiles(const QuantizedLayer& conv, const Plane& in, Shape sums, const Kernels& kernels);

// Filters at all places of a tile. A place sums products over one or more sources: places of the
// input, each with weights of its own. There are two where complex numbers are multiplied, and as
// many more as it takes to write a weight as a sum of numbers of 16 bits.
struct Filters {
  static constexpr int kMostSources = 4;

  struct Place {
    std::ptrdiff_t first = 0;  // of its weights in a panel of one vector, in values
    int count = 0;             // sources
    std::array<int, kMostSources> sources = {};
  };

  std::vector<Place> places;
  int groups = 0;                        // pairs of channels
  std::ptrdiff_t stride = 0;             // values of a full panel
  base::Aligned<std::int16_t> weight;    // panel by panel, place by place, source by source
  std::vector<std::int32_t> correction;  // of each unit: what centred inputs take from its sums
};

Filters transform_filters(const QuantizedLayer& conv, int channels, const Tiles& tiles, int lanes);

// Multiplications of pairs times two, per picture: without transforms.
double winograd_flops(const Tiles& tiles, int window, int channels, int units);

}  // namespace digitcli::network::int8
