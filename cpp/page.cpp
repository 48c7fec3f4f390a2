#include "page.h"

#include <algorithm>
#include <cmath>

#include "page_threshold.h"
#include "picture_center.h"

namespace digitcli {
namespace {

// Averages blocks of factor x factor pixels; those at the right and lower edge may be smaller.
Plane shrink(Grey grey, int factor) {
  Plane small((grey.height + factor - 1) / factor, (grey.width + factor - 1) / factor);
  for (int y = 0; y < small.height; ++y) {
    const int top = y * factor, tall = std::min(factor, grey.height - top);
    for (int x = 0; x < small.width; ++x) {
      const int left = x * factor, wide = std::min(factor, grey.width - left);
      int sum = 0;
      for (int v = top; v < top + tall; ++v)
        for (int u = left; u < left + wide; ++u)
          sum += grey.pixels[static_cast<std::ptrdiff_t>(v) * grey.width + u];
      small.row(y)[x] = static_cast<std::uint8_t>((sum + tall * wide / 2) / (tall * wide));
    }
  }
  return small;
}

// Twice the area over the outline: how wide a stroke of that much ink is.
double stroke_of(const Plane& mask) {
  double area = 0, outline = 0;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (!mask.row(y)[x]) continue;
      ++area;
      outline += x == 0 || !mask.row(y)[x - 1];
      outline += x + 1 == mask.width || !mask.row(y)[x + 1];
      outline += y == 0 || !mask.row(y - 1)[x];
      outline += y + 1 == mask.height || !mask.row(y + 1)[x];
    }
  }
  return outline > 0 ? 2 * area / outline : 0;
}

// Whether a pixel of `keep`, (box.height, box.width), touches (x, y) of the box.
bool touches(const std::uint8_t* keep, Box box, int x, int y) {
  for (int v = std::max(0, y - 1); v <= std::min(box.height - 1, y + 1); ++v)
    for (int u = std::max(0, x - 1); u <= std::min(box.width - 1, x + 1); ++u)
      if (keep[static_cast<std::ptrdiff_t>(v) * box.width + u]) return true;
  return false;
}

}  // namespace

Page prepare(Grey grey, const PageOptions& options, const Team& team) {
  const int longest = std::max(grey.height, grey.width);
  Page page;
  page.factor = (longest + options.longest_side - 1) / options.longest_side;
  Inked inked = threshold(shrink(grey, page.factor), team);
  page.ink = std::move(inked.ink);
  page.mask = std::move(inked.mask);
  page.light_ink = inked.light_ink;
  page.contrast = inked.contrast;
  page.stroke = stroke_of(page.mask);
  return page;
}

std::optional<NormalizedDigit> normalize(Grey ink, Grey mask, Box box, const std::uint8_t* keep) {
  Field own(box.height, box.width);
  int left = box.width, right = -1, top = box.height, bottom = -1;
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const bool marked = mask.row(box.y + y)[box.x + x] != 0;
      if (keep && !keep[static_cast<std::ptrdiff_t>(y) * box.width + x] &&
          (marked || !touches(keep, box, x, y)))
        continue;
      own.row(y)[x] = static_cast<float>(ink.row(box.y + y)[box.x + x]);
      if (!marked) continue;
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = y;
    }
  }
  if (bottom < 0) return std::nullopt;
  const Box tight{left, top, right - left + 1, bottom - top + 1};
  return NormalizedDigit{centered(own, tight),
                         {box.x + left, box.y + top, tight.width, tight.height}};
}

}  // namespace digitcli
