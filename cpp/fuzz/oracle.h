// What a network answers, layer by layer and one sum at a time: no packing, no passes, no vectors.
#pragma once
#include <cstdint>
#include <vector>

#include "network/int8/weights.h"
#include "network/layers.h"

namespace digitcli::fuzz {

// Values (height, width, channels) of one picture, and by how much float32 may differ from each.
struct Floats {
  network::Shape shape;
  std::vector<double> values, errors;
};

// `winograd`: the bound is to hold for Winograd's method too, whose sums are of larger terms.
Floats run_oracle(const std::vector<network::Layer>& layers, const Floats& x, bool winograd);

// Bytes, or float32 logits of a last layer that gives them.
struct Quantized {
  network::Shape shape;
  std::vector<std::uint8_t> bytes;
  std::vector<float> logits;
  bool operator==(const Quantized&) const = default;
};

Quantized run_oracle(const std::vector<network::int8::QuantizedLayer>& layers, const Quantized& x);

}  // namespace digitcli::fuzz
