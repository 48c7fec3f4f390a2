#include "network/softmax.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/errors.h"

namespace digitcli::network {

void check_temperature(double temperature) {
  if (!std::isfinite(temperature) || temperature <= 0) {
    throw base::BadNetwork("temperature must be finite and above 0, got " +
                           std::to_string(temperature));
  }
}

void softmax(const float* logits, int count, double temperature, float* probabilities) {
  const double largest = *std::max_element(logits, logits + count);
  const auto share = [&](int i) { return std::exp((logits[i] - largest) / temperature); };
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += share(i);
  for (int i = 0; i < count; ++i) probabilities[i] = static_cast<float>(share(i) / sum);
}

}  // namespace digitcli::network
