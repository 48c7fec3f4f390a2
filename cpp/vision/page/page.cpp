#include "vision/page/page.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vision/page/rules.h"
#include "vision/page/threshold.h"
#include "vision/picture/center.h"
#include "vision/picture/components.h"

namespace digitcli::vision {
namespace {

constexpr int kSide = 256;      // pixels: a larger picture is averaged down first: a digit needs 20
constexpr int kRuled = 32;      // pixels a side: what is smaller is cut around its digits
constexpr double kSpeck = 0.4;  // of a dot as wide as the stroke

// Averages blocks of factor x factor pixels; those at the right and lower edge may be smaller.
Plane shrink(Grey grey, int factor) {
  Plane small((grey.height + factor - 1) / factor, (grey.width + factor - 1) / factor);
  if (factor == 1) {
    std::copy_n(grey.pixels, grey.size(), small.values.begin());
    return small;
  }
  std::vector<std::uint32_t> columns(static_cast<std::size_t>(grey.width));
  for (int y = 0; y < small.height; ++y) {
    const int top = y * factor, tall = std::min(factor, grey.height - top);
    std::fill(columns.begin(), columns.end(), 0u);
    for (int v = top; v < top + tall; ++v) {
      const std::uint8_t* const from = grey.row(v);
      for (int x = 0; x < grey.width; ++x) columns[static_cast<std::size_t>(x)] += from[x];
    }
    auto column = columns.begin();
    for (int x = 0; x < small.width; ++x) {
      const auto wide = std::min<std::ptrdiff_t>(factor, columns.end() - column);
      const auto pixels = static_cast<std::uint32_t>(tall * wide);
      const std::uint32_t sum = std::accumulate(column, column + wide, pixels / 2);
      small.row(y)[x] = static_cast<std::uint8_t>(sum / pixels);
      column += wide;
    }
  }
  return small;
}

// Twice the area over the outline is how wide a stroke of that much ink is: the median over
// all outlines, so that neither one dark corner nor a thousand specks decide.
double stroke_of(const Plane& mask, const Components& components) {
  std::vector<int> outlines(components.found.size());
  const std::int32_t* label = components.labels.data();
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* const row = mask.row(y);
    const std::uint8_t* const above = y > 0 ? mask.row(y - 1) : nullptr;
    const std::uint8_t* const below = y + 1 < mask.height ? mask.row(y + 1) : nullptr;
    for (int x = 0; x < mask.width; ++x, ++label) {
      if (!*label) continue;
      outlines[static_cast<std::size_t>(*label - 1)] +=
          (x == 0 || !row[x - 1]) + (x + 1 == mask.width || !row[x + 1]) + (!above || !above[x]) +
          (!below || !below[x]);
    }
  }
  std::vector<std::pair<double, int>> widths;
  int total = 0;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    widths.emplace_back(2.0 * components.found[i].area / outlines[i], outlines[i]);
    total += outlines[i];
  }
  std::sort(widths.begin(), widths.end());
  int below = 0;
  for (const auto& [width, outline] : widths)
    if (2 * (below += outline) >= total) return width;
  return 0;
}

// How tall what is written usually is; the shorter side where too little is written to tell.
double letter_of(const Plane& mask, const Components& components, double stroke) {
  std::vector<float> sizes;
  for (const Component& one : components.found) {
    const int size = std::max(one.box.width, one.box.height);
    if (size >= 2 * stroke && size >= 6 && one.area >= 2 * stroke * stroke)
      sizes.push_back(static_cast<float>(size));
  }
  const double shorter = std::min(mask.height, mask.width);
  return sizes.size() < 4 ? shorter : std::min(shorter, double(quantile(sizes, 0.5)));
}

// Clears ink that is smaller than any dot somebody makes with that pen.
void drop_specks(Page& page, const Components& components) {
  const double least = std::max(2.0, kSpeck * page.stroke * page.stroke);
  std::vector<std::uint8_t> stays{0};  // for each label; that of the paper comes first
  for (const Component& one : components.found) stays.push_back(one.area >= least);
  for (std::size_t i = 0; i < components.labels.size(); ++i)
    page.mask.values[i] = stays[static_cast<std::size_t>(components.labels[i])];
}

// Clears soft ink that is no edge of a stroke: no pixel of the mask touches it.
void clear_far(Page& page) {
  const Plane& mask = page.mask;
  const auto width = static_cast<std::size_t>(mask.width);
  std::vector<std::uint8_t> columns(width + 2);  // marks in three rows, paper to both sides
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* const above = mask.row(std::max(0, y - 1));
    const std::uint8_t* const here = mask.row(y);
    const std::uint8_t* const below = mask.row(std::min(mask.height - 1, y + 1));
    std::uint8_t* const ink = page.ink.row(y);
    for (std::size_t x = 0; x < width; ++x) columns[x + 1] = above[x] | here[x] | below[x];
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t near = columns[x] | columns[x + 1] | columns[x + 2];
      ink[x] = static_cast<std::uint8_t>(near * ink[x]);
    }
  }
}

// Whether a pixel of `keep`, (box.height, box.width), touches (x, y) of the box.
bool touches(const std::uint8_t* keep, Box box, int x, int y) {
  for (int v = std::max(0, y - 1); v <= std::min(box.height - 1, y + 1); ++v)
    for (int u = std::max(0, x - 1); u <= std::min(box.width - 1, x + 1); ++u)
      if (keep[static_cast<std::ptrdiff_t>(v) * box.width + u]) return true;
  return false;
}

}  // namespace

Page prepare(Grey grey, bool remove_ruled_lines) {
  const int longest = std::max(grey.height, grey.width);
  Page page;
  page.factor = (longest + kSide - 1) / kSide;
  Inked inked = threshold(shrink(grey, page.factor));
  page.ink = std::move(inked.ink);
  page.mask = std::move(inked.mask);
  page.light_ink = inked.light_ink;
  page.contrast = inked.contrast;
  Components components = components_of(page.mask);
  page.stroke = stroke_of(page.mask, components);
  if (remove_ruled_lines && std::min(page.mask.height, page.mask.width) >= kRuled) {
    const double letter = letter_of(page.mask, components, page.stroke);
    page.ruled_lines = take_out_rules(page.mask, components, page.stroke, letter);
    if (!page.ruled_lines.empty()) {
      components = components_of(page.mask);
      page.stroke = stroke_of(page.mask, components);
    }
  }
  drop_specks(page, components);
  clear_far(page);
  return page;
}

std::optional<NormalizedDigit> normalize(Grey ink, Grey mask, Box box, const std::uint8_t* keep) {
  Field own(box.height, box.width);
  bool marked = false;
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const std::uint8_t strength = ink.row(box.y + y)[box.x + x];
      if (strength == 0) continue;  // most of a page is paper
      const bool inked = mask.row(box.y + y)[box.x + x] != 0;
      if (!keep[static_cast<std::ptrdiff_t>(y) * box.width + x] &&
          (inked || !touches(keep, box, x, y)))
        continue;
      own.row(y)[x] = static_cast<float>(strength);
      marked = marked || inked;
    }
  }
  if (!marked) return std::nullopt;
  const auto least = static_cast<float>(kEdge * static_cast<double>(strongest(own)));
  int left = box.width, right = -1, top = box.height, bottom = -1;
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      if (own.row(y)[x] < least) continue;
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = y;
    }
  }
  const Box tight{left, top, right - left + 1, bottom - top + 1};
  return NormalizedDigit{centered(own, tight),
                         {box.x + left, box.y + top, tight.width, tight.height}};
}

}  // namespace digitcli::vision
