// What the engine will do: layers joined into steps, an algorithm chosen for each and its weights
// packed, all in the constructor, so that running it decides nothing.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/float32/weights.h"
#include "network/float32/winograd.h"
#include "network/layers.h"
#include "network/plan.h"

namespace digitcli::network::float32 {

struct Step : StepFacts {
  Layer layer;          // the first of its layers; its arrays are gone
  Shape unpooled = {};  // what the convolution itself makes

  // The runs of floats that one output reads, relative to its first input: rows of a convolution's
  // window, or all pixels of a flattened picture.
  std::vector<std::ptrdiff_t> segments;
  int segment_depth = 0;
  int segments_per_row = 0;  // of the window; 0 if the rows cannot be told apart

  // Its weights, which other plans of the same network share; empty where it has none.
  std::shared_ptr<const Packed> packed = std::make_shared<const Packed>();
  // Its output on a blank picture, if it copies from there.
  std::shared_ptr<const base::Aligned<float>> blank;

  Tiles tiles;  // of Winograd's method

  std::ptrdiff_t blocks() const {  // of a dense sum
    return (packed->panels.depth + kBlock - 1) / kBlock;
  }
};

using Plan = network::Plan<Step>;

// The name of a step's algorithm, with the form of Winograd's method.
std::string algorithm_name(const Step& step);

// The plan for pictures of this shape. Throws BadNetwork if `weights` do not fit to it.
Plan make_plan(Shape input, const Weights& weights);

}  // namespace digitcli::network::float32
