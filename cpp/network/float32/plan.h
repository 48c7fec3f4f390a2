// What the engine will do: layers joined into steps, an algorithm chosen and weights packed for
// each, all in the constructor, so that running it decides nothing.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/layers.h"

namespace digitcli::network::float32 {

// Passes over the network that change how an answer is computed, not (but for rounding) the answer.
struct Passes {
  bool fold = true;      // linear dense layers one after the other become one
  bool winograd = true;  // convolutions by Winograd's method where it saves work
  bool fuse = true;      // max pools are taken by the convolution before them
};

// All passes but those named "fold", "winograd" or "fuse". Throws BadNetwork for any other name.
Passes all_passes_but(const std::vector<std::string>& names);

enum class Algorithm { direct, winograd, max_pool, average_pool, dense };

// A picture or a row of features between two layers: height x width pixels of `padded` floats
// each, inside a border of zeros that the next layer reads as its padding.
struct Plane {
  Shape shape;
  int padded;  // channels, rounded up to whole vectors where a kernel writes them
  Padding rows, columns;

  std::ptrdiff_t pixel_stride() const { return padded; }
  std::ptrdiff_t row_stride() const {
    return static_cast<std::ptrdiff_t>(columns.before + shape.width + columns.after) * padded;
  }
  std::ptrdiff_t size() const { return (rows.before + shape.height + rows.after) * row_stride(); }
  std::ptrdiff_t interior() const {
    return rows.before * row_stride() + columns.before * pixel_stride();
  }
};

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

// One step: a layer, or a convolution with the max pool that follows, or a folded chain.
struct Step {
  Layer layer;  // of several layers the first, with its name; its arrays are gone
  std::string names;
  Algorithm algorithm = Algorithm::direct;
  bool pooled = false;  // a 2x2 max pool of stride 2 is fused into this convolution
  Shape unpooled = {};  // what the convolution itself makes
  Plane in = {}, out = {};
  double flops_direct = 0;  // of all its layers as they stand, per picture
  double flops_done = 0;

  // The runs of floats that one output reads, relative to its first input: rows of a convolution's
  // window, or all pixels of a flattened picture.
  std::vector<std::ptrdiff_t> segments;
  int segment_depth = 0;
  int segments_per_row = 0;  // of the window; 0 if the rows cannot be told apart

  Panels panels;  // of Winograd's method: per panel, the weights of each point one after the other
  base::Aligned<float>
      wide;     // dense: the weights as Keras stores them, but each row of whole vectors
  Tiles tiles;  // of Winograd's method

  std::ptrdiff_t blocks() const { return (panels.depth + kBlock - 1) / kBlock; }  // of a dense sum
};

struct Plan {
  Shape input, output;
  Plane first;
  std::vector<Step> picture_steps;  // on planes
  std::vector<Step> dense_steps;    // on rows of features
  int wave = 1;                     // pictures that take the picture steps together

  // What the last picture step leaves.
  const Plane& features() const { return picture_steps.empty() ? first : picture_steps.back().out; }
};

// Throws BadNetwork if layers or arrays do not fit together. Nothing of `layers` is kept.
Plan make_plan(Shape input, const std::vector<Layer>& layers, const Passes& passes,
               const Kernels& kernels);

}  // namespace digitcli::network::float32
