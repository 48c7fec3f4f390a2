#include "network/int8/engine.h"

#include <algorithm>
#include <utility>

#include "base/aligned.h"
#include "base/round_up.h"
#include "base/threads.h"
#include "network/int8/steps.h"
#include "network/softmax.h"

namespace digitcli::network::int8 {
namespace {

constexpr int kMaxGroup = 256;                   // rows that share one pass over dense weights
constexpr std::ptrdiff_t kGroupBytes = 1 << 20;  // and at most this many bytes of features

// Multiplications from which handing half of a step to another thread pays: some microseconds.
constexpr int kMaxTogether = 64;  // pictures: more keep every worker busy for long enough
constexpr std::int64_t kSharedDense = 1 << 18, kSharedConv = 1 << 22;

// How many threads may share one picture's step.
int shares(const Step& step, int threads) {
  const Panels& panels = step.panels;
  const std::int64_t weights = static_cast<std::int64_t>(panels.stride()) * panels.count;
  if (step.layer.kind == Kind::dense) {
    return weights < kSharedDense ? 1 : std::min(threads, step.rows.panels);
  }
  const std::int64_t products = weights * step.sums.height * step.sums.width;
  return products < kSharedConv ? 1 : std::min(threads, rows_of(step));
}

// Calls part(begin, end) for `parts` nearly equal shares of [0, count), each on a thread of its
// own.
template <class Part>
void share(const base::Team& team, int count, int parts, const Part& part) {
  const auto start = [&](int i) {
    return static_cast<int>(static_cast<std::int64_t>(count) * i / parts);
  };
  team.each(parts, [&](int item, int) { part(start(item), start(item + 1)); });
}

// Bytes between two rows of features: whole cache lines, so that tiles stay within the row.
std::ptrdiff_t row_stride(const Plane& plane) {
  return base::round_up<std::ptrdiff_t>(plane.size(), 64);
}

}  // namespace

struct Engine::Job {
  const std::uint8_t* images;
  float* probabilities;  // or else
  void* y;
};

// What one thread needs to run: a plane before each picture step, rows of features before each
// dense step and behind the last. Borders are zeroed once and never written.
struct Engine::Scratch {
  explicit Scratch(const Engine& engine) {
    const Plan& plan = engine.plan_;
    const auto group = static_cast<std::size_t>(base::round_up(engine.group_, kTileColumns));
    for (const Step& step : plan.picture_steps) planes.emplace_back(step.room());
    const auto add_rows = [&](const Plane& plane) {
      rows.emplace_back(group * static_cast<std::size_t>(row_stride(plane)) + 64);
    };
    add_rows(plan.features());
    std::size_t depth = 0;
    for (const Step& step : plan.dense_steps) {
      add_rows(step.out);
      depth = std::max(depth, static_cast<std::size_t>(step.in.size()));
    }
    if (plan.last().layer.logits) {
      logits = base::Aligned<float>(group * static_cast<std::size_t>(row_stride(plan.last().out)));
    }
    value = base::Aligned<std::uint8_t>(depth + 4);
    index = base::Aligned<std::int32_t>(depth + 4);
  }

