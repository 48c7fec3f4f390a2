// The most probable text that obeys a rule.
#pragma once
#include <optional>

#include "vision/ctc/beam.h"
#include "vision/ctc/rule.h"

namespace digitcli::vision::ctc {

struct Effort {
  int beam;        // prefixes kept by the beam search, which gives the first answer
  int expansions;  // prefixes that the exact search may look at to find a better one
};

// The most probable text that obeys `rule`, with its exact probability; none where all have the
// probability 0. Exact unless the search ends at `effort.expansions` or at the end of its memory;
// then the best text found so far.
std::optional<Found> best_text(const Matrix& digits, const Rule& rule, const Valid& valid,
                               Effort effort);

}  // namespace digitcli::vision::ctc
