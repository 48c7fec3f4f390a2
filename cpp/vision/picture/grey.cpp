#include "vision/picture/grey.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace digitcli::vision {
namespace {

constexpr float kDepths[] = {1, 255, 1023, 4095, 16383, 65535};  // 8, 10, 12, 14 and 16 bits
constexpr int kSolid = 128;   // alpha from here on counts as ink or paper, below it as a soft edge
constexpr int kOneTone = 64;  // strokes of one pen vary less, paper and ink differ by more

std::uint8_t byte_of(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0, 255.0));
}

struct Range {
  double low, full;  // the value that means black, and the distance from there to white
};

Range range_of(double low, double high, bool whole) {
  if (low >= 0 && high <= 1) return {0, 1};
  if (low >= 0 && (whole || high >= 16)) {
    for (const float full : kDepths)
      if (high <= full) return {0, full};
  }
  return {low, high > low ? high - low : 1};
}

template <class T>
void scale_to_grey(std::span<const T> values, std::uint8_t* grey) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  bool all_finite = true;
  for (const T value : values) {
    const float number = static_cast<float>(value);
    if (std::isfinite(number)) {
      low = std::min(low, number);
      high = std::max(high, number);
    } else {
      all_finite = false;
    }
  }
  if (low > high) low = high = 0;  // no finite value at all
  const Range range = range_of(low, high, std::is_integral_v<T>);
  const double gain = 255.0 / range.full;
  for (std::size_t i = 0; i < values.size(); ++i) {
    float number = static_cast<float>(values[i]);
    if (!all_finite && !std::isfinite(number)) number = low;
    // In double where it is stretched: extreme floats, or two next to each other, would overflow.
    grey[i] = range.low == 0 ? byte_of(number * static_cast<float>(gain))
                             : byte_of((number - range.low) * gain);
  }
}

// How many pixels have each tone.
struct Histogram {
  std::size_t count[256] = {};
  std::size_t total = 0;

  void add(std::uint8_t tone) {
    ++count[tone];
    ++total;
  }
  int ranked(std::size_t rank) const {
    int tone = 0;
    for (std::size_t seen = count[0]; seen <= rank; seen += count[++tone]) {
    }
    return tone;
  }
  // Between the two nearest ranks, in proportion.
  double percentile(double percent) const {
    const double at = percent / 100 * static_cast<double>(total - 1);
    const auto below = static_cast<std::size_t>(at);
    const double share = at - static_cast<double>(below);
    const int low = ranked(below), high = ranked(std::min(below + 1, total - 1));
    return low + (high - low) * share;
  }
  // How far the tones reach when `percent` of them are left out at either end.
  double spread(double percent) const { return percentile(100 - percent) - percentile(percent); }
};

double opposite(double tone) { return tone < 128 ? 255 : 0; }

// Whether one of the four neighbours inside the picture is transparent.
bool on_rim(Grey grey, const std::uint8_t* alpha, int y, int x) {
  const std::uint8_t* here = alpha + static_cast<std::ptrdiff_t>(y) * grey.width + x;
  return (x > 0 && here[-1] < kSolid) || (x + 1 < grey.width && here[1] < kSolid) ||
         (y > 0 && here[-grey.width] < kSolid) ||
         (y + 1 < grey.height && here[grey.width] < kSolid);
}

// The background for ink without a solid pixel; white where there is no ink at all.
double behind_a_haze(Grey grey, const std::uint8_t* alpha) {
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < grey.size(); ++i) {
    sum += static_cast<double>(grey.pixels[i]) * alpha[i];
    weight += alpha[i];
  }
  return weight > 0 ? opposite(sum / weight) : 255;
}

double background_for(Grey grey, const std::uint8_t* alpha) {
  Histogram visible, rim;
  double sum = 0;
  for (int y = 0, i = 0; y < grey.height; ++y) {
    for (int x = 0; x < grey.width; ++x, ++i) {
      if (alpha[i] < kSolid) continue;
      visible.add(grey.pixels[i]);
      sum += grey.pixels[i];
      if (on_rim(grey, alpha, y, x)) rim.add(grey.pixels[i]);
    }
  }
  if (visible.total == 0) return behind_a_haze(grey, alpha);
  if (rim.total && visible.spread(2) > kOneTone && rim.spread(10) <= kOneTone)
    return rim.percentile(50);
  return opposite(sum / static_cast<double>(visible.total));
}

}  // namespace

void grey_of(Numbers values, std::uint8_t* grey) {
  std::visit([grey](auto span) { scale_to_grey(span, grey); }, values);
}

void alpha_of(Numbers values, double key, std::uint8_t* alpha) {
  const auto from_key = [key, alpha](auto span) {
    std::transform(span.begin(), span.end(), alpha, [key](auto value) {
      return static_cast<std::uint8_t>(static_cast<double>(value) == key ? 0 : 255);
    });
  };
  std::visit(from_key, values);
}

void over_background(Grey grey, const std::uint8_t* alpha, std::uint8_t* out) {
  const auto background = static_cast<float>(background_for(grey, alpha));
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const float share = static_cast<float>(alpha[i]) / 255;
    out[i] = byte_of(background + share * (static_cast<float>(grey.pixels[i]) - background));
  }
}

void upright(Grey grey, int orientation, std::uint8_t* out) {
  const bool swapped = orientation >= 5;
  const bool down = orientation == 3 || orientation == 4 || orientation >= 7;
  const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const int height = swapped ? grey.width : grey.height;
  const int width = swapped ? grey.height : grey.width;
  const std::ptrdiff_t stride = grey.width;
  for (int y = 0; y < height; ++y) {
    const std::ptrdiff_t from_y = down ? height - 1 - y : y;
    for (int x = 0; x < width; ++x) {
      const std::ptrdiff_t from_x = right ? width - 1 - x : x;
      *out++ = grey.pixels[swapped ? from_x * stride + from_y : from_y * stride + from_x];
    }
  }
}

}  // namespace digitcli::vision
