// A quantised network's layers, and their weights as kernels read them: plans for pictures of all
// sizes share both.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "network/int8/pack.h"
#include "network/layers.h"
#include "network/memo.h"
#include "network/plan.h"

namespace digitcli::network::int8 {

// One layer of a quantised network; the float arrays of Layer stay empty. Activations are unsigned
// bytes, so a layer that is not the last one acts as if it had a ReLU: rounding stops at zero.
struct QuantizedLayer : Layer {
  const std::int8_t* weights = nullptr;  // as Layer::weight
  const std::int32_t* biases = nullptr;  // (units), in units of the sums
  const float* scales = nullptr;  // above 0; (units), or one for an average: sums to the output
  std::size_t scales_size = 0;
  bool logits = false;  // gives floats; only the last layer may
};

class Weights {
 public:
  // The arrays of `layers` must outlive this. Throws BadNetwork if layers or arrays do not fit
  // together or to pictures of the shape `input`, or if a sum could leave 32 bits. Of the passes
  // `fold` is not known here.
  Weights(Shape input, std::vector<QuantizedLayer> layers, const Passes& passes,
          const Kernels& kernels);

  // Throws BadNetwork unless layers and arrays fit to pictures of this shape too.
  void check(Shape input) const;

  const std::vector<QuantizedLayer>& layers() const { return layers_; }
  const Passes& passes() const { return passes_; }
  const Kernels& kernels() const { return kernels_; }

  // The weights of one of layers(), whose matrix does not depend on the size of pictures, or its
  // filters for Winograd's method; packed when they are first asked for. Safe from many threads at
  // once.
  std::shared_ptr<const Packed> packed(std::size_t layer, const Int8Matrix& matrix) const;
  std::shared_ptr<const Packed> packed(std::size_t layer, int channels, const Tiles& tiles) const;

 private:
  std::vector<QuantizedLayer> layers_;
  Passes passes_;
  const Kernels& kernels_;
  mutable Memo<std::pair<std::size_t, int>, Packed> packed_;  // by layer and form
};

}  // namespace digitcli::network::int8
