#include "selftest/golden.h"

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace digitcli::selftest {
namespace {

constexpr char kMagic[] = "digitcli selftest 1\n";
constexpr const char* kPasses[] = {"fold", "winograd", "fuse"};

// Takes values from the front of the file; little-endian, as every CPU is that this runs on.
class Bytes {
 public:
  explicit Bytes(std::vector<char> bytes) : bytes_(std::move(bytes)) {}

  template <class T>
  std::vector<T> many(std::size_t count) {
    if (count > (bytes_.size() - at_) / sizeof(T)) throw std::runtime_error("the file is cut off");
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(T));
    at_ += count * sizeof(T);
    return values;
  }
  template <class T>
  T one() {
    return many<T>(1).front();
  }
  int number() { return one<std::int32_t>(); }
  std::size_t size() { return one<std::uint32_t>(); }
  std::string text() {
    const auto letters = many<char>(size());
    return {letters.begin(), letters.end()};
  }

 private:
  std::vector<char> bytes_;
  std::size_t at_ = 0;
};

// SplitMix64, as `drawn` in tools/selftest_golden.py.
std::uint64_t drawn(std::uint64_t seed, std::uint64_t i) {
  std::uint64_t z = (seed << 32) + i + 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

float drawn_float(std::uint64_t seed, std::size_t i, float spread) {
  const auto whole = static_cast<std::int32_t>(drawn(seed, i) >> 40) - (1 << 23);
  return static_cast<float>(whole) * (spread / (1 << 23));
}

bool is_zeroed(std::size_t i) { return i / 97 % 3 == 0; }

void draw_weights(GoldenLayer& layer, bool int8, std::uint64_t seed, std::size_t count,
                  float spread) {
  for (std::size_t i = 0; i < count; ++i) {
    if (int8) {
      const auto top = static_cast<int>(drawn(seed, i) >> 56);
      layer.weights.push_back(static_cast<std::int8_t>(top % 255 - 127));
    } else {
      layer.weight.push_back(drawn_float(seed, i, spread));
    }
  }
}

GoldenLayer read_layer(Bytes& file, bool int8, int number) {
  GoldenLayer made;
  auto& layer = made.layer;
  layer.name = "layer" + std::to_string(number);
  layer.kind = static_cast<network::Kind>(file.number());
  layer.units = file.number();
  layer.window = {file.number(), file.number()};  // in this order: braces say so
  layer.stride = {file.number(), file.number()};
  layer.same = file.number() != 0;
  layer.relu = file.number() != 0;
  layer.logits = file.number() != 0;
  const auto seed = static_cast<std::uint64_t>(file.number());
  const std::size_t weights = file.size(), biases = file.size(), scales = file.size();
  draw_weights(made, int8, seed, weights, file.one<float>());
  if (int8) {
    made.biases = file.many<std::int32_t>(biases);
  } else {
    made.bias = file.many<float>(biases);
  }
  made.scale = file.many<float>(scales);
  layer.weight_size = weights;
  layer.bias_size = biases;
  layer.scales_size = scales;
  return made;
}

// Vectors have moved into their case by now.
void point_at_arrays(GoldenLayer& made) {
  made.layer.weight = made.weight.data();
  made.layer.bias = made.bias.data();
  made.layer.weights = made.weights.data();
  made.layer.biases = made.biases.data();
  made.layer.scales = made.scale.data();
}

void draw_input(Case& made, std::uint64_t seed) {
  const std::size_t size = made.input.size() * static_cast<std::size_t>(made.count);
  for (std::size_t i = 0; i < size; ++i) {
    if (made.int8 || made.pictures) {
      made.bytes.push_back(is_zeroed(i) ? std::uint8_t{0}
                                        : static_cast<std::uint8_t>(drawn(seed, i) >> 56));
    } else {
      made.floats.push_back(is_zeroed(i) ? 0.0f : drawn_float(seed, i, 1.0f));
    }
  }
}

Case read_case(Bytes& file) {
  Case made;
  made.name = file.text();
  made.int8 = file.number() != 0;
  made.pictures = file.number() != 0;
  made.count = file.number();
  made.input = {file.number(), file.number(), file.number()};
  const int mask = file.number();
  for (int pass = 0; pass < 3; ++pass) {
    if ((mask >> pass & 1) != 0) made.without.emplace_back(kPasses[pass]);
  }
  draw_input(made, static_cast<std::uint64_t>(file.number()));
  const int layers = file.number();
  for (int i = 0; i < layers; ++i) made.layers.push_back(read_layer(file, made.int8, i + 1));
  for (GoldenLayer& layer : made.layers) point_at_arrays(layer);
  made.gives_bytes = file.number() == 1;
  const std::size_t answers = file.size();
  if (made.gives_bytes) {
    made.exact_bytes = file.many<std::uint8_t>(answers);
  } else {
    made.exact = file.many<float>(answers);
    made.bound = made.int8 ? std::vector<float>(answers) : file.many<float>(answers);
  }
  return made;
}

}  // namespace

std::vector<Case> read_golden(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path + " cannot be opened");
  Bytes file(std::vector<char>(std::istreambuf_iterator<char>(stream), {}));
  const auto magic = file.many<char>(sizeof kMagic - 1);
  if (std::memcmp(magic.data(), kMagic, magic.size()) != 0) {
    throw std::runtime_error(path + " is no golden.bin of this version");
  }
  std::vector<Case> cases;
  const int count = file.number();
  for (int i = 0; i < count; ++i) cases.push_back(read_case(file));
  return cases;
}

}  // namespace digitcli::selftest
