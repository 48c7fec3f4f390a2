// Convolutions by Winograd's method: choosing it, and transforming its filters.
#pragma once
#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/layers.h"

namespace digitcli::network::float32 {

// How Winograd's method covers one dimension of a convolution's output.
struct Cover {
  int tiles = 0;
  bool last_is_short = false;  // has two outputs and two points less

  int full() const { return tiles - (last_is_short ? 1 : 0); }
  bool is_short(int tile) const { return last_is_short && tile + 1 == tiles; }
};

struct Tiles {
  int form = -1;                // of Kernels::winograd
  int outputs = 0, points = 0;  // of a full tile, per dimension
  Cover down, across;

  int count() const { return down.tiles * across.tiles; }  // per picture
  int all_points() const { return points * points; }
};

// The form that computes this convolution with the least work, or none (form -1) where the direct
// way is as good. The choice looks at shapes alone, so that every ISA and batch makes the same.
Tiles choose_tiles(const Layer& conv, Shape in, Shape out, const Kernels& kernels);

// Floating-point operations per picture: products and both transforms.
double winograd_flops(const Tiles& tiles, int channels, int filters);

// Filters (window, window, channels, filters) as weights of one product per point, G g G' in
// double: panel by panel, and in each all points one after the other.
Panels transform_filters(const Layer& conv, int channels, const Tiles& tiles, int lanes);

}  // namespace digitcli::network::float32
