// Grey pixels to a line's picture, and pictures at other sizes.
#include <algorithm>

#include "fuzz/claim.h"
#include "fuzz/drawing.h"
#include "vision/find/scale.h"
#include "vision/line/line_picture.h"

namespace digitcli::fuzz {
namespace {

using vision::Plane;

constexpr int kMostSide = 300, kMostHeight = 64, kMostStep = 64;
constexpr double kFurthest = 1 << 22;  // pixels, as the boundary of the module has it

// A coordinate anywhere that the boundary lets through, or near the picture.
double place(Input& input, int size) {
  const int kind = input.byte() % 4;
  if (kind == 0) return std::clamp(input.any_double(), -kFurthest, kFurthest);
  if (kind == 1) return input.within(-(1 << 22), 1 << 22);
  return input.within(-2 * size, 3 * size) / 2.0;
}

vision::Corners corners_of(Input& input, const Plane& plane) {
  vision::Corners corners{{{0, 0}, {1.0 * plane.width, 0}, {0, 1.0 * plane.height}}};
  if (input.flag()) return corners;
  for (vision::Point& corner : corners) {
    corner = {place(input, plane.width), place(input, plane.height)};
    if (!(corner.x == corner.x) || !(corner.y == corner.y)) corner = {0, 0};
  }
  return corners;
}

void check_line(const Plane& plane, Input& input) {
  const vision::Setting setting{input.within(1, kMostHeight), input.within(0, kMostStep),
                                input.within(1, kMostStep)};
  const vision::LinePicture line =
      vision::line_picture(plane.view(), corners_of(input, plane), setting);
  claim(line.width >= vision::kLeastWidth && line.width <= vision::kMostWidth, "its own width");
  claim(line.plane.height == setting.height && line.plane.width % setting.step == 0, "its size");
  claim(line.plane.width >= line.width + 2 * setting.margin, "the margins are there");
  for (int y = 0; y < line.plane.height; ++y) {
    const std::uint8_t* const row = line.plane.row(y);
    const auto is_paper = [](std::uint8_t value) { return value == 0; };
    claim(std::all_of(row, row + setting.margin, is_paper), "paper on the left");
    claim(std::all_of(row + setting.margin + line.width, row + line.plane.width, is_paper),
          "paper on the right");
  }
}

void check_scaled(const Plane& plane, int height, int width) {
  const Plane made = vision::scaled(plane.view(), height, width);
  claim(made.height == height && made.width == width, "the size asked for");
  const auto [darkest, lightest] = std::minmax_element(plane.values.begin(), plane.values.end());
  for (const std::uint8_t value : made.values)
    claim(value >= *darkest && value <= *lightest, "no tone that was not there");
  if (height == plane.height && width == plane.width)
    claim(made.values == plane.values, "the same size is the same picture");
}

void check_filled_up(const Plane& plane, int height, int width) {
  const Plane made = vision::filled_up(plane.view(), height, width);
  claim(made.height == height && made.width == width, "the size asked for");
  for (int y = 0; y < plane.height; ++y)
    claim(std::equal(plane.row(y), plane.row(y) + plane.width, made.row(y)), "the picture stays");
}

void check(Input input) {
  const int task = input.byte() % 4;
  const Plane plane = picture_of(input, kMostSide);
  if (task > 1) return check_line(plane, input);
  const int high = input.within(0, kMostSide), wide = input.within(0, kMostSide);
  if (task == 0) return check_scaled(plane, std::max(high, 1), std::max(wide, 1));
  check_filled_up(plane, plane.height + high, plane.width + wide);
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
