#include "page_threshold.h"

#include <algorithm>
#include <cmath>

namespace digitcli {
namespace {

constexpr double kSauvola = 0.2, kRange = 128;

// Sums over the rectangle from the first pixel to each, one row and column of zeros before them.
struct Integral {
  int width;
  std::vector<double> sums;
  template <class Value>
  Integral(int height, int width, Value value)
      : width(width + 1),
        sums(static_cast<std::size_t>(height + 1) * static_cast<std::size_t>(width + 1)) {
    for (int y = 0; y < height; ++y) {
      double line = 0;
      double* to = sums.data() + static_cast<std::ptrdiff_t>(y + 1) * this->width + 1;
      for (int x = 0; x < width; ++x) to[x] = to[x - this->width] + (line += value(y, x));
    }
  }
  double operator()(int x0, int y0, int x1, int y1) const {
    const auto at = [this](int y, int x) {
      return sums[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
    };
    return at(y1, x1) - at(y0, x1) - at(y1, x0) + at(y0, x0);
  }
};

template <class Visit>
void windows(const Plane& plane, int radius, Visit visit) {
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      visit(x, y, std::max(0, x - radius), std::max(0, y - radius),
            std::min(plane.width, x + radius + 1), std::min(plane.height, y + radius + 1));
}

}  // namespace

Inked threshold(Plane grey, const Team&) {
  const int height = grey.height, width = grey.width;
  const int radius = std::clamp(std::min(height, width) / 6, 7, 40);
  const auto plain = [&](int y, int x) { return static_cast<double>(grey.row(y)[x]); };
  const Integral first(height, width, plain);
  double skew = 0;
  windows(grey, radius, [&](int x, int y, int x0, int y0, int x1, int y1) {
    const double d = plain(y, x) - first(x0, y0, x1, y1) / ((x1 - x0) * (y1 - y0));
    skew += d * d * d;
  });
  Inked result{Plane(height, width), Plane(height, width), skew > 0, 0};
  if (result.light_ink)
    for (std::uint8_t& value : grey.values) value = static_cast<std::uint8_t>(255 - value);
  const Integral sums(height, width, plain);
  const Integral squares(height, width, [&](int y, int x) { return plain(y, x) * plain(y, x); });
  windows(grey, radius, [&](int x, int y, int x0, int y0, int x1, int y1) {
    const double count = (x1 - x0) * (y1 - y0), mean = sums(x0, y0, x1, y1) / count;
    const double deviation =
        std::sqrt(std::max(0.0, squares(x0, y0, x1, y1) / count - mean * mean));
    result.mask.row(y)[x] = plain(y, x) < mean * (1 + kSauvola * (deviation / kRange - 1));
  });
  const Integral paper(height, width,
                       [&](int y, int x) { return result.mask.row(y)[x] ? 0.0 : plain(y, x); });
  const Integral papers(height, width,
                        [&](int y, int x) { return result.mask.row(y)[x] ? 0.0 : 1.0; });
  std::vector<double> contrasts(grey.values.size());
  double total = 0, count = 0;
  windows(grey, radius, [&](int x, int y, int x0, int y0, int x1, int y1) {
    const double n = papers(x0, y0, x1, y1);
    const double c = n > 0 ? paper(x0, y0, x1, y1) / n - plain(y, x) : 0;
    contrasts[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
              static_cast<std::size_t>(x)] = c;
    if (result.mask.row(y)[x]) total += c, ++count;
  });
  result.contrast = count > 0 ? total / count : 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      bool near = false;
      for (int v = std::max(0, y - 1); v <= std::min(height - 1, y + 1); ++v)
        for (int u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); ++u)
          near = near || result.mask.row(v)[u];
      if (!near || result.contrast <= 0) continue;
      const double c = contrasts[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                                 static_cast<std::size_t>(x)];
      result.ink.row(y)[x] =
          static_cast<std::uint8_t>(std::clamp(c / result.contrast * 230, 0.0, 255.0));
    }
  }
  return result;
}

}  // namespace digitcli
