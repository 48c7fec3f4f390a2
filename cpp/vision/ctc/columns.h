// What a network that reads lines says of each column of a picture.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace digitcli::vision::ctc {

constexpr int kDigits = 10;
constexpr int kClasses = 16;  // ten digits, the separators, the blank of CTC

// Probabilities (columns, classes), each row with the sum 1. The last class is the blank.
class Matrix {
 public:
  Matrix(int columns, int classes)
      : columns_(columns),
        classes_(classes),
        values_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(classes)) {}

  int columns() const { return columns_; }
  int classes() const { return classes_; }
  int blank() const { return classes_ - 1; }
  double* operator[](int column) { return values_.data() + at(column); }
  const double* operator[](int column) const { return values_.data() + at(column); }

 private:
  std::ptrdiff_t at(int column) const { return static_cast<std::ptrdiff_t>(column) * classes_; }

  int columns_, classes_;
  std::vector<double> values_;
};

// Classes, one after the other, without blanks.
using Labels = std::vector<std::uint8_t>;

// `digits` has eleven classes: for the digits of a line, a separator is as good as a blank (it says
// nothing, and lets a digit follow its like). So all that is exact for CTC's labellings is exact
// for the digits, wherever separators stand.
struct Columns {
  Matrix signs, digits;
};

// The columns in `values` (count, kClasses), sharpened or flattened by `temperature`: each row is
// taken to the power of its inverse and made to sum to 1 again. Throws std::invalid_argument for
// values that are no probabilities, rows whose sum is not about 1, and a temperature that is not
// above 0.
Columns columns_of(const float* values, int count, double temperature);

}  // namespace digitcli::vision::ctc
