#include "vision/picture/ink.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace digitcli::vision {
namespace {

// In standard deviations of the background: one pixel in 16,000 of Gaussian noise goes further.
constexpr double kNoise = 4;
// Standard deviation of the background. Ink on up to two thirds of the picture does not hide it: a
// quarter of all Gaussian noise stays within 0.3186 deviations, and ink can only raise that.
double deviation(std::vector<float> differences) {
  for (float& value : differences) value = std::fabs(value);
  return quantile(differences, 0.25) / 0.3186;
}

// The outermost pixels, a fortieth of the shorter side deep.
std::vector<float> edge(const Field& grey) {
  const int shorter = std::min(grey.height, grey.width), depth = std::max(1, shorter / 40);
  if (shorter <= 2 * depth) return grey.values;
  std::vector<float> found;
  for (int y = 0; y < grey.height; ++y) {
    const float *begin = grey.row(y), *end = begin + grey.width;
    if (y < depth || y >= grey.height - depth) {
      found.insert(found.end(), begin, end);
    } else {
      found.insert(found.end(), begin, begin + depth);
      found.insert(found.end(), end - depth, end);
    }
  }
  return found;
}

// The middle of the narrowest range that holds half of the values. A digit that was cut out tightly
// may fill most of the rim; the median would call it background.
float usual(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2 + 1;
  std::size_t start = 0;
  for (std::size_t i = 1; i + half <= values.size(); ++i)
    if (values[i + half - 1] - values[i] < values[start + half - 1] - values[start]) start = i;
  return values[start + half / 2];
}

}  // namespace

float quantile(std::vector<float>& values, double share) {
  const auto size = static_cast<double>(values.size());
  const auto rank = static_cast<std::size_t>(std::min(std::floor(share * size), size - 1));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Field ink_of(const Field& grey) {
  Field ink = grey;
  const float level = usual(edge(grey));
  for (float& value : ink.values) value -= level;
  const double noise = kNoise * deviation(ink.values);
  const auto margin = static_cast<float>(noise);
  double dark = 0, light = 0;
  for (const float difference : ink.values) {
    dark += static_cast<double>(std::max(-difference - margin, 0.0f));
    light += static_cast<double>(std::max(difference - margin, 0.0f));
  }
  const float sign = light > dark ? 1.0f : -1.0f;
  for (float& value : ink.values) value = sign * value > margin ? sign * value : 0;
  return ink;
}

}  // namespace digitcli::vision
