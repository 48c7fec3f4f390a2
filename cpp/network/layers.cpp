#include "network/layers.h"

#include <algorithm>

#include "base/errors.h"

namespace digitcli::network {
namespace {

// How often a window fits into `size` pixels of one dimension.
int extent(const Layer& layer, int size, int window, int stride) {
  if (layer.same) return (size + stride - 1) / stride;
  if (window > size) throw base::BadNetwork(layer.name + ": the window is larger than its input");
  return (size - window) / stride + 1;
}

Shape windows(const Layer& layer, Shape in, int channels) {
  return {extent(layer, in.height, layer.window.rows, layer.stride.rows),
          extent(layer, in.width, layer.window.columns, layer.stride.columns), channels};
}

Padding padding(const Layer& layer, int size, int window, int stride) {
  if (!layer.same) return {0, 0};
  const int covered = (extent(layer, size, window, stride) - 1) * stride + window;
  const int total = std::max(covered - size, 0);
  return {total / 2, total - total / 2};
}

bool is_side(int side) { return side >= 1 && side <= kMaxWindow; }

}  // namespace

void check_layer(const Layer& layer) {
  if (!is_side(layer.window.rows) || !is_side(layer.window.columns) ||
      !is_side(layer.stride.rows) || !is_side(layer.stride.columns)) {
    throw base::BadNetwork(layer.name + ": window and stride must be from 1 to " +
                           std::to_string(kMaxWindow));
  }
  const bool has_units = layer.kind == Kind::conv || layer.kind == Kind::dense;
  if (has_units && (layer.units < 1 || layer.units > kMaxUnits)) {
    throw base::BadNetwork(layer.name + ": units must be from 1 to " + std::to_string(kMaxUnits));
  }
}

void check_shape(const std::string& what, Shape shape) {
  std::size_t room = kMaxValues;  // divided, not multiplied: a product may come out as 0
  for (const int side : {shape.height, shape.width, shape.channels}) {
    room = side > 0 ? room / static_cast<std::size_t>(side) : 0;
  }
  if (room == 0) {
    throw base::BadNetwork(what + ": " + std::to_string(shape.height) + " x " +
                           std::to_string(shape.width) + " x " + std::to_string(shape.channels) +
                           " is not a size this engine runs");
  }
}

void check_not_empty(std::size_t layers) {
  if (layers == 0) throw base::BadNetwork("a network needs at least one layer");
}

void check_order(const Layer& layer, bool after_dense) {
  if (after_dense && layer.kind != Kind::dense) {
    throw base::BadNetwork(layer.name + ": comes after a dense layer, but needs a picture");
  }
}

Shape output_shape(const Layer& layer, Shape in) {
  switch (layer.kind) {
    case Kind::conv:
      return windows(layer, in, layer.units);
    case Kind::max_pool:
      return windows(layer, in, in.channels);
    case Kind::average_pool:
      return {1, 1, in.channels};
    case Kind::dense:
      return {1, 1, layer.units};
  }
  throw base::BadNetwork(layer.name + ": unknown kind");
}

Padding row_padding(const Layer& layer, Shape in) {
  return padding(layer, in.height, layer.window.rows, layer.stride.rows);
}

Padding column_padding(const Layer& layer, Shape in) {
  return padding(layer, in.width, layer.window.columns, layer.stride.columns);
}

bool runs_on_one_channel(const Layer& conv, int channels) {
  return channels == 1 && conv.stride.square(1) && (conv.window.square(3) || conv.window.square(5));
}

}  // namespace digitcli::network
