#include "vision/page/alone.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace digitcli::vision {
namespace {

constexpr double kWide = 1.3;   // width over height of ink, past which it may be several digits
constexpr double kOther = 0.5;  // of the digit's contrast: ink beside it

using Counts = std::array<std::size_t, 256>;

// The furthest that any pixel counted is from `paper`.
int contrast_of(const Counts& counts, int paper) {
  const auto some = [](std::size_t count) { return count != 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), some);
  if (first == counts.end()) return 0;
  const auto last = std::find_if(counts.rbegin(), counts.rend(), some);
  return std::max(static_cast<int>(counts.rend() - last) - 1 - paper,
                  paper - static_cast<int>(first - counts.begin()));
}

int median_of(const Counts& counts, std::size_t size) {
  std::size_t seen = 0;
  for (int value = 0; value < 256; ++value)
    if ((seen += counts[static_cast<std::size_t>(value)]) > size / 2) return value;
  return 255;
}

}  // namespace

bool stands_alone(Grey grey, Box box) {
  if (box.width > kWide * box.height) return false;
  const int left = std::max(0, box.x - 1), right = std::min(grey.width, box.x + box.width + 1);
  const int top = std::max(0, box.y - 1), foot = std::min(grey.height, box.y + box.height + 1);
  Counts inside{}, outside{};
  const auto count = [](const std::uint8_t* from, const std::uint8_t* to, Counts& counts) {
    for (; from != to; ++from) ++counts[*from];
  };
  for (int y = 0; y < grey.height; ++y) {
    const std::uint8_t *row = grey.row(y), *end = row + grey.width;
    if (y < top || y >= foot) {
      count(row, end, outside);
      continue;
    }
    count(row, row + left, outside);
    count(row + left, row + right, inside);
    count(row + right, end, outside);
  }
  const std::size_t own =
      static_cast<std::size_t>(right - left) * static_cast<std::size_t>(foot - top);
  if (own == grey.size()) return true;
  const int paper = median_of(outside, grey.size() - own);
  return contrast_of(outside, paper) <= kOther * contrast_of(inside, paper);
}

}  // namespace digitcli::vision
