#include "vision/find/strip.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vision/picture/components.h"

namespace digitcli::vision {
namespace {

constexpr double kStep = 4;          // pixels that the network saw for each place
constexpr double kMiddle = 0.6;      // share of a line's height that the map marks
constexpr double kLongEnough = 2.5;  // length over height from which a strip's own turn is known
constexpr double kFewestPlaces = 2;  // of a strip
constexpr double kSteepest = 0.8;    // of a strip's turn: past that it is no line of writing
constexpr double kGap = 1.0;         // heights between parts of one line, at most
constexpr double kTouching = 0.2;    // heights: nearer parts are one line whatever lies between
constexpr double kBridge = 0.15;     // mean probability between parts of one line, at least
constexpr double kOffLine = 0.35;    // heights that a part may stand above or below another
constexpr double kUneven = 1.8;      // height of one part over that of another, at most

double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }

// Not by hypot, which rounds as each C library likes.
double norm(Point a) { return std::sqrt(dot(a, a)); }

// Sums over the places of one component, in pixels of the picture.
struct Sums {
  double count = 0, weight = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
};

// How far a component reaches along a strip's axis and across it.
struct Reach {
  double left = 1e18, right = -1e18, top = 1e18, bottom = -1e18;
  void include(Point at) {
    left = std::min(left, at.x), right = std::max(right, at.x);
    top = std::min(top, at.y), bottom = std::max(bottom, at.y);
  }
};

Point middle_of(const PlaceMap& map, int x, int y) {
  return {(x + 0.5) * map.across, (y + 0.5) * map.down};
}

// For each place of a component: visit(component from 0, its middle, its probability).
template <class Visit>
void each_place(const PlaceMap& map, const Components& components, const Visit& visit) {
  std::size_t i = 0;
  for (int y = 0; y < map.height; ++y) {
    for (int x = 0; x < map.width; ++x, ++i) {
      const std::int32_t label = components.labels[i];
      if (label > 0)
        visit(static_cast<std::size_t>(label) - 1, middle_of(map, x, y), map.values[i]);
    }
  }
}

std::vector<Sums> sums_of(const PlaceMap& map, const Components& components) {
  std::vector<Sums> sums(components.found.size());
  each_place(map, components, [&](std::size_t which, Point at, float weight) {
    const double w = weight;
    Sums& sum = sums[which];
    sum.count += 1, sum.weight += w, sum.x += w * at.x, sum.y += w * at.y;
    sum.xx += w * at.x * at.x, sum.xy += w * at.x * at.y, sum.yy += w * at.y * at.y;
  });
  return sums;
}

// The direction in which a component is longest, to the right; {1, 0} where it is not long.
Point axis_of(const Sums& sum) {
  const double mx = sum.x / sum.weight, my = sum.y / sum.weight;
  const double xx = sum.xx / sum.weight - mx * mx, yy = sum.yy / sum.weight - my * my;
  const double xy = sum.xy / sum.weight - mx * my;
  const double half = norm({(xx - yy) / 2, xy}), mean = (xx + yy) / 2;
  const double turn = 0.5 * std::atan2(2 * xy, xx - yy);
  const bool thin = mean + half > kLongEnough * kLongEnough * (mean - half);
  if (!thin || std::abs(turn) > kSteepest) return {1, 0};
  return {std::cos(turn), std::sin(turn)};
}

// The turn of most long strips, for those too short to know their own.
Point usual_axis(const std::vector<Point>& axes, const std::vector<Sums>& sums) {
  Point total{0, 0};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].y == 0) continue;
    total.x += sums[i].count * axes[i].x, total.y += sums[i].count * axes[i].y;
  }
  const double length = norm(total);
  return length > 0 ? Point{total.x / length, total.y / length} : Point{1, 0};
}

Strip strip_of(const PlaceMap& map, const Sums& sum, Point axis, const Reach& reach) {
  const double length = reach.right - reach.left + map.across;
  const double tall = reach.bottom - reach.top + map.down;
  const double even = sum.count * map.across * map.down / length;
  const double height = (length > kLongEnough * tall ? std::min(tall, even) : tall) / kMiddle;
  const double u = (reach.left + reach.right) / 2, v = (reach.top + reach.bottom) / 2;
  const Point middle{u * axis.x - v * axis.y, u * axis.y + v * axis.x};
  const double seen = height / map.down * kStep;
  return {middle, axis, length / 2, height / 2, seen, sum.weight / sum.count, sum.count};
}

double area(const Strip& strip) { return 4 * strip.half_length * strip.half_height; }

bool far_apart(const Strip& one, const Strip& other, double more) {
  const double reach = one.half_length + one.half_height + other.half_length + other.half_height;
  return std::abs(one.middle.x - other.middle.x) > reach + more ||
         std::abs(one.middle.y - other.middle.y) > reach + more;
}

// The place in a row of `count` that lies there, or nearest; the first for NaN.
std::ptrdiff_t index_of(double at, int count) {
  return static_cast<std::ptrdiff_t>(std::min(std::max(0.0, at), count - 1.0));
}

