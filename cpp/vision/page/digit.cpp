#include "vision/page/digit.h"

#include <algorithm>
#include <cmath>

#include "vision/picture/components.h"

namespace digitcli::vision {
namespace {

constexpr double kMargin = 0.14;    // of a side: ink from outside reaches in so far
constexpr int kCell = 32;           // pixels a side: a smaller picture is cut around its digit
constexpr double kAlong = 0.5;      // of a side: ink that runs along it
constexpr double kGrazing = 0.045;  // of a side: how far from it such ink may keep
constexpr double kLeast = 0.05;     // of the shorter side: the smallest digit
constexpr double kWidest = 3;       // times its height: the widest digit
constexpr int kFewest = 5;          // pixels: the smallest digit
constexpr double kPart = 0.04;      // of the digit's largest piece: the smallest other piece
constexpr double kGap = 0.3;        // of that piece's length: how far away others are

int right(const Box& box) { return box.x + box.width; }
int bottom(const Box& box) { return box.y + box.height; }
int length(const Box& box) { return std::max(box.width, box.height); }

Box around(const Box& a, const Box& b) {
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(right(a), right(b)) - x, std::max(bottom(a), bottom(b)) - y};
}

// The part of the page inside the borders of a cell.
Box inside(const Page& page) {
  double left = 0, top = 0, right = page.mask.width, bottom = page.mask.height;
  for (const RuledLine& rule : page.ruled_lines) {
    const bool upright = std::fabs(rule.y1 - rule.y0) > std::fabs(rule.x1 - rule.x0);
    const double at = upright ? (rule.x0 + rule.x1) / 2 : (rule.y0 + rule.y1) / 2;
    const double side = upright ? page.mask.width : page.mask.height;
    double& low = upright ? left : top;
    double& high = upright ? right : bottom;
    if (at < 0.3 * side)
      low = std::max(low, at);
    else if (at > 0.7 * side)
      high = std::min(high, at);
  }
  return {int(left), int(top), int(right - left), int(bottom - top)};
}

// Whether ink from `near` to `far` along one axis came in from outside: it touches the side that is
// `size` long and stays near it. What runs along much of the other axis may keep a little away.
bool is_foreign(int near, int far, int size, bool runs_along) {
  const double margin = kMargin * size, gap = runs_along ? kGrazing * size : 0;
  return (near <= gap && far <= margin) || (size - far <= gap && size - near <= margin);
}

bool is_foreign(const Box& box, const Plane& mask) {
  if (std::min(mask.height, mask.width) < kCell) return false;
  return is_foreign(box.x, right(box), mask.width, box.height >= kAlong * mask.height) ||
         is_foreign(box.y, bottom(box), mask.height, box.width >= kAlong * mask.width);
}

struct Piece {
  std::int32_t label;
  Component ink;
  double score;  // area, less away from the middle
  bool foreign;
};

// The pieces that may belong to the digit, the likeliest first.
std::vector<Piece> pieces_of(const Page& page, const Components& components) {
  const Box cell = inside(page);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < components.found.size(); ++i) {
    const Component& one = components.found[i];
    const double x = one.box.x + one.box.width / 2.0, y = one.box.y + one.box.height / 2.0;
    if (x < cell.x || x > right(cell) || y < cell.y || y > bottom(cell)) continue;
    const double off =
        std::max(std::fabs(2 * x / page.mask.width - 1), std::fabs(2 * y / page.mask.height - 1));
    const bool foreign = is_foreign(one.box, page.mask);
    const double score = foreign ? 0 : one.area * (1 - 0.8 * off * off);
    pieces.push_back({static_cast<std::int32_t>(i + 1), one, score, foreign});
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.score > b.score; });
  return pieces;
}

// Moves the pieces of the digit to the front: the first, and whatever is near enough to it or to
// others that are; what came in from outside must be a third as near. Returns their box and sets
// their number.
Box gather(std::vector<Piece>& pieces, std::size_t& count) {
  const double least = kPart * pieces[0].ink.area, reach = kGap * length(pieces[0].ink.box);
  Box box = pieces[0].ink.box;
  count = 1;
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = count; i < pieces.size(); ++i) {
      const Box& other = pieces[i].ink.box;
      const int across = std::max(other.x - right(box), box.x - right(other));
      const int down = std::max(other.y - bottom(box), box.y - bottom(other));
      if (pieces[i].ink.area < least ||
          std::max(across, down) > (pieces[i].foreign ? reach / 3 : reach))
        continue;
      box = around(box, other);
      std::swap(pieces[i], pieces[count++]);
      grew = true;
    }
  }
  return box;
}

}  // namespace

std::optional<NormalizedDigit> one_digit(const Page& page) {
  const Components components = components_of(page.mask);
  std::vector<Piece> pieces = pieces_of(page, components);
  if (pieces.empty() || pieces[0].foreign) return std::nullopt;
  const int shorter = std::min(page.mask.height, page.mask.width);
  std::size_t count = 0;
  Box box = gather(pieces, count);
  if (box.height < std::max<double>(kFewest, kLeast * shorter) || box.width > kWidest * box.height)
    return std::nullopt;
  box = {box.x - 1, box.y - 1, box.width + 2, box.height + 2};  // with the soft edges
  const int x0 = std::max(0, box.x), y0 = std::max(0, box.y);
  box = {x0, y0, std::min(page.mask.width, right(box)) - x0,
         std::min(page.mask.height, bottom(box)) - y0};
  Plane keep(box.height, box.width);
  for (int y = 0; y < box.height; ++y)
    for (int x = 0; x < box.width; ++x) {
      const std::int32_t label = components.labels[static_cast<std::size_t>(box.y + y) *
                                                       static_cast<std::size_t>(page.mask.width) +
                                                   static_cast<std::size_t>(box.x + x)];
      for (std::size_t i = 0; label && i < count; ++i) keep.row(y)[x] |= pieces[i].label == label;
    }
  return normalize(page.ink.view(), page.mask.view(), box, keep.values.data());
}

}  // namespace digitcli::vision
