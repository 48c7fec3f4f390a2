#include "picture_ink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace digitcli {
namespace {

// Grey levels out of 255. Compression and scanners make less difference than this; a pencil more.
constexpr double kFaintest = 20;
// In standard deviations of the background: one pixel in 16,000 of Gaussian noise goes further.
constexpr double kNoise = 4;
constexpr double kSlope = 8;  // an uneven light below this from edge to edge is left alone
constexpr int kSample = 128;  // statistics look at kSample to 2 * kSample rows and columns

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;

// Grey under sloping light: level + y slope * y + x slope * x, y and x from -1 to 1.
using Plane = Vector3;

// Standard deviation of the background: ink on up to two thirds of the picture hides it not. A
// quarter of all Gaussian noise stays within 0.3186 deviations; ink can only push that out.
double deviation(std::vector<float> differences) {
  for (float& value : differences) value = std::fabs(value);
  return quantile(differences, 0.25) / 0.3186;
}

// Every n-th value along each axis.
Field sampled(const Field& grey) {
  const int down = std::max(1, grey.height / kSample), right = std::max(1, grey.width / kSample);
  Field sample((grey.height + down - 1) / down, (grey.width + right - 1) / right);
  for (int y = 0; y < sample.height; ++y)
    for (int x = 0; x < sample.width; ++x) sample.row(y)[x] = grey.row(y * down)[x * right];
  return sample;
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

// -1 to 1 along an axis, in equal steps; 0 for a single one.
std::vector<double> positions(int size) {
  std::vector<double> found(static_cast<std::size_t>(size));
  for (int i = 0; i < size && size > 1; ++i)
    found[static_cast<std::size_t>(i)] = i == size - 1 ? 1 : -1 + i * (2.0 / (size - 1));
  return found;
}

// Rotates the axes until a symmetric matrix is diagonal (Jacobi): `a` keeps the eigenvalues on its
// diagonal, the columns of the result are their vectors.
Matrix3 diagonalize(Matrix3& a) {
  Matrix3 axes{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  constexpr std::pair<std::size_t, std::size_t> kPairs[] = {{0, 1}, {0, 2}, {1, 2}};
  for (int sweep = 0; sweep < 20; ++sweep) {  // converges quadratically: 20 are plenty
    for (const auto& [p, q] : kPairs) {
      if (a[p][q] == 0) continue;
      const double angle = 0.5 * std::atan2(2 * a[p][q], a[p][p] - a[q][q]);
      const double c = std::cos(angle), s = std::sin(angle);
      const auto turn = [c, s](double& left, double& right) {
        const double l = left, r = right;
        left = c * l + s * r;
        right = c * r - s * l;
      };
      for (Vector3& row : a) turn(row[p], row[q]);
      for (std::size_t k = 0; k < 3; ++k) turn(a[p][k], a[q][k]);
      for (Vector3& row : axes) turn(row[p], row[q]);
    }
  }
  return axes;
}

// The shortest x for which gram * x comes closest to `moments`.
Vector3 solve(Matrix3 gram, const Vector3& moments) {
  const Matrix3 axes = diagonalize(gram);
  const double largest = std::max({gram[0][0], gram[1][1], gram[2][2]});
  Vector3 x{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (gram[k][k] <= 1e-12 * largest) continue;  // a direction that no point tells apart
    double along = 0;
    for (std::size_t i = 0; i < 3; ++i) along += axes[i][k] * moments[i];
    for (std::size_t i = 0; i < 3; ++i) x[i] += axes[i][k] * along / gram[k][k];
  }
  return x;
}

// Calls visit(index, y, x) for each point of `field`, y and x from -1 to 1.
template <class Visit>
void at_positions(const Field& field, Visit visit) {
  const std::vector<double> ys = positions(field.height), xs = positions(field.width);
  std::size_t i = 0;
  for (const double y : ys)
    for (const double x : xs) visit(i++, y, x);
}

std::vector<float> minus_plane(const Field& field, const Plane& plane) {
  std::vector<float> rest(field.values.size());
  at_positions(field, [&](std::size_t i, double y, double x) {
    rest[i] = field.values[i] - static_cast<float>(plane[0] + plane[1] * y + plane[2] * x);
  });
  return rest;
}

std::vector<float> minus_level(std::vector<float> values, float level) {
  for (float& value : values) value -= level;
  return values;
}

Plane fit(const Field& sample, const std::vector<char>& near) {
  Matrix3 gram{};
  Vector3 moments{};
  at_positions(sample, [&](std::size_t i, double y, double x) {
    if (!near[i]) return;
    const Vector3 terms{1, y, x};
    for (std::size_t r = 0; r < 3; ++r) {
      moments[r] += terms[r] * static_cast<double>(sample.values[i]);
      for (std::size_t c = 0; c < 3; ++c) gram[r][c] += terms[r] * terms[c];
    }
  });
  return solve(gram, moments);
}

// The background of a picture, ink left out. Begins with the rim, where ink is rare, and goes on
// with whatever is close to the plane so far.
Plane fit_background(const Field& sample) {
  const bool narrow = std::min(sample.height, sample.width) < 3;
  std::vector<char> near(sample.values.size());
  at_positions(sample, [&](std::size_t i, double y, double x) {
    near[i] = narrow || std::fabs(y) == 1 || std::fabs(x) == 1;
  });
  Plane plane{};
  for (int round = 0; round < 4; ++round) {
    plane = fit(sample, near);
    const std::vector<float> rest = minus_plane(sample, plane);
    const auto reach = static_cast<float>(std::max(kSlope, 2.5 * deviation(rest)));
    std::transform(rest.begin(), rest.end(), near.begin(),
                   [reach](float value) { return std::fabs(value) <= reach; });
  }
  return plane;
}

// Grey minus its background: one level, or a plane under sloping light.
std::vector<float> minus_background(const Field& grey) {
  const float level = usual(edge(grey));
  const Field sample = sampled(grey);
  const double around_level = deviation(minus_level(sample.values, level));
  if (around_level >= kSlope / 4) {  // a slope that matters spreads them that far
    const Plane plane = fit_background(sample);
    const bool slopes = 2 * (std::fabs(plane[1]) + std::fabs(plane[2])) >= kSlope;
    if (slopes && deviation(minus_plane(sample, plane)) < around_level / 4)
      return minus_plane(grey, plane);
  }
  return minus_level(grey.values, level);
}

}  // namespace

float quantile(std::vector<float>& values, double share) {
  const auto size = static_cast<double>(values.size());
  const auto rank = static_cast<std::size_t>(std::min(std::floor(share * size), size - 1));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Ink ink_of(const Field& grey) {
  Field ink = grey;
  ink.values = minus_background(grey);
  const double noise = kNoise * deviation(sampled(ink).values);
  const auto margin = static_cast<float>(noise);
  double dark = 0, light = 0;
  for (const float difference : ink.values) {
    dark += static_cast<double>(std::max(-difference - margin, 0.0f));
    light += static_cast<double>(std::max(difference - margin, 0.0f));
  }
  const float sign = light > dark ? 1.0f : -1.0f;
  for (float& value : ink.values) value = sign * value > margin ? sign * value : 0;
  return {std::move(ink), std::max(noise, kFaintest)};
}

}  // namespace digitcli
