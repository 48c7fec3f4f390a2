#include "fuzz/layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/dispatch.h"
#include "base/errors.h"

namespace digitcli::fuzz {
namespace {

using network::Kind;
using network::Shape;
using network::int8::QuantizedLayer;

constexpr int kMostLayers = 6, kMostSide = 24;
constexpr std::size_t kMostWeights = 1 << 15;  // of one layer
constexpr std::size_t kMostWork = 400'000;     // multiplications for a picture
constexpr std::size_t kMostLargeWork = 20'000'000;
constexpr int kWild[] = {0,
                         -1,
                         1,
                         64,
                         65,
                         4097,
                         65536,
                         65537,
                         1 << 28,
                         1 << 30,
                         1 << 16,
                         std::numeric_limits<int>::max(),
                         std::numeric_limits<int>::min()};

int wild(Input& input) { return kWild[input.byte() % std::size(kWild)]; }

// Square on most layers, as networks have it.
network::Sides sides_of(Input& input, int most) {
  const std::uint8_t kind = input.byte();
  const int rows = 1 + kind / 8 % most;
  return (kind & 7) != 7 ? network::Sides{rows, rows} : network::Sides{rows, input.within(1, most)};
}

void draw_layer(Input& input, bool after_dense, QuantizedLayer& layer) {
  constexpr Kind kKinds[] = {Kind::conv, Kind::conv,         Kind::conv, Kind::max_pool,
                             Kind::conv, Kind::average_pool, Kind::dense};
  const std::uint8_t kind = input.byte();
  layer.kind = after_dense ? Kind::dense : kKinds[kind % std::size(kKinds)];
  layer.same = (kind & 64) != 0;
  layer.relu = (kind & 128) != 0;
  layer.units = input.within(1, 40);
  if (layer.kind == Kind::average_pool || layer.kind == Kind::dense) return;
  layer.window = sides_of(input, 7);
  layer.stride = layer.kind == Kind::conv && !input.flag() ? network::Sides{} : sides_of(input, 3);
  if (layer.kind == Kind::max_pool && input.flag()) layer.window = layer.stride = {2, 2};
}

// One number of a layer becomes anything.
void spoil(Input& input, QuantizedLayer& layer, Shape& shape) {
  int* const numbers[] = {&layer.units,       &layer.window.rows,    &layer.window.columns,
                          &layer.stride.rows, &layer.stride.columns, &shape.height,
                          &shape.width,       &shape.channels};
  *numbers[input.byte() % std::size(numbers)] = wild(input);
}

std::size_t depth_of(const QuantizedLayer& layer, Shape in) {
  if (layer.kind == Kind::dense) return in.size();
  if (layer.kind != Kind::conv) return 0;
  const auto sides = {layer.window.rows, layer.window.columns, in.channels};
  std::size_t depth = 1;
  for (const int side : sides) depth *= static_cast<std::size_t>(std::clamp(side, 0, 1 << 16));
  return depth;
}

float scale_of(Random& random, std::size_t depth, std::uint8_t kind) {
  if (kind % 16 == 15) return std::ldexp(1.5f + random.within_one(), random.within(-60, 30));
  return (1.2f + random.within_one()) / (40.0f * std::sqrt(static_cast<float>(depth + 1)));
}

void fill_int8(Network& network, QuantizedLayer& layer, std::size_t depth, Random& random,
               std::uint8_t kind) {
  const auto units = static_cast<std::size_t>(layer.units);
  auto& weights = network.bytes.emplace_back(depth * units);
  const int most = kind % 8 == 7 ? 128 : 1 + kind % 8 * 18;
  for (std::int8_t& weight : weights)
    weight = static_cast<std::int8_t>(std::min(random.within(-most, most), 127));
  auto& biases = network.ints.emplace_back(units);
  const int furthest = kind % 32 == 31 ? std::numeric_limits<int>::max() / 2 : 1 << kind % 20;
  for (std::int32_t& bias : biases) bias = random.within(-furthest, furthest);
  auto& scales = network.floats.emplace_back(units);
  for (float& scale : scales) scale = scale_of(random, depth, kind);
  layer.weights = weights.data(), layer.biases = biases.data(), layer.scales = scales.data();
  layer.weight_size = weights.size(), layer.bias_size = units, layer.scales_size = units;
}

void fill_float32(Network& network, QuantizedLayer& layer, std::size_t depth, Random& random,
                  std::uint8_t kind) {
  const auto units = static_cast<std::size_t>(layer.units);
  const float gain = (0.2f + static_cast<float>(kind % 8)) / std::sqrt(static_cast<float>(depth));
  auto& weights = network.floats.emplace_back(depth * units);
  for (float& weight : weights)
    weight = (kind & 64) != 0 && random.within(0, 1) == 0 ? 0 : gain * random.within_one();
  auto& biases = network.floats.emplace_back(units);
  for (float& bias : biases) bias = random.within_one();
  layer.weight = weights.data(), layer.bias = biases.data();
  layer.weight_size = weights.size(), layer.bias_size = units;
}

void fill_average(Network& network, QuantizedLayer& layer, Shape in) {
  auto& scales = network.floats.emplace_back(
      1, 1.0f / (static_cast<float>(in.height) * static_cast<float>(in.width)));
  layer.scales = scales.data();
  layer.scales_size = 1;
}

// Arrays that fit, or where the sizes are hostile as many values as a layer may say it has.
void fill(Network& network, QuantizedLayer& layer, Shape in, Precision precision, Input& input) {
  std::size_t depth = depth_of(layer, in);
  const std::uint8_t kind = input.byte();
  Random random = input.random();
  if (precision == Precision::int8 && layer.kind == Kind::average_pool)
    return fill_average(network, layer, in);
  if (layer.kind != Kind::conv && layer.kind != Kind::dense) return;
  const int units = layer.units;
  if (network.hostile) {
    layer.units = std::clamp(units, 0, 64);
    depth = std::min<std::size_t>(depth, 128);
  }
  precision == Precision::int8 ? fill_int8(network, layer, depth, random, kind)
                               : fill_float32(network, layer, depth, random, kind);
  layer.units = units;
}

bool is_small(const QuantizedLayer& layer, Shape in, Shape out, bool large) {
  const std::size_t most = large ? kMostLargeWork : kMostWork;
  const auto units = static_cast<std::size_t>(layer.units);
  const std::size_t depth = depth_of(layer, in), weights = depth * units;
  return weights <= kMostWeights && depth * out.size() <= most && in.size() <= most / 4;
}

// False where the network ends before this layer, because it would be large or has no output.
bool add_layer(Network& network, Shape& shape, bool& flat, Precision precision, Input& input) {
  QuantizedLayer layer;
  draw_layer(input, flat, layer);
  layer.name = "layer " + std::to_string(network.layers.size() + 1);
  if (network.hostile && input.flag()) spoil(input, layer, network.input);
  Shape out = shape;
  try {
    network::check_shape("input", shape);
    network::check_layer(layer);
    out = network::output_shape(layer, shape);
    if (!network.hostile && !is_small(layer, shape, out, network.large)) return false;
  } catch (const base::BadNetwork&) {
    if (!network.hostile) return false;
  }
  fill(network, layer, shape, precision, input);
  network.layers.push_back(layer);
  flat = layer.kind == Kind::dense;
  shape = out;
  return true;
}

}  // namespace

Network network_of(Input& input, Precision precision) {
  Network network;
  const std::uint8_t kind = input.byte();
  network.hostile = kind % 8 == 5;
  network.large = kind % 16 == 9;
  const int most = network.large ? 3 * kMostSide : kMostSide;
  network.input = {input.within(1, most), input.within(1, most),
                   (kind & 8) != 0 ? input.within(1, 24) : 1};
  if (kind % 32 == 7) network.input.width = input.within(1, 400);
  if (network.hostile && input.flag()) network.input = {wild(input), wild(input), wild(input)};
  Shape shape = network.input;
  bool flat = false;
  for (int count = input.within(network.hostile ? 0 : 1, kMostLayers); count > 0; --count)
    if (!add_layer(network, shape, flat, precision, input)) break;
  const bool computes = !network.layers.empty() && network.layers.back().kind != Kind::max_pool;
  if (precision == Precision::int8 && (kind & 16) == 0 && computes)
    network.layers.back().logits = true;
  return network;
}

bool is_possible(Shape shape) {
  const double values = 1.0 * shape.height * shape.width * shape.channels;
  return std::min({shape.height, shape.width, shape.channels}) > 0 && values <= network::kMaxValues;
}

network::Passes passes_of(Input& input) {
  const std::uint8_t kind = input.byte();
  return {(kind & 1) == 0, (kind & 2) == 0, (kind & 4) == 0};
}

std::string isa_of(Input& input) {
  const std::vector<std::string> isas = base::available_isas();
  return isas[input.byte() % isas.size()];
}

}  // namespace digitcli::fuzz
