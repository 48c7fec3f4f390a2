#include "vision/ctc/labelling.h"

#include <algorithm>
#include <numeric>

namespace digitcli::vision::ctc {

void Forward::step(const double* row, int blank_class) {
  reached_ = std::min(reached_ + 1, labels_.size());
  for (std::size_t j = reached_; j > 0; --j) {  // from the end: each reads what is before it
    const int c = labels_[j - 1];
    const bool alike = j > 1 && labels_[j - 2] == c;
    const Mass entering = alike ? blank[j - 1] : blank[j - 1] + label[j - 1];
    blank[j] = Mass(row[blank_class]) * (blank[j] + label[j]);
    label[j] = Mass(row[c]) * (label[j] + entering);
  }
  blank[0] = Mass(row[blank_class]) * blank[0];
}

Mass mass_of(const Matrix& matrix, const Labels& labels) {
  Forward forward(labels);
  for (int t = 0; t < matrix.columns(); ++t) forward.step(matrix[t], matrix.blank());
  return forward.blank.back() + forward.label.back();
}

// ---- backward

namespace {

constexpr int kBlock = 64;  // rows

}  // namespace

Backward::Backward(const Matrix& matrix, const Labels& labels) : matrix_(matrix), labels_(labels) {
  firsts_.resize(static_cast<std::size_t>(matrix.columns() / kBlock + 1));
  for (int block = matrix.columns() / kBlock; block >= 0; --block) {
    fill(block);
    firsts_[static_cast<std::size_t>(block)] = rows_[0];
  }
}

const Backward::Row& Backward::behind(int column) {
  const int row = column + 1;
  if (row / kBlock != current_) fill(row / kBlock);
  return rows_[static_cast<std::size_t>(row % kBlock)];
}

void Backward::fill(int block) {
  current_ = block;
  const int first = block * kBlock;
  const int end = std::min(first + kBlock, matrix_.columns() + 1);
  const std::size_t states = labels_.size() + 1;
  rows_.assign(static_cast<std::size_t>(end - first), {});
  for (int row = end - 1; row >= first; --row) {
    Row& made = rows_[static_cast<std::size_t>(row - first)];
    made = {std::vector<Mass>(states), std::vector<Mass>(states)};
    if (row == matrix_.columns()) {
      made.blank.back() = made.label.back() = 1;
    } else if (row == end - 1) {
      step(firsts_[static_cast<std::size_t>(block + 1)], made, matrix_[row]);
    } else {
      step(rows_[static_cast<std::size_t>(row - first + 1)], made, matrix_[row]);
    }
  }
}

void Backward::step(const Row& after, Row& before, const double* row) const {
  const Mass blank = row[matrix_.blank()];
  for (std::size_t j = 0; j <= labels_.size(); ++j) {
    const Mass waits = blank * after.blank[j];
    const bool last = j == labels_.size();
    const Mass enters = last ? Mass() : Mass(row[labels_[j]]) * after.label[j + 1];
    before.blank[j] = waits + enters;
    if (j == 0) continue;
    const bool alike = !last && labels_[j] == labels_[j - 1];
    const Mass stays = Mass(row[labels_[j - 1]]) * after.label[j];
    before.label[j] = alike ? waits + stays : before.blank[j] + stays;
  }
}

// ---- one digit exchanged

namespace {

// One sum for each digit; all are multiples of the same power of kStep.
struct Ten {
  Shares value{};
  int steps = std::numeric_limits<int>::max();  // while all are 0

  void align(int to) {
    const double scale = steps == std::numeric_limits<int>::max() ? 0 : scale_of(steps - to);
    for (double& v : value) v *= scale;
    steps = to;
  }

