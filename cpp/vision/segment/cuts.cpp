// Cuts as shortest paths through grey ink: Wang and Jean, "Segmentation of merged characters by
// neural networks and shortest path", Pattern Recognition 27 (1994). A path follows the valley
// between two slanted or overhanging digits, which no straight cut does.
#include <algorithm>
#include <cmath>
#include <limits>

#include "vision/segment/segment.h"

namespace digitcli::vision {
namespace {

constexpr int kTallest = 48;       // rows: a taller component is looked at in blocks of pixels
constexpr double kReach = 0.25;    // of a digit's height: how far a path strays to either side
constexpr double kEnds = 0.1;      // of it: and at its own top and bottom
constexpr double kApart = 0.08;    // of it: cuts are at least so far from each other
constexpr double kMargin = 0.1;    // of it: and from the ends of the component
constexpr double kThickest = 4.0;  // strokes: a cut through more ink cuts no touching point
constexpr float kPaper = 0.01f;    // what a step costs, so that of free ways the straight one wins
constexpr float kInk = 0.15f;      // and on ink, on top of its strength
constexpr float kAside = 0.41f;    // a step aside is longer by sqrt(2) - 1
constexpr float kNever = 1e9f;

// What a step onto each pixel costs, of blocks of `block` x `block` pixels.
struct Costs {
  int height, width, block;
  std::vector<float> values;
  const float* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

Costs costs_of(Grey ink, const std::vector<std::int32_t>& labels, std::int32_t label, Box box,
               double height) {
  const int block = std::max(1, static_cast<int>(std::ceil(height / kTallest)));
  Costs costs{(box.height + block - 1) / block, (box.width + block - 1) / block, block, {}};
  costs.values.assign(
      static_cast<std::size_t>(costs.height) * static_cast<std::size_t>(costs.width), kPaper);
  const float share = 1.0f / static_cast<float>(block * block);
  for (int y = 0; y < box.height; ++y) {
    const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(box.y + y) * ink.width + box.x;
    float* to = costs.values.data() + static_cast<std::ptrdiff_t>(y / block) * costs.width;
    for (int x = 0; x < box.width; ++x) {
      if (labels[static_cast<std::size_t>(from + x)] != label) continue;
      to[x / block] += share * (kInk + static_cast<float>(ink.pixels[from + x]) / 255.0f);
    }
  }
  return costs;
}

// The cheapest way through each column's neighbourhood (dynamic programming, row after row).
class Paths {
 public:
  Paths(const Costs& costs, double slant, int reach, int ends)
      : costs_(costs),
        slant_(slant),
        reach_(reach),
        ends_(ends),
        span_(2 * reach + 1),
        best_(static_cast<std::size_t>(costs.width) * static_cast<std::size_t>(span_)),
        steps_(best_.size() * static_cast<std::size_t>(costs.height)) {
    start();
    for (int y = 1; y < costs.height; ++y) step(y);
  }

  // The lowest sum over the ways that stay within reach of the slanted `column`, and close to it at
  // the top and at the bottom: else they would leave a component by its side.
  float cost(int column) const { return *end_of(column); }

  // That way, a column for each row.
  std::vector<int> way(int column) const {
    std::vector<int> columns(static_cast<std::size_t>(costs_.height));
    int aside = static_cast<int>(end_of(column) - row_of(column));
    for (int y = costs_.height - 1; y >= 0; --y) {
      columns[static_cast<std::size_t>(y)] = column + shift(y) + aside - reach_;
      aside += steps_[static_cast<std::size_t>(y) * best_.size() + at(column, aside)] -
               (y > 0 ? shift(y - 1) - shift(y) : 0);
    }
    return columns;
  }

 private:
  std::size_t at(int column, int aside) const {
    return static_cast<std::size_t>(column) * static_cast<std::size_t>(span_) +
           static_cast<std::size_t>(aside);
  }
  const float* row_of(int column) const { return best_.data() + at(column, 0); }
  const float* end_of(int column) const {
    return std::min_element(row_of(column) + reach_ - ends_, row_of(column) + reach_ + ends_ + 1);
  }
  float step_cost(int y, int x) const {
    return x < 0 || x >= costs_.width ? kPaper : costs_.row(y)[x];
  }

