#include "network/int8/plan.h"

#include <algorithm>

#include "base/round_up.h"
#include "network/blank.h"
#include "network/winograd/run.h"

namespace digitcli::network::int8 {
namespace {

// Rows that one pass over Winograd's filters should serve.
constexpr int kWaveTiles = 28;

// Most pictures that take the picture steps together.
constexpr int kMaxWave = 8;

// Most rows of a window whose pixels are lifted into one column.
constexpr int kMaxLift = 8;

// Bytes between two rows of features are whole cache lines, so that tiles stay within the row.
constexpr std::ptrdiff_t kLine = 64;

// Only pixels are lifted, on their way in: never what a layer wrote.
bool is_lifted(const QuantizedLayer& layer, Shape in, bool first) {
  return first && layer.kind == Kind::conv && in.channels == 1 && layer.window.rows <= kMaxLift;
}

Plane plane_for(Shape shape, int padded, const QuantizedLayer* consumer) {
  if (consumer == nullptr || consumer->kind != Kind::conv) {
    return {shape, padded, kNoPadding, kNoPadding, 0};
  }
  const Padding columns = column_padding(*consumer, shape);
  return {shape, padded, row_padding(*consumer, shape), columns,
          std::max(columns.before, columns.after)};
}

// One run of columns of pixels: byte j of pixel kx is the weight of kernel row j.
Int8Matrix lifted_matrix(const Step& step) {
  const Sides window = step.layer.window;
  Int8Matrix matrix{{}, {}, {}, step.layer.units, 1, window.columns * step.lift, {}};
  for (int kx = 0; kx < window.columns; ++kx) {
    for (int j = 0; j < step.lift; ++j) {
      matrix.row_of.push_back(j < window.rows ? j * window.columns + kx : -1);
    }
  }
  return matrix;
}

// `rows` runs of `columns` pixels; the bytes past a pixel's channels have no weight.
Int8Matrix gathered_matrix(const Step& step, int rows, int columns) {
  const int pixel = step.in.padded, channels = step.in.shape.channels;
  Int8Matrix matrix{{}, {}, {}, step.layer.units, rows, columns * pixel, {}};
  for (int i = 0; i < rows * columns * pixel; ++i) {
    matrix.row_of.push_back(i % pixel < channels ? i / pixel * channels + i % pixel : -1);
  }
  return matrix;
}

// The weights of layer `i` for `step`, and where each segment of its matrix begins.
void set_weights(Step& step, Int8Matrix matrix, const Weights& weights, std::size_t i) {
  matrix.weight = step.layer.weights;
  matrix.bias = step.layer.biases;
  matrix.scale = step.layer.scales;
  step.packed = weights.packed(i, matrix);
  for (int s = 0; s < matrix.segments; ++s) step.segments.push_back(s * step.in.row_stride());
}

void set_conv_weights(Step& step, const Weights& weights, std::size_t i) {
  const QuantizedLayer& layer = step.layer;
  if (step.tiles.form >= 0) {
    step.packed = weights.packed(i, step.in.shape.channels, step.tiles);
    return;
  }
  if (!is_lifted(layer, step.in.shape, i == 0)) {
    const Int8Matrix matrix = gathered_matrix(step, layer.window.rows, layer.window.columns);
    return set_weights(step, matrix, weights, i);
  }
  step.lift = layer.window.rows <= kMaxLift / 2 ? kMaxLift / 2 : kMaxLift;
  const int height = output_shape(layer, step.in.shape).height;
  step.in = {
      {height, step.in.shape.width, 1}, step.lift, kNoPadding, step.in.columns, step.in.between};
  set_weights(step, lifted_matrix(step), weights, i);
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

Algorithm algorithm_of(Kind kind) {
  switch (kind) {
    case Kind::conv:
      return Algorithm::direct;
    case Kind::max_pool:
      return Algorithm::max_pool;
    case Kind::average_pool:
      return Algorithm::average_pool;
    case Kind::dense:
      return Algorithm::dense;
  }
  return Algorithm::direct;
}

// Of layer `i`, and of the pool behind it if there is one.
Step make_step(const Weights& weights, std::size_t i, const QuantizedLayer* pool, const Plane& in,
               const QuantizedLayer* consumer) {
  const QuantizedLayer& layer = weights.layers()[i];
  Step step;
  step.layer = layer;
  step.names = pool == nullptr ? layer.name : layer.name + "+" + pool->name;
  step.algorithm = algorithm_of(layer.kind);
  step.pooled = pool != nullptr;
  step.gives_floats = layer.logits;
  step.input = in.shape;
  step.in = in;
  Shape shape = output_shape(layer, in.shape);
  step.flops_direct = step.flops_done = direct_flops(layer, in.shape, shape);
  if (layer.kind == Kind::conv) {
    step.sums = sums_of(layer, in.shape, pool);
    step.flops_done = direct_flops(layer, in.shape, step.sums);
    if (weights.passes().winograd) {
      step.tiles = choose_tiles(weights.layers()[i], in, step.sums, weights.kernels());
    }
    if (step.tiles.form >= 0) {
      step.algorithm = Algorithm::winograd;
      step.operand_width = 2;
      step.flops_done =
          winograd_flops(step.tiles, layer.window.rows, in.shape.channels, layer.units);
    }
  }
  if (pool != nullptr) shape = output_shape(*pool, shape);
  const bool halves = layer.kind == Kind::conv && !layer.logits;
  const int unit = halves ? weights.kernels().half_lanes : weights.kernels().lanes;
  step.out = plane_for(shape, base::round_up(shape.channels, unit), consumer);
  step.out_row = base::round_up(step.out.size(), kLine) * (layer.logits ? sizeof(float) : 1);
  if (layer.kind == Kind::conv) {
    set_conv_weights(step, weights, i);
  } else if (layer.kind == Kind::dense) {
    const int pixels = in.shape.height * in.shape.width;
    set_weights(step, gathered_matrix(step, 1, pixels), weights, i);
  } else if (layer.kind == Kind::average_pool) {
    step.scale = layer.scales[0];
  }
  step.layer.weights = nullptr;  // not ours to keep
  step.layer.biases = nullptr;
  step.layer.scales = nullptr;
  return step;
}

}  // namespace

std::size_t Step::room() const {
  const std::ptrdiff_t column = static_cast<std::ptrdiff_t>(layer.stride.columns) * in.padded;
  const std::ptrdiff_t past =
      kTileColumns * column + layer.stride.rows * in.row_stride() + 4 * packed->panels.groups + 64;
  return static_cast<std::size_t>(in.size() + std::max(past, tiles.points * in.row_stride()));
}

std::string algorithm_name(const Step& step) {
  std::string name = name_of(step.algorithm);
  if (step.algorithm == Algorithm::winograd) name += winograd::name_of(step.tiles);
  return name + " int8";
}

Plan make_plan(Shape input, const Weights& weights) {
  weights.check(input);
  const std::vector<QuantizedLayer>& layers = weights.layers();
  Plan plan;
  plan.input = input;
  plan.first = plane_for(input, input.channels, &layers.front());
  Plane plane = plan.first;
  std::ptrdiff_t row = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto after = [&](std::size_t k) { return k < layers.size() ? &layers[k] : nullptr; };
    const std::size_t own = i;
    const bool fuses = weights.passes().fuse && layers[own].kind == Kind::conv &&
                       own + 1 < layers.size() && is_fusible(layers[own + 1]);
    const QuantizedLayer* pool = fuses ? after(++i) : nullptr;
    auto& steps = layers[own].kind == Kind::dense ? plan.dense_steps : plan.picture_steps;
    steps.push_back(make_step(weights, own, pool, plane, after(i + 1)));
    Step& step = steps.back();
    step.in_row = steps.size() == 1 ? base::round_up(step.in.size(), kLine) : row;
    row = step.out_row;
    if (step.algorithm == Algorithm::winograd) {
      step.part_of_two = winograd::shared_by(step, 2).part;
      const int wave = (kWaveTiles + step.tiles.count() - 1) / step.tiles.count();
      plan.wave = std::max(plan.wave, std::min(wave, kMaxWave));
    }
    plane = steps.back().out;
  }
  if (weights.passes().blank) find_seen(plan, true);
  plan.first_row = plan.step(0).in_row;
  plan.output = plane.shape;
  return plan;
}

}  // namespace digitcli::network::int8
