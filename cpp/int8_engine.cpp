#include "int8_engine.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "aligned.h"
#include "int8_steps.h"
#include "steps.h"
#include "threads.h"

namespace digitcli {
namespace {

constexpr int kMaxGroup = 256;                   // rows that share one pass over dense weights
constexpr std::ptrdiff_t kGroupBytes = 1 << 20;  // and at most this many bytes of features

std::size_t round_up(std::ptrdiff_t value, std::ptrdiff_t unit) {
  return static_cast<std::size_t>((value + unit - 1) / unit * unit);
}

// Multiplications from which handing half of a step to another thread pays: some microseconds.
constexpr std::int64_t kSharedDense = 1 << 18, kSharedConv = 1 << 22;

// How many threads may share one picture's step.
int shares(const Int8Step& step, int threads) {
  const Int8Panels& panels = step.panels;
  const std::int64_t weights = static_cast<std::int64_t>(panels.stride()) * panels.count;
  if (step.layer.kind == Kind::dense) {
    return weights < kSharedDense ? 1 : std::min(threads, step.rows.panels);
  }
  const std::int64_t products = weights * step.sums.height * step.sums.width;
  return products < kSharedConv ? 1 : std::min(threads, int8_rows(step));
}

// Calls part(begin, end) for `parts` nearly equal shares of [0, count), each on a thread of its
// own.
template <class Part>
void share(int count, int parts, const Part& part) {
  if (parts == 1) return part(0, count);
  struct Context {
    const Part& part;
    int count, parts;
  } context{part, count, parts};
  const auto run = [](void* shared, int item, int) {
    const auto& c = *static_cast<Context*>(shared);
    const auto start = [&](int i) {
      return static_cast<int>(static_cast<std::int64_t>(c.count) * i / c.parts);
    };
    c.part(start(item), start(item + 1));
  };
  parallel_for(parts, parts, run, &context);
}

// Bytes between two rows of features: whole cache lines, so that tiles stay within the row.
std::ptrdiff_t row_stride(const BytePlane& plane) {
  return static_cast<std::ptrdiff_t>(round_up(plane.size(), 64));
}

}  // namespace

struct Int8Engine::Job {
  const std::uint8_t* images;
  float* probabilities;  // or else
  void* y;
};

// What one thread needs to run: a plane before each picture step, rows of features before each
// dense step and behind the last. Borders are zeroed once and never written.
struct Int8Engine::Scratch {
  explicit Scratch(const Int8Engine& engine) {
    const Int8Plan& plan = engine.plan_;
    const std::size_t group = round_up(engine.group_, kTileColumns);
    for (const Int8Step& step : plan.picture_steps) planes.emplace_back(step.room());
    const auto add_rows = [&](const BytePlane& plane) {
      rows.emplace_back(group * static_cast<std::size_t>(row_stride(plane)) + 64);
    };
    add_rows(plan.features());
    std::size_t depth = 0;
    for (const Int8Step& step : plan.dense_steps) {
      add_rows(step.out);
      depth = std::max(depth, static_cast<std::size_t>(step.in.size()));
    }
    if (plan.last().layer.logits) {
      logits = Aligned<float>(group * static_cast<std::size_t>(row_stride(plan.last().out)));
    }
    value = Aligned<std::uint8_t>(depth + 4);
    index = Aligned<std::int32_t>(depth + 4);
  }

