#include "engine.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "errors.h"
#include "steps.h"
#include "threads.h"

namespace digitcli {
namespace {

constexpr int kMaxGroup = 64;                     // rows that share one pass over dense weights
constexpr std::ptrdiff_t kGroupFloats = 1 << 20;  // and at most this many floats of features
constexpr Padding kNone = {0, 0};

int round_up(int value, int unit) { return (value + unit - 1) / unit * unit; }

// The plane between two layers: as wide as its producer writes, bordered as its consumer reads.
Plane plane_for(Shape shape, int padded, const Layer* consumer) {
  const bool bordered = consumer != nullptr && consumer->kind == Kind::conv;
  return {shape, padded, bordered ? padding_of(*consumer, shape.height) : kNone,
          bordered ? padding_of(*consumer, shape.width) : kNone};
}

// `rows` runs of `columns` pixels; pixels join into one run where no padding lies between them.
void set_segments(Step& step, int rows, int columns) {
  const Plane& in = step.in;
  const bool packed = in.padded == in.shape.channels;
  const bool whole = packed && columns * in.pixel_stride() == in.row_stride();
  const int runs = whole ? 1 : packed ? rows : rows * columns;
  step.segment_depth = rows * columns * in.shape.channels / runs;
  for (int run = 0; run < runs; ++run) {
    const int row = packed ? run : run / columns, column = packed ? 0 : run % columns;
    step.segments.push_back(row * in.row_stride() + column * in.pixel_stride());
  }
}

void pack_step(Step& step, int depth, int lanes) {
  const Layer& layer = step.layer;
  const auto units = static_cast<std::size_t>(layer.units);
  if (layer.weight_size != static_cast<std::size_t>(depth) * units || layer.bias_size != units) {
    throw BadNetwork(layer.name + ": expected " + std::to_string(depth) + " x " +
                     std::to_string(units) + " weights and as many biases, got " +
                     std::to_string(layer.weight_size) + " and " + std::to_string(layer.bias_size) +
                     " values");
  }
  step.panels = pack_panels(layer.weight, layer.bias, depth, layer.units, lanes);
  step.layer.weight = step.layer.bias = nullptr;  // not ours to keep
}

Step make_step(const Layer& layer, const Plane& in, const Layer* consumer, int lanes) {
  Step step{layer, in, {}, {}, {}, 0};
  const Shape shape = output_shape(layer, in.shape);
  check_shape(layer.name, shape);
  step.out = plane_for(shape, round_up(shape.channels, lanes), consumer);
  if (layer.kind == Kind::conv) {
    check_shape(layer.name + " (one window)", {layer.window, layer.window, in.shape.channels});
    set_segments(step, layer.window, layer.window);
    pack_step(step, layer.window * layer.window * in.shape.channels, lanes);
  } else if (layer.kind == Kind::dense) {
    set_segments(step, in.shape.height, in.shape.width);
    pack_step(step, static_cast<int>(in.shape.size()), lanes);
  }
  return step;
}

}  // namespace

struct Engine::Job {
  const std::uint8_t* images;  // or else
  const float* x;
  float* out;
};

// What one thread needs to run: a plane before each picture step, rows of features around each
// dense step. Borders are zeroed once and never written.
struct Engine::Scratch {
  explicit Scratch(const Engine& engine) {
    const auto room = [](std::ptrdiff_t floats) {
      return Buffer(static_cast<std::size_t>(floats));
    };
    // Pooling reads whole vectors, also where the input has fewer channels than that.
    const int lanes = engine.kernels_.lanes;
    for (const Step& step : engine.picture_steps_) planes.push_back(room(step.in.size() + lanes));
    rows.push_back(room(engine.group_ * engine.feature_plane().size()));
    int depth = 0;
    for (const Step& step : engine.dense_steps_) {
      rows.push_back(room(engine.group_ * step.out.size()));
      depth = std::max(depth, step.panels.depth);
    }
    value = room(depth);
    index.resize(static_cast<std::size_t>(depth));
  }

  std::vector<Buffer> planes, rows;
  Buffer value;
  std::vector<std::int32_t> index;
};

Engine::Engine(Shape input, float scale, const std::vector<Layer>& layers, const Kernels& kernels)
    : kernels_(kernels), input_(input), output_(input), scale_(scale) {
  if (layers.empty()) throw BadNetwork("a network needs at least one layer");
  add_steps(layers);
  std::ptrdiff_t widest = feature_plane().size();
  for (const Step& step : dense_steps_) widest = std::max(widest, step.out.size());
  group_ = static_cast<int>(
      std::clamp<std::ptrdiff_t>(kGroupFloats / widest, 1, static_cast<std::ptrdiff_t>(kMaxGroup)));
}

Engine::~Engine() = default;

void Engine::add_steps(const std::vector<Layer>& layers) {
  check_shape("input", input_);
  for (const Layer& layer : layers) check_layer(layer);
  first_plane_ = plane_for(input_, input_.channels, &layers.front());
  Plane plane = first_plane_;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer* consumer = i + 1 < layers.size() ? &layers[i + 1] : nullptr;
    const bool dense = layers[i].kind == Kind::dense;
    if (!dense && !dense_steps_.empty()) {
      throw BadNetwork(layers[i].name + ": comes after a dense layer, but needs a picture");
    }
    auto& steps = dense ? dense_steps_ : picture_steps_;
    steps.push_back(make_step(layers[i], plane, consumer, kernels_.lanes));
    plane = steps.back().out;
  }
  output_ = plane.shape;
}

