#include "network/int8/weights.h"

#include <limits>
#include <string>
#include <utility>

#include "base/errors.h"

namespace digitcli::network::int8 {
namespace {

// Largest magnitude that any input can give a sum must fit into 32 bits.
void check_sums(const QuantizedLayer& layer, int depth) {
  for (int u = 0; u < layer.units; ++u) {
    std::int64_t positive = layer.biases[u], negative = layer.biases[u];
    for (int k = 0; k < depth; ++k) {
      const int w = layer.weights[static_cast<std::ptrdiff_t>(k) * layer.units + u];
      (w > 0 ? positive : negative) += 255 * w;
    }
    if (positive > std::numeric_limits<std::int32_t>::max() ||
        negative < std::numeric_limits<std::int32_t>::min()) {
      throw base::BadNetwork(layer.name + ": sums of unit " + std::to_string(u) +
                             " can leave 32 bits; smaller weights or biases are needed");
    }
  }
}

void check_arrays(const QuantizedLayer& layer, std::size_t depth) {
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.weight_size != depth * units || layer.bias_size != units ||
      layer.scales_size != units) {
    throw base::BadNetwork(
        layer.name + ": expected " + std::to_string(depth) + " x " + std::to_string(units) +
        " weights and as many biases and scales, got " + std::to_string(layer.weight_size) + ", " +
        std::to_string(layer.bias_size) + " and " + std::to_string(layer.scales_size) + " values");
  }
}

// What only quantised layers can have wrong.
void check_scales(const std::vector<QuantizedLayer>& layers) {
  for (const QuantizedLayer& layer : layers) {
    const bool averages = layer.kind == Kind::average_pool;
    if (averages && layer.scales_size != 1)
      throw base::BadNetwork(layer.name + ": expected one scale");
    const bool computes = layer.kind != Kind::max_pool;
    if (layer.logits && (&layer != &layers.back() || !computes)) {
      throw base::BadNetwork(layer.name + ": only the last layer gives logits, and no max pool");
    }
  }
}

Packed pack(Kind kind, const Int8Matrix& matrix, const Kernels& kernels) {
  Packed packed{pack_int8(matrix, kernels.lanes, kernels.int8_groups), {}, {}};
  if (kind == Kind::dense) {
    packed.rows = pack_int8_rows(matrix, kernels.lanes, kernels.int8_row_units);
  }
  return packed;
}

}  // namespace

Weights::Weights(Shape input, std::vector<QuantizedLayer> layers, const Passes& passes,
                 const Kernels& kernels)
    : layers_(std::move(layers)), passes_(passes), kernels_(kernels) {
  check_network(input, layers_, [](const QuantizedLayer& layer, std::size_t depth) {
    check_arrays(layer, depth);
    check_sums(layer, static_cast<int>(depth));  // once: they do not depend on the size
  });
  check_scales(layers_);
}

void Weights::check(Shape input) const { check_network(input, layers_, check_arrays); }

std::shared_ptr<const Packed> Weights::packed(std::size_t layer, const Int8Matrix& matrix) const {
  return packed_.get({layer, -1}, [&] { return pack(layers_[layer].kind, matrix, kernels_); });
}

std::shared_ptr<const Packed> Weights::packed(std::size_t layer, int channels,
                                              const Tiles& tiles) const {
  return packed_.get({layer, tiles.form}, [&] {
    const QuantizedLayer& conv = layers_[layer];
    Packed packed{empty_panels(conv.biases, conv.scales, conv.units, kernels_.lanes),
                  transform_filters(conv, channels, tiles, kernels_.lanes),
                  {}};
    for (std::size_t u = 0; u < packed.filters.correction.size(); ++u) {
      auto& bias = packed.panels.bias.data()[u];  // modulo 2^32, as the sums that it is added to
      bias = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) +
                                       static_cast<std::uint32_t>(packed.filters.correction[u]));
    }
    return packed;
  });
}

}  // namespace digitcli::network::int8
