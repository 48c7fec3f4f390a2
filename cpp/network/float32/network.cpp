#include "network/float32/network.h"

#include <algorithm>

namespace digitcli::network::float32 {
namespace {

// Calls copy(from, count, to) for each run of values that lie side by side in the plane.
template <class Value, class Copy>
void for_each_run(const Plane& first, const Value* from, float* plane, const Copy& copy) {
  const bool packed = first.padded == first.shape.channels;
  const int values = packed ? first.shape.width * first.shape.channels : first.shape.channels;
  const int runs = packed ? 1 : first.shape.width;
  for (int row = 0; row < first.shape.height; ++row) {
    float* to = plane + first.interior() + row * first.row_stride();
    for (int run = 0; run < runs; ++run, from += values, to += first.padded) {
      copy(from, values, to);
    }
  }
}

}  // namespace

void Network::fill(const std::uint8_t* pixels, float* plane) const {
  for_each_run(plan_.first, pixels, plane, [&](const std::uint8_t* from, int count, float* to) {
    kernels_.to_float(from, count, scale_, to);
  });
}

void Network::fill(const float* values, float* plane) const {
  for_each_run(plan_.first, values, plane,
               [](const float* from, int count, float* to) { std::copy_n(from, count, to); });
}

}  // namespace digitcli::network::float32

namespace digitcli::network {

template class Engine<float32::Network>;

}  // namespace digitcli::network
