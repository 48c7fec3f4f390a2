#include "selftest/runs.h"

#include <cstddef>
#include <utility>

#include "network/float32/network.h"
#include "network/float32/weights.h"
#include "network/int8/network.h"
#include "network/plan.h"

namespace digitcli::selftest {
namespace {

using Float32 = network::Engine<network::float32::Network>;
using Int8 = network::Engine<network::int8::Network>;

// Room for the last layer's output of one picture or row.
void make_room(Answer& answer, bool bytes, std::size_t size) {
  bytes ? answer.bytes.resize(size) : answer.values.resize(size);
}

void* start_of(Answer& answer) {
  return answer.bytes.empty() ? static_cast<void*>(answer.values.data()) : answer.bytes.data();
}

// Pictures give probabilities, and the logits that these are made of.
template <class Engine>
void run_pictures(const Case& test, const Engine& engine, int count, int threads, Answer& answer) {
  const auto n = static_cast<std::size_t>(count);
  std::vector<std::vector<float>> kept;  // bytes of an int8 step need less room
  std::vector<void*> outputs;
  for (std::size_t s = 0; s < engine.plan().count(); ++s) {
    kept.emplace_back(n * engine.plan().step(s).out.shape.size());
    outputs.push_back(kept.back().data());
  }
  engine.run_steps(test.bytes.data(), count, outputs, threads);
  answer.values = std::move(kept.back());
  answer.probabilities.resize(n * engine.output().size());
  engine.run(test.bytes.data(), count, answer.probabilities.data(), threads);
}

Answer run_float32(const Case& test, const Kernels& kernels, int count, int threads) {
  std::vector<network::Layer> layers;
  for (const GoldenLayer& made : test.layers) layers.push_back(made.layer);
  const network::float32::Weights weights(test.input, layers, network::all_passes_but(test.without),
                                          kernels);
  const float scale = test.pictures ? 1.0f / 255.0f : 1.0f;
  const Float32 engine(network::float32::Network(test.input, scale, weights), 1.0);
  Answer answer;
  if (test.pictures) {
    run_pictures(test, engine, count, threads, answer);
  } else {
    make_room(answer, false, static_cast<std::size_t>(count) * engine.output().size());
    engine.run_layers(test.floats.data(), count, start_of(answer), threads);
  }
  return answer;
}

Answer run_int8(const Case& test, const Kernels& kernels, int count, int threads) {
  std::vector<network::int8::QuantizedLayer> layers;
  for (const GoldenLayer& made : test.layers) layers.push_back(made.layer);
  const network::int8::Weights weights(test.input, layers, network::all_passes_but(test.without),
                                       kernels);
  const Int8 engine(network::int8::Network(test.input, weights), 1.0);
  Answer answer;
  if (test.pictures) {
    run_pictures(test, engine, count, threads, answer);
  } else {
    make_room(answer, test.gives_bytes, static_cast<std::size_t>(count) * engine.output().size());
    engine.run_layers(test.bytes.data(), count, start_of(answer), threads);
  }
  return answer;
}

}  // namespace

Answer run_case(const Case& test, const Kernels& kernels, int count, int threads) {
  return test.int8 ? run_int8(test, kernels, count, threads)
                   : run_float32(test, kernels, count, threads);
}

}  // namespace digitcli::selftest
