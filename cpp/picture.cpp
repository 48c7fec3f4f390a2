#include "picture.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "picture_ink.h"

namespace digitcli {
namespace {

constexpr int kWorkingSide = 1024;  // a larger picture is averaged down first: a digit needs 20
constexpr double kEdge = 0.12;      // of the strongest ink: fainter pixels widen no digit's box
constexpr double kStrong =
    204;  // in 999 of 1,000 MNIST pictures, a quarter of the ink is as strong

using Doubles = std::vector<double>;

// Averages blocks of factor x factor pixels; those at the right and lower edge may be smaller.
Field shrink(Grey grey, int factor) {
  Field small((grey.height + factor - 1) / factor, (grey.width + factor - 1) / factor);
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(small.width));
  for (int y = 0; y < small.height; ++y) {
    const int top = y * factor, tall = std::min(factor, grey.height - top);
    std::fill(sums.begin(), sums.end(), 0);
    for (int row = top; row < top + tall; ++row) {
      const std::uint8_t* from = grey.pixels + static_cast<std::ptrdiff_t>(row) * grey.width;
      for (int x = 0, left = grey.width; x < small.width; ++x, left -= factor) {
        std::uint32_t& sum = sums[static_cast<std::size_t>(x)];
        const std::uint8_t* const end = from + std::min(factor, left);
        while (from < end) sum += *from++;
      }
    }
    for (int x = 0; x < small.width; ++x) {
      const int count = tall * std::min(factor, grey.width - x * factor);
      small.row(y)[x] = static_cast<float>(sums[static_cast<std::size_t>(x)] / double(count));
    }
  }
  return small;
}

float strongest(const Field& ink) {
  return *std::max_element(ink.values.begin(), ink.values.end());
}

// Whether any of the eight pixels around (y, x) reaches `least`.
bool has_neighbour(const Field& ink, int y, int x, float least) {
  for (int row = std::max(0, y - 1); row <= std::min(ink.height - 1, y + 1); ++row)
    for (int column = std::max(0, x - 1); column <= std::min(ink.width - 1, x + 1); ++column)
      if ((row != y || column != x) && ink.row(row)[column] >= least) return true;
  return false;
}

// The box around all ink; empty when there is none. Lone pixels are dust, not ink.
std::optional<Box> ink_box(const Ink& ink) {
  const Field& amount = ink.amount;
  const double edge = kEdge * static_cast<double>(strongest(amount));
  const auto least = static_cast<float>(std::max(ink.faintest, edge));
  int left = amount.width, right = -1, top = amount.height, bottom = -1;
  for (int y = 0; y < amount.height; ++y) {
    for (int x = 0; x < amount.width; ++x) {
      if (amount.row(y)[x] < least || !has_neighbour(amount, y, x, least)) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = y;
    }
  }
  if (bottom < 0) return std::nullopt;
  return Box{left, top, right - left + 1, bottom - top + 1};
}

struct Profiles {
  Doubles rows, columns;  // ink in each
};

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

int extent_of(const Doubles& profile) {
  const auto inked = [](double value) { return value != 0; };
  const auto first = std::find_if(profile.begin(), profile.end(), inked);
  const auto last = std::find_if(profile.rbegin(), profile.rend(), inked).base();
  return static_cast<int>(last - first);
}

// Whether the ink has the size and the place that MNIST gives every digit.
bool is_mnist(const Field& ink) {
  if (ink.height != kField || ink.width != kField) return false;
  const auto [rows, columns] = profiles_of(ink);
  return std::max(extent_of(rows), extent_of(columns)) == kDigit &&
         std::fabs(centre_of(rows) - kCentre) <= 0.5 &&
         std::fabs(centre_of(columns) - kCentre) <= 0.5;
}

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

// Scales one digit's ink until the longer side is 20 pixels and sets it in the middle of a field.
std::array<std::uint8_t, kField * kField> centered(const Field& ink, Box box) {
  const double scale = static_cast<double>(kDigit) / std::max(box.height, box.width);
  const int height = std::max(1, static_cast<int>(std::nearbyint(scale * box.height)));
  const int width = std::max(1, static_cast<int>(std::nearbyint(scale * box.width)));
  Field small = resample(ink, box, height, width);
  to_full_contrast(small);
  const auto [rows, columns] = profiles_of(small);
  const int top = place(rows), left = place(columns);
  std::array<std::uint8_t, kField * kField> field{};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      field[static_cast<std::size_t>((top + y) * kField + left + x)] =
          static_cast<std::uint8_t>(std::nearbyint(small.row(y)[x]));
  return field;
}

}  // namespace

std::optional<NormalizedDigit> normalize(Grey grey) {
  const int longest = std::max(grey.height, grey.width);
  const int factor = (longest + kWorkingSide - 1) / kWorkingSide;
  const Ink ink = ink_of(shrink(grey, factor));
  const std::optional<Box> box = ink_box(ink);
  if (!box) return std::nullopt;
  NormalizedDigit found{{}, *box};
  if (is_mnist(ink.amount)) {
    std::transform(ink.amount.values.begin(), ink.amount.values.end(), found.picture.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value); });
    return found;
  }
  found.picture = centered(ink.amount, *box);
  const int x = box->x * factor, y = box->y * factor;
  found.box = {x, y, std::min(box->width * factor, grey.width - x),
               std::min(box->height * factor, grey.height - y)};
  return found;
}

}  // namespace digitcli
