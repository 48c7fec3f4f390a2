#include "picture.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "picture_center.h"
#include "picture_ink.h"

namespace digitcli {
namespace {

constexpr int kWorkingSide = 1024;  // a larger picture is averaged down first: a digit needs 20

// Averages blocks of factor x factor pixels; those at the right and lower edge may be smaller.
Field shrink(Grey grey, int factor) {
  Field small((grey.height + factor - 1) / factor, (grey.width + factor - 1) / factor);
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(small.width));
  for (int y = 0; y < small.height; ++y) {
    const int top = y * factor, tall = std::min(factor, grey.height - top);
    std::fill(sums.begin(), sums.end(), 0);
    for (int row = top; row < top + tall; ++row) {
      const std::uint8_t* from = grey.pixels + static_cast<std::ptrdiff_t>(row) * grey.width;
      for (int x = 0, left = grey.width; x < small.width; ++x, left -= factor) {
        std::uint32_t& sum = sums[static_cast<std::size_t>(x)];
        const std::uint8_t* const end = from + std::min(factor, left);
        while (from < end) sum += *from++;
      }
    }
    for (int x = 0; x < small.width; ++x) {
      const int count = tall * std::min(factor, grey.width - x * factor);
      small.row(y)[x] = static_cast<float>(sums[static_cast<std::size_t>(x)] / double(count));
    }
  }
  return small;
}

// Whether any of the eight pixels around (y, x) reaches `least`.
bool has_neighbour(const Field& ink, int y, int x, float least) {
  for (int row = std::max(0, y - 1); row <= std::min(ink.height - 1, y + 1); ++row)
    for (int column = std::max(0, x - 1); column <= std::min(ink.width - 1, x + 1); ++column)
      if ((row != y || column != x) && ink.row(row)[column] >= least) return true;
  return false;
}

// The box around all ink; empty when there is none. Lone pixels are dust, not ink.
std::optional<Box> ink_box(const Ink& ink) {
  const Field& amount = ink.amount;
  const double edge = kEdge * static_cast<double>(strongest(amount));
  const auto least = static_cast<float>(std::max(ink.faintest, edge));
  int left = amount.width, right = -1, top = amount.height, bottom = -1;
  for (int y = 0; y < amount.height; ++y) {
    for (int x = 0; x < amount.width; ++x) {
      if (amount.row(y)[x] < least || !has_neighbour(amount, y, x, least)) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = y;
    }
  }
  if (bottom < 0) return std::nullopt;
  return Box{left, top, right - left + 1, bottom - top + 1};
}

int extent_of(const Doubles& profile) {
  const auto inked = [](double value) { return value != 0; };
  const auto first = std::find_if(profile.begin(), profile.end(), inked);
  const auto last = std::find_if(profile.rbegin(), profile.rend(), inked).base();
  return static_cast<int>(last - first);
}

// Whether the ink has the size and the place that MNIST gives every digit.
bool is_mnist(const Field& ink) {
  if (ink.height != kField || ink.width != kField) return false;
  const auto [rows, columns] = profiles_of(ink);
  return std::max(extent_of(rows), extent_of(columns)) == kDigit &&
         std::fabs(centre_of(rows) - kCentre) <= 0.5 &&
         std::fabs(centre_of(columns) - kCentre) <= 0.5;
}

}  // namespace

std::optional<NormalizedDigit> normalize(Grey grey) {
  const int longest = std::max(grey.height, grey.width);
  const int factor = (longest + kWorkingSide - 1) / kWorkingSide;
  const Ink ink = ink_of(shrink(grey, factor));
  const std::optional<Box> box = ink_box(ink);
  if (!box) return std::nullopt;
  NormalizedDigit found{{}, *box};
  if (is_mnist(ink.amount)) {
    std::transform(ink.amount.values.begin(), ink.amount.values.end(), found.picture.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value); });
    return found;
  }
  found.picture = centered(ink.amount, *box);
  const int x = box->x * factor, y = box->y * factor;
  found.box = {x, y, std::min(box->width * factor, grey.width - x),
               std::min(box->height * factor, grey.height - y)};
  return found;
}

}  // namespace digitcli
