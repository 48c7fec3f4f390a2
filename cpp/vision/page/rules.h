// Straight rules: grid lines, the sides of boxes, what people write on.
#pragma once
#include <vector>

#include "vision/page/page.h"
#include "vision/picture/components.h"

namespace digitcli::vision {

// Finds the rules of `mask` and clears their pixels, but for those that strokes cross: directional
// single-connected chains (Zheng, Li, Doermann, "A model-based line detection algorithm in
// documents", 2003), which follow a rule through slopes, breaks and what is written over it.
// `stroke` is how wide strokes usually are, `letter` how tall what is written is.
std::vector<RuledLine> take_out_rules(Plane& mask, const Components& components, double stroke,
                                      double letter);

}  // namespace digitcli::vision
