// A network's layers, and their weights as kernels read them: plans for pictures of all sizes share
// both.
#pragma once
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "network/float32/pack.h"
#include "network/float32/winograd.h"
#include "network/fold.h"
#include "network/layers.h"
#include "network/memo.h"
#include "network/plan.h"

namespace digitcli::network::float32 {

class Weights {
 public:
  // The arrays of `layers` must outlive this. Throws BadNetwork if layers or arrays do not fit
  // together or to pictures of the shape `input`.
  Weights(Shape input, std::vector<Layer> layers, const Passes& passes, const Kernels& kernels);

  // Throws BadNetwork unless layers and arrays fit to pictures of this shape too.
  void check(Shape input) const;

  // The layers after folding.
  const std::vector<Folded>& layers() const { return folded_; }
  const Passes& passes() const { return passes_; }
  const Kernels& kernels() const { return kernels_; }

  // The weights of one of layers(), by Winograd's method if `tiles` have a form; packed when they
  // are first asked for. Safe from many threads at once.
  std::shared_ptr<const Packed> packed(std::size_t layer, const Tiles& tiles) const;

 private:
  std::vector<Layer> given_;
  Passes passes_;
  const Kernels& kernels_;
  std::deque<std::vector<float>> arrays_;  // of folded layers
  std::vector<Folded> folded_;
  mutable Memo<std::pair<std::size_t, int>, Packed> packed_;  // by layer and form
};

}  // namespace digitcli::network::float32