  std::vector<base::Aligned<std::uint8_t>> planes, rows;
  base::Aligned<float> logits;
  base::Aligned<std::uint8_t> value;
  base::Aligned<std::int32_t> index;
};

Engine::Engine(Shape input, const std::vector<QuantizedLayer>& layers, const Kernels& kernels,
               double temperature)
    : kernels_(kernels), temperature_(temperature), plan_(make_plan(input, layers, kernels)) {
  check_temperature(temperature);
  std::ptrdiff_t widest = row_stride(plan_.features());
  for (const Step& step : plan_.dense_steps) widest = std::max(widest, row_stride(step.out));
  group_ = static_cast<int>(
      std::clamp<std::ptrdiff_t>(kGroupBytes / widest, 1, static_cast<std::ptrdiff_t>(kMaxGroup)));
}

Engine::~Engine() = default;

void Engine::run(const std::uint8_t* images, int n, float* probabilities, int threads) const {
  run_job({images, probabilities, nullptr}, n, threads);
}

void Engine::run_layers(const std::uint8_t* images, int n, void* y, int threads) const {
  run_job({images, nullptr, y}, n, threads);
}

void Engine::run_job(const Job& job, int n, int threads) const {
  if (n <= 0) return;
  const int part = std::min(group_, (n + threads - 1) / threads);
  const int parts = (n + part - 1) / part;
  const bool shared = n < threads;  // few pictures: threads share the steps of each
  const bool together = !shared && threads > 1 && n <= kMaxTogether && n <= group_;
  const int wanted = shared ? threads : std::min(threads, together ? n : parts);
  auto workers = idle_.borrow();
  const int count = workers->pool.prepare(wanted);
  workers->make_room(shared ? 1 : count, [&] { return std::make_unique<Scratch>(*this); });
  const base::Team team(&workers->pool, count);
  if (shared) {
    for (int i = 0; i < n; ++i) run_shared(job, i, workers->of(0), team);
  } else if (together) {
    run_together(job, *workers, n, team);
  } else {
    team.each(parts, [&](int item, int worker) {
      const int first = item * part;
      run_part(job, workers->of(worker), first, std::min(part, n - first));
    });
  }
  idle_.give_back(std::move(workers));
}

void Engine::run_part(const Job& job, Scratch& scratch, int first, int count) const {
  for (int i = 0; i < count; ++i) {
    const auto image = static_cast<std::ptrdiff_t>(first + i);
    run_picture(job.images + image * static_cast<std::ptrdiff_t>(plan_.input.size()), scratch,
                scratch, i, base::Team());
  }
  run_dense(scratch, count, base::Team());
  for (int i = 0; i < count; ++i) take(job, scratch, i, first + i);
}

// Few pictures and many threads: these share every step that is worth it.
void Engine::run_shared(const Job& job, int image, Scratch& scratch, const base::Team& team) const {
  const auto size = static_cast<std::ptrdiff_t>(plan_.input.size());
  run_picture(job.images + image * size, scratch, scratch, 0, team);
  run_dense(scratch, 1, team);
  take(job, scratch, 0, image);
}

// Some pictures, one group: each worker takes whole pictures, and then all of them share the dense
// weights, so that each reads only its part of them.
void Engine::run_together(const Job& job, WorkerBuffers<Scratch>& workers, int n,
                          const base::Team& team) const {
  const auto size = static_cast<std::ptrdiff_t>(plan_.input.size());
  Scratch& shared = workers.of(0);
  team.each(n, [&](int image, int worker) {
    run_picture(job.images + image * size, workers.of(worker), shared, image, base::Team());
  });
  run_dense(shared, n, team);
  for (int i = 0; i < n; ++i) take(job, shared, i, i);
}

// One picture through its steps on its own, so that its planes stay in the cache; the last plane is
// its row of features, or of logits, in `rows`.
void Engine::run_picture(const std::uint8_t* pixels, Scratch& scratch, Scratch& rows, int row,
                         const base::Team& team) const {
  const std::size_t steps = plan_.picture_steps.size();
  std::uint8_t* features = rows.rows.front().data() + row * row_stride(plan_.features());
  fill_plane(plan_, kernels_, pixels, steps == 0 ? features : scratch.planes[0].data(), 0,
             pixel_rows(plan_));
  for (std::size_t s = 0; s < steps; ++s) {
    const Step& step = plan_.picture_steps[s];
    void* out = s + 1 < steps ? scratch.planes[s + 1].data() : features;
    if (step.layer.logits) out = rows.logits.data() + row * row_stride(step.out);
    share(team, rows_of(step), shares(step, team.size()), [&](int begin, int end) {
      run_picture_step(step, kernels_, scratch.planes[s].data(), out, begin, end);
    });
  }
}

void Engine::run_dense(Scratch& scratch, int count, const base::Team& team) const {
  const Plane* from = &plan_.features();
  for (std::size_t d = 0; d < plan_.dense_steps.size(); ++d) {
    const Step& step = plan_.dense_steps[d];
    const std::uint8_t* in = scratch.rows[d].data();
    void* out = scratch.rows[d + 1].data();
    if (step.layer.logits) out = scratch.logits.data();
    if (count == 1) {
      const RowScratch row = {scratch.value.data(), scratch.index.data()};
      const int values = gather_row(step, kernels_, in, row);
      share(team, step.rows.panels, shares(step, team.size()), [&](int begin, int end) {
        run_dense_row(step, kernels_, row, values, out, begin, end);
      });
    } else {
      share(team, step.panels.count, std::min(shares(step, team.size()), step.panels.count),
            [&](int begin, int end) {
              run_dense_step(step, kernels_, in, row_stride(*from), count, out,
                             row_stride(step.out), begin, end);
            });
    }
    from = &step.out;
  }
}

// One picture's answer out of its row, leaving the padded channels behind.
void Engine::take(const Job& job, const Scratch& scratch, int row, int image) const {
  const Step& last = plan_.last();
  const std::ptrdiff_t at = row * row_stride(last.out);
  const auto size = static_cast<std::ptrdiff_t>(plan_.output.size());
  const float* logits = scratch.logits.data() + at;
  if (job.probabilities != nullptr) {
    return softmax(logits, static_cast<int>(size), temperature_, job.probabilities + image * size);
  }
  if (last.layer.logits) {
    std::copy_n(logits, size, static_cast<float*>(job.y) + image * size);
    return;
  }
  const std::uint8_t* from = scratch.rows.back().data() + at;
  std::uint8_t* to = static_cast<std::uint8_t*>(job.y) + image * size;
  const int channels = plan_.output.channels;
  for (std::ptrdiff_t pixel = 0; pixel < size / channels; ++pixel) {
    std::copy_n(from + pixel * last.out.pixel, channels, to + pixel * channels);
  }
}

}  // namespace digitcli::network::int8
