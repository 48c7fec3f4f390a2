#include "vision/find/scale.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace digitcli::vision {
namespace {

// Which pixels of one side make a pixel of the result: weights.size() from `first` on.
struct Share {
  int first;
  std::vector<float> weights;
};

Share area_share(int at, double factor, int size) {
  const double begin = at * factor, end = std::min(begin + factor, static_cast<double>(size));
  Share share{static_cast<int>(begin), {}};
  for (int i = share.first; i < end && i < size; ++i) {
    const double part = std::min(end, i + 1.0) - std::max(begin, static_cast<double>(i));
    share.weights.push_back(static_cast<float>(part / (end - begin)));
  }
  return share;
}

Share linear_share(int at, double factor, int size) {
  const double middle = std::clamp((at + 0.5) * factor - 0.5, 0.0, size - 1.0);
  const int first = std::min(static_cast<int>(middle), std::max(0, size - 2));
  const auto second = static_cast<float>(middle - first);
  if (size == 1) return {0, {1.0f}};
  return {first, {1 - second, second}};
}

std::vector<Share> shares(int from, int to) {
  std::vector<Share> found;
  const double factor = static_cast<double>(from) / to;
  for (int at = 0; at < to; ++at)
    found.push_back(factor > 1 ? area_share(at, factor, from) : linear_share(at, factor, from));
  return found;
}

// sum += weight * row, along one row.
void add_row(const std::uint8_t* row, float weight, std::vector<float>& sum) {
  for (std::size_t x = 0; x < sum.size(); ++x) sum[x] += weight * static_cast<float>(row[x]);
}

void squeeze(const std::vector<float>& sum, const std::vector<Share>& across, std::uint8_t* to) {
  for (const Share& share : across) {
    float value = 0.5f;
    const float* from = sum.data() + share.first;
    for (std::size_t i = 0; i < share.weights.size(); ++i) value += share.weights[i] * from[i];
    *to++ = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
  }
}

std::uint8_t median_of(Grey grey) {
  std::array<std::size_t, 256> counts{};
  for (std::size_t i = 0; i < grey.size(); ++i) ++counts[grey.pixels[i]];
  std::size_t below = 0;
  for (int tone = 0; tone < 256; ++tone) {
    below += counts[static_cast<std::size_t>(tone)];
    if (2 * below >= grey.size()) return static_cast<std::uint8_t>(tone);
  }
  return 255;
}

}  // namespace

Plane scaled(Grey grey, int height, int width) {
  Plane out(height, width);
  const std::vector<Share> down = shares(grey.height, height), across = shares(grey.width, width);
  std::vector<float> sum(static_cast<std::size_t>(grey.width));
  for (int y = 0; y < height; ++y) {
    const Share& share = down[static_cast<std::size_t>(y)];
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (std::size_t i = 0; i < share.weights.size(); ++i)
      add_row(grey.row(share.first + static_cast<int>(i)), share.weights[i], sum);
    squeeze(sum, across, out.row(y));
  }
  return out;
}

Plane filled_up(Grey grey, int height, int width) {
  Plane out(height, width);
  std::fill(out.values.begin(), out.values.end(), median_of(grey));
  for (int y = 0; y < grey.height; ++y)
    std::memcpy(out.row(y), grey.row(y), static_cast<std::size_t>(grey.width));
  return out;
}

}  // namespace digitcli::vision
