// Networks out of a fuzzer's bytes: layers, their arrays, and sometimes numbers that no layer has.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "network/int8/weights.h"
#include "network/plan.h"

namespace digitcli::fuzz {

enum class Precision { float32, int8 };

// Layers in either precision, and the arrays that they point to, of exactly the sizes they have.
struct Network {
  network::Shape input = {};
  std::vector<network::int8::QuantizedLayer> layers;
  bool hostile = false;  // sizes may be anything: it may be refused, and is never run
  bool large = false;    // so much work that threads share a picture, too much for the oracle

  std::vector<network::Layer> float_layers() const { return {layers.begin(), layers.end()}; }

  std::deque<std::vector<float>> floats;
  std::deque<std::vector<std::int8_t>> bytes;
  std::deque<std::vector<std::int32_t>> ints;
};

// A network that is small enough to be run in milliseconds, unless it is hostile.
Network network_of(Input& input, Precision precision);

// Whether any engine may run pictures of this shape.
bool is_possible(network::Shape shape);

network::Passes passes_of(Input& input);

// The name of an ISA that this machine has.
std::string isa_of(Input& input);

// As many numbers of threads as claims compare.
constexpr int kThreads[] = {2, 3};

}  // namespace digitcli::fuzz
