// Runs a network that is packed for one ISA: who takes which pictures through which steps.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "network/blank.h"
#include "network/ink.h"
#include "network/job.h"
#include "network/layers.h"
#include "network/plan.h"
#include "network/sharing.h"
#include "network/softmax.h"
#include "network/timer.h"
#include "network/worker_buffers.h"

namespace digitcli::network {

// `Network` is float32::Network or int8::Network: a plan, and how its steps run. `run` is const,
// safe from many threads at once, allocates nothing once it has run as many pictures on as many
// threads, and gives a picture the same bits for any number of threads and whatever else is in the
// batch; in int8 on every ISA, too.
template <class Network>
class Engine {
 public:
  using Value = typename Network::Value;  // of the planes between two steps

  // Throws BadNetwork unless `temperature` is finite and above 0.
  Engine(Network network, double temperature);

  // images (n, height, width) uint8 -> softmax over the channels of the last layer's
  // output divided by the temperature (n, outputs): of each column, if it is a row of columns.
  // Throws BadNetwork if the input has more channels than that, or if the last layer gives no
  // logits.
  void run(const std::uint8_t* images, int n, float* probabilities, int threads) const;

  // x (n, height, width, channels) -> the last layer's output (n, ...), without scale and softmax:
  // what tests compare layer by layer. Floats, but bytes of an int8 layer that gives no logits.
  void run_layers(const Value* x, int n, void* y, int threads) const;

  // What every step of the plan makes of images (n, height, width) uint8: outputs[step] is filled
  // with (n, height, width, channels), after activation and fused pool, of the type as in
  // `run_layers`. One layer is one step only where no pass has joined layers. Throws as `run`.
  void run_steps(const std::uint8_t* images, int n, const std::vector<void*>& outputs,
                 int threads) const;

  // Each step of the plan over `repeats` runs of `run` on one thread, the best time of all. Throws
  // as `run`.
  std::vector<StepTime> profile(const std::uint8_t* images, int n, int repeats) const;

  const typename Network::Plan& plan() const { return network_.plan(); }
  Shape input() const { return plan().input; }
  Shape output() const { return plan().output; }
  const char* isa() const { return network_.kernels().isa; }
  std::size_t scratch_bytes() const { return idle_.bytes(); }  // that calls left for the next

 private:
  using Scratch = typename Network::Scratch;
  using Context = network::Context<Scratch>;
  using Buffers = WorkerBuffers<Scratch>;
  using Job = network::Job<Value>;

  void check_answers() const;
  void run_job(const Job& job, int n, int threads) const;
  void run_shared(const Job& job, Buffers& workers, int n, int threads, double meeting) const;
  void run_apart(const Job& job, Buffers& workers, int n, int part, int count) const;
  void run_together(const Job& job, Buffers& workers, int n, int count, double meeting) const;
  void run_wave(const Job& job, const Context& context, int first, int count,
                Value* features) const;
  void run_dense_steps(const Job& job, const Context& context, int first, int count) const;
  void fill(const Job& job, int image, Value* plane, Ink& ink) const;
  void keep(const Job& job, std::size_t step, int image, const Value* from) const;
  void take(const Job& job, const Value* row, int image) const;

