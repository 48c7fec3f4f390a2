#include "fuzz/oracle.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

namespace digitcli::fuzz {
namespace {

using network::Kind;
using network::Layer;
using network::Shape;
using network::int8::QuantizedLayer;

// Terms of Winograd's sums are larger than those of the sum itself, by less than this.
constexpr double kLargerTerms = 1 << 12;

std::size_t at(Shape shape, int row, int column, int channel) {
  return static_cast<std::size_t>((row * shape.width + column) * shape.channels + channel);
}

// The window over `in` that a layer looks through for one place of its output.
struct View {
  int top, left, rows, columns;
};

View view_of(const Layer& layer, Shape in, int row, int column) {
  if (layer.kind == Kind::average_pool || layer.kind == Kind::dense)
    return {0, 0, in.height, in.width};
  return {row * layer.stride.rows - network::row_padding(layer, in).before,
          column * layer.stride.columns - network::column_padding(layer, in).before,
          layer.window.rows, layer.window.columns};
}

// Calls visit(index into `in`, number in the window) for each place inside, of one channel.
template <class Visit>
void each_place(const View& view, Shape in, int channel, const Visit& visit) {
  for (int i = 0; i < view.rows; ++i) {
    for (int j = 0; j < view.columns; ++j) {
      const int row = view.top + i, column = view.left + j;
      if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
      visit(at(in, row, column, channel), static_cast<std::size_t>(i * view.columns + j));
    }
  }
}

// The same with the index of the weight, for all channels.
template <class Visit>
void each_weight(const Layer& layer, const View& view, Shape in, int unit, const Visit& visit) {
  for (int c = 0; c < in.channels; ++c) {
    each_place(view, in, c, [&](std::size_t from, std::size_t place) {
      const std::size_t depth =
          place * static_cast<std::size_t>(in.channels) + static_cast<std::size_t>(c);
      visit(from, depth * static_cast<std::size_t>(layer.units) + static_cast<std::size_t>(unit));
    });
  }
}

template <class Each>
void each_output(Shape out, const Each& each) {
  for (int row = 0; row < out.height; ++row)
    for (int column = 0; column < out.width; ++column)
      for (int channel = 0; channel < out.channels; ++channel) each(row, column, channel);
}

// ---- float32

struct Sum {
  double value, error, magnitude;
};

Sum weighted(const Layer& layer, const Floats& x, const View& view, int unit) {
  Sum sum{layer.bias[unit], 0, std::abs(layer.bias[unit])};
  each_weight(layer, view, x.shape, unit, [&](std::size_t from, std::size_t index) {
    const double weight = layer.weight[index];
    sum.value += weight * x.values[from];
    sum.error += std::abs(weight) * x.errors[from];
    sum.magnitude += std::abs(weight) * (std::abs(x.values[from]) + x.errors[from]);
  });
  if (layer.relu) sum.value = std::max(sum.value, 0.0);
  return sum;
}

Sum pooled(const Layer& layer, const Floats& x, const View& view, int channel) {
  const bool largest = layer.kind == Kind::max_pool;
  Sum sum{largest ? -std::numeric_limits<double>::infinity() : 0, 0, 0};
  const double share = 1.0 / (view.rows * view.columns);
  each_place(view, x.shape, channel, [&](std::size_t from, std::size_t) {
    const double value = x.values[from], error = x.errors[from];
    sum.value = largest ? std::max(sum.value, value) : sum.value + share * value;
    sum.error = largest ? std::max(sum.error, error) : sum.error + share * error;
    if (!largest) sum.magnitude += share * (std::abs(value) + error);
  });
  return sum;
}

Floats run_layer(const Layer& layer, const Floats& x, bool winograd) {
  Floats y{network::output_shape(layer, x.shape), {}, {}};
  const bool sums = layer.kind == Kind::conv || layer.kind == Kind::dense;
  const bool one_by_one = layer.kind == Kind::dense || !winograd;
  double most = 0;
  std::vector<double> magnitudes;
  each_output(y.shape, [&](int row, int column, int channel) {
    const View view = view_of(layer, x.shape, row, column);
    const Sum sum = sums ? weighted(layer, x, view, channel) : pooled(layer, x, view, channel);
    y.values.push_back(sum.value);
    y.errors.push_back(sum.error);
    magnitudes.push_back(sum.magnitude);
    most = std::max(most, sum.magnitude);
  });
  const double terms = 3 + (sums ? static_cast<double>(layer.weight_size / layer.bias_size)
                                 : x.shape.height * x.shape.width);
  for (std::size_t i = 0; i < magnitudes.size(); ++i) {
    y.errors[i] += terms * FLT_EPSILON * magnitudes[i] + FLT_MIN;
    if (!one_by_one && layer.kind == Kind::conv) y.errors[i] += kLargerTerms * FLT_EPSILON * most;
  }
  return y;
}

// ---- int8

// One product in float32, clamped and rounded half to even.
void answer(const QuantizedLayer& layer, std::int64_t sum, float scale, Quantized& y) {
  const float product = static_cast<float>(static_cast<std::int32_t>(sum)) * scale;
  if (layer.logits) return y.logits.push_back(product);
  y.bytes.push_back(static_cast<std::uint8_t>(std::nearbyint(std::clamp(product, 0.0f, 255.0f))));
}

Quantized run_layer(const QuantizedLayer& layer, const Quantized& x) {
  Quantized y{network::output_shape(layer, x.shape), {}, {}};
  each_output(y.shape, [&](int row, int column, int channel) {
    const View view = view_of(layer, x.shape, row, column);
    std::int64_t sum = 0;
    if (layer.kind == Kind::conv || layer.kind == Kind::dense) {
      sum = layer.biases[channel];
      each_weight(layer, view, x.shape, channel, [&](std::size_t from, std::size_t index) {
        sum += layer.weights[index] * x.bytes[from];
      });
      return answer(layer, sum, layer.scales[channel], y);
    }
    const bool largest = layer.kind == Kind::max_pool;
    each_place(view, x.shape, channel, [&](std::size_t from, std::size_t) {
      sum = largest ? std::max<std::int64_t>(sum, x.bytes[from]) : sum + x.bytes[from];
    });
    if (!largest) return answer(layer, sum, layer.scales[0], y);
    y.bytes.push_back(static_cast<std::uint8_t>(sum));
  });
  return y;
}

}  // namespace

Floats run_oracle(const std::vector<Layer>& layers, const Floats& x, bool winograd) {
  Floats found = x;
  for (const Layer& layer : layers) found = run_layer(layer, found, winograd);
  return found;
}

Quantized run_oracle(const std::vector<QuantizedLayer>& layers, const Quantized& x) {
  Quantized found = x;
  for (const QuantizedLayer& layer : layers) found = run_layer(layer, found);
  return found;
}

}  // namespace digitcli::fuzz