// The mean probability on the way from one strip's end to the nearer end of the other.
double between(const PlaceMap& map, const Strip& one, const Strip& other) {
  const double side = one.to_frame(other.middle).x < 0 ? -1 : 1;
  const Point from = one.from_frame({side * one.half_length, 0});
  const Point to = other.from_frame({-side * other.half_length, 0});
  constexpr int kSteps = 8;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double part = static_cast<double>(i) / kSteps;
    const double x = (from.x + part * (to.x - from.x)) / map.across;
    const double y = (from.y + part * (to.y - from.y)) / map.down;
    sum += map.values[index_of(y, map.height) * map.width + index_of(x, map.width)];
  }
  return sum / (kSteps + 1);
}

bool one_line(const PlaceMap& map, const Strip& one, const Strip& other) {
  const Strip& longer = one.half_length > other.half_length ? one : other;
  const Strip& shorter = &longer == &one ? other : one;
  const double low = 2 * std::min(one.half_height, other.half_height);
  const double high = 2 * std::max(one.half_height, other.half_height);
  if (far_apart(one, other, high) || high > kUneven * low) return false;
  const Point at = longer.to_frame(shorter.middle);
  const double gap = std::abs(at.x) - longer.half_length - shorter.half_length;
  if (std::abs(at.y) > kOffLine * high || gap > kGap * high) return false;
  return gap < kTouching * low || between(map, longer, shorter) > kBridge;
}

// Two parts as one strip, in the frame of the longer.
Strip joined(const Strip& one, const Strip& other) {
  const Strip& longer = one.half_length > other.half_length ? one : other;
  const Strip& shorter = &longer == &one ? other : one;
  Reach reach;
  reach.include({-longer.half_length, -longer.half_height});
  reach.include({longer.half_length, longer.half_height});
  const Point at = longer.to_frame(shorter.middle);
  reach.include({at.x - shorter.half_length, at.y - shorter.half_height});
  reach.include({at.x + shorter.half_length, at.y + shorter.half_height});
  Strip both = longer;
  both.middle = longer.from_frame({(reach.left + reach.right) / 2, (reach.top + reach.bottom) / 2});
  both.half_length = (reach.right - reach.left) / 2;
  both.half_height = (reach.bottom - reach.top) / 2;
  both.places = one.places + other.places;
  both.score = (one.score * one.places + other.score * other.places) / both.places;
  both.seen_height = std::max(one.seen_height, other.seen_height);
  return both;
}

}  // namespace

Point Strip::to_frame(Point point) const {
  const Point from{point.x - middle.x, point.y - middle.y};
  return {dot(from, along), along.x * from.y - along.y * from.x};
}

Point Strip::from_frame(Point point) const {
  return {middle.x + point.x * along.x - point.y * along.y,
          middle.y + point.x * along.y + point.y * along.x};
}

std::vector<Strip> strips_of(const PlaceMap& map, double least) {
  Plane mask(map.height, map.width);
  for (std::size_t i = 0; i < mask.values.size(); ++i) mask.values[i] = map.values[i] > least;
  const Components components = components_of(mask);
  const std::vector<Sums> sums = sums_of(map, components);
  std::vector<Point> axes;
  for (const Sums& sum : sums) axes.push_back(axis_of(sum));
  const Point usual = usual_axis(axes, sums);
  for (Point& axis : axes)
    if (axis.y == 0) axis = usual;
  std::vector<Reach> reaches(sums.size());
  each_place(map, components, [&](std::size_t which, Point at, float) {
    const Point axis = axes[which];
    reaches[which].include({dot(at, axis), axis.x * at.y - axis.y * at.x});
  });
  std::vector<Strip> strips;
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (sums[i].count >= kFewestPlaces)
      strips.push_back(strip_of(map, sums[i], axes[i], reaches[i]));
  return strips;
}

void join_parts(const PlaceMap& map, std::vector<Strip>& strips) {
  for (std::size_t i = 0; i < strips.size(); ++i) {
    for (std::size_t j = i + 1; j < strips.size();) {
      if (!one_line(map, strips[i], strips[j])) {
        ++j;
        continue;
      }
      strips[i] = joined(strips[i], strips[j]);
      strips[j] = strips.back();
      strips.pop_back();
      j = i + 1;  // a longer line may reach what it did not before
    }
  }
}

double overlap(const Strip& one, const Strip& other) {
  if (far_apart(one, other, 0)) return 0;
  const Strip& longer = one.half_length > other.half_length ? one : other;
  const Strip& shorter = &longer == &one ? other : one;
  Reach reach;
  for (const double x : {-shorter.half_length, shorter.half_length})
    for (const double y : {-shorter.half_height, shorter.half_height})
      reach.include(longer.to_frame(shorter.from_frame({x, y})));
  const double wide =
      std::min(reach.right, longer.half_length) - std::max(reach.left, -longer.half_length);
  const double high =
      std::min(reach.bottom, longer.half_height) - std::max(reach.top, -longer.half_height);
  if (wide <= 0 || high <= 0) return 0;
  return std::min(1.0, wide * high / std::min(area(one), area(other)));
}

}  // namespace digitcli::vision
