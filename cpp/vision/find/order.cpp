#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "vision/find/strip.h"

namespace digitcli::vision {
namespace {

constexpr double kMarginAcross = 0.1;  // heights above and below a line
constexpr double kMarginAlong = 0.15;  // heights before and behind it
constexpr double kShort = 2;           // length over height: below it, a strip's turn is not known
constexpr double kNear = 4;            // heights to the next digit of a row, at most
constexpr double kSteep = 0.5;         // down for each pixel to the right: past that it is no row
constexpr double kSameRow = 0.5;       // heights between the middles of two lines of one row

// A strip on a page that is turned upright.
struct Upright {
  const Strip* strip;
  double x, y;
  int row = 0, column = 0;
};

bool is_short(const Strip& strip) { return strip.half_length < kShort * strip.half_height; }

// The way to the nearest short strip on the right; {0, 0} without one.
Point to_the_right(const std::vector<Strip>& strips, const Strip& from) {
  Point best{0, 0};
  for (const Strip& other : strips) {
    const Point way{other.middle.x - from.middle.x, other.middle.y - from.middle.y};
    const double ratio = other.half_height / from.half_height;
    const bool beside =
        way.x > 0 && std::abs(way.y) < kSteep * way.x && way.x < 2 * kNear * from.half_height;
    if (is_short(other) && beside && ratio > 0.5 && ratio < 2 && (best.x == 0 || way.x < best.x))
      best = way;
  }
  return best;
}

// How most lines of a page are turned: one digit in a cell does not know, but the next one does.
Point usual_turn(const std::vector<Strip>& strips) {
  std::vector<double> turns;
  for (const Strip& strip : strips) {
    const Point way = is_short(strip) ? to_the_right(strips, strip) : strip.along;
    if (way.x != 0) turns.push_back(std::atan2(way.y, way.x));
  }
  if (turns.empty()) return {1, 0};
  const auto middle = turns.begin() + static_cast<std::ptrdiff_t>(turns.size() / 2);
  std::nth_element(turns.begin(), middle, turns.end());
  return {std::cos(*middle), std::sin(*middle)};
}

// Numbers groups 0, 1, ... by where they are on average; `group` and `place` are of each item.
template <class Group, class Place>
void number_groups(std::vector<Upright>& items, int count, Group group, Place place) {
  std::vector<double> sums(static_cast<std::size_t>(count)), sizes(sums.size());
  for (const Upright& item : items) {
    const auto which = static_cast<std::size_t>(item.*group);
    sums[which] += item.*place, sizes[which] += 1;
  }
  std::vector<std::size_t> order(sums.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sums[a] / sizes[a] < sums[b] / sizes[b];
  });
  std::vector<int> numbers(sums.size());
  for (std::size_t i = 0; i < order.size(); ++i) numbers[order[i]] = static_cast<int>(i);
  for (Upright& item : items) item.*group = numbers[static_cast<std::size_t>(item.*group)];
}

// Left to right, each joins the row whose last line is beside it: rows may climb a little.
void set_rows(std::vector<Upright>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Upright& a, const Upright& b) { return a.x < b.x; });
  std::vector<const Upright*> last;
  for (Upright& item : items) {
    double nearest = std::numeric_limits<double>::infinity();
    std::size_t row = last.size();
    for (std::size_t i = 0; i < last.size(); ++i) {
      const Strip &one = *item.strip, &other = *last[i]->strip;
      const double apart = std::abs(item.y - last[i]->y);
      const bool beside = last[i]->x + other.half_length < item.x;
      const double high = 2 * std::min(one.half_height, other.half_height);
      if (beside && apart < kSameRow * high && apart < nearest) nearest = apart, row = i;
    }
    if (row == last.size()) last.push_back(nullptr);
    last[row] = &item;
    item.row = static_cast<int>(row);
  }
  number_groups(items, static_cast<int>(last.size()), &Upright::row, &Upright::y);
}

// Top to bottom, each joins the column that it stands under.
void set_columns(std::vector<Upright>& items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Upright& a, const Upright& b) { return a.y < b.y; });
  std::vector<const Upright*> last;
  for (Upright& item : items) {
    double nearest = std::numeric_limits<double>::infinity();
    std::size_t column = last.size();
    for (std::size_t i = 0; i < last.size(); ++i) {
      const double apart = std::abs(item.x - last[i]->x);
      const double reach = std::max(item.strip->half_length, last[i]->strip->half_length);
      if (apart < reach && apart < nearest && last[i]->row != item.row) nearest = apart, column = i;
    }
    if (column == last.size()) last.push_back(nullptr);
    last[column] = &item;
    item.column = static_cast<int>(column);
  }
  number_groups(items, static_cast<int>(last.size()), &Upright::column, &Upright::x);
}

FoundLine line_of(const Upright& item) {
  const Strip& strip = *item.strip;
  const double height = 2 * strip.half_height;
  const double x = strip.half_length + kMarginAlong * height;
  const double y = strip.half_height + kMarginAcross * height;
  return {{strip.from_frame({-x, -y}), strip.from_frame({x, -y}), strip.from_frame({x, y}),
           strip.from_frame({-x, y})},
          item.row,
          item.column,
          strip.score};
}

}  // namespace

std::vector<FoundLine> in_order(const std::vector<Strip>& strips) {
  const Point turn = usual_turn(strips);
  std::vector<Upright> items;
  for (const Strip& strip : strips) {
    const Point at = strip.middle;
    items.push_back({&strip, at.x * turn.x + at.y * turn.y, at.y * turn.x - at.x * turn.y});
  }
  set_rows(items);
  set_columns(items);
  std::stable_sort(items.begin(), items.end(), [](const Upright& a, const Upright& b) {
    return a.row != b.row ? a.row < b.row : a.x < b.x;
  });
  std::vector<FoundLine> lines;
  for (const Upright& item : items) lines.push_back(line_of(item));
  return lines;
}

}  // namespace digitcli::vision
