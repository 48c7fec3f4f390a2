// A float32 network packed for one ISA: its plan, and the way in and out of it.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>

#include "network/engine.h"
#include "network/float32/plan.h"
#include "network/float32/scratch.h"
#include "network/float32/steps.h"

namespace digitcli::network::float32 {

// What Engine<Network> asks of a network.
class Network {
 public:
  using Value = float;
  using Plan = float32::Plan;
  using Scratch = float32::Scratch;

  // Most rows, and most floats of them, that share one pass over dense weights.
  static constexpr int kMaxGroup = 64;
  static constexpr std::ptrdiff_t kGroupValues = 1 << 20;

  // Of `weights` only what is packed is kept. Throws BadNetwork if they do not fit to `input`.
  Network(Shape input, float scale, const Weights& weights)
      : kernels_(weights.kernels()), scale_(scale), plan_(make_plan(input, weights)) {}

  const Plan& plan() const { return plan_; }

  // Keeps what a picture step makes of a blank picture.
  void remember_blank(std::size_t step, base::Aligned<Value> out) {
    plan_.picture_steps[step].blank = std::make_shared<const base::Aligned<Value>>(std::move(out));
  }

  const Kernels& kernels() const { return kernels_; }
  // Of floats, in a cycle.
  static int operations(const Kernels& kernels) { return 2 * kernels.lanes; }

  bool gives_logits() const { return true; }  // whatever the last layer gives is taken for them
  static const float* logits_of(const float* row) { return row; }

  std::unique_ptr<Scratch> make_scratch(int group) const {
    return std::make_unique<Scratch>(plan_, group, kernels_.lanes);
  }

  // One picture into `plan().first`: pixels times the scale, or values as they are.
  void fill(const std::uint8_t* pixels, float* plane) const;
  void fill(const float* values, float* plane) const;

 private:
  const Kernels& kernels_;
  float scale_;
  Plan plan_;
};

}  // namespace digitcli::network::float32

namespace digitcli::network {

extern template class Engine<float32::Network>;

}  // namespace digitcli::network
