// Convolutions by Winograd's method: choosing it, and transforming its filters.
#pragma once
#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/layers.h"
#include "network/winograd/tiles.h"

namespace digitcli::network::float32 {

using winograd::Tiles;

// The form that computes this convolution with the least work, or none (form -1) where the direct
// way is as good. The choice looks at shapes alone, so that every ISA and batch makes the same.
Tiles choose_tiles(const Layer& conv, Shape in, Shape out, const Kernels& kernels);

// Floating-point operations per picture: products and both transforms.
double winograd_flops(const Tiles& tiles, int channels, int filters);

// Filters (window, window, channels, filters) as weights of one product per point, G g G' in
// double: panel by panel, and in each all points one after the other.
Panels transform_filters(const Layer& conv, int channels, const Tiles& tiles,
                         const Kernels& kernels);

}  // namespace digitcli::network::float32
