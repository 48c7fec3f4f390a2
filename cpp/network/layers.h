// A network as the engine is told it, and the shapes that follow.
#pragma once
#include <cstddef>
#include <string>

namespace digitcli::network {

enum class Kind { conv, max_pool, average_pool, dense };

struct Shape {
  int height, width, channels;
  bool operator==(const Shape&) const = default;
  std::size_t size() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
           static_cast<std::size_t>(channels);
  }
};

// Of a window, or from one window to the next, in pixels.
struct Sides {
  int rows = 1, columns = 1;
  bool square(int side) const { return rows == side && columns == side; }
};

// One layer. Arrays are in Keras's own layout and are only read while an Engine is constructed.
struct Layer {
  Kind kind;
  std::string name;  // for messages
  int units = 0;     // filters of a convolution, units of a dense layer
  Sides window;      // of a kernel or pool
  Sides stride;
  bool same = false;  // zero padding as TensorFlow's "same"; else none ("valid")
  bool relu = false;
  const float* weight = nullptr;  // conv (rows, columns, in, units), dense (in, units)
  std::size_t weight_size = 0;
  const float* bias = nullptr;  // (units)
  std::size_t bias_size = 0;
};

// Limits that keep every index of the plan within 32 bits.
constexpr int kMaxWindow = 64;
constexpr int kMaxUnits = 1 << 16;
constexpr std::size_t kMaxValues = 1 << 28;

// Refuse, by throwing BadNetwork, numbers that no layer and no shape has.
void check_layer(const Layer& layer);
void check_shape(const std::string& what, Shape shape);
void check_not_empty(std::size_t layers);

// Throws BadNetwork if `layer` needs a picture, but comes after a dense layer.
void check_order(const Layer& layer, bool after_dense);

// Zeros in front of the first and behind the last value of one dimension.
struct Padding {
  int before, after;
  bool operator==(const Padding&) const = default;
};

// What `layer` makes of `in`. Throws BadNetwork, naming the layer, if it cannot.
Shape output_shape(const Layer& layer, Shape in);

// Padding of the rows or columns of `in`; the odd zero goes behind, as in TensorFlow.
Padding row_padding(const Layer& layer, Shape in);
Padding column_padding(const Layer& layer, Shape in);

// Whether a convolution has a kernel of its own, which works on pictures of one channel.
bool runs_on_one_channel(const Layer& conv, int channels);

}  // namespace digitcli::network
