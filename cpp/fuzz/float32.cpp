// The float32 engine on any network: refused by name, or the oracle's answer within its bound and
// the same bits on any number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "fuzz/claim.h"
#include "fuzz/layers.h"
#include "fuzz/oracle.h"
#include "fuzz/pictures.h"
#include "network/float32/network.h"
#include "network/float32/weights.h"

namespace digitcli::fuzz {
namespace {

using Engine = network::Engine<network::float32::Network>;

constexpr float kScale = 1.0f / 255.0f;  // of pixels

// Pixels as the engine scales them.
std::vector<float> scaled(const Pictures& pictures) {
  std::vector<float> values;
  for (const std::uint8_t pixel : pictures.pixels)
    values.push_back(static_cast<float>(pixel) * kScale);
  return values;
}

std::vector<float> run(const Engine& engine, const std::vector<float>& values, int count,
                       int threads) {
  std::vector<float> out(static_cast<std::size_t>(count) * engine.output().size());
  engine.run_layers(values.data(), count, out.data(), threads);
  return out;
}

void compare_with_oracle(const Network& network, bool winograd, const std::vector<float>& values,
                         const std::vector<float>& found) {
  if (values.empty()) return;
  Floats x{network.input, {}, std::vector<double>(network.input.size())};
  x.values.assign(values.begin(),
                  values.begin() + static_cast<std::ptrdiff_t>(network.input.size()));
  const Floats exact = run_oracle(network.float_layers(), x, winograd);
  for (std::size_t i = 0; i < exact.values.size(); ++i)
    claim(std::abs(found[i] - exact.values[i]) <= exact.errors[i], "the oracle's answer");
}

// Channels of each pixel sum to 1.
void check_probabilities(const Engine& engine, const Pictures& pictures, int threads) {
  const auto count = static_cast<std::size_t>(pictures.count);
  std::vector<float> found(count * engine.output().size()), again(found.size());
  engine.run(pictures.pixels.data(), pictures.count, found.data(), 1);
  engine.run(pictures.pixels.data(), pictures.count, again.data(), threads);
  claim(same_bits(found, again), "probabilities: the same bits on more threads");
  const auto classes = static_cast<std::size_t>(engine.output().channels);
  for (std::size_t row = 0; row < found.size(); row += classes) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      claim(found[row + c] >= 0 && found[row + c] <= 1, "a probability");
      sum += found[row + c];
    }
    claim(std::abs(sum - 1) < 1e-5, "probabilities sum to 1");
  }
}

std::unique_ptr<Engine> engine_of(const Network& network, const network::Passes& passes,
                                  const std::string& isa, double temperature) {
  try {
    const network::float32::Weights weights(network.input, network.float_layers(), passes,
                                            base::find_kernels(isa));
    return std::make_unique<Engine>(network::float32::Network(network.input, kScale, weights),
                                    temperature);
  } catch (const base::BadNetwork&) {
    claim(network.hostile, "a network with possible sizes is accepted");
    return nullptr;
  }
}

void check(Input input) {
  const network::Passes passes = passes_of(input);
  const std::string isa = isa_of(input);
  const double temperature = 0.25 + input.within(0, 15) / 4.0;
  const Network network = network_of(input, Precision::float32);
  if (network.layers.empty() && !network.hostile) return;
  const std::unique_ptr<Engine> engine = engine_of(network, passes, isa, temperature);
  if (engine) claim(is_possible(engine->input()) && is_possible(engine->output()), "a size");
  if (!engine || network.hostile) return;
  const Pictures pictures = pictures_of(input, network.input);
  const std::vector<float> values = scaled(pictures);
  const std::vector<float> found = run(*engine, values, pictures.count, 1);
  if (!network.large) compare_with_oracle(network, passes.winograd, values, found);
  const int threads = kThreads[input.byte() % std::size(kThreads)];
  claim(same_bits(found, run(*engine, values, pictures.count, threads)), "on more threads");
  if (pictures.count > 1) {
    const std::vector<float> first(found.begin(), found.begin() + engine->output().size());
    claim(same_bits(first, run(*engine, values, 1, threads)), "alone");
  }
  if (network.input.channels != 1) return;
  check_probabilities(*engine, pictures, threads);
  claim(same_bits(last_step(*engine, pictures, threads), found), "what is blank, copied");
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
