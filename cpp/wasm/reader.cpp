// One digit read in a page: grey pixels in, probabilities, box and 28 x 28 pixels out. The page
// writes to the memory of digitcli_input before each call, and reads what the pointers show.
#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "network/float32/network.h"
#include "network/float32/weights.h"
#include "vision/page/normalize.h"

namespace digitcli {

extern const Kernels kernels_baseline;  // WebAssembly's only ISA, with -msimd128

}  // namespace digitcli

namespace digitcli::wasm {
namespace {

using network::Layer;
using Engine = network::Engine<network::float32::Network>;

constexpr int kDigits = 10;
constexpr network::Shape kInput = {vision::kField, vision::kField, 1};

// What tools/wasm_page packs: this header, a LayerHeader for each layer, and all values, of each
// layer its weight and then its bias. Only the upper three bytes of each float32 are there: first
// the lowest of the three of all values, last the highest of all, which gzip makes smaller than
// whole values. Little-endian, as WebAssembly is.
struct Header {
  double temperature, scale;
  std::int32_t layers, values;
};
struct LayerHeader {
  std::int32_t kind, units, window_rows, window_columns, stride_rows, stride_columns, same, relu;
  std::int32_t weight_size, bias_size;
};

// reader.js knows this layout too.
struct Answer {
  float probabilities[kDigits];
  std::int32_t x, y, width, height;  // the box, in pixels of the picture
  std::uint8_t picture[vision::kField * vision::kField];
};

std::vector<std::uint8_t> input;
std::unique_ptr<Engine> engine;
Answer answer;

std::vector<float> floats_of(const std::uint8_t* bytes, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    for (std::size_t plane = 0; plane < 3; ++plane)
      bits = bits >> 8 | bytes[plane * count + i] << 24;
    std::memcpy(&values[i], &bits, sizeof bits);
  }
  return values;
}

std::unique_ptr<Engine> engine_of(const std::uint8_t* blob) {
  Header header;
  std::memcpy(&header, blob, sizeof header);
  std::vector<LayerHeader> described(static_cast<std::size_t>(header.layers));
  const std::size_t described_bytes = described.size() * sizeof(LayerHeader);
  std::memcpy(described.data(), blob + sizeof header, described_bytes);

  const std::vector<float> values =
      floats_of(blob + sizeof header + described_bytes, static_cast<std::size_t>(header.values));

  std::vector<Layer> layers;
  const float* next = values.data();
  for (const LayerHeader& from : described) {
    const auto weights = static_cast<std::size_t>(from.weight_size);
    const auto biases = static_cast<std::size_t>(from.bias_size);
    layers.push_back({static_cast<network::Kind>(from.kind),
                      "layer " + std::to_string(layers.size() + 1),
                      from.units,
                      {from.window_rows, from.window_columns},
                      {from.stride_rows, from.stride_columns},
                      from.same != 0,
                      from.relu != 0,
                      next,
                      weights,
                      next + weights,
                      biases});
    next += weights + biases;
  }
  const network::float32::Weights weights(kInput, layers, {}, kernels_baseline);
  return std::make_unique<Engine>(
      network::float32::Network(kInput, static_cast<float>(header.scale), weights),
      header.temperature);
}

}  // namespace
}  // namespace digitcli::wasm

using namespace digitcli;

extern "C" {

// Room for what the next call reads.
EMSCRIPTEN_KEEPALIVE std::uint8_t* digitcli_input(int bytes) {
  wasm::input.resize(static_cast<std::size_t>(bytes));
  return wasm::input.data();
}

// Makes the engine of the packed weights in the input.
EMSCRIPTEN_KEEPALIVE void digitcli_load() { wasm::engine = wasm::engine_of(wasm::input.data()); }

// Reads the grey picture (height, width) in the input; null where it is blank.
EMSCRIPTEN_KEEPALIVE const wasm::Answer* digitcli_read(int height, int width) {
  const auto found = vision::normalize({wasm::input.data(), height, width});
  if (!found) return nullptr;
  wasm::Answer& answer = wasm::answer;
  const auto& [x, y, box_width, box_height] = found->box;
  answer = {{}, x, y, box_width, box_height, {}};
  std::copy(found->picture.begin(), found->picture.end(), answer.picture);
  wasm::engine->run(answer.picture, 1, answer.probabilities, 1);
  return &answer;
}
}
