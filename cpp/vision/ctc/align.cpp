#include "vision/ctc/align.h"

#include <cmath>
#include <limits>

namespace digitcli::vision::ctc {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// States 0, 2, 4, ... are blanks, 1, 3, 5, ... the labels between them.
class Trellis {
 public:
  Trellis(const Matrix& matrix, const Labels& labels)
      : matrix_(matrix),
        labels_(labels),
        states_(2 * labels.size() + 1),
        back_(states_ * static_cast<std::size_t>(matrix.columns())),
        best_(states_, kNever) {
    best_[0] = 0;  // before the first column
    std::vector<double> logs(static_cast<std::size_t>(matrix.classes()));
    for (int t = 0; t < matrix.columns(); ++t) {
      for (std::size_t c = 0; c < logs.size(); ++c) logs[c] = std::log(matrix[t][c]);
      step(t, logs);
    }
  }

  // The state of each column in the best path.
  std::vector<std::size_t> path() const {
    std::vector<std::size_t> path(static_cast<std::size_t>(matrix_.columns()));
    std::size_t s = states_ - 1;
    if (states_ > 1 && best_[s - 1] > best_[s]) --s;
    for (std::size_t t = path.size(); t-- > 0;) {
      path[t] = s;
      s -= back_[t * states_ + s];
    }
    return path;
  }

 private:
  void step(int t, const std::vector<double>& logs) {
    std::uint8_t* const back = &back_[static_cast<std::size_t>(t) * states_];
    for (std::size_t s = states_; s-- > 0;) {  // from the end: each reads what is before it
      double from = best_[s];
      if (s >= 1 && best_[s - 1] > from) from = best_[s - 1], back[s] = 1;
      if (skips(s) && best_[s - 2] > from) from = best_[s - 2], back[s] = 2;
      best_[s] = from + logs[class_of(s)];
    }
  }

  // Whether no blank is needed between this label and the one before.
  bool skips(std::size_t s) const {
    return s % 2 && s >= 3 && labels_[s / 2] != labels_[s / 2 - 1];
  }

  std::size_t class_of(std::size_t s) const {
    return s % 2 ? labels_[s / 2] : static_cast<std::size_t>(matrix_.blank());
  }

  const Matrix& matrix_;
  const Labels& labels_;
  const std::size_t states_;
  std::vector<std::uint8_t> back_;  // (columns, states): how many states the best way comes from
  std::vector<double> best_;        // logarithms
};

// What stands beside a label: the class and its nearest column, -1 for the end of the line.
struct Beside {
  int label, column;
};

// The paths between two columns that spell one label and nothing else.
double alone(const Matrix& matrix, int label, Beside left, Beside right) {
  // States: the left label goes on; blank; the label; blank; the right label has begun.
  Mass still, before = 1, here, after, begun;
  if (left.label >= 0) std::swap(still, before);
  for (int t = left.column + 1; t < right.column; ++t) {
    const double* const p = matrix[t];
    const Mass blank = p[matrix.blank()];
    const Mass entered = left.label == label ? before : before + still;
    if (right.label >= 0) {
      begun = Mass(p[right.label]) * (right.label == label ? begun + after : begun + after + here);
    }
    after = blank * (after + here);
    here = Mass(p[label]) * (here + entered);
    before = blank * (before + still);
    if (left.label >= 0) still = Mass(p[left.label]) * still;
  }
  const Mass ended = begun + after;
  return (right.label == label ? ended : ended + here).plain();
}

}  // namespace

std::vector<Span> align(const Matrix& matrix, const Labels& labels) {
  std::vector<Span> spans(labels.size(), Span{-1, -1});
  int t = 0;
  for (const std::size_t state : Trellis(matrix, labels).path()) {
    if (state % 2) {
      Span& span = spans[state / 2];
      if (span.first < 0) span.first = t;
      span.last = t;
    }
    ++t;
  }
  return spans;
}

std::vector<double> stands(const Matrix& matrix, const Labels& labels,
                           const std::vector<Span>& spans) {
  std::vector<double> found;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Beside left = i > 0 ? Beside{labels[i - 1], spans[i - 1].last} : Beside{-1, -1};
    const Beside right = i + 1 < labels.size() ? Beside{labels[i + 1], spans[i + 1].first}
                                               : Beside{-1, matrix.columns()};
    found.push_back(alone(matrix, labels[i], left, right));
  }
  return found;
}

}  // namespace digitcli::vision::ctc
