#include "network/int8/plan.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "base/round_up.h"

namespace digitcli::network::int8 {
namespace {

constexpr Padding kNone = {0, 0};
constexpr int kMaxLift = 8;

// Only pixels are lifted, on their way in: never what a layer wrote.
bool is_lifted(const QuantizedLayer& layer, Shape in, bool first) {
  return first && layer.kind == Kind::conv && in.channels == 1 && layer.window <= kMaxLift;
}

bool pools_by_two(const QuantizedLayer* layer) {
  return layer != nullptr && layer->kind == Kind::max_pool && layer->window == 2 &&
         layer->stride == 2;
}

Plane plane_for(Shape shape, int pixel, const QuantizedLayer* consumer) {
  const bool bordered = consumer != nullptr && consumer->kind == Kind::conv;
  return {shape, pixel, bordered ? padding_of(*consumer, shape.height) : kNone,
          bordered ? padding_of(*consumer, shape.width) : kNone};
}

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

void check_arrays(const QuantizedLayer& layer, int depth) {
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.weight_size != static_cast<std::size_t>(depth) * units || layer.bias_size != units ||
      layer.scales_size != units) {
    throw base::BadNetwork(
        layer.name + ": expected " + std::to_string(depth) + " x " + std::to_string(units) +
        " weights and as many biases and scales, got " + std::to_string(layer.weight_size) + ", " +
        std::to_string(layer.bias_size) + " and " + std::to_string(layer.scales_size) + " values");
  }
  check_sums(layer, depth);
}

// One run of columns of pixels: byte j of pixel kx is the weight of kernel row j.
Int8Matrix lifted_matrix(const Step& step) {
  const int window = step.layer.window;
  Int8Matrix matrix{{}, {}, {}, step.layer.units, 1, window * step.lift, {}};
  for (int kx = 0; kx < window; ++kx) {
    for (int j = 0; j < step.lift; ++j) {
      matrix.row_of.push_back(j < window ? j * window + kx : -1);
    }
  }
  return matrix;
}

// `rows` runs of `columns` pixels; the bytes past a pixel's channels have no weight.
Int8Matrix gathered_matrix(const Step& step, int rows, int columns) {
  const int pixel = step.in.pixel, channels = step.in.shape.channels;
  Int8Matrix matrix{{}, {}, {}, step.layer.units, rows, columns * pixel, {}};
  for (int i = 0; i < rows * columns * pixel; ++i) {
    matrix.row_of.push_back(i % pixel < channels ? i / pixel * channels + i % pixel : -1);
  }
  return matrix;
}

void pack_step(Step& step, Int8Matrix matrix, int depth, const Kernels& kernels) {
  check_arrays(step.layer, depth);
  matrix.weight = step.layer.weights;
  matrix.bias = step.layer.biases;
  matrix.scale = step.layer.scales;
  step.panels = pack_int8(matrix, kernels.lanes, kernels.int8_groups);
  if (step.layer.kind == Kind::dense) {
    step.rows = pack_int8_rows(matrix, kernels.lanes, kernels.int8_row_units);
  }
  for (int s = 0; s < matrix.segments; ++s) step.segments.push_back(s * step.in.row_stride());
}

void plan_conv(Step& step, bool first, const Kernels& kernels) {
  const QuantizedLayer& layer = step.layer;
  const int window = layer.window, channels = step.in.shape.channels;
  check_shape(layer.name + " (one window)", {window, window, channels});
  if (is_lifted(layer, step.in.shape, first)) {
    step.lift = kMaxLift;
    const Shape out = output_shape(layer, step.in.shape);
    step.in = {{out.height, step.in.shape.width, 1}, step.lift, kNone, step.in.columns};
    pack_step(step, lifted_matrix(step), window * window, kernels);
  } else {
    pack_step(step, gathered_matrix(step, window, window), window * window * channels, kernels);
  }
}

// The sums of a convolution that its pooling reads: "valid" leaves an odd last row or column.
Shape sums_of(const QuantizedLayer& conv, Shape in, const QuantizedLayer* pool) {
  Shape sums = output_shape(conv, in);
  if (pool != nullptr && !pool->same) {
    sums.height -= sums.height % 2;
    sums.width -= sums.width % 2;
  }
  return sums;
}

Step make_step(const QuantizedLayer& layer, const QuantizedLayer* pool, const Plane& in,
               const QuantizedLayer* consumer, bool first, const Kernels& kernels) {
  Step step{layer, in, {}, pool != nullptr, 0, {}, {}, {}, {}, 0};
  Shape shape = output_shape(layer, in.shape);
  check_shape(layer.name, shape);
  if (layer.kind == Kind::conv) step.sums = sums_of(layer, in.shape, pool);
  if (pool != nullptr) shape = output_shape(*pool, shape);
  step.out = plane_for(shape, base::round_up(shape.channels, kernels.lanes), consumer);
  if (layer.kind == Kind::conv) {
    plan_conv(step, first, kernels);
  } else if (layer.kind == Kind::dense) {
    const int pixels = in.shape.height * in.shape.width;
    pack_step(step, gathered_matrix(step, 1, pixels), static_cast<int>(in.shape.size()), kernels);
  } else if (layer.kind == Kind::average_pool) {
    if (layer.scales_size != 1) throw base::BadNetwork(layer.name + ": expected one scale");
    step.scale = layer.scales[0];
  }
  step.layer.weights = nullptr;  // not ours to keep
  step.layer.biases = nullptr;
  step.layer.scales = nullptr;
  return step;
}

void check_layers(const std::vector<QuantizedLayer>& layers) {
  if (layers.empty()) throw base::BadNetwork("a network needs at least one layer");
  bool dense = false;
  for (const QuantizedLayer& layer : layers) {
    check_layer(layer);
    if (dense && layer.kind != Kind::dense) {
      throw base::BadNetwork(layer.name + ": comes after a dense layer, but needs a picture");
    }
    dense = dense || layer.kind == Kind::dense;
    const bool computes = layer.kind == Kind::dense || layer.kind == Kind::average_pool;
    if (layer.logits && (&layer != &layers.back() || !computes)) {
      throw base::BadNetwork(layer.name +
                             ": only a dense or average layer at the end gives logits");
    }
  }
}

}  // namespace

std::size_t Step::room() const {
  const std::ptrdiff_t column = static_cast<std::ptrdiff_t>(layer.stride) * in.pixel;
  const std::ptrdiff_t past =
      kTileColumns * column + layer.stride * in.row_stride() + 4 * panels.groups + 64;
  return static_cast<std::size_t>(in.size() + past);
}

Plan make_plan(Shape input, const std::vector<QuantizedLayer>& layers, const Kernels& kernels) {
  check_shape("input", input);
  check_layers(layers);
  Plan plan{input, input, {}, {}, plane_for(input, input.channels, &layers.front())};
  Plane plane = plan.first;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const QuantizedLayer& layer = layers[i];
    const auto after = [&](std::size_t k) { return k < layers.size() ? &layers[k] : nullptr; };
    const bool first = i == 0;
    const bool fuses = layer.kind == Kind::conv && pools_by_two(after(i + 1));
    const QuantizedLayer* pool = fuses ? after(++i) : nullptr;
    auto& steps = layer.kind == Kind::dense ? plan.dense_steps : plan.picture_steps;
    steps.push_back(make_step(layer, pool, plane, after(i + 1), first, kernels));
    plane = steps.back().out;
  }
  plan.output = plane.shape;
  return plan;
}

}  // namespace digitcli::network::int8
