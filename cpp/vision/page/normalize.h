// A picture of one digit, to the digit as MNIST would have made it.
#pragma once

#include <optional>

#include "vision/picture/picture.h"

namespace digitcli::vision {

// Cuts the one digit out of a picture of any size; empty when the picture is blank.
std::optional<NormalizedDigit> normalize(Grey grey);

}  // namespace digitcli::vision