  Network network_;
  double temperature_;
  StepSeconds seconds_;
  int group_ = 1;  // rows that share one pass over dense weights
  mutable IdleBuffers<Scratch> idle_;
};

template <class Network>
Engine<Network>::Engine(Network network, double temperature)
    : network_(std::move(network)),
      temperature_(temperature),
      seconds_(plan(), sizeof(Value), Network::operations(network_.kernels())) {
  check_temperature(temperature);
  learn_blank_picture(network_);
  std::ptrdiff_t widest = plan().features_row();
  for (const auto& step : plan().dense_steps) widest = std::max(widest, step.out_row);
  group_ = static_cast<int>(std::clamp<std::ptrdiff_t>(Network::kGroupValues / widest, 1,
                                                       std::ptrdiff_t{Network::kMaxGroup}));
}

template <class Network>
void Engine<Network>::run(const std::uint8_t* images, int n, float* probabilities,
                          int threads) const {
  check_answers();
  Job job;
  job.images = images;
  job.probabilities = probabilities;
  run_job(job, n, threads);
}

template <class Network>
void Engine<Network>::run_layers(const Value* x, int n, void* y, int threads) const {
  Job job;
  job.x = x;
  job.y = y;
  run_job(job, n, threads);
}

template <class Network>
void Engine<Network>::run_steps(const std::uint8_t* images, int n,
                                const std::vector<void*>& outputs, int threads) const {
  check_answers();
  std::vector<float> probabilities(static_cast<std::size_t>(n) * output().size());
  Job job;
  job.images = images;
  job.probabilities = probabilities.data();
  job.outputs = outputs.data();
  run_job(job, n, threads);
}

template <class Network>
std::vector<StepTime> Engine<Network>::profile(const std::uint8_t* images, int n,
                                               int repeats) const {
  check_answers();
  std::vector<float> probabilities(static_cast<std::size_t>(n) * output().size());
  std::vector<double> best(plan().count(), 1e9), seconds(plan().count()), flops(plan().count());
  Job job;
  job.images = images;
  job.probabilities = probabilities.data();
  job.flops = flops.data();  // of a run that is not timed, because counting takes time
  run_job(job, n, 1);
  job.flops = nullptr;
  job.seconds = seconds.data();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::fill(seconds.begin(), seconds.end(), 0.0);
    run_job(job, n, 1);
    for (std::size_t s = 0; s < best.size(); ++s) best[s] = std::min(best[s], seconds[s]);
  }
  std::vector<StepTime> times;
  for (std::size_t s = 0; s < best.size(); ++s) times.push_back({best[s] / n, flops[s] / n});
  return times;
}

template <class Network>
void Engine<Network>::check_answers() const {
  if (input().channels != 1)
    throw base::BadNetwork("only networks that take grey pictures read uint8");
  if (!network_.gives_logits()) throw base::BadNetwork("the last layer must give logits");
}

template <class Network>
void Engine<Network>::run_job(const Job& job, int n, int threads) const {
  if (n <= 0) return;
  auto workers = idle_.borrow();
  const bool tried = n < std::min(threads, kMaxTeam) && n * seconds_.picture() < kSurelyShared;
  Tuner* tuner = tried ? &workers->tuner(n, threads) : nullptr;
  double took = 0;
  {
    const Timer timer(tried ? &took : nullptr);
    run_shared(job, *workers, n, threads, tried ? kMeetings[tuner->way()] : kMeeting);
  }
  if (tried) tuner->took(took);
  idle_.give_back(std::move(workers));
}

// Many pictures: each worker takes whole groups of them through all steps, and waits for no other.
// Few pictures: all workers share one group, so that each reads only its share of the dense
// weights.
template <class Network>
void Engine<Network>::run_shared(const Job& job, Buffers& workers, int n, int threads,
                                 double meeting) const {
  const double seconds = n * seconds_.picture();
  threads = n < threads ? seconds_.sharers_of_picture(threads, meeting)
                        : sharers(seconds, threads, meeting);
  const int part = std::min(group_, (n + threads - 1) / threads);
  const bool apart = threads == 1 || n > std::min(group_, kMaxTogether);
  const int wanted = std::min(threads, apart ? (n + part - 1) / part : kMaxTeam);
  workers.make_room(wanted, apart ? part : n, group_, network_);
  const int count = workers.pool.prepare(wanted);
  workers.pool.begin(count, seconds);
  if (apart) {
    run_apart(job, workers, n, part, count);
  } else {
    run_together(job, workers, n, count, meeting);
  }
  workers.pool.end();
}

template <class Network>
void Engine<Network>::run_apart(const Job& job, Buffers& workers, int n, int part,
                                int count) const {
  const int parts = (n + part - 1) / part, wave = plan().wave;
  base::Team(&workers.pool, std::min(count, parts)).each(parts, [&](int item, int worker) {
    const Context alone{network_.kernels(), workers, base::Team(), worker};
    const int first = item * part, size = std::min(part, n - first);
    Value* features = alone.shared().rows.front().data();
    for (int i = 0; i < size; i += wave) {
      run_wave(job, alone, first + i, std::min(wave, size - i),
               features + i * plan().features_row());
    }
    run_dense_steps(job, alone, first, size);
  });
}

