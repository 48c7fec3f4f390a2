// From logits to probabilities.
#pragma once

namespace digitcli::network {

// What logits are divided by: throws BadNetwork unless it is finite and above 0.
void check_temperature(double temperature);

// Softmax of `count` logits divided by `temperature`, computed in double.
void softmax(const float* logits, int count, double temperature, float* probabilities);

}  // namespace digitcli::network
