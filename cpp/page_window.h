// Sums over a square window around every pixel, in a time that does not depend on its size.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "page.h"

namespace digitcli {

constexpr int kWidestWindow = 128;  // radius: 257 * 257 * 255 * 255 still fits 32 bits
constexpr int kBand = 64;           // lines that one worker takes at a time

// The sums of one quantity over the windows around the pixels of one row after the other. Keeps a
// sum per column and their running sum along the row: what an integral image would hold of the rows
// in the window, but in the cache. Whole numbers, so the answer depends on no order.
class WindowSums {
 public:
  // `value(y, x)` is a whole number from 0 to 65,025. Starts at `row`.
  template <class Value>
  WindowSums(int height, int width, int radius, int row, const Value& value)
      : height_(height),
        width_(width),
        radius_(radius),
        row_(row),
        columns_(static_cast<std::size_t>(width)),
        running_(static_cast<std::size_t>(width) + 1) {
    for (int y = top(); y < bottom(); ++y) add(y, value);
    run();
  }

  template <class Value>
  void next(const Value& value) {
    if (row_ - radius_ >= 0) add<Value, true>(row_ - radius_, value);
    ++row_;
    if (row_ + radius_ < height_) add(row_ + radius_, value);
    run();
  }

  // The sum over the window around (row, x).
  std::uint32_t operator()(int x) const { return running_[right(x)] - running_[left(x)]; }
  // How many pixels that window has inside the picture.
  int pixels(int x) const { return static_cast<int>(right(x) - left(x)) * (bottom() - top()); }

 private:
  int top() const { return std::max(0, row_ - radius_); }
  int bottom() const { return std::min(height_, row_ + radius_ + 1); }
  std::size_t left(int x) const { return static_cast<std::size_t>(std::max(0, x - radius_)); }
  std::size_t right(int x) const {
    return static_cast<std::size_t>(std::min(width_, x + radius_ + 1));
  }

  template <class Value, bool kTake = false>
  void add(int y, const Value& value) {
    std::uint32_t* const columns = columns_.data();
    for (int x = 0; x < width_; ++x)
      columns[x] += kTake ? 0u - std::uint32_t(value(y, x)) : std::uint32_t(value(y, x));
  }

  void run() {
    std::uint32_t sum = 0;  // wraps around; differences come out right
    for (std::size_t x = 0; x < columns_.size(); ++x) running_[x + 1] = sum += columns_[x];
  }

  int height_, width_, radius_, row_;
  std::vector<std::uint32_t> columns_, running_;
};

// Calls visit(first row, row behind the last) for bands of a picture, shared by the team.
template <class Visit>
void each_band(int height, const Team& team, const Visit& visit) {
  team.each((height + kBand - 1) / kBand,
            [&](int item, int) { visit(item * kBand, std::min(height, (item + 1) * kBand)); });
}

}  // namespace digitcli
