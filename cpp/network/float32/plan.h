// What the engine will do: layers joined into steps, an algorithm chosen and weights packed for
// each, all in the constructor, so that running it decides nothing.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/layers.h"
#include "network/plan.h"

namespace digitcli::network::float32 {

// How Winograd's method covers one dimension of a convolution's output.
struct Cover {
  int tiles = 0;
  bool last_is_short = false;  // has two outputs and two points less

  int full() const { return tiles - (last_is_short ? 1 : 0); }
  bool is_short(int tile) const { return last_is_short && tile + 1 == tiles; }
};

struct Tiles {
  int form = -1;                // of Kernels::winograd
  int outputs = 0, points = 0;  // of a full tile, per dimension
  Cover down, across;

  int count() const { return down.tiles * across.tiles; }  // per picture
  int all_points() const { return points * points; }
};

struct Step : StepFacts {
  Layer layer;          // the first of its layers; its arrays are gone
  Shape unpooled = {};  // what the convolution itself makes

  // The runs of floats that one output reads, relative to its first input: rows of a convolution's
  // window, or all pixels of a flattened picture.
  std::vector<std::ptrdiff_t> segments;
  int segment_depth = 0;
  int segments_per_row = 0;  // of the window; 0 if the rows cannot be told apart

  // By Winograd's method, a panel holds the weights of each point one after the other.
  Panels panels;

  // Dense: the weights as Keras stores them, but each row of whole vectors.
  base::Aligned<float> wide;

  Tiles tiles;  // of Winograd's method

  std::ptrdiff_t blocks() const { return (panels.depth + kBlock - 1) / kBlock; }  // of a dense sum
};

using Plan = network::Plan<Step>;

// The name of a step's algorithm, with the form of Winograd's method.
std::string algorithm_name(const Step& step);

// Throws BadNetwork if layers or arrays do not fit together. Nothing of `layers` is kept.
Plan make_plan(Shape input, const std::vector<Layer>& layers, const Passes& passes,
               const Kernels& kernels);

}  // namespace digitcli::network::float32
