#include "vision/ctc/merge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "vision/ctc/columns.h"

namespace digitcli::vision::ctc {
namespace {

constexpr double kLeast = 1e-6;  // what counts for less

}  // namespace

std::vector<float> merged(const std::vector<std::vector<float>>& looks, std::uint32_t without) {
  std::vector<float> mean(looks.front().size());
  std::array<double, kClasses> row;
  for (std::size_t at = 0; at < mean.size(); at += kClasses) {
    double sum = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      double logarithms = 0;
      for (const std::vector<float>& look : looks)
        logarithms += std::log(std::max<double>(look[at + c], kLeast));
      const bool out = (without >> c & 1U) != 0;
      row[c] = out ? 0 : std::exp(logarithms / static_cast<double>(looks.size()));
      sum += row[c];
    }
    for (std::size_t c = 0; c < kClasses; ++c) mean[at + c] = static_cast<float>(row[c] / sum);
  }
  return mean;
}

}  // namespace digitcli::vision::ctc
