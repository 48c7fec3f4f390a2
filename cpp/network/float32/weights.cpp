#include "network/float32/weights.h"

#include <string>

#include "base/errors.h"
#include "base/round_up.h"

namespace digitcli::network::float32 {
namespace {

void check_arrays(const Layer& layer, std::size_t depth) {
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.weight_size != depth * units || layer.bias_size != units) {
    throw base::BadNetwork(layer.name + ": expected " + std::to_string(depth) + " x " +
                           std::to_string(units) + " weights and as many biases, got " +
                           std::to_string(layer.weight_size) + " and " +
                           std::to_string(layer.bias_size) + " values");
  }
}

Packed pack(const Layer& layer, const Tiles& tiles, const Kernels& kernels) {
  const int units = layer.units;
  const auto depth = static_cast<int>(layer.weight_size / static_cast<std::size_t>(units));
  if (tiles.form >= 0) {
    const int channels = depth / (layer.window.rows * layer.window.columns);
    return {transform_filters(layer, channels, tiles, kernels), {}};
  }
  Packed packed{pack_panels(layer.weight, layer.bias, depth, units, kernels), {}};
  if (layer.kind == Kind::dense) {
    packed.wide = pad_rows(layer.weight, depth, units, base::round_up(units, kernels.lanes));
  }
  return packed;
}

}  // namespace

Weights::Weights(Shape input, std::vector<Layer> layers, const Passes& passes,
                 const Kernels& kernels)
    : given_(std::move(layers)), passes_(passes), kernels_(kernels) {
  check(input);
  folded_ = fold_linear_chains(given_, passes.fold, arrays_);
}

void Weights::check(Shape input) const { check_network(input, given_, check_arrays); }

std::shared_ptr<const Packed> Weights::packed(std::size_t layer, const Tiles& tiles) const {
  return packed_.get({layer, tiles.form},
                     [&] { return pack(folded_[layer].layer, tiles, kernels_); });
}

}  // namespace digitcli::network::float32
