#include "selftest/tuning.h"

#include <array>
#include <cstddef>

#include "network/tuner.h"

namespace digitcli::selftest {
namespace {

using network::Tuner;
using Seconds = std::array<double, Tuner::kWays>;

constexpr int kEnough = 5'000;  // calls in which a tuner has to notice that times are others

// Of so many calls, in which each way takes its time and one call in seven ten times as long, the
// part that goes the way `best`.
double part_of(Tuner& tuner, const Seconds& seconds, std::size_t best, int calls) {
  int found = 0;
  for (int call = 0; call < calls; ++call) {
    const std::size_t way = tuner.way();
    found += way == best;
    tuner.took(seconds[way] * (call % 7 == 3 ? 10 : 1));
  }
  return static_cast<double>(found) / calls;
}

}  // namespace

std::string try_tuner() {
  Tuner tuner;
  const auto finds = [&](const Seconds& seconds, std::size_t best) {
    part_of(tuner, seconds, best, kEnough);
    return part_of(tuner, seconds, best, kEnough) > 0.9;
  };
  Seconds alike;
  alike.fill(20e-6);
  if (!finds(alike, 0)) return "it shares where sharing gains nothing";
  for (std::size_t best = Tuner::kWays; best-- > 0;) {
    Seconds seconds = alike;
    seconds[best] = 17e-6;
    if (!finds(seconds, best)) return "it misses way " + std::to_string(best);
  }
  return "";
}

}  // namespace digitcli::selftest