  std::vector<Aligned<std::uint8_t>> planes, rows;
  Aligned<float> logits;
  Aligned<std::uint8_t> value;
  Aligned<std::int32_t> index;
};

Int8Engine::Int8Engine(Shape input, const std::vector<QuantizedLayer>& layers,
                       const Kernels& kernels)
    : kernels_(kernels), plan_(make_int8_plan(input, layers, kernels)) {
  std::ptrdiff_t widest = row_stride(plan_.features());
  for (const Int8Step& step : plan_.dense_steps) widest = std::max(widest, row_stride(step.out));
  group_ = static_cast<int>(
      std::clamp<std::ptrdiff_t>(kGroupBytes / widest, 1, static_cast<std::ptrdiff_t>(kMaxGroup)));
}

Int8Engine::~Int8Engine() = default;

void Int8Engine::run(const std::uint8_t* images, int n, float* probabilities, int threads) const {
  run_job({images, probabilities, nullptr}, n, threads);
}

void Int8Engine::run_layers(const std::uint8_t* images, int n, void* y, int threads) const {
  run_job({images, nullptr, y}, n, threads);
}

void Int8Engine::run_job(const Job& job, int n, int threads) const {
  if (n <= 0) return;
  if (n < threads) {
    auto scratch = borrow_scratch(1);
    for (int image = 0; image < n; ++image) run_shared(job, image, *scratch.front(), threads);
    return return_scratch(std::move(scratch));
  }
  const int part = std::min(group_, (n + threads - 1) / threads);
  const int parts = (n + part - 1) / part;
  struct Context {
    const Int8Engine& engine;
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

void Int8Engine::run_part(const Job& job, Scratch& scratch, int first, int count) const {
  for (int i = 0; i < count; ++i) {
    const auto image = static_cast<std::ptrdiff_t>(first + i);
    run_picture(job.images + image * static_cast<std::ptrdiff_t>(plan_.input.size()), scratch, i,
                1);
  }
  run_dense(scratch, count, 1);
  for (int i = 0; i < count; ++i) take(job, scratch, i, first + i);
}

// Few pictures and many threads: these share every step that is worth it.
void Int8Engine::run_shared(const Job& job, int image, Scratch& scratch, int threads) const {
  const auto size = static_cast<std::ptrdiff_t>(plan_.input.size());
  run_picture(job.images + image * size, scratch, 0, threads);
  run_dense(scratch, 1, threads);
  take(job, scratch, 0, image);
}

// One picture through its steps on its own, so that its planes stay in the cache; the last plane is
// its row of features.
void Int8Engine::run_picture(const std::uint8_t* pixels, Scratch& scratch, int row,
                             int threads) const {
  const std::size_t steps = plan_.picture_steps.size();
  std::uint8_t* features = scratch.rows.front().data() + row * row_stride(plan_.features());
  fill_int8_plane(plan_, kernels_, pixels, steps == 0 ? features : scratch.planes[0].data(), 0,
                  int8_pixel_rows(plan_));
  for (std::size_t s = 0; s < steps; ++s) {
    const Int8Step& step = plan_.picture_steps[s];
    void* out = s + 1 < steps ? scratch.planes[s + 1].data() : features;
    if (step.layer.logits) out = scratch.logits.data() + row * row_stride(step.out);
    share(int8_rows(step), shares(step, threads), [&](int begin, int end) {
      run_int8_picture_step(step, kernels_, scratch.planes[s].data(), out, begin, end);
    });
  }
}

void Int8Engine::run_dense(Scratch& scratch, int count, int threads) const {
  const BytePlane* from = &plan_.features();
  for (std::size_t d = 0; d < plan_.dense_steps.size(); ++d) {
    const Int8Step& step = plan_.dense_steps[d];
    const std::uint8_t* in = scratch.rows[d].data();
    void* out = scratch.rows[d + 1].data();
    if (step.layer.logits) out = scratch.logits.data();
    if (count == 1) {
      const RowScratch row = {scratch.value.data(), scratch.index.data()};
      const int values = gather_int8_row(step, kernels_, in, row);
      share(step.rows.panels, shares(step, threads), [&](int begin, int end) {
        run_int8_dense_row(step, kernels_, row, values, out, begin, end);
      });
    } else {
      run_int8_dense_step(step, kernels_, in, row_stride(*from), count, out, row_stride(step.out),
                          0, step.panels.count);
    }
    from = &step.out;
  }
}

// One picture's answer out of its row, leaving the padded channels behind.
void Int8Engine::take(const Job& job, const Scratch& scratch, int row, int image) const {
  const Int8Step& last = plan_.last();
  const std::ptrdiff_t at = row * row_stride(last.out);
  const auto size = static_cast<std::ptrdiff_t>(plan_.output.size());
  const float* logits = scratch.logits.data() + at;
  if (job.probabilities != nullptr) {
    return softmax(logits, static_cast<int>(size), job.probabilities + image * size);
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

std::vector<std::unique_ptr<Int8Engine::Scratch>> Int8Engine::borrow_scratch(int count) const {
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

void Int8Engine::return_scratch(std::vector<std::unique_ptr<Scratch>> borrowed) const {
  const std::lock_guard lock(mutex_);
  std::move(borrowed.begin(), borrowed.end(), std::back_inserter(idle_));
}

}  // namespace digitcli
