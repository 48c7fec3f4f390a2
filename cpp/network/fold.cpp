#include "network/fold.h"

#include <cstddef>

namespace digitcli::network {
namespace {

std::size_t depth_of(const Layer& dense) {
  return dense.weight_size / static_cast<std::size_t>(dense.units);
}

double multiplications(const Layer& layer) {
  return layer.kind == Kind::dense ? static_cast<double>(layer.weight_size) : 0;
}

bool is_one_matrix(const Layer& first, const Layer& second) {
  return first.kind == Kind::dense && second.kind == Kind::dense && !first.relu;
}

// Whether `first` then `second` is one smaller matrix.
bool worth_folding(const Layer& first, const Layer& second) {
  if (!is_one_matrix(first, second)) return false;
  const auto units = static_cast<std::size_t>(second.units);
  return depth_of(first) * units <= first.weight_size + second.weight_size;
}

// rows (n, middle) x matrix (middle, units) + bias, summed in double.
std::vector<float> multiply(const float* rows, std::size_t n, const Layer& matrix,
                            const float* bias) {
  const auto units = static_cast<std::size_t>(matrix.units), middle = depth_of(matrix);
  std::vector<float> product(n * units);
  std::vector<double> sum(units);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t c = 0; c < units; ++c) sum[c] = bias != nullptr ? bias[c] : 0;
    for (std::size_t k = 0; k < middle; ++k) {
      const double value = rows[row * middle + k];
      const float* weight = matrix.weight + k * units;
      for (std::size_t c = 0; c < units; ++c) sum[c] += value * weight[c];
    }
    for (std::size_t c = 0; c < units; ++c) product[row * units + c] = static_cast<float>(sum[c]);
  }
  return product;
}

Folded fold(const Layer& first, const Folded& second, std::deque<std::vector<float>>& arrays) {
  arrays.push_back(multiply(first.weight, depth_of(first), second.layer, nullptr));
  arrays.push_back(multiply(first.bias, 1, second.layer, second.layer.bias));
  const std::vector<float>&weight = arrays[arrays.size() - 2], &bias = arrays.back();
  Layer layer = second.layer;
  layer.name = first.name;
  layer.weight = weight.data();
  layer.weight_size = weight.size();
  layer.bias = bias.data();
  return {layer, first.name + "+" + second.names, multiplications(first) + second.multiplications};
}

}  // namespace

std::vector<std::vector<std::string>> linear_chains(const std::vector<Layer>& layers) {
  std::vector<std::vector<std::string>> chains;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i == 0 || !is_one_matrix(layers[i - 1], layers[i])) chains.emplace_back();
    chains.back().push_back(layers[i].name);
  }
  return chains;
}

std::vector<Folded> fold_linear_chains(const std::vector<Layer>& layers, bool enabled,
                                       std::deque<std::vector<float>>& arrays) {
  std::vector<Folded> folded;  // last layer first: a short end makes the whole chain short
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    if (enabled && !folded.empty() && worth_folding(*layer, folded.back().layer)) {
      folded.back() = fold(*layer, folded.back(), arrays);
    } else {
      folded.push_back({*layer, layer->name, multiplications(*layer)});
    }
  }
  return {folded.rbegin(), folded.rend()};
}

}  // namespace digitcli::network
