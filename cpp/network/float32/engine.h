// A network packed for one ISA, ready to run.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "network/float32/plan.h"
#include "network/float32/scratch.h"

namespace digitcli::network::float32 {

// What `profile` found about one step.
struct StepTime {
  const Step* step;
  double seconds;  // per picture
};

// Packs in its constructor; `run` is const, safe from many threads at once, allocates nothing once
// it has run with as many threads, and returns the same bits for any number of threads,
// whatever else is in the batch.
class Engine {
 public:
  // Throws BadNetwork if layers or arrays do not fit together. Nothing of `layers` is kept.
  Engine(Shape input, float scale, const std::vector<Layer>& layers, const Kernels& kernels,
         const Passes& passes = {}, double temperature = 1);
  ~Engine();

  // images (n, height, width) uint8 -> softmax of the last layer's output divided by the
  // temperature (n, outputs). Throws BadNetwork if the input has more channels than that.
  void run(const std::uint8_t* images, int n, float* probabilities, int threads) const;

  // x (n, height, width, channels) -> the last layer's output (n, ...), without scale and softmax:
  // what tests compare layer by layer.
  void run_layers(const float* x, int n, float* y, int threads) const;

  // What every step of the plan makes of images (n, height, width) uint8: activations[step] is
  // filled with (n, height, width, channels) of its output, after activation and fused pool. One
  // layer is one step only where no pass has joined layers. Throws as `run`.
  void run_steps(const std::uint8_t* images, int n, const std::vector<float*>& activations,
                 int threads) const;

  // The mean time of each step over `repeats` runs of `run` on one thread, the best run of all.
  std::vector<StepTime> profile(const std::uint8_t* images, int n, int repeats) const;

  const Plan& plan() const { return plan_; }
  Shape input() const { return plan_.input; }
  Shape output() const { return plan_.output; }
  const char* isa() const { return kernels_.isa; }

 private:
  struct Job;

  void check_reads_pixels() const;
  void run_job(const Job& job, int n, int threads) const;
  void run_apart(const Job& job, Workers& workers, int n, int part, int count) const;
  void run_together(const Job& job, Workers& workers, int n, int count) const;
  void run_wave(const Job& job, const Context& context, int first, int count,
                float* features) const;
  void run_dense_steps(const Job& job, const Context& context, int first, int count) const;
  void fill(const Job& job, int image, float* plane) const;
  void keep(const Job& job, std::size_t step, int image, const float* from) const;
  void take(const Job& job, const float* row, int image) const;
  const Plane& last_plane() const;

  const Kernels& kernels_;
  float scale_;
  double temperature_;
  Plan plan_;
  int group_ = 1;  // rows that share one pass over dense weights
  mutable IdleBuffers<Scratch> idle_;
};

}  // namespace digitcli::network::float32
