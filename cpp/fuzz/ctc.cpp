// The search for a line's text: probabilities are such, the text obeys the rule, and of short lines
// it is the best of all texts, which are counted path by path.
#include "vision/ctc/ctc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "fuzz/claim.h"
#include "fuzz/input.h"
#include "vision/ctc/merge.h"

namespace digitcli::fuzz {
namespace {

using namespace vision::ctc;

constexpr int kMostColumns = 40, kManyColumns = 400, kMostStates = 6;
constexpr int kCountable = 3;  // columns of which all paths are counted
constexpr double kClose = 1e-9;
// A text is exact if the search may look at as many prefixes as there are.
constexpr int kExact = 1 << 16;

struct Table {
  std::vector<std::int32_t> steps;
  std::vector<std::uint8_t> accepts;
  Rule rule() const { return {steps.data(), accepts.data(), static_cast<int>(accepts.size())}; }
};

Table table_of(Input& input) {
  const int states = input.within(1, kMostStates);
  Table table;
  const std::uint8_t kind = input.byte();
  Random random = input.random();
  for (int state = 0; state < states; ++state) {
    table.accepts.push_back((kind & 1) != 0 ? random.bits() >> 7 & 1 : 1);
    for (int digit = 0; digit < kDigits; ++digit) {
      const bool counts = (kind & 2) != 0;  // one state after the other, and no further
      const int next =
          counts ? (state + 1 < states ? state + 1 : -1) : random.within(-1, states - 1);
      table.steps.push_back((kind & 4) != 0 && random.within(0, 3) == 0 ? -1 : next);
    }
  }
  return table;
}

// A row of probabilities: even, of a few classes, one alone, or very small beside one.
void fill_row(Input& input, float* row) {
  const std::uint8_t kind = input.byte();
  std::array<double, kClasses> weights{};
  if (kind % 4 == 0) {
    for (double& weight : weights) weight = input.byte();
  } else {
    for (int i = 0; i < kind % 4; ++i) weights[input.byte() % kClasses] += 1 + input.byte();
  }
  if ((kind & 32) != 0) weights[input.byte() % kClasses] += std::ldexp(1.0, input.within(-140, 60));
  double sum = 0;
  for (const double weight : weights) sum += weight;
  if (sum == 0) weights[kClasses - 1] = sum = 1;
  for (int c = 0; c < kClasses; ++c)
    row[c] = static_cast<float>(weights[static_cast<std::size_t>(c)] / sum);
}

std::vector<float> values_of(Input& input, int count) {
  std::vector<float> values(static_cast<std::size_t>(count * kClasses));
  const std::uint8_t kind = input.byte();
  if (kind % 32 == 1) {
    for (float& value : values) value = input.any_float();
    return values;
  }
  for (int t = 0; t < count; ++t) {
    float* const row = &values[static_cast<std::size_t>(t * kClasses)];
    const bool repeats = t > 0 && (input.empty() || (kind & 1) != 0) && t % 3 != 0;
    if (repeats) {
      std::copy(row - kClasses, row, row);
    } else {
      fill_row(input, row);
    }
  }
  return values;
}

bool are_columns(const std::vector<float>& values, int count, double temperature) {
  try {
    columns_of(values.data(), count, temperature);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool is_probability(double value) { return value >= 0 && value <= 1 + kClose; }

// The state after a text, -1 if the rule forbids it.
int after(const Rule& rule, const Labels& text) {
  int state = 0;
  for (const std::uint8_t digit : text)
    if (state >= 0) state = rule.step(state, digit);
  return state;
}

Labels check_signs(const Written& written, int columns) {
  Labels text;
  int end = -1;
  for (const Sign& sign : written.signs) {
    claim(sign.label >= 0 && sign.label < kClasses - 1, "a sign is a class, and no blank");
    claim(sign.span.first > end && sign.span.last >= sign.span.first, "signs stand in order");
    end = sign.span.last;
    claim(end < columns, "signs stand in the line");
    claim(is_probability(sign.probability), "a sign's probability is one");
    if (sign.label >= kDigits) continue;
    text.push_back(static_cast<std::uint8_t>(sign.label));
    double sum = 0;
    for (const double share : sign.shares)
      claim(is_probability(share), "a share is one"), sum += share;
    claim(std::abs(sum - 1) < 1e-6, "shares sum to 1");
  }
  return text;
}

// The probability of every text, by adding up all paths.
std::map<Labels, double> count_paths(const Matrix& digits) {
  std::map<Labels, double> found;
  std::vector<int> path(static_cast<std::size_t>(digits.columns()));
  const int paths = static_cast<int>(std::pow(digits.classes(), digits.columns()));
  for (int number = 0; number < paths; ++number) {
    double probability = 1;
    Labels text;
    int last = digits.blank();
    for (int t = 0, rest = number; t < digits.columns(); ++t, rest /= digits.classes()) {
      const int c = rest % digits.classes();
      probability *= digits[t][c];
      if (c != last && c != digits.blank()) text.push_back(static_cast<std::uint8_t>(c));
      last = c;
    }
    if (probability > 0) found[text] += probability;
  }
  return found;
}

void compare_with_count(const Matrix& digits, const Rule& rule,
                        const std::optional<Written>& written, const Labels& text) {
  double best = 0, valid = 0, own = 0;
  for (const auto& [other, probability] : count_paths(digits)) {
    const int state = after(rule, other);
    if (state < 0 || !rule.accepts[state]) continue;
    valid += probability;
    best = std::max(best, probability);
    if (other == text) own = probability;
  }
  if (valid < 1e-200) return;  // products of plain doubles no longer tell
  claim(written.has_value(), "a text is found if there is one");
  claim(own >= best * (1 - kClose), "it is the most probable one");
  claim(std::abs(written->among_all - own) <= kClose * own, "its probability among all");
  claim(std::abs(written->among_valid - own / valid) <= 1e-6, "its probability among valid ones");
}

void check_decode(const std::vector<float>& values, int count, double temperature, Input& input) {
  const Table table = table_of(input);
  const bool exact = input.flag() && count <= kCountable;
  const Effort effort{input.within(1, 24), exact ? kExact : input.within(0, 200)};
  const Columns columns = columns_of(values.data(), count, temperature);
  const std::optional<Written> written = decode(columns, table.rule(), effort);
  Labels text;
  if (written) {
    text = check_signs(*written, count);
    claim(is_probability(written->among_all), "among all: a probability");
    claim(is_probability(written->among_valid), "among valid ones: a probability");
    const int state = after(table.rule(), text);
    claim(state >= 0 && table.accepts[static_cast<std::size_t>(state)] != 0, "the rule is obeyed");
  }
  if (exact && count <= kCountable) compare_with_count(columns.digits, table.rule(), written, text);
}

void check_merged(const std::vector<float>& values, int count, Input& input) {
  std::vector<std::vector<float>> looks{values};
  for (int more = input.within(0, 3); more > 0; --more) {
    looks.push_back(values_of(input, count));
    if (!are_columns(looks.back(), count, 1)) return;
  }
  const std::uint32_t without = input.bits() & 0x7fffU;  // the blank stays, as the callers have it
  const std::vector<float> mean = merged(looks, without);
  for (std::size_t at = 0; at < mean.size(); at += kClasses) {
    double sum = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      claim(is_probability(mean[at + c]), "a mean of probabilities is one");
      claim((without >> c & 1U) == 0 || mean[at + c] == 0, "what is left out gets nothing");
      sum += mean[at + c];
    }
    claim(std::abs(sum - 1) < 1e-5, "a row sums to 1");
  }
}

void check(Input input) {
  const std::uint8_t kind = input.byte();
  const int count = input.within(1, kind % 16 == 0    ? kManyColumns
                                    : (kind & 1) != 0 ? kCountable
                                                      : kMostColumns);
  constexpr double kTemperatures[] = {1, 1, 0.5, 2, 1.3, 0.01, 50, 1e300};
  const std::uint8_t warmth = input.byte();
  const double temperature = warmth < 240 ? kTemperatures[warmth % 8] : input.any_double();
  const std::vector<float> values = values_of(input, count);
  if (!are_columns(values, count, temperature)) return;
  if (kind % 8 == 6) return check_merged(values, count, input);
  check_decode(values, count, temperature, input);
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
