#include "vision/ctc/columns.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace digitcli::vision::ctc {
namespace {

constexpr double kTolerance = 1e-3;  // of a row's sum: a softmax in float32 or int8 is far closer

void check(const float* row, int column) {
  double sum = 0;
  for (int c = 0; c < kClasses; ++c) {
    if (!(row[c] >= 0 && row[c] <= 1 + kTolerance)) {
      throw std::invalid_argument("column " + std::to_string(column) + ", class " +
                                  std::to_string(c) + ": " + std::to_string(row[c]) +
                                  " is no probability");
    }
    sum += row[c];
  }
  if (std::abs(sum - 1) > kTolerance) {
    throw std::invalid_argument("column " + std::to_string(column) + ": the probabilities sum to " +
                                std::to_string(sum) + ", expected 1");
  }
}

void divide(double* row, double by) {
  for (int c = 0; c < kClasses; ++c) row[c] /= by;
}

// Divided by the largest first: its power is 1, whatever the temperature.
void soften(double* row, double temperature) {
  double most = 0;
  for (int c = 0; c < kClasses; ++c) most = std::max(most, row[c]);
  for (int c = 0; c < kClasses; ++c) row[c] = std::pow(row[c] / most, 1 / temperature);
}

}  // namespace

Columns columns_of(const float* values, int count, double temperature) {
  if (!(temperature > 0) || !std::isfinite(temperature)) {
    throw std::invalid_argument("temperature must be above 0, got " + std::to_string(temperature));
  }
  Columns columns{{count, kClasses}, {count, kDigits + 1}};
  for (int t = 0; t < count; ++t, values += kClasses) {
    check(values, t);
    double* const row = columns.signs[t];
    std::copy(values, values + kClasses, row);
    if (temperature != 1) soften(row, temperature);
    divide(row, std::accumulate(row, row + kClasses, 0.0));
    double* const digits = columns.digits[t];
    std::copy(row, row + kDigits, digits);
    digits[kDigits] = std::accumulate(row + kDigits, row + kClasses, 0.0);
  }
  return columns;
}

}  // namespace digitcli::vision::ctc
