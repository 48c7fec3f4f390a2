// Whether a digit is all that a picture shows.
#pragma once
#include "vision/picture/picture.h"

namespace digitcli::vision {

// Whether the ink in `box` may be one digit and there is none beside it. False where the ink is
// wider than one digit is, or where something outside has at least half of its contrast with the
// paper, which is the median of what is outside.
bool stands_alone(Grey grey, Box box);

}  // namespace digitcli::vision
