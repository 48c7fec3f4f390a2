// Lines of digits, straight, skewed or fanned out by perspective: every box looks for the line that
// ends to its left and would meet it. The first guess of the slope is how nearest neighbours lie
// to each other: O'Gorman, "The document spectrum for page layout analysis", IEEE TPAMI 15 (1993).
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "vision/segment/segment.h"

namespace digitcli::vision {
namespace {

// Smallest height of a digit, in stroke widths.
constexpr double kFewStrokes = 2.5;
// Largest ratio of two heights of one writer's digits.
constexpr double kSameHeight = 1.5;
// Smallest and largest height of a digit, in usual digit heights.
constexpr double kLow = 0.4, kTall = 2.8;
// Widest white gap inside a line, in digit heights.
constexpr double kFar = 12;
// Largest distance of a digit above or below its line, in digit heights.
constexpr double kOff = 0.55;
// The same for a dot or a loose stroke.
constexpr double kOffSmall = 0.9;
// Largest distance of a dot or a loose stroke before or after its line, in digit heights.
constexpr double kBeside = 1.2;
// Slants that are tried, in pixels to the right for each one up.
constexpr double kMostSlant = 1, kSlantStep = 0.1;
// Share of the unevenness that each unit of slant costs: round digits fit any slant.
constexpr double kUpright = 0.3;
// Steepest slope of a line.
constexpr double kSteep = 0.5;
// The last digits of a line, which the straight line through it follows.
constexpr std::size_t kRecent = 6;

double centre_x(const Box& box) { return box.x + box.width / 2.0; }
double centre_y(const Box& box) { return box.y + box.height / 2.0; }

struct Weighted {
  double value, weight;
};

using Points = std::vector<std::pair<int, int>>;  // x, y

// Half of the weight lies at or below this value.
double weighted_median(std::vector<Weighted> values) {
  std::sort(values.begin(), values.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double left = std::accumulate(values.begin(), values.end(), 0.0,
                                [](double sum, const Weighted& v) { return sum + v.weight; }) /
                2;
  for (const Weighted& v : values)
    if ((left -= v.weight) <= 0) return v.value;
  return values.empty() ? 0 : values.back().value;
}

// Boxes that follow each other along one line, with the straight line through the last of them.
struct Chain {
  std::vector<int> members;
  double slope = 0, x = 0, y = 0;  // through (x, y)
  double left = 0, right = 0;

  double at(double where) const { return y + slope * (where - x); }
};

void refit(Chain& chain, const std::vector<Box>& boxes, double usual_slope) {
  const std::size_t count = std::min(kRecent, chain.members.size());
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
  const auto recent = chain.members.end() - static_cast<std::ptrdiff_t>(count);
  const auto each = [&](auto use) {
    std::for_each(recent, chain.members.end(),
                  [&](int i) { use(boxes[static_cast<std::size_t>(i)]); });
  };
  each([&](const Box& box) { mean_x += centre_x(box), mean_y += centre_y(box); });
  chain.x = mean_x / static_cast<double>(count), chain.y = mean_y / static_cast<double>(count);
  each([&](const Box& box) {
    const double dx = centre_x(box) - chain.x;
    xx += dx * dx, xy += dx * (centre_y(box) - chain.y);
  });
  chain.slope = count >= 4 && xx > 0 ? std::clamp(xy / xx, -kSteep, kSteep) : usual_slope;
}

// The slope from most boxes to the next one on the right.
double usual_slope(const std::vector<Box>& boxes, const std::vector<int>& bodies, double height) {
  std::vector<Weighted> slopes;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Box& box = boxes[static_cast<std::size_t>(bodies[i])];
    std::optional<Weighted> nearest;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const Box& other = boxes[static_cast<std::size_t>(bodies[j])];
      const double dx = centre_x(other) - centre_x(box), dy = centre_y(other) - centre_y(box);
      if (dx > 4 * height) break;  // they stand in order
      if (dx < 0.3 * height || std::fabs(dy) > kSteep * dx) continue;
      if (const double distance = std::hypot(dx, 2 * dy); distance < least)
        least = distance, nearest = Weighted{dy / dx, 1};
    }
    if (nearest) slopes.push_back(*nearest);
  }
  return slopes.size() < 4 ? 0 : weighted_median(std::move(slopes));
}

// The chain that `box` goes on, -1 for none.
int chain_for(const std::vector<Chain>& chains, const Box& box, double height) {
  int found = -1;
  double least = kOff * height;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const double off = std::fabs(centre_y(box) - chains[i].at(centre_x(box)));
    if (box.x - chains[i].right > kFar * height || off > least) continue;
    least = off, found = static_cast<int>(i);
  }
  return found;
}

// The lines of all boxes that are as tall as digits, top to bottom.
std::vector<Chain> chains_of(const std::vector<Box>& boxes, double height) {
  std::vector<int> bodies;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (boxes[i].height >= kLow * height && boxes[i].height <= kTall * height)
      bodies.push_back(static_cast<int>(i));
  const auto box_of = [&](int i) -> const Box& { return boxes[static_cast<std::size_t>(i)]; };
  std::stable_sort(bodies.begin(), bodies.end(),
                   [&](int a, int b) { return centre_x(box_of(a)) < centre_x(box_of(b)); });
  const double slope = usual_slope(boxes, bodies, height);
  std::vector<Chain> chains;
  for (const int body : bodies) {
    const Box& box = box_of(body);
    int found = chain_for(chains, box, height);
    if (found < 0) {
      found = static_cast<int>(chains.size());
      chains.emplace_back().left = box.x;
    }
    Chain& chain = chains[static_cast<std::size_t>(found)];
    chain.members.push_back(body);
    chain.left = std::min<double>(chain.left, box.x);
    chain.right = std::max<double>(chain.right, box.x + box.width);
    refit(chain, boxes, slope);
  }
  const auto depth = [slope](const Chain& chain) {
    const double middle = (chain.left + chain.right) / 2;
    return chain.at(middle) - slope * middle;
  };
  std::stable_sort(chains.begin(), chains.end(),
                   [&](const Chain& a, const Chain& b) { return depth(a) < depth(b); });
  return chains;
}

