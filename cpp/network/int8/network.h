// A quantised network packed for one ISA: its plan, and the way in and out of it. Whole numbers
// from pixels to logits.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "network/engine.h"
#include "network/int8/plan.h"
#include "network/int8/scratch.h"
#include "network/int8/steps.h"

namespace digitcli::network::int8 {

// What Engine<Network> asks of a network.
class Network {
 public:
  using Value = std::uint8_t;
  using Plan = int8::Plan;
  using Scratch = int8::Scratch;

  // Most rows, and most bytes of them, that share one pass over dense weights.
  static constexpr int kMaxGroup = 256;
  static constexpr std::ptrdiff_t kGroupValues = 1 << 20;

  // Of `weights` only what is packed is kept. Throws BadNetwork if they do not fit to `input`.
  Network(Shape input, const Weights& weights)
      : kernels_(weights.kernels()), plan_(make_plan(input, weights)) {}

  const Plan& plan() const { return plan_; }

  // Keeps what a picture step makes of a blank picture.
  void remember_blank(std::size_t step, base::Aligned<Value> out) {
    plan_.picture_steps[step].blank = std::make_shared<const base::Aligned<Value>>(std::move(out));
  }

  const Kernels& kernels() const { return kernels_; }
  // Of bytes, in a cycle.
  static int operations(const Kernels& kernels) { return 8 * kernels.lanes; }

  bool gives_logits() const { return plan_.last().layer.logits; }
  static const float* logits_of(const std::uint8_t* row) {
    return reinterpret_cast<const float*>(row);
  }

  std::unique_ptr<Scratch> make_scratch(int group) const {
    return std::make_unique<Scratch>(plan_, group);
  }

  // One picture into the plane before the first step.
  void fill(const std::uint8_t* pixels, std::uint8_t* plane) const {
    fill_plane(plan_, kernels_, pixels, plane);
  }

 private:
  const Kernels& kernels_;
  Plan plan_;
};

}  // namespace digitcli::network::int8

namespace digitcli::network {

extern template class Engine<int8::Network>;

}  // namespace digitcli::network