const Plane& Engine::feature_plane() const {
  return picture_steps_.empty() ? first_plane_ : picture_steps_.back().out;
}

void Engine::run(const std::uint8_t* images, int n, float* probabilities, int threads) const {
  run_job({images, nullptr, probabilities}, n, threads);
}

void Engine::run_layers(const float* x, int n, float* y, int threads) const {
  run_job({nullptr, x, y}, n, threads);
}

void Engine::run_job(const Job& job, int n, int threads) const {
  if (n <= 0) return;
  const int part = std::min(group_, (n + threads - 1) / threads);
  const int parts = (n + part - 1) / part;
  struct Context {
    const Engine& engine;
    const Job& job;
    int n, part;
    std::vector<std::unique_ptr<Scratch>> scratch;
  } context{*this, job, n, part, borrow_scratch(std::min(threads, parts))};
  const auto run = [](void* shared, int item, int worker) {
    const auto& c = *static_cast<Context*>(shared);
    const int first = item * c.part;
    c.engine.run_part(c.job, *c.scratch[static_cast<std::size_t>(worker)], first,
                      std::min(c.part, c.n - first));
  };
  parallel_for(parts, threads, run, &context);
  return_scratch(std::move(context.scratch));
}

void Engine::run_part(const Job& job, Scratch& scratch, int first, int count) const {
  run_pictures(job, scratch, first, count);
  for (std::size_t d = 0; d < dense_steps_.size(); ++d) {
    run_dense_step(dense_steps_[d], kernels_, scratch.rows[d].data(), count,
                   scratch.rows[d + 1].data(), scratch.value.data(), scratch.index.data());
  }
  const std::ptrdiff_t stride =
      dense_steps_.empty() ? feature_plane().size() : dense_steps_.back().out.size();
  for (int i = 0; i < count; ++i) {
    take(job, scratch.rows.back().data() + i * stride, first + i);
  }
}

// Each picture through its layers on its own, so that its planes stay in the cache; the last plane
// is its row of features.
void Engine::run_pictures(const Job& job, Scratch& scratch, int first, int count) const {
  const std::size_t steps = picture_steps_.size();
  for (int i = 0; i < count; ++i) {
    float* features = scratch.rows.front().data() + i * feature_plane().size();
    fill(job, first + i, steps == 0 ? features : scratch.planes[0].data());
    for (std::size_t s = 0; s < steps; ++s) {
      float* out = s + 1 < steps ? scratch.planes[s + 1].data() : features;
      run_picture_step(picture_steps_[s], kernels_, scratch.planes[s].data(), out);
    }
  }
}

// The pixels of one picture into the interior of the first plane.
void Engine::fill(const Job& job, int image, float* plane) const {
  const int row_values = input_.width * input_.channels;
  const std::ptrdiff_t from = image * static_cast<std::ptrdiff_t>(input_.size());
  for (int row = 0; row < input_.height; ++row) {
    float* to = plane + first_plane_.interior() + row * first_plane_.row_stride();
    const std::ptrdiff_t at = from + static_cast<std::ptrdiff_t>(row) * row_values;
    if (job.images != nullptr) {
      kernels_.to_float(job.images + at, row_values, scale_, to);
    } else {
      std::copy_n(job.x + at, row_values, to);
    }
  }
}

// One picture's answer out of its row, leaving the padded channels behind.
void Engine::take(const Job& job, const float* row, int image) const {
  const auto size = static_cast<std::ptrdiff_t>(output_.size());
  float* to = job.out + image * size;
  if (job.images != nullptr) return softmax(row, static_cast<int>(size), to);
  const int padded = round_up(output_.channels, kernels_.lanes);
  for (std::ptrdiff_t pixel = 0; pixel < size / output_.channels; ++pixel) {
    std::copy_n(row + pixel * padded, output_.channels, to + pixel * output_.channels);
  }
}

std::vector<std::unique_ptr<Engine::Scratch>> Engine::borrow_scratch(int count) const {
  std::vector<std::unique_ptr<Scratch>> borrowed;
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty() && static_cast<int>(borrowed.size()) < count) {
      borrowed.push_back(std::move(idle_.back()));
      idle_.pop_back();
    }
  }
  while (static_cast<int>(borrowed.size()) < count) {
    borrowed.push_back(std::make_unique<Scratch>(*this));
  }
  return borrowed;
}

void Engine::return_scratch(std::vector<std::unique_ptr<Scratch>> borrowed) const {
  const std::lock_guard lock(mutex_);
  std::move(borrowed.begin(), borrowed.end(), std::back_inserter(idle_));
}

}  // namespace digitcli
