#include "vision/page/normalize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "vision/page/digit.h"
#include "vision/page/page.h"
#include "vision/picture/center.h"
#include "vision/picture/ink.h"

namespace digitcli::vision {
namespace {

constexpr int kSmall = 64;        // working pixels: a smaller digit deserves a closer look
constexpr double kAround = 0.75;  // of its longer side: what is looked at around it

// Where the ink of a profile begins, and how far it reaches.
std::pair<int, int> extent_of(const Doubles& profile) {
  const auto inked = [](double value) { return value != 0; };
  const auto first = std::find_if(profile.begin(), profile.end(), inked);
  const auto last = std::find_if(profile.rbegin(), profile.rend(), inked).base();
  return {static_cast<int>(first - profile.begin()), std::max(0, static_cast<int>(last - first))};
}

// Whether the ink has the size and the place that MNIST gives every digit.
bool is_mnist(const Field& ink) {
  const auto [rows, columns] = profiles_of(ink);
  return std::max(extent_of(rows).second, extent_of(columns).second) == kDigit &&
         std::fabs(centre_of(rows) - kCentre) <= 0.5 &&
         std::fabs(centre_of(columns) - kCentre) <= 0.5;
}

// A picture that MNIST's makers, or somebody who did as they did, normalised already.
std::optional<NormalizedDigit> mnist_picture(Grey grey) {
  if (grey.height != kField || grey.width != kField) return std::nullopt;
  Field field(kField, kField);
  std::copy_n(grey.pixels, grey.size(), field.values.begin());
  const Field ink = ink_of(field);
  if (!is_mnist(ink)) return std::nullopt;
  const auto [top, height] = extent_of(profiles_of(ink).rows);
  const auto [left, width] = extent_of(profiles_of(ink).columns);
  NormalizedDigit found{{}, {left, top, width, height}};
  std::transform(ink.values.begin(), ink.values.end(), found.picture.begin(),
                 [](float value) { return static_cast<std::uint8_t>(value); });
  return found;
}

// A box of working pixels in pixels of the picture.
Box enlarged(Box box, int factor, Grey grey) {
  const int x = box.x * factor, y = box.y * factor;
  return {x, y, std::min(box.width * factor, grey.width - x),
          std::min(box.height * factor, grey.height - y)};
}

Plane cut(Grey grey, Box box) {
  Plane part(box.height, box.width);
  for (int y = 0; y < box.height; ++y)
    std::copy_n(grey.row(box.y + y) + box.x, box.width, part.row(y));
  return part;
}

// The same digit from more of the picture's own pixels.
NormalizedDigit closer(Grey grey, const NormalizedDigit& seen) {
  const Box& box = seen.box;
  const int margin = static_cast<int>(kAround * std::max(box.width, box.height)) + 1;
  const int x = std::max(0, box.x - margin), y = std::max(0, box.y - margin);
  const Box part{x, y, std::min(grey.width, box.x + box.width + margin) - x,
                 std::min(grey.height, box.y + box.height + margin) - y};
  const Plane pixels = cut(grey, part);
  const Page page = prepare(pixels.view());
  std::optional<NormalizedDigit> found = one_digit(page);
  if (!found) return seen;
  found->box = enlarged(found->box, page.factor, pixels.view());
  found->box.x += part.x;
  found->box.y += part.y;
  return *found;
}

}  // namespace

std::optional<NormalizedDigit> normalize(Grey grey) {
  if (auto known = mnist_picture(grey)) return known;
  const Page page = prepare(grey);
  std::optional<NormalizedDigit> found = one_digit(page);
  if (!found) return found;
  found->box = enlarged(found->box, page.factor, grey);
  if (page.factor > 1 && std::max(found->box.width, found->box.height) < kSmall * page.factor)
    return closer(grey, *found);
  return found;
}

}  // namespace digitcli::vision
