// What a plan is made of, whatever its engine computes in: planes, steps, and the order of steps.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "network/ink.h"
#include "network/layers.h"

namespace digitcli::network {

constexpr Padding kNoPadding = {0, 0};

// Passes over the network that change how an answer is computed, not (but for rounding) the answer.
struct Passes {
  bool fold = true;      // linear dense layers one after the other become one
  bool winograd = true;  // convolutions by Winograd's method where it saves work
  bool fuse = true;      // max pools are taken by the convolution before them
  bool blank = true;     // what margins become is known beforehand and copied
};

// All passes but those named "fold", "winograd", "fuse" or "blank". Throws BadNetwork for any other
// name.
Passes all_passes_but(const std::vector<std::string>& names);

enum class Algorithm { direct, winograd, max_pool, average_pool, dense };

// As `digitcli info --plan` shows it.
const char* name_of(Algorithm algorithm);

// A picture or a row of features between two layers: height x width pixels of `padded` values each,
// inside a border of zeros that the next layer reads as its padding.
struct Plane {
  Shape shape;
  int padded;  // channels, rounded up to whole vectors where a kernel writes them
  Padding rows, columns;
  int between;  // pixels of border between the end of a row and the start of the next

  bool operator==(const Plane&) const = default;
  std::ptrdiff_t pixel_stride() const { return padded; }
  std::ptrdiff_t row_stride() const {
    return static_cast<std::ptrdiff_t>(shape.width + between) * padded;
  }
  std::ptrdiff_t size() const { return (rows.before + shape.height + rows.after) * row_stride(); }
  std::ptrdiff_t interior() const {
    return rows.before * row_stride() + columns.before * pixel_stride();
  }
};

// The values of a plane without its border and its padded channels: (height, width, channels).
template <class Value>
void copy_interior(const Plane& plane, const Value* from, Value* to) {
  const Shape shape = plane.shape;
  from += plane.interior();
  for (int row = 0; row < shape.height; ++row, from += plane.row_stride()) {
    for (int column = 0; column < shape.width; ++column, to += shape.channels) {
      std::copy_n(from + column * plane.pixel_stride(), shape.channels, to);
    }
  }
}

// Copies a rectangle of pixels, all padded channels, between two such planes.
template <class Value>
void copy_pixels(const Plane& plane, Span rows, Span columns, const Value* from, Value* to) {
  std::ptrdiff_t at =
      plane.interior() + rows.begin * plane.row_stride() + columns.begin * plane.pixel_stride();
  for (int row = 0; row < rows.count; ++row, at += plane.row_stride()) {
    std::copy_n(from + at, columns.count * plane.pixel_stride(), to + at);
  }
}

// What every step tells of itself: a layer, or a convolution with the max pool that follows, or a
// folded chain.
struct StepFacts {
  std::string names;  // of its layers, joined by "+"
  Algorithm algorithm = Algorithm::direct;
  bool pooled = false;       // a 2x2 max pool of stride 2 is fused into this convolution
  bool gives_floats = true;  // else bytes
  Shape input = {};          // of its first layer
  Plane in = {}, out = {};   // as the kernels see them
  double flops_direct = 0;   // of all its layers as they stand, per picture
  double flops_done = 0;     // at most: kernels leave out what is zero (see `flops_of`)
  int operand_width = 1;     // of the numbers that it multiplies, in values of the network's planes
  Seen seen;                 // by its output, if what no ink reaches is copied (see blank.h)
  double part_of_two = 0.5;  // of a picture's step: what the busier of two threads has of it
  std::ptrdiff_t out_row = 0;  // values of the network from one picture's `out` to the next
};

// Which piece of memory holds the plane before each step, numbered from 0. Planes that are alike,
// so that their borders are too, take turns in one piece: a plane is done with when the step behind
// it has run. Pixels have a piece of their own, because not all of it is written anew.
template <class Step>
std::vector<std::size_t> pieces_of_memory(const std::vector<Step>& steps) {
  std::vector<std::size_t> pieces, last;  // of each step; the last step of each piece
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const auto is_free = [&](std::size_t piece) {
      return piece > 0 && last[piece] + 2 <= s && steps[last[piece]].in == steps[s].in;
    };
    std::size_t piece = 0;
    while (piece < last.size() && !is_free(piece)) ++piece;
    if (piece == last.size()) last.push_back(s);
    last[piece] = s;
    pieces.push_back(piece);
  }
  return pieces;
}

// Whether `layer` is a max pool that a convolution before it can take.
bool is_fusible(const Layer& layer);

// Floating-point operations of a layer as it stands, for one picture; 0 for a max pool.
double direct_flops(const Layer& layer, Shape in, Shape out);

template <class Step>
struct Plan {
  Shape input, output;
  Plane first;                      // where pixels go
  std::ptrdiff_t first_row = 0;     // values from one picture's `first` to the next
  std::vector<Step> picture_steps;  // on planes
  std::vector<Step> dense_steps;    // on rows of features
  int wave = 1;                     // pictures that take the picture steps together
  bool looks_for_ink = false;       // one of these steps has something `seen`

  std::size_t count() const { return picture_steps.size() + dense_steps.size(); }
  const Step& step(std::size_t i) const {
    return i < picture_steps.size() ? picture_steps[i] : dense_steps[i - picture_steps.size()];
  }
  const Step& last() const { return step(count() - 1); }

  // Values from one row of features to the next: what the last picture step leaves.
  std::ptrdiff_t features_row() const {
    return picture_steps.empty() ? first_row : picture_steps.back().out_row;
  }
};

// Refuses, by throwing BadNetwork, everything that can be wrong with a network's layers, before any
// pass changes what they would be called. Calls check_arrays(layer, depth) for layers with weights.
template <class AnyLayer, class Check>
void check_network(Shape shape, const std::vector<AnyLayer>& layers, const Check& check_arrays) {
  check_not_empty(layers.size());
  check_shape("input", shape);
  bool flat = false;
  for (const AnyLayer& layer : layers) {
    check_layer(layer);
    check_order(layer, flat);
    flat = layer.kind == Kind::dense;
    const Shape in = shape;
    shape = output_shape(layer, in);
    check_shape(layer.name, shape);
    if (layer.kind == Kind::conv) {
      const Shape window{layer.window.rows, layer.window.columns, in.channels};
      check_shape(layer.name + " (one window)", window);
      check_arrays(layer, window.size());
    } else if (layer.kind == Kind::dense) {
      check_arrays(layer, in.size());
    }
  }
}

}  // namespace digitcli::network
