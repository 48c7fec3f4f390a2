// The cases of golden.bin, which tools/selftest_golden.py writes from the oracles of the tests.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "network/int8/weights.h"
#include "network/layers.h"

namespace digitcli::selftest {

// One layer in either precision, and the arrays that it points to.
struct GoldenLayer {
  network::int8::QuantizedLayer layer;
  std::vector<float> weight, bias, scale;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> biases;
};

struct Case {
  std::string name;
  bool int8 = false;
  bool pictures = false;  // bytes in, and probabilities are asked for; else the last layer alone
  int count = 0;          // of pictures, or of rows
  network::Shape input = {};
  std::vector<std::string> without;  // passes
  std::vector<GoldenLayer> layers;
  std::vector<float> floats;        // the input of a float32 case that is no picture, or else
  std::vector<std::uint8_t> bytes;  // pixels
  // The oracle's answer: bytes, or floats and how far each may be off.
  bool gives_bytes = false;
  std::vector<std::uint8_t> exact_bytes;
  std::vector<float> exact, bound;
};

// Throws std::runtime_error if the file cannot be read or is not one of these.
std::vector<Case> read_golden(const std::string& path);

}  // namespace digitcli::selftest
