// From the columns of one line to what is written there. CTC: connectionist temporal
// classification.
#pragma once
#include <optional>
#include <vector>

#include "vision/ctc/align.h"
#include "vision/ctc/search.h"

namespace digitcli::vision::ctc {

struct Sign {
  int label;           // class
  Span span;           // columns
  double probability;  // that it stands alone between the signs beside it, for a digit: digits
  Shares shares;       // digits only: of each digit in this place, the others given
};

// The most probable text that obeys a rule, as it is most probably written.
struct Written {
  std::vector<Sign> signs;  // left to right; the digits among them are the text
  double among_valid;       // probability of the text among all that obey the rule
  double among_all;         // and among all
};

// None where no text that obeys `rule` is possible.
std::optional<Written> decode(const Columns& columns, const Rule& rule, Effort effort);

}  // namespace digitcli::vision::ctc
