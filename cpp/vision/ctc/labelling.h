// One labelling and its paths: forward and backward sums of CTC.
//
// A path gives every column a class. It spells a labelling: runs of one class become one label,
// blanks go (A. Graves et al., "Connectionist Temporal Classification", ICML 2006).
#pragma once
#include <array>
#include <vector>

#include "vision/ctc/columns.h"
#include "vision/ctc/mass.h"

namespace digitcli::vision::ctc {

// The paths up to some column that spell the first j labels, for j from 0 to all of them.
class Forward {
 public:
  explicit Forward(const Labels& labels)
      : blank(labels.size() + 1), label(labels.size() + 1), labels_(labels) {
    blank[0] = 1;  // before the first column
  }

  void step(const double* row, int blank_class);  // one more column

  std::vector<Mass> blank;  // those that end in a blank
  std::vector<Mass> label;  // those that end in the label itself; [0] is not used

 private:
  const Labels& labels_;
  std::size_t reached_ = 0;
};

// The summed probability of all paths that spell `labels`.
Mass mass_of(const Matrix& matrix, const Labels& labels);

// For each column, the paths behind it that spell what is missing of `labels`. Rows are kept in
// blocks and made again when asked for, so that a long line needs little memory.
class Backward {
 public:
  struct Row {
    std::vector<Mass> blank;  // [j]: j labels are spelled, and this column is a blank
    std::vector<Mass> label;  // [j]: j labels are spelled, and this column is the latest; j > 0
  };

  Backward(const Matrix& matrix, const Labels& labels);

  // Behind `column`, -1 for the start. Cheap where columns are asked for in order.
  const Row& behind(int column);

 private:
  void fill(int block);
  void step(const Row& after, Row& before, const double* row) const;

  const Matrix& matrix_;
  const Labels& labels_;
  std::vector<Row> firsts_;  // of each block
  std::vector<Row> rows_;    // of the block `current_`
  int current_ = -1;
};

using Shares = std::array<double, kDigits>;

// [k][d]: the probability of `text` with digit d in place k, among those for all ten d. `backward`
// is that of `text`, whose own probability is not 0.
std::vector<Shares> shares_of(const Matrix& digits, const Labels& text, Backward& backward);

}  // namespace digitcli::vision::ctc
