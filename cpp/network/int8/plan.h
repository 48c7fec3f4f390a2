// A quantised network as a list of steps: shapes, memory layout and packed weights, no scheduling.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "network/int8/pack.h"
#include "network/int8/weights.h"
#include "network/layers.h"
#include "network/plan.h"

namespace digitcli::network::int8 {

// Its planes hold bytes. What lies behind a row is what lies before the next: one border serves
// both, so that narrow rows are close together.
struct Step : StepFacts {
  QuantizedLayer layer;       // the first of its layers; its arrays are gone
  int lift = 0;               // `in` holds one-channel pixels as columns of so many bytes
  Shape sums = {};            // of the convolution, as far as the pooling needs them
  Tiles tiles;                // of Winograd's method
  std::ptrdiff_t in_row = 0;  // bytes from one picture's `in` to the next
  // Its weights, which other plans of the same network share; empty where it has none.
  std::shared_ptr<const Packed> packed = std::make_shared<const Packed>();
  // Its output on a blank picture, if it copies from there.
  std::shared_ptr<const base::Aligned<std::uint8_t>> blank;
  std::vector<std::ptrdiff_t> segments;
  float scale = 0;  // of an average

  // Bytes of `in`, and as many more as a kernel may read past its end.
  std::size_t room() const;
};

using Plan = network::Plan<Step>;

// The name of a step's algorithm, which says that it computes in int8.
std::string algorithm_name(const Step& step);

// The plan for pictures of this shape. Throws BadNetwork if `weights` do not fit to it.
Plan make_plan(Shape input, const Weights& weights);

}  // namespace digitcli::network::int8
