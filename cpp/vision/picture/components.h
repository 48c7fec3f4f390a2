// Connected ink: which pixels of a mask hang together.
#pragma once
#include <cstdint>
#include <vector>

#include "vision/picture/picture.h"

namespace digitcli::vision {

struct Component {
  Box box;
  int area;  // pixels
};

struct Components {
  std::vector<std::int32_t> labels;  // (height, width): 0 paper, i + 1 the pixels of found[i]
  std::vector<Component> found;      // by their first pixel, row after row
};

// Pixels of `mask` that are not 0 hang together where they touch, corners included.
Components components_of(const Plane& mask);

}  // namespace digitcli::vision
