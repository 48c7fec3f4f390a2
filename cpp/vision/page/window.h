// Sums over a square window around every pixel, in a time that does not depend on its size.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace digitcli::vision {

constexpr int kWidestWindow = 90;  // radius: 181 * 181 * 255 * 255 still fits 31 bits

// The sums of one quantity over the windows around the pixels of one row after the other. Keeps a
// sum per column and their running sum along the row: what an integral image would hold of the rows
// in the window, but in the cache. Whole numbers, so the answer depends on no order.
class WindowSums {
 public:
  // `values(y)` gives the values of a row: a function from x to a whole number from 0 to 65,025.
  // Starts at the first.
  template <class Values>
  WindowSums(int height, int width, int radius, const Values& values)
      : height_(height),
        width_(width),
        radius_(radius),
        columns_(static_cast<std::size_t>(width)),
        running_(static_cast<std::size_t>(width) + 1) {
    for (int y = top(); y < bottom(); ++y) add(values(y));
    run();
  }

  template <class Values>
  void next(const Values& values) {
    const int leaves = row_ - radius_, enters = ++row_ + radius_;
    if (leaves >= 0) add<true>(values(leaves));
    if (enters < height_) add(values(enters));
    run();
  }

  // The sums over the windows around all pixels of the row.
  void read(std::int32_t* sums) const {
    const std::uint32_t* const running = running_.data();
    const auto between = [running](int first, int last) {
      return static_cast<std::int32_t>(running[last] - running[first]);
    };
    const int inner = std::max(radius_, width_ - radius_);  // from here on windows are cut off
    for (int x = 0; x < std::min(radius_, width_); ++x) sums[x] = between(left(x), right(x));
    for (int x = radius_; x < inner; ++x) sums[x] = between(x - radius_, x + radius_ + 1);
    for (int x = inner; x < width_; ++x) sums[x] = between(left(x), right(x));
  }

  // How many pixels of the picture each of those windows has.
  void count(std::int32_t* pixels) const {
    const int rows = bottom() - top();
    for (int x = 0; x < width_; ++x) pixels[x] = rows * (right(x) - left(x));
  }

 private:
  int top() const { return std::max(0, row_ - radius_); }
  int bottom() const { return std::min(height_, row_ + radius_ + 1); }
  int left(int x) const { return std::max(0, x - radius_); }
  int right(int x) const { return std::min(width_, x + radius_ + 1); }

  template <bool kTake = false, class Value>
  void add(const Value value) {
    std::uint32_t* const columns = columns_.data();
    const int width = width_;
    for (int x = 0; x < width; ++x)
      columns[x] += kTake ? 0u - std::uint32_t(value(x)) : std::uint32_t(value(x));
  }

  void run() {
    std::uint32_t sum = 0;  // wraps around; differences come out right
    for (std::size_t x = 0; x < columns_.size(); ++x) running_[x + 1] = sum += columns_[x];
  }

  int height_, width_, radius_, row_ = 0;
  std::vector<std::uint32_t> columns_, running_;
};

}  // namespace digitcli::vision