  // How far the slanted columns lean to the right in row y; 0 in the middle.
  int shift(int y) const {
    return static_cast<int>(std::lround(slant_ * (costs_.height / 2.0 - y)));
  }

  void start() {
    for (int column = 0; column < costs_.width; ++column)
      for (int aside = 0; aside < span_; ++aside)
        best_[at(column, aside)] = std::abs(aside - reach_) > ends_
                                       ? kNever
                                       : step_cost(0, column + shift(0) + aside - reach_);
  }

  void step(int y) {
    const int here_shift = shift(y), lean = shift(y - 1) - here_shift;  // of the row above
    std::vector<float> before(static_cast<std::size_t>(span_));
    std::int8_t* steps = steps_.data() + static_cast<std::size_t>(y) * best_.size();
    for (int column = 0; column < costs_.width; ++column) {
      std::copy_n(row_of(column), span_, before.begin());
      for (int aside = 0; aside < span_; ++aside) {
        const float here = step_cost(y, column + here_shift + aside - reach_);
        float best = kNever;
        std::int8_t back = 0;
        for (int step = -1; step <= 1; ++step) {  // pixels aside; the ways' columns lean
          const int from = aside + step - lean;
          if (from < 0 || from >= span_) continue;
          const float cost = before[static_cast<std::size_t>(from)] + (step ? kAside * here : 0);
          if (cost < best) best = cost, back = static_cast<std::int8_t>(step);
        }
        best_[at(column, aside)] = std::min(best + here, kNever);
        steps[at(column, aside)] = back;
      }
    }
  }

  const Costs& costs_;
  double slant_;
  int reach_, ends_, span_;
  std::vector<float> best_;
  std::vector<std::int8_t> steps_;
};

// Whether no column near `column` has a cheaper way, and none to the left one as cheap.
bool is_valley(const std::vector<float>& costs, int column, int apart) {
  const int first = std::max(0, column - apart);
  const int last = std::min(static_cast<int>(costs.size()), column + apart + 1);
  const float here = costs[static_cast<std::size_t>(column)];
  const auto begin = costs.begin();
  return std::all_of(begin + first, begin + column, [here](float c) { return c > here; }) &&
         std::all_of(begin + column, begin + last, [here](float c) { return c >= here; });
}

// The way in blocks as columns of pixels, one for each row of the box.
std::vector<int> in_pixels(const std::vector<int>& way, int block, int height) {
  std::vector<int> columns(static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    columns[static_cast<std::size_t>(y)] =
        way[static_cast<std::size_t>(y / block)] * block + (block + 1) / 2;
  return columns;
}

}  // namespace

std::vector<Cut> cuts_of(Grey ink, const std::vector<std::int32_t>& labels, std::int32_t label,
                         Box box, const Scale& scale) {
  const Costs costs = costs_of(ink, labels, label, box, scale.height);
  const double tall = scale.height / costs.block;
  const int reach = std::max(2, static_cast<int>(std::lround(kReach * tall)));
  const int ends = std::max(1, static_cast<int>(std::lround(kEnds * tall)));
  const Paths paths(costs, scale.slant, reach, ends);
  std::vector<float> lowest;
  for (int x = 0; x < costs.width; ++x) lowest.push_back(paths.cost(x));
  const int apart = std::max(2, static_cast<int>(std::lround(kApart * tall)));
  const int margin = std::max(2, static_cast<int>(std::lround(kMargin * tall)));
  std::vector<Cut> cuts;
  for (int x = margin; x < costs.width - margin; ++x) {
    const float cost = lowest[static_cast<std::size_t>(x)] * static_cast<float>(costs.block);
    if (cost < kThickest * scale.stroke && is_valley(lowest, x, apart))
      cuts.push_back({cost, in_pixels(paths.way(x), costs.block, box.height)});
  }
  return cuts;
}

}  // namespace digitcli::vision
