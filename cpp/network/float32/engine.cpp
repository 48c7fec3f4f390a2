#include "network/float32/engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/errors.h"
#include "network/float32/steps.h"
#include "network/softmax.h"

namespace digitcli::network::float32 {
namespace {

constexpr int kMaxGroup = 64;
constexpr std::ptrdiff_t kGroupFloats = 1 << 20;  // and at most this many floats of features

// Adds the time since it was made to `*seconds`, if there is one.
class Timer {
 public:
  explicit Timer(double* seconds) : seconds_(seconds) {
    if (seconds_ != nullptr) start_ = Clock::now();
  }
  ~Timer() {
    if (seconds_ != nullptr) {
      *seconds_ += std::chrono::duration<double>(Clock::now() - start_).count();
    }
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double* seconds_;
  Clock::time_point start_;
};

// The values of a plane without its border and its padded channels.
void copy_interior(const Plane& plane, const float* from, float* to) {
  const Shape shape = plane.shape;
  from += plane.interior();
  for (int row = 0; row < shape.height; ++row, from += plane.row_stride()) {
    for (int column = 0; column < shape.width; ++column, to += shape.channels) {
      std::copy_n(from + column * plane.pixel_stride(), shape.channels, to);
    }
  }
}

}  // namespace

struct Engine::Job {
  const std::uint8_t* images;  // or else
  const float* x;
  float* out;
  double* seconds = nullptr;            // of each step, if wanted
  float* const* activations = nullptr;  // of each step, if wanted