  void normalize() {
    const double most = *std::max_element(value.begin(), value.end());
    if (most >= kStep) return;
    if (most == 0) {
      steps = std::numeric_limits<int>::max();
      return;
    }
    for (double& v : value) v *= 1 / kStep;
    ++steps;
  }
};

// What may follow a digit in the place: `any` after each, `other` only after one that differs from
// the next digit of the text.
struct Leaving {
  Mass any, other;
  int next;  // -1: the text ends
};

// The paths that spell the text up to one place, and any digit in it.
class Place {
 public:
  // One more column, `row`, entered from paths that end in `blank` or in the digit `before`.
  void step(const double* row, Mass blank, Mass label, int before) {
    const int to = std::min({here_.steps, blank.needed(), label.needed()});
    if (to == std::numeric_limits<int>::max()) return;
    here_.align(to);
    const double from_blank = blank.at(to), from_label = label.at(to);
    for (int d = 0; d < kDigits; ++d) {
      double& v = here_.value[static_cast<std::size_t>(d)];
      v = row[d] * (v + from_blank + (d == before ? 0 : from_label));
    }
    here_.normalize();
  }

  void leave(const Leaving& leaving) {
    const int steps = std::min(leaving.any.needed(), leaving.other.needed());
    if (steps == std::numeric_limits<int>::max() || here_.steps == steps_of_none) return;
    const double any = leaving.any.at(steps), other = leaving.other.at(steps);
    const int to = std::min(total_.steps, here_.steps + steps);
    total_.align(to);
    const double scale = scale_of(here_.steps + steps - to);
    for (int d = 0; d < kDigits; ++d) {
      const auto i = static_cast<std::size_t>(d);
      total_.value[i] += scale * here_.value[i] * (any + (d == leaving.next ? 0 : other));
    }
    total_.normalize();
  }

  const Shares& total() const { return total_.value; }

 private:
  static constexpr int steps_of_none = std::numeric_limits<int>::max();
  Ten here_, total_;
};

// The text with each digit in place `k`, counted one by one, as parts of the most probable of them.
Shares count_one_by_one(const Matrix& digits, Labels text, std::size_t k) {
  std::array<Mass, kDigits> masses;
  for (std::size_t d = 0; d < kDigits; ++d) {
    text[k] = static_cast<std::uint8_t>(d);
    masses[d] = mass_of(digits, text);
  }
  const Mass most = *std::max_element(masses.begin(), masses.end());
  Shares shares;
  for (std::size_t d = 0; d < kDigits; ++d) shares[d] = ratio(masses[d], most);
  return shares;
}

}  // namespace

std::vector<Shares> shares_of(const Matrix& digits, const Labels& text, Backward& backward) {
  Forward forward(text);
  std::vector<Place> places(text.size());
  for (int t = 0; t < digits.columns(); ++t) {
    const bool last = t + 1 == digits.columns();
    const Backward::Row* const after = last ? nullptr : &backward.behind(t + 1);
    for (std::size_t k = 0; k < text.size(); ++k) {
      const int before = k > 0 ? text[k - 1] : -1;
      places[k].step(digits[t], forward.blank[k], forward.label[k], before);
      const int next = k + 1 < text.size() ? text[k + 1] : -1;
      if (last) {
        if (next < 0) places[k].leave({1, {}, -1});
        continue;
      }
      const double* const row = digits[t + 1];
      places[k].leave({Mass(row[digits.blank()]) * after->blank[k + 1],
                       next < 0 ? Mass() : Mass(row[next]) * after->label[k + 2], next});
    }
    forward.step(digits[t], digits.blank());
  }
  std::vector<Shares> shares;
  for (std::size_t k = 0; k < text.size(); ++k) {
    Shares found = places[k].total();
    // Lost beside a digit that was far more probable up to a column where it became impossible.
    if (found[text[k]] == 0) found = count_one_by_one(digits, text, k);
    const double sum = std::accumulate(found.begin(), found.end(), 0.0);
    for (double& share : found) share /= sum;
    shares.push_back(found);
  }
  return shares;
}

}  // namespace digitcli::vision::ctc
