// Where the signs of a line stand.
#pragma once
#include <vector>

#include "vision/ctc/labelling.h"

namespace digitcli::vision::ctc {

// Columns, both included.
struct Span {
  int first, last;
};

// The columns of each label in the most probable path that spells `labels` (Viterbi). They do not
// overlap. The labelling's probability must not be 0.
std::vector<Span> align(const Matrix& matrix, const Labels& labels);

// For each label: the probability that nothing but it stands between the labels beside it, given
// that these stand in their columns.
std::vector<double> stands(const Matrix& matrix, const Labels& labels,
                           const std::vector<Span>& spans);

}  // namespace digitcli::vision::ctc
