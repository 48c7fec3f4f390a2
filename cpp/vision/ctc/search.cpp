#include "vision/ctc/search.h"

#include <algorithm>
#include <queue>

#include "vision/ctc/labelling.h"

namespace digitcli::vision::ctc {
namespace {

constexpr std::size_t kMostCells = std::size_t{1} << 21;  // columns of prefixes: 64 MB
constexpr double kNothing = 0x1p-200;  // a part of a probability that changes no digit of it

// ---- the first answer

struct RuleGuide {
  const Rule& rule;
  const Valid& valid;

  int step(int state, int label) const { return rule.step(state, label); }
  Mass behind(int column, int state, int latest) const {
    return valid.behind(column, state, latest);
  }
};

// The best of the texts that the beam search ended with, by their exact probabilities.
std::optional<Found> best_of_beam(const Matrix& digits, const Rule& rule, const Valid& valid,
                                  int width) {
  RuleGuide guide{rule, valid};
  std::optional<Found> best;
  for (Found& found : Beam<RuleGuide>(digits, guide, width).run()) {
    found.mass = mass_of(digits, found.labels);
    if (!best || best->mass < found.mass) best = std::move(found);
    // No other text can be above one that holds half of all.
    if (ratio(best->mass, valid.all()) >= 0.5) break;
  }
  return best;
}

// ---- the exact search

// A prefix and the paths that spell it, up to each column of [first, first + blank.size()); 0
// elsewhere. Column -1 is the start.
struct Prefix {
  int parent, digit, state;
  int first = -1;
  std::vector<Mass> blank, label;  // that end in a blank, and in the digit

  int end() const { return first + static_cast<int>(blank.size()); }
};

// A prefix that is not looked at yet, and the probability of all valid texts that begin with it.
struct Waiting {
  Mass bound;
  int parent, digit, state;
};

struct Worse {
  bool operator()(const Waiting& a, const Waiting& b) const { return a.bound < b.bound; }
};

// Prefix search (Graves 2012, chapter 7): looks at the most promising prefix first, until none
// promises more than the best text.
class PrefixSearch {
 public:
  PrefixSearch(const Matrix& digits, const Rule& rule, const Valid& valid, Found best)
      : digits_(digits), rule_(rule), valid_(valid), best_(std::move(best)) {}

  Found run(int expansions) {
    waiting_.push({valid_.all(), -1, -1, 0});
    while (!waiting_.empty() && best_.mass < waiting_.top().bound && expansions-- > 0 &&
           cells_ < kMostCells) {
      const Waiting next = waiting_.top();
      waiting_.pop();
      expand(next);
    }
    return std::move(best_);
  }

 private:
  void expand(const Waiting& from) {
    const int number = static_cast<int>(prefixes_.size());
    prefixes_.push_back(from.parent < 0 ? root() : child(from));
    const Prefix& prefix = prefixes_.back();
    cells_ += prefix.blank.size();
    if (rule_.accepts[prefix.state] && prefix.end() == digits_.columns()) {
      finish(number, prefix.blank.back() + prefix.label.back());
    }
    for (int d = 0; d < kDigits; ++d) {
      const int state = rule_.step(prefix.state, d);
      if (state < 0) continue;
      const Mass bound = bound_of(prefix, d, state);
      if (best_.mass < bound) waiting_.push({bound, number, d, state});
    }
  }

  void finish(int number, Mass mass) {
    if (!(best_.mass < mass)) return;
    best_.mass = mass;
    best_.labels.clear();
    for (; prefixes_[at(number)].parent >= 0; number = prefixes_[at(number)].parent) {
      best_.labels.push_back(static_cast<std::uint8_t>(prefixes_[at(number)].digit));
    }
    std::reverse(best_.labels.begin(), best_.labels.end());
  }

  // The paths that enter digit `d` behind `prefix` at `column`.
  Mass entering(const Prefix& prefix, int d, int column) const {
    const std::size_t i = at(column - 1 - prefix.first);
    const Mass from = d == prefix.digit ? prefix.blank[i] : prefix.blank[i] + prefix.label[i];
    return Mass(digits_[column][d]) * from;
  }

  Mass bound_of(const Prefix& prefix, int d, int state) const {
    Mass bound;
    const int end = std::min(prefix.end(), digits_.columns() - 1);
    for (int t = prefix.first + 1; t <= end; ++t) {
      const Mass mass = entering(prefix, d, t);
      if (!mass.zero()) bound += mass * valid_.behind(t, state, d);
    }
    return bound;
  }

  Prefix root() const {
    Prefix prefix{-1, -1, 0, -1, {1}, {{}}};
    for (int t = 0; t < digits_.columns(); ++t) {
      prefix.blank.push_back(Mass(digits_[t][kDigits]) * prefix.blank.back());
      prefix.label.emplace_back();
    }
    trim(prefix);
    return prefix;
  }

  Prefix child(const Waiting& from) const {
    const Prefix& parent = prefixes_[at(from.parent)];
    Prefix prefix{from.parent, from.digit, from.state, parent.first + 1, {}, {}};
    Mass blank, label;
    for (int t = prefix.first; t < digits_.columns(); ++t) {
      const double* const p = digits_[t];
      const Mass enters = t <= parent.end() ? entering(parent, from.digit, t) : Mass();
      const Mass free = Mass(p[kDigits]) * (blank + label);
      label = Mass(p[from.digit]) * label + enters;
      blank = free;
      prefix.blank.push_back(blank);
      prefix.label.push_back(label);
    }
    trim(prefix);
    return prefix;
  }

  // Cut off both ends what adds nothing to the probability of the valid texts with this prefix.
  void trim(Prefix& prefix) const {
    std::vector<Mass> parts;
    Mass most;
    for (std::size_t i = 0; i < prefix.blank.size(); ++i) {
      const int t = prefix.first + static_cast<int>(i);
      Mass part = prefix.blank[i] * valid_.behind(t, prefix.state, kDigits);
      if (prefix.digit >= 0) {
        part += prefix.label[i] * valid_.behind(t, prefix.state, prefix.digit);
      }
      if (most < part) most = part;
      parts.push_back(part);
    }
    const Mass least = Mass(kNothing) * most;
    const auto counts = [&](Mass part) { return !(part < least); };
    const auto begin = std::find_if(parts.begin(), parts.end(), counts) - parts.begin();
    const auto end = parts.rend() - std::find_if(parts.rbegin(), parts.rend(), counts);
    const auto cut = [&](std::vector<Mass>& values) {
      values = std::vector<Mass>(values.begin() + begin, values.begin() + end);
    };
    cut(prefix.blank);
    cut(prefix.label);
    prefix.first += static_cast<int>(begin);
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  const Matrix& digits_;
  const Rule& rule_;
  const Valid& valid_;
  Found best_;
  std::vector<Prefix> prefixes_;
  std::priority_queue<Waiting, std::vector<Waiting>, Worse> waiting_;
  std::size_t cells_ = 0;
};

}  // namespace

std::optional<Found> best_text(const Matrix& digits, const Rule& rule, const Valid& valid,
                               Effort effort) {
  std::optional<Found> first = best_of_beam(digits, rule, valid, effort.beam);
  if (!first || ratio(first->mass, valid.all()) >= 0.5) return first;
  Found best = PrefixSearch(digits, rule, valid, std::move(*first)).run(effort.expansions);
  best.mass = mass_of(digits, best.labels);
  return best;
}

}  // namespace digitcli::vision::ctc
