// A quantised network packed for one ISA, ready to run: whole numbers from pixels to logits.
#pragma once
#include <cstdint>
#include <vector>

#include "base/threads.h"
#include "kernels/kernels.h"
#include "network/int8/plan.h"
#include "network/worker_buffers.h"

namespace digitcli::network::int8 {

// As Engine: packs in its constructor; `run` is const, safe from many threads at once, reuses its
// scratch memory, and returns the same bits for any number of threads, and here on every ISA.
class Engine {
 public:
  // Throws BadNetwork if layers or arrays do not fit together. Nothing of `layers` is kept.
  Engine(Shape input, const std::vector<QuantizedLayer>& layers, const Kernels& kernels,
         double temperature = 1);
  ~Engine();

  // images (n, height, width, channels) -> softmax of the logits divided by the temperature
  // (n, outputs); the last layer must give logits.
  void run(const std::uint8_t* images, int n, float* probabilities, int threads) const;

  // The last layer's output itself: floats (n, ...) if it gives logits, else bytes.
  void run_layers(const std::uint8_t* images, int n, void* y, int threads) const;

  Shape input() const { return plan_.input; }
  Shape output() const { return plan_.output; }
  bool gives_logits() const { return plan_.last().layer.logits; }
  const char* isa() const { return kernels_.isa; }

 private:
  struct Scratch;
  struct Job;

  void run_job(const Job& job, int n, int threads) const;
  void run_part(const Job& job, Scratch& scratch, int first, int count) const;
  void run_picture(const std::uint8_t* pixels, Scratch& scratch, Scratch& rows, int row,
                   const base::Team& team) const;
  void run_together(const Job& job, WorkerBuffers<Scratch>& workers, int n,
                    const base::Team& team) const;
  void run_dense(Scratch& scratch, int count, const base::Team& team) const;
  void run_shared(const Job& job, int image, Scratch& scratch, const base::Team& team) const;
  void take(const Job& job, const Scratch& scratch, int row, int image) const;

  const Kernels& kernels_;
  double temperature_;
  Plan plan_;
  int group_ = 1;
  mutable IdleBuffers<Scratch> idle_;
};

}  // namespace digitcli::network::int8
