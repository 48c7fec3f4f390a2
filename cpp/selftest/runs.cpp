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

class Float32Engine final : public CaseEngine {
 public:
  Float32Engine(const Case& test, const network::float32::Weights& weights)
      : test_(test),
        engine_(
            network::float32::Network(test.input, test.pictures ? 1.0f / 255.0f : 1.0f, weights),
            1.0) {}

  Answer run(int count, int threads) const override {
    Answer answer;
    if (test_.pictures) {
      run_pictures(test_, engine_, count, threads, answer);
    } else {
      make_room(answer, false, static_cast<std::size_t>(count) * engine_.output().size());
      engine_.run_layers(test_.floats.data(), count, start_of(answer), threads);
    }
    return answer;
  }

 private:
  const Case& test_;
  Float32 engine_;
};

class Int8Engine final : public CaseEngine {
 public:
  Int8Engine(const Case& test, const network::int8::Weights& weights)
      : test_(test), engine_(network::int8::Network(test.input, weights), 1.0) {}

  Answer run(int count, int threads) const override {
    Answer answer;
    if (test_.pictures) {
      run_pictures(test_, engine_, count, threads, answer);
    } else {
      make_room(answer, test_.gives_bytes,
                static_cast<std::size_t>(count) * engine_.output().size());
      engine_.run_layers(test_.bytes.data(), count, start_of(answer), threads);
    }
    return answer;
  }

 private:
  const Case& test_;
  Int8 engine_;
};

template <class Layer>
std::vector<Layer> layers_of(const Case& test) {
  std::vector<Layer> layers;
  for (const GoldenLayer& made : test.layers) layers.push_back(made.layer);
  return layers;
}

template <class Weights, class Layer, class Engine>
class SharedWeights final : public CaseWeights {
 public:
  SharedWeights(const Case& test, const Kernels& kernels)
      : test_(test),
        weights_(test.input, layers_of<Layer>(test), network::all_passes_but(test.without),
                 kernels) {}

  std::unique_ptr<CaseEngine> engine() const override {
    return std::make_unique<Engine>(test_, weights_);
  }

 private:
  const Case& test_;
  Weights weights_;
};

using Float32Weights = SharedWeights<network::float32::Weights, network::Layer, Float32Engine>;
using Int8Weights =
    SharedWeights<network::int8::Weights, network::int8::QuantizedLayer, Int8Engine>;

}  // namespace

std::unique_ptr<CaseWeights> make_weights(const Case& test, const Kernels& kernels) {
  if (test.int8) return std::make_unique<Int8Weights>(test, kernels);
  return std::make_unique<Float32Weights>(test, kernels);
}

Answer run_case(const Case& test, const Kernels& kernels, int count, int threads) {
  return make_weights(test, kernels)->engine()->run(count, threads);
}

}  // namespace digitcli::selftest
