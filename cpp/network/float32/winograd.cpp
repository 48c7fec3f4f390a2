#include "network/float32/winograd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace digitcli::network::float32 {
namespace {

// Winograd's method is taken where it costs at most this share of the direct algorithm's work.
constexpr double kWorthIt = 0.8;

// Cost of one operation of a transform, which runs slower, in operations of a product: beside the
// direct way, and beside smaller tiles, which fit into registers and of which more are blank.
constexpr double kTransformCost = 2, kLargeTransformCost = 6;

constexpr int kLeastChannels = 8;

// One dimension of a tile.
struct Side {
  int points, outputs;
};

// Floating-point operations of one transform along one dimension, on one channel.
int input_flops(Side side, bool is_short) {
  constexpr std::array<int, kMaxPoints + 1> kFlops = {0, 0, 0, 0, 4, 13, 19, 33, 38};
  return kFlops[static_cast<std::size_t>(side.points)] + (is_short ? side.points - 1 : 0);
}
int output_flops(Side side) {
  const int pairs = side.points / 2 - 1, others = side.points - 3 - pairs;
  return 2 * (pairs + side.outputs * others + 1);
}

// One dimension of a full or of a short tile.
Side side_of(const Tiles& tiles, int missing) {
  return {tiles.points - missing, tiles.outputs - missing};
}

double product_flops(const Tiles& tiles, int channels, int filters) {
  double points = 0;
  for_each_kind(tiles, [&](int missing_rows, int missing_columns, int count) {
    const Side rows = side_of(tiles, missing_rows), columns = side_of(tiles, missing_columns);
    points += static_cast<double>(rows.points) * columns.points * count;
  });
  return 2.0 * points * channels * filters;
}

double transform_flops(const Tiles& tiles, int channels, int filters) {
  double flops = 0;
  for_each_kind(tiles, [&](int missing_rows, int missing_columns, int count) {
    const Side rows = side_of(tiles, missing_rows), columns = side_of(tiles, missing_columns);
    const double in = columns.points * input_flops(rows, missing_rows > 0) +
                      rows.points * input_flops(columns, missing_columns > 0);
    const double out = columns.points * output_flops(rows) + rows.outputs * output_flops(columns);
    flops += count * (in * channels + out * filters);
  });
  return flops;
}

// G: what a filter's row of `window` weights is worth at each point (Lagrange interpolation).
std::vector<std::vector<double>> filter_matrix(int points, int window) {
  std::vector<std::vector<double>> rows;
  for (int i = 0; i + 1 < points; ++i) {
    double scale = 1;
    for (int j = 0; j + 1 < points; ++j) {
      if (j != i) scale *= kWinogradPoints[i] - kWinogradPoints[j];
    }
    std::vector<double> row;
    for (int k = 0; k < window; ++k) row.push_back(std::pow(kWinogradPoints[i], k) / scale);
    rows.push_back(row);
  }
  rows.emplace_back(static_cast<std::size_t>(window), 0.0);
  rows.back().back() = 1;  // the point at infinity
  return rows;
}

// The filters of one channel (window, window, filters) at all points: (points * points, filters).
// `stride` floats lie between neighbouring taps of `weight`.
std::vector<double> at_points(const float* weight, std::ptrdiff_t stride, int filters,
                              const std::vector<std::vector<double>>& g) {
  const std::size_t points = g.size(), window = g[0].size(), n = static_cast<std::size_t>(filters);
  std::vector<double> half(points * window * n), full(points * points * n);
  for (std::size_t i = 0; i < points; ++i) {
    for (std::size_t row = 0; row < window; ++row) {
      for (std::size_t column = 0; column < window; ++column) {
        const float* from = weight + static_cast<std::ptrdiff_t>(row * window + column) * stride;
        double* to = &half[(i * window + column) * n];
        for (std::size_t c = 0; c < n; ++c) to[c] += g[i][row] * from[c];
      }
    }
  }
  for (std::size_t i = 0; i < points; ++i) {
    for (std::size_t j = 0; j < points; ++j) {
      double* to = &full[(i * points + j) * n];
      for (std::size_t column = 0; column < window; ++column) {
        const double* from = &half[(i * window + column) * n];
        for (std::size_t c = 0; c < n; ++c) to[c] += g[j][column] * from[c];
      }
    }
  }
  return full;
}

}  // namespace

double winograd_flops(const Tiles& tiles, int channels, int filters) {
  return product_flops(tiles, channels, filters) + transform_flops(tiles, channels, filters);
}

Tiles choose_tiles(const Layer& conv, Shape in, Shape out, const Kernels& kernels) {
  Tiles best;
  double least = 0;
  const int window = conv.window.rows;
  if (!conv.stride.square(1) || !conv.window.square(window) || in.channels < kLeastChannels)
    return best;
  const double direct = 2.0 * window * window * in.channels * static_cast<double>(out.size());
  for (int form = 0; form < kWinogradForms; ++form) {
    const Winograd& kernel = kernels.winograd[form];
    if (kernel.window != window) continue;
    const int most_missing = kernel.input[1][1] != nullptr ? winograd::kMostMissing : 0;
    const Tiles tiles{form, kernel.outputs, kernel.outputs + kernel.window - 1,
                      winograd::cover(out.height, kernel.outputs, window, most_missing),
                      winograd::cover(out.width, kernel.outputs, window, most_missing)};
    const double products = product_flops(tiles, in.channels, out.channels),
                 transforms = transform_flops(tiles, in.channels, out.channels);
    if (products + kTransformCost * transforms >= kWorthIt * direct) continue;
    const double cost = products + kLargeTransformCost * transforms;
    if (best.form < 0 || cost < least) {
      least = cost;
      best = tiles;
    }
  }
  return best;
}

Panels transform_filters(const Layer& conv, int channels, const Tiles& tiles,
                         const Kernels& kernels) {
  const auto g = filter_matrix(tiles.points, conv.window.rows);
  const int points = tiles.all_points(), units = conv.units;
  Panels panels(points * channels, units, kernels);
  std::copy_n(conv.bias, units, panels.bias.data());
  for (int channel = 0; channel < channels; ++channel) {
    const auto filters = at_points(conv.weight + static_cast<std::ptrdiff_t>(channel) * units,
                                   static_cast<std::ptrdiff_t>(channels) * units, units, g);
    for (int p = 0; p < panels.count; ++p) {
      const int row_floats = panels.columns(p), first = p * panels.width;
      const int columns = std::min(row_floats, units - first);
      for (int point = 0; point < points; ++point) {
        const double* from = &filters[static_cast<std::size_t>(point) * units + first];
        std::copy_n(from, columns, panels.panel(p) + (point * channels + channel) * row_floats);
      }
    }
  }
  return panels;
}

}  // namespace digitcli::network::float32
