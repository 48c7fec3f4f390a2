// A network packed for one ISA, ready to run.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "buffer.h"
#include "kernels.h"
#include "layers.h"
#include "pack.h"

namespace digitcli {

// A picture or a row of features between two layers: height x width pixels of `padded` floats
// each, inside a border of zeros that the next layer's padding calls for.
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

// One layer of the plan. `segments` are the runs of floats that one output reads, relative to its
// first input: rows of a convolution's window, or all pixels of a flattened picture.
struct Step {
  Layer layer;
  Plane in, out;
  Panels panels;
  std::vector<std::ptrdiff_t> segments;
  int segment_depth = 0;
};

// Packs in its constructor; `run` is const, safe from many threads at once, reuses its scratch
// memory from call to call, and returns the same bits for any number of threads.
class Engine {
 public:
  // Throws BadNetwork if layers or arrays do not fit together. Nothing of `layers` is kept.
  Engine(Shape input, float scale, const std::vector<Layer>& layers, const Kernels& kernels);
  ~Engine();

  // images (n, height, width) uint8 -> softmax probabilities (n, outputs).
  void run(const std::uint8_t* images, int n, float* probabilities, int threads) const;

  // x (n, height, width, channels) -> the last layer's output (n, ...), without scale and softmax:
  // what tests compare layer by layer.
  void run_layers(const float* x, int n, float* y, int threads) const;

  Shape input() const { return input_; }
  Shape output() const { return output_; }
  const char* isa() const { return kernels_.isa; }

 private:
  struct Scratch;
  struct Job;

  void add_steps(const std::vector<Layer>& layers);
  const Plane& feature_plane() const;  // what the last picture step leaves
  void run_job(const Job& job, int n, int threads) const;
  void run_part(const Job& job, Scratch& scratch, int first, int count) const;
  void run_pictures(const Job& job, Scratch& scratch, int first, int count) const;
  void fill(const Job& job, int image, float* plane) const;
  void take(const Job& job, const float* row, int image) const;
  std::vector<std::unique_ptr<Scratch>> borrow_scratch(int count) const;
  void return_scratch(std::vector<std::unique_ptr<Scratch>> borrowed) const;

  const Kernels& kernels_;
  Shape input_, output_;
  float scale_;
  std::vector<Step> picture_steps_;  // run picture by picture
  std::vector<Step> dense_steps_;    // run on rows of up to group_ pictures
  Plane first_plane_;
  int group_ = 1;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;
};

}  // namespace digitcli
