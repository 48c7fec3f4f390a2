// A fuzzer's bytes as numbers in ranges. Behind the end all bytes are 0, so every file is an input.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace digitcli::fuzz {

// Numbers that look random and are the same everywhere (Marsaglia's xorshift32).
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed | 1U) {}

  std::uint32_t bits() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  int within(int least, int most) {
    return least + static_cast<int>(bits() % static_cast<std::uint32_t>(most - least + 1));
  }
  float within_one() { return static_cast<float>(within(-1000, 1000)) / 1000.0f; }

 private:
  std::uint32_t state_;
};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::uint32_t bits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }
  bool flag() { return (byte() & 1U) != 0; }

  // From `least` to `most`, both included; one byte where that is enough.
  int within(int least, int most) {
    const std::uint32_t count =
        static_cast<std::uint32_t>(most) - static_cast<std::uint32_t>(least);
    const std::uint32_t found = count < 256 ? byte() : bits();
    return static_cast<int>(static_cast<std::uint32_t>(least) +
                            (count == UINT32_MAX ? found : found % (count + 1)));
  }

  // Any float at all, or any double.
  float any_float() { return std::bit_cast<float>(bits()); }
  double any_double() {
    const std::uint64_t high = bits();
    return std::bit_cast<double>(high << 32 | bits());
  }

  Random random() { return Random(bits()); }
  bool empty() const { return rest_.empty(); }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace digitcli::fuzz
