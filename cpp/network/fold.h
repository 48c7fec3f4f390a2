// Folding: dense layers with no activation between them are one matrix.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "network/layers.h"

namespace digitcli::network {

// A layer of the plan and what it stands for.
struct Folded {
  Layer layer;
  std::string names;       // of the layers it replaces, joined by "+"
  double multiplications;  // they would do for one row, if dense
};

// The names of all layers in order, those that are one matrix together: a chain of dense layers
// without activation and the dense layer after them. Whether a chain saves work is not asked.
std::vector<std::vector<std::string>> linear_chains(const std::vector<Layer>& layers);

// `layers` with every dense layer without activation multiplied into the dense layer after it where
// that saves work, in double; their arrays fit. The arrays of folded layers live in `arrays`.
std::vector<Folded> fold_linear_chains(const std::vector<Layer>& layers, bool enabled,
                                       std::deque<std::vector<float>>& arrays);

}  // namespace digitcli::network