template <class Network>
void Engine<Network>::run_together(const Job& job, Buffers& workers, int n, int count,
                                   double meeting) const {
  const Context together{network_.kernels(), workers, base::Team(&workers.pool, count), 0, meeting};
  Value* features = together.shared().rows.front().data();
  const std::ptrdiff_t row = plan().features_row();
  if (n < count) {
    for (int i = 0; i < n; ++i) run_wave(job, together, i, 1, features + i * row);
  } else {
    const int wave = std::min(plan().wave, (n + count - 1) / count);
    together.team.each((n + wave - 1) / wave, [&](int item, int worker) {
      const Context alone{network_.kernels(), workers, base::Team(), worker};
      const int first = item * wave;
      run_wave(job, alone, first, std::min(wave, n - first), features + first * row);
    });
  }
  run_dense_steps(job, together, 0, n);
}

// Pictures through their steps, side by side so that they share what they read; the planes between
// stay in the cache, and the last one is a row of features.
template <class Network>
void Engine<Network>::run_wave(const Job& job, const Context& context, int first, int count,
                               Value* features) const {
  Scratch& scratch = context.shared();
  const std::size_t steps = plan().picture_steps.size();
  Value* pixels = steps == 0 ? features : scratch.plane(0);
  for (int i = 0; i < count; ++i) {
    fill(job, first + i, pixels + i * plan().first_row, scratch.ink[static_cast<std::size_t>(i)]);
  }
  for (std::size_t s = 0; s < steps; ++s) {
    const Timer timer(job.timer(s));
    const auto& step = plan().picture_steps[s];
    const Value* in = scratch.plane(s);
    Value* out = s + 1 < steps ? scratch.plane(s + 1) : features;
    run_picture_step(step, context.sharing(seconds_.divisible(s, count)), count, in, out);
    if (job.flops != nullptr) job.flops[s] += flops_of(step, context, count, in);
    for (int i = 0; i < count; ++i) keep(job, s, first + i, out + i * step.out_row);
  }
}

template <class Network>
void Engine<Network>::run_dense_steps(const Job& job, const Context& context, int first,
                                      int count) const {
  Scratch& scratch = context.shared();
  for (std::size_t d = 0; d < plan().dense_steps.size(); ++d) {
    const std::size_t s = plan().picture_steps.size() + d;
    const Timer timer(job.timer(s));
    const auto& step = plan().dense_steps[d];
    const Value* in = scratch.rows[d].data();
    Value* out = scratch.rows[d + 1].data();
    run_dense_step(step, context.sharing(seconds_.divisible(s, count)), count, in, out);
    if (job.flops != nullptr) job.flops[s] += flops_of(step, context, count, in);
    for (int i = 0; i < count; ++i) keep(job, s, first + i, out + i * step.out_row);
  }
  const Value* row = scratch.rows.back().data();
  for (int i = 0; i < count; ++i, row += plan().last().out_row) take(job, row, first + i);
}

// The pixels of one picture into the plane before the first step, and where they are not 0.
template <class Network>
void Engine<Network>::fill(const Job& job, int image, Value* plane, Ink& ink) const {
  const auto from =
      static_cast<std::ptrdiff_t>(image) * static_cast<std::ptrdiff_t>(input().size());
  ink.forget();
  if (job.images == nullptr) return network_.fill(job.x + from, plane);
  network_.fill(job.images + from, plane);
  if (plan().looks_for_ink) ink.find(job.images + from, input().width);
}

// What a step made of one picture, where a job asks for that.
template <class Network>
void Engine<Network>::keep(const Job& job, std::size_t step, int image, const Value* from) const {
  if (job.outputs != nullptr) copy_output(plan().step(step), from, job.outputs[step], image);
}

// One picture's answer out of its row, leaving the padded channels behind.
template <class Network>
void Engine<Network>::take(const Job& job, const Value* row, int image) const {
  if (job.probabilities == nullptr) return copy_output(plan().last(), row, job.y, image);
  const Plane& out = plan().last().out;  // nothing follows that would need a border
  const int classes = out.shape.channels;
  float* to = job.probabilities + static_cast<std::size_t>(image) * out.shape.size();
  const float* logits = Network::logits_of(row);
  for (int i = 0; i < out.shape.height * out.shape.width; ++i) {
    softmax(logits + i * out.pixel_stride(), classes, temperature_, to + i * classes);
  }
}

}  // namespace digitcli::network
