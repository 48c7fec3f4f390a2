// Grey pixels to the 28 x 28 that MNIST would have, and what comes before: depth, paper, turning.
#include <algorithm>
#include <cmath>
#include <vector>

#include "fuzz/claim.h"
#include "fuzz/drawing.h"
#include "vision/page/alone.h"
#include "vision/page/normalize.h"
#include "vision/page/page.h"
#include "vision/picture/components.h"
#include "vision/picture/grey.h"

namespace digitcli::fuzz {
namespace {

using vision::Box;
using vision::Grey;
using vision::Plane;

constexpr int kMostSide = 400;

bool is_inside(const Box& box, int height, int width) {
  return box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 &&
         box.x + box.width <= width && box.y + box.height <= height;
}

bool has_ink(const vision::DigitPixels& pixels) {
  return std::any_of(pixels.begin(), pixels.end(), [](std::uint8_t value) { return value > 0; });
}

void check_normalize(Grey grey) {
  const auto found = vision::normalize(grey);
  if (!found) return;
  claim(is_inside(found->box, grey.height, grey.width), "the box lies in the picture");
  claim(has_ink(found->picture), "a digit has ink");
  vision::stands_alone(grey, found->box);
}

void check_alone(Grey grey, Input& input) {
  const int x = input.within(0, grey.width - 1), y = input.within(0, grey.height - 1);
  vision::stands_alone(grey,
                       {x, y, input.within(1, grey.width - x), input.within(1, grey.height - y)});
}

void check_prepare(Grey grey, bool remove_ruled_lines) {
  const vision::Page page = vision::prepare(grey, remove_ruled_lines);
  claim(page.factor >= 1, "a page is not drawn larger");
  const int height = page.ink.height, width = page.ink.width;
  claim(height > 0 && width > 0 && height <= grey.height && width <= grey.width, "its size");
  claim(page.mask.height == height && page.mask.width == width, "mask and ink are alike");
  claim(std::all_of(page.mask.values.begin(), page.mask.values.end(),
                    [](std::uint8_t mark) { return mark <= 1; }),
        "marks are 0 or 1");
  claim(std::isfinite(page.stroke) && page.stroke >= 0, "a stroke has a width");
  claim(std::isfinite(page.contrast) && page.contrast >= 0, "contrast is a number");
  for (const vision::RuledLine& line : page.ruled_lines)
    claim(std::isfinite(line.x0 + line.y0 + line.x1 + line.y1 + line.thickness), "a line's ends");
}

void check_components(const Plane& plane) {
  const vision::Components all = vision::components_of(plane);
  std::vector<int> areas(all.found.size());
  for (std::size_t i = 0; i < plane.values.size(); ++i) {
    const std::int32_t label = all.labels[i];
    claim((label > 0) == (plane.values[i] != 0), "ink has a label, paper has none");
    if (label == 0) continue;
    ++areas.at(static_cast<std::size_t>(label) - 1);
    const auto width = static_cast<std::size_t>(plane.width);
    const int x = static_cast<int>(i % width), y = static_cast<int>(i / width);
    const Box& box = all.found[static_cast<std::size_t>(label) - 1].box;
    claim(x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height, "its box");
  }
  for (std::size_t i = 0; i < areas.size(); ++i) claim(areas[i] == all.found[i].area, "its area");
}

// The darkest pixels of `keep` as the digit of the picture's ink.
void check_normalize_ink(const Plane& ink, Input& input) {
  Plane mask(ink.height, ink.width), keep(ink.height, ink.width);
  const int least = input.byte(), own = input.byte();
  for (std::size_t i = 0; i < ink.values.size(); ++i) {
    mask.values[i] = ink.values[i] > least;
    keep.values[i] = ink.values[i] > own;
  }
  const auto found =
      vision::normalize(ink.view(), mask.view(), {0, 0, ink.width, ink.height}, keep.values.data());
  if (found) claim(is_inside(found->box, ink.height, ink.width), "the box lies in the ink");
}

template <class T>
void check_numbers(Input& input, double key, T (*next)(Input&)) {
  std::vector<T> values(static_cast<std::size_t>(input.within(0, 80)));
  for (T& value : values) value = next(input);
  std::vector<std::uint8_t> grey(values.size()), alpha(values.size());
  vision::grey_of(std::span<const T>(values), grey.data());
  vision::alpha_of(std::span<const T>(values), key, alpha.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    claim(alpha[i] == 0 || alpha[i] == 255, "there or not there");
    for (std::size_t j = 0; j < i; ++j)
      claim(!(values[i] < values[j]) || grey[i] <= grey[j], "darker stays darker");
  }
}

void check_depth(Input& input) {
  const int kind = input.byte() % 4;
  const double key = input.flag() ? input.any_double() : input.within(0, 300);
  const auto word = [](Input& from) { return static_cast<std::uint16_t>(from.within(0, 65535)); };
  const auto whole = [](Input& from) { return static_cast<std::int32_t>(from.bits()); };
  const auto any = [](Input& from) { return from.any_float(); };
  const auto tame = [](Input& from) { return static_cast<float>(from.within(-99, 999)) / 256; };
  if (kind == 0) check_numbers<std::uint16_t>(input, key, word);
  if (kind == 1) check_numbers<std::int32_t>(input, key, whole);
  if (kind == 2) check_numbers<float>(input, key, any);
  if (kind == 3) check_numbers<float>(input, key, tame);
}

void check_upright(const Plane& plane, int orientation) {
  constexpr int kBack[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
  Plane turned = orientation > 4 ? Plane(plane.width, plane.height) : plane;
  vision::upright(plane.view(), orientation, turned.values.data());
  std::vector<std::uint8_t> back(plane.values.size());
  vision::upright(turned.view(), kBack[orientation], back.data());
  claim(back == plane.values, "turned back it is what it was");
}

void check_background(const Plane& plane, Input& input) {
  std::vector<std::uint8_t> alpha(plane.values.size()), out(plane.values.size());
  const int share = input.byte();  // of the pixels, in 256ths, that are opaque
  Random random = input.random();
  for (std::uint8_t& value : alpha)
    value = random.within(0, 255) < share ? 255 : static_cast<std::uint8_t>(random.bits() & 255);
  vision::over_background(plane.view(), alpha.data(), out.data());
  for (std::size_t i = 0; i < out.size(); ++i)
    claim(alpha[i] < 255 || out[i] == plane.values[i], "opaque pixels stay as they are");
}

void check(Input input) {
  const int task = input.byte() % 8;
  if (task == 0) return check_depth(input);
  const Plane plane = picture_of(input, kMostSide);
  if (task == 1) return check_upright(plane, input.within(1, 8));
  if (task == 2) return check_background(plane, input);
  if (task == 3) return check_components(plane);
  if (task == 4) return check_normalize_ink(plane, input);
  if (task == 5) return check_alone(plane.view(), input);
  if (task == 6) return check_prepare(plane.view(), input.flag());
  check_normalize(plane.view());
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
