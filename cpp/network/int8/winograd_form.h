// Winograd's method in whole numbers as tables: kernels/int8_points.h says how it comes by them.
#pragma once
#include <vector>

namespace digitcli::network::int8 {

// One summand of the product at a place: a place of the input times a row of the filter matrix.
struct Term {
  int place, row, sign;
};

struct Form {
  int window, most;                      // largest input, in magnitude
  double input, output;                  // time of a full tile's transforms, in products
  std::vector<std::vector<int>> rows;    // of the filter matrix: what taps are worth
  std::vector<std::vector<Term>> terms;  // of each place of one dimension
  int square;  // first of the two places of the point i, whose square is joined; or -1

  // Of place `down` of the rows, where the columns are at place `across`; `terms` has the others.
  std::vector<Term> terms_down(int down, int across) const;

  // Of a whole tile that misses so many points.
  int count_terms(int missing_rows, int missing_columns) const;
};

// For windows of 3x3 and 5x5.
const Form& form_of(int window);

}  // namespace digitcli::network::int8
