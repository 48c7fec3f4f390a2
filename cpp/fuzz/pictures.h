// Pictures out of a fuzzer's bytes, and what an engine makes of them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fuzz/input.h"
#include "network/layers.h"

namespace digitcli::fuzz {

struct Pictures {
  int count = 0;
  std::vector<std::uint8_t> pixels;
};

inline Pictures pictures_of(Input& input, network::Shape shape) {
  constexpr int kMost = 5;
  Pictures pictures{input.within(0, kMost), {}};
  const int share = input.byte();  // of the pixels that are not 0, in 256ths
  Random random = input.random();
  for (std::size_t i = static_cast<std::size_t>(pictures.count) * shape.size(); i > 0; --i) {
    const int value = random.within(0, 255) <= share ? random.within(0, 255) : 0;
    pictures.pixels.push_back(static_cast<std::uint8_t>(value));
  }
  return pictures;
}

template <class T>
bool same_bits(const std::vector<T>& one, const std::vector<T>& other) {
  return one.size() == other.size() &&
         (one.empty() || std::memcmp(one.data(), other.data(), one.size() * sizeof(T)) == 0);
}

// What run_steps keeps of the last step, which gives floats. It copies what no ink of a picture
// reaches; run_layers, which does not know where there is ink, computes all.
template <class Engine>
std::vector<float> last_step(const Engine& engine, const Pictures& pictures, int threads) {
  std::vector<std::vector<float>> kept;  // bytes need less room
  std::vector<void*> outputs;
  for (std::size_t s = 0; s < engine.plan().count(); ++s) {
    kept.emplace_back(static_cast<std::size_t>(pictures.count) *
                      engine.plan().step(s).out.shape.size());
    outputs.push_back(kept.back().data());
  }
  engine.run_steps(pictures.pixels.data(), pictures.count, outputs, threads);
  return kept.back();
}

}  // namespace digitcli::fuzz
