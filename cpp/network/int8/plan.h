// A quantised network as a list of steps: shapes, memory layout and packed weights, no scheduling.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "network/int8/pack.h"
#include "network/layers.h"

namespace digitcli::network::int8 {

// One layer of a quantised network; the float arrays of Layer stay empty. Activations are unsigned
// bytes, so a layer that is not the last one acts as if it had a ReLU: rounding stops at zero.
struct QuantizedLayer : Layer {
  const std::int8_t* weights = nullptr;  // as Layer::weight
  const std::int32_t* biases = nullptr;  // (units), in units of the sums
  const float* scales = nullptr;         // (units), or one for an average: from sums to the output
  std::size_t scales_size = 0;
  bool logits = false;  // gives floats; only the last layer may
};

// Bytes between two layers: pixels of `pixel` bytes inside a border of zeros. What lies behind a
// row is what lies before the next: one border serves both, so that narrow rows are close together.
struct Plane {
  Shape shape;
  int pixel;  // channels, rounded up to whole vectors where a kernel writes them
  Padding rows, columns;

  std::ptrdiff_t row_stride() const {
    return static_cast<std::ptrdiff_t>(shape.width + std::max(columns.before, columns.after)) *
           pixel;
  }
  std::ptrdiff_t size() const { return (rows.before + shape.height + rows.after) * row_stride(); }
  std::ptrdiff_t interior() const {
    return rows.before * row_stride() + static_cast<std::ptrdiff_t>(columns.before) * pixel;
  }
};

struct Step {
  QuantizedLayer layer;
  Plane in, out;
  bool pooled = false;  // with the max pooling that follows the convolution
  int lift = 0;         // `in` holds one-channel pixels as columns of so many bytes
  Shape sums = {};      // of the convolution, as far as the pooling needs them
  Panels panels;
  Rows rows;  // of a dense layer: its weights once more, for one picture at a time
  std::vector<std::ptrdiff_t> segments;
  float scale = 0;  // of an average

  // Bytes of `in`, and as many more as a kernel may read past its end.
  std::size_t room() const;
};

struct Plan {
  Shape input, output;
  std::vector<Step> picture_steps;  // run picture by picture
  std::vector<Step> dense_steps;    // run on rows of several pictures
  Plane first;                      // where pixels go, unless the first step lifts them

  // What the last picture step leaves.
  const Plane& features() const { return picture_steps.empty() ? first : picture_steps.back().out; }
  const Step& last() const {
    return dense_steps.empty() ? picture_steps.back() : dense_steps.back();
  }
};

// Throws BadNetwork if layers or arrays do not fit together, or if a sum could leave 32 bits.
Plan make_plan(Shape input, const std::vector<QuantizedLayer>& layers, const Kernels& kernels);

}  // namespace digitcli::network::int8
