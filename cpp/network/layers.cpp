#include "network/layers.h"

#include <algorithm>

#include "base/errors.h"

namespace digitcli::network {
namespace {

int extent(const Layer& layer, int size) {
  if (layer.same) return (size + layer.stride - 1) / layer.stride;
  if (layer.window > size)
    throw base::BadNetwork(layer.name + ": the window is larger than its input");
  return (size - layer.window) / layer.stride + 1;
}

}  // namespace

void check_layer(const Layer& layer) {
  if (layer.window < 1 || layer.stride < 1 || layer.window > kMaxWindow ||
      layer.stride > kMaxWindow) {
    throw base::BadNetwork(layer.name + ": window and stride must be from 1 to " +
                           std::to_string(kMaxWindow));
  }
  const bool has_units = layer.kind == Kind::conv || layer.kind == Kind::dense;
  if (has_units && (layer.units < 1 || layer.units > kMaxUnits)) {
    throw base::BadNetwork(layer.name + ": units must be from 1 to " + std::to_string(kMaxUnits));
  }
}

void check_shape(const std::string& what, Shape shape) {
  const bool positive = shape.height > 0 && shape.width > 0 && shape.channels > 0;
  if (!positive || shape.size() > kMaxValues) {
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
      return {extent(layer, in.height), extent(layer, in.width), layer.units};
    case Kind::max_pool:
      return {extent(layer, in.height), extent(layer, in.width), in.channels};
    case Kind::average_pool:
      return {1, 1, in.channels};
    case Kind::dense:
      return {1, 1, layer.units};
  }
  throw base::BadNetwork(layer.name + ": unknown kind");
}

Padding padding_of(const Layer& layer, int size) {
  if (!layer.same) return {0, 0};
  const int covered = (extent(layer, size) - 1) * layer.stride + layer.window;
  const int total = std::max(covered - size, 0);
  return {total / 2, total - total / 2};
}

bool runs_on_one_channel(const Layer& conv, int channels) {
  return channels == 1 && conv.stride == 1 && (conv.window == 3 || conv.window == 5);
}

}  // namespace digitcli::network
