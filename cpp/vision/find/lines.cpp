#include "vision/find/lines.h"

#include <algorithm>
#include <cmath>

#include "vision/find/strip.h"

namespace digitcli::vision {
namespace {

constexpr double kBestHeight = 28;  // pixels of the picture that the network saw
constexpr double kShared = 0.3;     // of two strips: more, and they are the same line
constexpr double kLeastHeight = 6;  // pixels that the network saw: what is lower is no line
constexpr double kSurer = 0.1;      // than its least place is a line on average

// How far a strip is from what the network finds best: smaller is better.
double doubt(const Strip& strip) {
  return std::abs(std::log2(strip.seen_height / kBestHeight)) + 2 * (1 - strip.score);
}

}  // namespace

std::vector<FoundLine> lines_of(std::span<const PlaceMap> maps, double least) {
  std::vector<Strip> all;
  for (const PlaceMap& map : maps) {
    std::vector<Strip> strips = strips_of(map, least);
    join_parts(map, strips);
    std::copy_if(strips.begin(), strips.end(), std::back_inserter(all), [&](const Strip& strip) {
      return strip.seen_height >= kLeastHeight && strip.score >= least + kSurer;
    });
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Strip& one, const Strip& other) { return doubt(one) < doubt(other); });
  std::vector<Strip> kept;
  for (const Strip& strip : all) {
    const auto same = [&](const Strip& other) { return overlap(strip, other) > kShared; };
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(strip);
  }
  return in_order(kept);
}

}  // namespace digitcli::vision
