// The int8 engine on any network: refused by name, or exactly the oracle's answer on every ISA and
// any number of threads.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "fuzz/claim.h"
#include "fuzz/layers.h"
#include "fuzz/oracle.h"
#include "fuzz/pictures.h"
#include "network/int8/network.h"

namespace digitcli::fuzz {
namespace {

using Engine = network::Engine<network::int8::Network>;

// All pictures' answers, one after the other.
struct Answers {
  std::vector<std::uint8_t> bytes;  // or else
  std::vector<float> logits;
};

Answers run(const Engine& engine, const Pictures& pictures, int threads) {
  const std::size_t size = static_cast<std::size_t>(pictures.count) * engine.output().size();
  Answers answers;
  if (engine.plan().last().gives_floats) {
    answers.logits.resize(size);
    engine.run_layers(pictures.pixels.data(), pictures.count, answers.logits.data(), threads);
  } else {
    answers.bytes.resize(size);
    engine.run_layers(pictures.pixels.data(), pictures.count, answers.bytes.data(), threads);
  }
  return answers;
}

Answers by_oracle(const Network& network, const Pictures& pictures) {
  Answers answers;
  const std::uint8_t* next = pictures.pixels.data();
  for (int i = 0; i < pictures.count; ++i, next += network.input.size()) {
    const Quantized x{network.input, {next, next + network.input.size()}, {}};
    const Quantized y = run_oracle(network.layers, x);
    answers.bytes.insert(answers.bytes.end(), y.bytes.begin(), y.bytes.end());
    answers.logits.insert(answers.logits.end(), y.logits.begin(), y.logits.end());
  }
  return answers;
}

void check_probabilities(const Engine& engine, const Pictures& pictures, int threads) {
  std::vector<float> found(static_cast<std::size_t>(pictures.count) * engine.output().size());
  engine.run(pictures.pixels.data(), pictures.count, found.data(), threads);
  for (const float value : found) claim(value >= 0 && value <= 1, "a probability");
}

// Whether every sum of a layer fits into 32 bits, for any pixels.
bool sums_fit(const network::int8::QuantizedLayer& layer) {
  const auto units = static_cast<std::size_t>(layer.units);
  for (std::size_t u = 0; layer.weights != nullptr && u < units; ++u) {
    double high = layer.biases[u], low = high;
    for (std::size_t i = u; i < layer.weight_size; i += units)
      (layer.weights[i] > 0 ? high : low) += 255.0 * layer.weights[i];
    if (high > 2147483647.0 || low < -2147483648.0) return false;
  }
  return true;
}

std::unique_ptr<Engine> engine_of(const Network& network, const network::Passes& passes,
                                  const std::string& isa) {
  try {
    const network::int8::Weights weights(network.input, network.layers, passes,
                                         base::find_kernels(isa));
    return std::make_unique<Engine>(network::int8::Network(network.input, weights), 1.0);
  } catch (const base::BadNetwork&) {
    claim(network.hostile || !std::all_of(network.layers.begin(), network.layers.end(), sums_fit),
          "a network with possible sizes and sums is accepted");
    return nullptr;
  }
}

void check(Input input) {
  const network::Passes passes = passes_of(input);
  const std::string isa = isa_of(input);
  const Network network = network_of(input, Precision::int8);
  if (network.layers.empty() && !network.hostile) return;
  const std::unique_ptr<Engine> engine = engine_of(network, passes, isa);
  if (engine) claim(is_possible(engine->input()) && is_possible(engine->output()), "a size");
  if (!engine || network.hostile) return;
  const Pictures pictures = pictures_of(input, network.input);
  const Answers exact =
      network.large ? run(*engine_of(network, {false, false, false, false}, isa), pictures, 1)
                    : by_oracle(network, pictures);
  const int threads = kThreads[input.byte() % std::size(kThreads)];
  for (const int count : {1, threads}) {
    const Answers found = run(*engine, pictures, count);
    claim(found.bytes == exact.bytes, "the oracle's bytes");
    claim(same_bits(found.logits, exact.logits), "the oracle's logits");
  }
  const bool is_number = std::all_of(exact.logits.begin(), exact.logits.end(),
                                     [](float value) { return std::isfinite(value); });
  if (network.layers.back().logits && network.input.channels == 1 && is_number) {
    check_probabilities(*engine, pictures, threads);
    claim(same_bits(last_step(*engine, pictures, threads), exact.logits), "what is blank, copied");
  }
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