  double* timer(std::size_t step) const { return seconds == nullptr ? nullptr : seconds + step; }
};

Engine::Engine(Shape input, float scale, const std::vector<Layer>& layers, const Kernels& kernels,
               const Passes& passes, double temperature)
    : kernels_(kernels),
      scale_(scale),
      temperature_(temperature),
      plan_(make_plan(input, layers, passes, kernels)) {
  check_temperature(temperature);
  std::ptrdiff_t widest = plan_.features().size();
  for (const Step& step : plan_.dense_steps) widest = std::max(widest, step.out.size());
  group_ = static_cast<int>(
      std::clamp<std::ptrdiff_t>(kGroupFloats / widest, 1, static_cast<std::ptrdiff_t>(kMaxGroup)));
}

Engine::~Engine() = default;

void Engine::run(const std::uint8_t* images, int n, float* probabilities, int threads) const {
  check_reads_pixels();
  run_job({images, nullptr, probabilities}, n, threads);
}

void Engine::run_layers(const float* x, int n, float* y, int threads) const {
  run_job({nullptr, x, y}, n, threads);
}

void Engine::run_steps(const std::uint8_t* images, int n, const std::vector<float*>& activations,
                       int threads) const {
  check_reads_pixels();
  std::vector<float> out(static_cast<std::size_t>(n) * output().size());
  Job job{images, nullptr, out.data()};
  job.activations = activations.data();
  run_job(job, n, threads);
}

std::vector<StepTime> Engine::profile(const std::uint8_t* images, int n, int repeats) const {
  const std::size_t steps = plan_.picture_steps.size() + plan_.dense_steps.size();
  std::vector<double> best(steps, 1e9), seconds(steps);
  std::vector<float> out(static_cast<std::size_t>(n) * output().size());
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::fill(seconds.begin(), seconds.end(), 0.0);
    run_job({images, nullptr, out.data(), seconds.data()}, n, 1);
    for (std::size_t s = 0; s < steps; ++s) best[s] = std::min(best[s], seconds[s]);
  }
  std::vector<StepTime> times;
  for (const Step& step : plan_.picture_steps) times.push_back({&step, best[times.size()] / n});
  for (const Step& step : plan_.dense_steps) times.push_back({&step, best[times.size()] / n});
  return times;
}

void Engine::check_reads_pixels() const {
  if (input().channels != 1)
    throw base::BadNetwork("only networks that take grey pictures read uint8");
}

// Many pictures: each worker takes whole groups of them through all steps, and meets nobody.
// Few: all of them work on one group, so that each reads only its share of the dense weights.
void Engine::run_job(const Job& job, int n, int threads) const {
  if (n <= 0) return;
  const int part = std::min(group_, (n + threads - 1) / threads);
  const bool apart = threads == 1 || n > group_;
  const int wanted = std::min(threads, apart ? (n + part - 1) / part : kMaxTeam);
  auto workers = idle_.borrow();
  workers->make_room(wanted,
                     [&] { return std::make_unique<Scratch>(plan_, group_, kernels_.lanes); });
  const int count = workers->pool.prepare(wanted);
  if (apart) {
    run_apart(job, *workers, n, part, count);
  } else {
    run_together(job, *workers, n, count);
  }
  idle_.give_back(std::move(workers));
}

void Engine::run_apart(const Job& job, Workers& workers, int n, int part, int count) const {
  const int parts = (n + part - 1) / part;
  base::Team(&workers.pool, std::min(count, parts)).each(parts, [&](int item, int worker) {
    const Context alone{kernels_, workers, base::Team(), worker};
    const int first = item * part, size = std::min(part, n - first);
    float* features = alone.shared().rows.front().data();
    for (int i = 0; i < size; i += plan_.wave) {
      run_wave(job, alone, first + i, std::min(plan_.wave, size - i),
               features + i * plan_.features().size());
    }
    run_dense_steps(job, alone, first, size);
  });
}

void Engine::run_together(const Job& job, Workers& workers, int n, int count) const {
  const Context together{kernels_, workers, base::Team(&workers.pool, count), 0};
  float* features = together.shared().rows.front().data();
  if (n < count) {
    for (int i = 0; i < n; ++i) {
      run_wave(job, together, i, 1, features + i * plan_.features().size());
    }
  } else {
    const int wave = std::min(plan_.wave, (n + count - 1) / count);
    together.team.each((n + wave - 1) / wave, [&](int item, int worker) {
      const Context alone{kernels_, workers, base::Team(), worker};
      const int first = item * wave;
      run_wave(job, alone, first, std::min(wave, n - first),
               features + first * plan_.features().size());
    });
  }
  run_dense_steps(job, together, 0, n);
}

// Pictures through their steps, side by side so that they share what they read; the planes between
// stay in the cache, and the last one is a row of features.
void Engine::run_wave(const Job& job, const Context& context, int first, int count,
                      float* features) const {
  Scratch& scratch = context.shared();
  const std::size_t steps = plan_.picture_steps.size();
  float* pixels = steps == 0 ? features : scratch.planes[0].data();
  for (int i = 0; i < count; ++i) fill(job, first + i, pixels + i * plan_.first.size());
  for (std::size_t s = 0; s < steps; ++s) {
    const Timer timer(job.timer(s));
    float* out = s + 1 < steps ? scratch.planes[s + 1].data() : features;
    const Step& step = plan_.picture_steps[s];
    run_picture_step(step, context, count, scratch.planes[s].data(), out);
    for (int i = 0; i < count; ++i) keep(job, s, first + i, out + i * step.out.size());
  }
}

void Engine::run_dense_steps(const Job& job, const Context& context, int first, int count) const {
  Scratch& scratch = context.shared();
  for (std::size_t d = 0; d < plan_.dense_steps.size(); ++d) {
    const Timer timer(job.timer(plan_.picture_steps.size() + d));
    const Step& step = plan_.dense_steps[d];
    const float* out = scratch.rows[d + 1].data();
    run_dense(step, context, count, scratch.rows[d].data(), scratch.rows[d + 1].data());
    for (int i = 0; i < count; ++i) {
      keep(job, plan_.picture_steps.size() + d, first + i, out + i * step.out.size());
    }
  }
  const std::ptrdiff_t stride = last_plane().size();
  for (int i = 0; i < count; ++i) take(job, scratch.rows.back().data() + i * stride, first + i);
}

// The pixels of one picture into the interior of the first plane.
void Engine::fill(const Job& job, int image, float* plane) const {
  const Plane& first = plan_.first;
  const int channels = first.shape.channels;
  const bool packed = first.padded == channels;
  const int runs = packed ? 1 : first.shape.width, values = first.shape.width * channels / runs;
  std::ptrdiff_t from = image * static_cast<std::ptrdiff_t>(first.shape.size());
  for (int row = 0; row < first.shape.height; ++row) {
    float* to = plane + first.interior() + row * first.row_stride();
    for (int run = 0; run < runs; ++run, from += values, to += first.padded) {
      if (job.images != nullptr) {
        kernels_.to_float(job.images + from, values, scale_, to);
      } else {
        std::copy_n(job.x + from, values, to);
      }
    }
  }
}

// What `step` made of one picture, where a job asks for that.
void Engine::keep(const Job& job, std::size_t step, int image, const float* from) const {
  if (job.activations == nullptr) return;
  const std::size_t pictures = plan_.picture_steps.size();
  const Plane& plane =
      step < pictures ? plan_.picture_steps[step].out : plan_.dense_steps[step - pictures].out;
  copy_interior(plane, from,
                job.activations[step] + static_cast<std::size_t>(image) * plane.shape.size());
}

// One picture's answer out of its row, leaving the padded channels behind.
void Engine::take(const Job& job, const float* row, int image) const {
  const std::size_t size = output().size();
  float* to = job.out + static_cast<std::size_t>(image) * size;
  if (job.images != nullptr) return softmax(row, static_cast<int>(size), temperature_, to);
  copy_interior(last_plane(), row, to);
}

// What the last step leaves of one picture: no border, as nothing reads it.
const Plane& Engine::last_plane() const {
  return plan_.dense_steps.empty() ? plan_.features() : plan_.dense_steps.back().out;
}

}  // namespace digitcli::network::float32
