#include "fuzz/drawing.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace digitcli::fuzz {
namespace {

constexpr int kSmall = 64;  // pixels: the sides of most pictures
constexpr int kMostMarks = 12, kMostThickness = 12;

// A stroke from one place to another, some of them outside, of one tone.
void draw_stroke(vision::Plane& plane, Input& input) {
  const auto place = [&](int size) { return input.within(-size / 4, size + size / 4); };
  const int x0 = place(plane.width), y0 = place(plane.height);
  const bool across = input.flag(), down = input.flag();
  const int x1 = across ? place(plane.width) : x0, y1 = down ? place(plane.height) : y0;
  const int thickness = input.within(1, kMostThickness);
  const std::uint8_t tone = input.byte();
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    const int left = x0 + (x1 - x0) * i / steps, top = y0 + (y1 - y0) * i / steps;
    for (int y = std::max(top, 0); y < std::min(top + thickness, plane.height); ++y)
      for (int x = std::max(left, 0); x < std::min(left + thickness, plane.width); ++x)
        plane.row(y)[x] = tone;
  }
}

void add_noise(vision::Plane& plane, Random random, int amplitude) {
  for (std::uint8_t& value : plane.values)
    value =
        static_cast<std::uint8_t>(std::clamp(value + random.within(-amplitude, amplitude), 0, 255));
}

// Light that falls off towards one side.
void add_slope(vision::Plane& plane, int slope) {
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      plane.row(y)[x] =
          static_cast<std::uint8_t>(std::clamp(plane.row(y)[x] + slope * x / plane.width, 0, 255));
}

}  // namespace

vision::Plane picture_of(Input& input, int most_side) {
  const std::uint8_t kind = input.byte();
  const int most = (kind & 8) != 0 ? most_side : kSmall;
  const int height = input.within(1, most), width = input.within(1, most);
  vision::Plane plane(height, width);
  if ((kind & 7) == 7) {  // the bytes themselves
    for (std::uint8_t& value : plane.values) value = input.byte();
    return plane;
  }
  std::fill(plane.values.begin(), plane.values.end(), input.byte());
  if ((kind & 1) != 0) add_slope(plane, input.within(-120, 120));
  for (int marks = input.within(0, kMostMarks); marks > 0; --marks) draw_stroke(plane, input);
  if ((kind & 2) != 0) {
    const int amplitude = input.within(0, 60);
    add_noise(plane, input.random(), amplitude);
  }
  return plane;
}

}  // namespace digitcli::fuzz
