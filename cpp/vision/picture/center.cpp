#include "vision/picture/center.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace digitcli::vision {
namespace {

// A quarter of the ink is at least as strong in 999 of 1,000 MNIST pictures.
constexpr double kStrong = 204;

// What one output pixel takes of the input pixels from `first` on; the weights add up to 1.
struct Share {
  int first;
  Doubles weights;
};

// Shrinking: how much of each input pixel lies under the output pixel (area average). Growing:
// straight lines between the centres of the input pixels.
std::vector<Share> shares(int size, int wanted) {
  const double step = static_cast<double>(size) / wanted;
  std::vector<Share> found;
  for (int i = 0; i < wanted; ++i) {
    const double centre = std::clamp(step * (i + 0.5) - 0.5, 0.0, size - 1.0);
    const double begin = step >= 1 ? step * i : centre, end = step >= 1 ? begin + step : centre + 1;
    Share share{static_cast<int>(begin), {}};
    for (int k = share.first; k < size && k < end; ++k) {
      const double weight = step >= 1 ? (std::min(end, k + 1.0) - std::max(begin, double(k))) / step
                                      : 1 - std::fabs(centre - k);
      share.weights.push_back(std::max(weight, 0.0));
    }
    found.push_back(std::move(share));
  }
  return found;
}

// Scales the part of `ink` inside `box` to height x width, in double precision.
Field resample(const Field& ink, Box box, int height, int width) {
  const auto across = shares(box.width, width);
  Field scaled(height, width);
  int y = 0;
  for (const Share& down : shares(box.height, height)) {
    Doubles line(static_cast<std::size_t>(box.width));
    for (std::size_t k = 0; k < down.weights.size(); ++k) {
      const float* from = ink.row(box.y + down.first + static_cast<int>(k)) + box.x;
      for (std::size_t x = 0; x < line.size(); ++x)
        line[x] += down.weights[k] * static_cast<double>(from[x]);
    }
    float* to = scaled.row(y++);
    for (const Share& share : across)
      *to++ = static_cast<float>(std::inner_product(share.weights.begin(), share.weights.end(),
                                                    line.begin() + share.first, 0.0));
  }
  return scaled;
}

// Strengthens faint or thin strokes until they are as white as strokes are in MNIST.
void to_full_contrast(Field& ink) {
  const auto peak = static_cast<double>(strongest(ink));
  const auto least = static_cast<float>(kEdge * peak);
  std::vector<float> inked;
  std::copy_if(ink.values.begin(), ink.values.end(), std::back_inserter(inked),
               [least](float value) { return value > least; });
  const double strong = static_cast<double>(quantile(inked, 0.75));
  const auto gain = static_cast<float>(std::max(peak < 254 ? 255 / peak : 1.0, kStrong / strong));
  for (float& value : ink.values) value = gain == 1 ? value : std::min(value * gain, 255.0f);
}

// Where a digit begins along one axis, so that its centre comes within half a pixel of the field's.
int place(const Doubles& profile) {
  const int begin = static_cast<int>(std::floor(kCentre - centre_of(profile) + 0.5));
  return std::clamp(begin, 0, kField - static_cast<int>(profile.size()));
}

}  // namespace

float strongest(const Field& ink) {
  return *std::max_element(ink.values.begin(), ink.values.end());
}

Profiles profiles_of(const Field& ink) {
  Profiles found{Doubles(static_cast<std::size_t>(ink.height)),
                 Doubles(static_cast<std::size_t>(ink.width))};
  for (int y = 0; y < ink.height; ++y) {
    for (int x = 0; x < ink.width; ++x) {
      const auto value = static_cast<double>(ink.row(y)[x]);
      found.rows[static_cast<std::size_t>(y)] += value;
      found.columns[static_cast<std::size_t>(x)] += value;
    }
  }
  return found;
}

double centre_of(const Doubles& profile) {
  double moment = 0, total = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    moment += static_cast<double>(i) * profile[i];
    total += profile[i];
  }
  return moment / total;
}

DigitPixels centered(const Field& ink, Box box) {
  const double scale = static_cast<double>(kDigit) / std::max(box.height, box.width);
  const int height = std::max(1, static_cast<int>(std::nearbyint(scale * box.height)));
  const int width = std::max(1, static_cast<int>(std::nearbyint(scale * box.width)));
  Field small = resample(ink, box, height, width);
  to_full_contrast(small);
  const auto [rows, columns] = profiles_of(small);
  const int top = place(rows), left = place(columns);
  DigitPixels field{};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      field[static_cast<std::size_t>((top + y) * kField + left + x)] =
          static_cast<std::uint8_t>(std::nearbyint(small.row(y)[x]));
  return field;
}

}  // namespace digitcli::vision