// The line beside which a dot or a loose stroke stands, -1 for none.
int line_beside(const std::vector<Chain>& chains, const std::vector<Box>& boxes, const Box& box,
                double height) {
  int found = -1;
  double least = kOffSmall * height;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const Chain& chain = chains[i];
    if (centre_x(box) < chain.left - kBeside * height ||
        centre_x(box) > chain.right + kBeside * height)
      continue;
    const auto nearest =
        *std::min_element(chain.members.begin(), chain.members.end(), [&](int a, int b) {
          return std::fabs(centre_x(boxes[static_cast<std::size_t>(a)]) - centre_x(box)) <
                 std::fabs(centre_x(boxes[static_cast<std::size_t>(b)]) - centre_x(box));
        });
    const double off =
        std::fabs(centre_y(box) - centre_y(boxes[static_cast<std::size_t>(nearest)]));
    if (off < least) least = off, found = static_cast<int>(i);
  }
  return found;
}

// The slant at which the ink's columns are most uneven: upright strokes fill few columns.
double slant_of(const Points& ink) {
  if (ink.empty()) return 0;
  const auto [left, right] = std::minmax_element(ink.begin(), ink.end());
  int top = ink.front().second, bottom = top;
  for (const auto& [x, y] : ink) top = std::min(top, y), bottom = std::max(bottom, y);
  const int tall = bottom - top + 1, reach = static_cast<int>(kMostSlant * tall) + 1;
  std::vector<int> columns(static_cast<std::size_t>(right->first - left->first + 2 * reach + 1));
  std::vector<int> places(static_cast<std::size_t>(tall));  // of column 0 in each row
  double best = 0, most = 0;
  for (double slant = -kMostSlant; slant <= kMostSlant + 1e-9; slant += kSlantStep) {
    std::fill(columns.begin(), columns.end(), 0);
    for (int y = 0; y < tall; ++y)
      places[static_cast<std::size_t>(y)] =
          static_cast<int>(std::lround(slant * y)) + reach - left->first;
    for (const auto& [x, y] : ink)
      ++columns[static_cast<std::size_t>(x + places[static_cast<std::size_t>(y - top)])];
    double uneven = 0;
    for (const int column : columns) uneven += static_cast<double>(column) * column;
    uneven *= 1 - kUpright * std::fabs(slant);  // as good as upright is upright
    if (uneven > most) most = uneven, best = slant;
  }
  return best;
}

}  // namespace

double usual_height(const std::vector<Box>& boxes, double stroke) {
  std::vector<Weighted> heights;
  for (const Box& box : boxes)
    if (box.height >= kFewStrokes * stroke && box.width <= 12 * box.height &&
        box.height <= 12 * box.width)
      heights.push_back(
          {static_cast<double>(box.height),
           static_cast<double>(std::max(box.height, std::min(box.width, 4 * box.height)))});
  std::sort(heights.begin(), heights.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double inside = 0, most = 0;
  std::size_t first = 0, best_first = 0, best_last = 0;
  for (std::size_t last = 0; last < heights.size(); ++last) {
    inside += heights[last].weight;
    while (heights[last].value > kSameHeight * heights[first].value)
      inside -= heights[first++].weight;
    if (inside >= most) most = inside, best_first = first, best_last = last + 1;
  }
  const auto begin = heights.begin();
  return weighted_median({begin + static_cast<std::ptrdiff_t>(best_first),
                          begin + static_cast<std::ptrdiff_t>(best_last)});
}

std::vector<int> lines_of(const std::vector<Box>& boxes, double height) {
  const std::vector<Chain> chains = chains_of(boxes, height);
  std::vector<int> lines(boxes.size(), -1);
  for (std::size_t line = 0; line < chains.size(); ++line)
    for (const int member : chains[line].members)
      lines[static_cast<std::size_t>(member)] = static_cast<int>(line);
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (lines[i] < 0 && boxes[i].height < kLow * height)
      lines[i] = line_beside(chains, boxes, boxes[i], height);
  return lines;
}

std::vector<double> slants_of(const Components& components, int width,
                              const std::vector<int>& lines) {
  std::vector<Points> ink;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] < 0) continue;
    const auto line = static_cast<std::size_t>(lines[i]);
    ink.resize(std::max(ink.size(), line + 1));
    const Box& box = components.found[i].box;
    for (int y = box.y; y < box.y + box.height; ++y) {
      const auto row = components.labels.begin() + static_cast<std::ptrdiff_t>(y) * width;
      for (int x = box.x; x < box.x + box.width; ++x)
        if (row[x] == static_cast<std::int32_t>(i) + 1) ink[line].emplace_back(x, y);
    }
  }
  std::vector<double> found;
  std::transform(ink.begin(), ink.end(), std::back_inserter(found), slant_of);
  return found;
}

}  // namespace digitcli::vision
