#include "selftest/trials.h"

#include <algorithm>

namespace digitcli::selftest {

// SplitMix64.
std::uint32_t Arrays::next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return static_cast<std::uint32_t>((z ^ z >> 31) >> 32);
}

template <>
float Arrays::drawn<float>() {
  const auto whole = static_cast<std::int32_t>(next() >> 8) - (1 << 23);
  return state_ / 0x9E3779B97F4A7C15u % 5 == 0 ? 0.0f : static_cast<float>(whole) / (1 << 23);
}
template <>
std::uint8_t Arrays::drawn<std::uint8_t>() {
  const std::uint32_t value = next();
  return value % 3 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(value >> 8);
}
template <>
std::int8_t Arrays::drawn<std::int8_t>() {
  return static_cast<std::int8_t>(static_cast<int>(next() % 255) - 127);
}
template <>
std::int16_t Arrays::drawn<std::int16_t>() {
  return static_cast<std::int16_t>(static_cast<int>(next() % 16'384) - 8'192);
}
template <>
std::int32_t Arrays::drawn<std::int32_t>() {
  return static_cast<std::int32_t>(next() % 65'536) - 32'768;
}

unsigned char* Arrays::add_bytes(const void* from, std::size_t size, bool is_output) {
  Array array;
  if (place_ == Place::plain) {
    array.plain.assign(size + 2 * kAround, 0xA5);
    array.data = array.plain.data() + kAround;
  } else {
    const Edge edge = place_ == Place::end ? Edge::end : Edge::start;
    array.guarded = std::make_unique<GuardedMemory>(size, edge);
    array.data = array.guarded->data();
  }
  array.size = size;
  array.is_output = is_output;
  if (size > 0) std::memcpy(array.data, from, size);
  arrays_.push_back(std::move(array));
  return arrays_.back().data;
}

std::vector<unsigned char> Arrays::answer() const {
  std::vector<unsigned char> all;
  for (const Array& array : arrays_) {
    if (array.is_output) all.insert(all.end(), array.data, array.data + array.size);
  }
  return all;
}

bool Arrays::intact() const {
  const auto untouched = [](unsigned char byte) { return byte == 0xA5; };
  return std::all_of(arrays_.begin(), arrays_.end(), [&](const Array& array) {
    if (array.guarded != nullptr) return array.guarded->intact();
    return std::all_of(array.plain.begin(), array.plain.begin() + kAround, untouched) &&
           std::all_of(array.plain.end() - kAround, array.plain.end(), untouched);
  });
}

Trials begin(const Kernels& kernels, const char* kernel) {
  say_what_runs(std::string(kernels.isa) + " " + kernel);
  return {kernel, 0, ""};
}

}  // namespace digitcli::selftest
