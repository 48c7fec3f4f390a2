#include "vision/ctc/ctc.h"

#include <algorithm>

namespace digitcli::vision::ctc {
namespace {

// Spells the digits of one text, with any separators.
class TextGuide {
 public:
  TextGuide(const Labels& text, Backward& backward) : text_(text), backward_(backward) {}

  int step(int state, int label) const {
    if (label >= kDigits) return state;
    const auto next = static_cast<std::size_t>(state);
    return next < text_.size() && text_[next] == label ? state + 1 : -1;
  }

  Mass behind(int column, int state, int latest) {
    const Backward::Row& row = backward_.behind(column);
    return (latest < kDigits ? row.label : row.blank)[static_cast<std::size_t>(state)];
  }

 private:
  const Labels& text_;
  Backward& backward_;
};

// The most probable labelling with the digits `text`, by beam search.
Labels spell(const Matrix& signs, const Labels& text, Backward& backward, int width) {
  TextGuide guide(text, backward);
  Labels best = text;
  Mass most, all = backward.behind(-1).blank[0];
  for (Found& found : Beam<TextGuide>(signs, guide, width).run()) {
    const Mass mass = mass_of(signs, found.labels);
    if (most < mass) most = mass, best = std::move(found.labels);
    if (ratio(most, all) >= 0.5) break;
  }
  return best;
}

template <class Item>
std::vector<Item> digits_among(const Labels& written, const std::vector<Item>& items) {
  std::vector<Item> found;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] < kDigits) found.push_back(items[i]);
  }
  return found;
}

std::vector<Sign> signs_of(const Columns& columns, const Labels& text, const Labels& written,
                           Backward& backward) {
  const std::vector<Span> spans = align(columns.signs, written);
  const std::vector<double> all = stands(columns.signs, written, spans);
  const std::vector<double> digits = stands(columns.digits, text, digits_among(written, spans));
  const std::vector<Shares> shares = shares_of(columns.digits, text, backward);
  std::vector<Sign> signs;
  std::size_t place = 0;  // in the text
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] < kDigits) {
      signs.push_back({written[i], spans[i], digits[place], shares[place]});
      ++place;
    } else {
      signs.push_back({written[i], spans[i], all[i], {}});
    }
  }
  return signs;
}

}  // namespace

std::optional<Written> decode(const Columns& columns, const Rule& rule, Effort effort) {
  const Valid valid(columns.digits, rule);
  const std::optional<Found> found = best_text(columns.digits, rule, valid, effort);
  if (!found) return std::nullopt;
  Backward backward(columns.digits, found->labels);
  const Labels written = spell(columns.signs, found->labels, backward, effort.beam);
  return Written{signs_of(columns, found->labels, written, backward),
                 std::min(1.0, ratio(found->mass, valid.all())),
                 std::min(1.0, found->mass.plain())};
}

}  // namespace digitcli::vision::ctc
