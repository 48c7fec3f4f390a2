// A quantised network as a list of steps: shapes, memory layout and packed weights, no scheduling.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "network/int8/pack.h"
#include "network/layers.h"
#include "network/plan.h"

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

// Its planes hold bytes. What lies behind a row is what lies before the next: one border serves
// both, so that narrow rows are close together.
struct Step : StepFacts {
  QuantizedLayer layer;  // the first of its layers; its arrays are gone
  int lift = 0;          // `in` holds one-channel pixels as columns of so many bytes
  Shape sums = {};       // of the convolution, as far as the pooling needs them
  Panels panels;
  Rows rows;  // of a dense layer: its weights once more, for one picture at a time
  std::vector<std::ptrdiff_t> segments;
  float scale = 0;  // of an average

  // Bytes of `in`, and as many more as a kernel may read past its end.
  std::size_t room() const;
};

using Plan = network::Plan<Step>;

// The name of a step's algorithm, which says that it computes in int8.
std::string algorithm_name(const Step& step);

// Throws BadNetwork if layers or arrays do not fit together, or if a sum could leave 32 bits.
// Of the passes only `fuse` is known here.
Plan make_plan(Shape input, const std::vector<QuantizedLayer>& layers, const Passes& passes,
               const Kernels& kernels);

}  // namespace digitcli::network::int8
