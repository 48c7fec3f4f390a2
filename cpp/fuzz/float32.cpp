// The float32 engine on any network: refused by name, or the oracle's answer within its bound and
// the same bits on any number of threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "fuzz/claim.h"
#include "fuzz/layers.h"
#include "fuzz/oracle.h"
#include "network/float32/network.h"
#include "network/float32/weights.h"

namespace digitcli::fuzz {
namespace {

using Engine = network::Engine<network::float32::Network>;

constexpr float kScale = 1.0f / 255.0f;  // of pixels
constexpr int kMostPictures = 5;

struct Pictures {
  int count;
  std::vector<std::uint8_t> pixels;
  std::vector<float> values;  // the same, scaled
};

Pictures pictures_of(Input& input, network::Shape shape) {
  Pictures pictures{input.within(0, kMostPictures), {}, {}};
  const int share = input.byte();  // of the pixels that are not 0, in 256ths
  Random random = input.random();
  for (std::size_t i = static_cast<std::size_t>(pictures.count) * shape.size(); i > 0; --i) {
    const int value = random.within(0, 255) <= share ? random.within(0, 255) : 0;
    pictures.pixels.push_back(static_cast<std::uint8_t>(value));
    pictures.values.push_back(static_cast<float>(value) * kScale);
  }
  return pictures;
}

std::vector<float> run(const Engine& engine, const Pictures& pictures, int count, int threads) {
  std::vector<float> out(static_cast<std::size_t>(count) * engine.output().size());
  engine.run_layers(pictures.values.data(), count, out.data(), threads);
  return out;
}

bool same_bits(const std::vector<float>& one, const std::vector<float>& other) {
  const std::size_t size = std::min(one.size(), other.size());
  return size == 0 || std::memcmp(one.data(), other.data(), size * sizeof(float)) == 0;
}

void compare_with_oracle(const Network& network, bool winograd, const Pictures& pictures,
                         const std::vector<float>& found) {
  if (pictures.count == 0) return;
  Floats x{network.input, {}, std::vector<double>(network.input.size())};
  x.values.assign(pictures.values.begin(),
                  pictures.values.begin() + static_cast<std::ptrdiff_t>(network.input.size()));
  const Floats exact = run_oracle(network.float_layers(), x, winograd);
  for (std::size_t i = 0; i < exact.values.size(); ++i)
    claim(std::abs(found[i] - exact.values[i]) <= exact.errors[i], "the oracle's answer");
}

// Channels of each pixel sum to 1; what run_steps keeps is what run_layers gives.
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

void check_steps(const Engine& engine, const Pictures& pictures, int threads) {
  std::vector<std::vector<float>> kept;
  std::vector<void*> outputs;
  for (std::size_t s = 0; s < engine.plan().count(); ++s) {
    kept.emplace_back(static_cast<std::size_t>(pictures.count) *
                      engine.plan().step(s).out.shape.size());
    outputs.push_back(kept.back().data());
  }
  engine.run_steps(pictures.pixels.data(), pictures.count, outputs, threads);
  claim(same_bits(kept.back(), run(engine, pictures, pictures.count, 1)), "the last step's output");
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
  const std::vector<float> found = run(*engine, pictures, pictures.count, 1);
  if (!network.large) compare_with_oracle(network, passes.winograd, pictures, found);
  const int threads = kThreads[input.byte() % std::size(kThreads)];
  claim(same_bits(found, run(*engine, pictures, pictures.count, threads)), "on more threads");
  if (pictures.count > 1) claim(same_bits(found, run(*engine, pictures, 1, threads)), "alone");
  if (network.input.channels != 1) return;
  check_probabilities(*engine, pictures, threads);
  if (passes.fuse || pictures.count > 0) check_steps(*engine, pictures, threads);
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
