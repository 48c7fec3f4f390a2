// The one digit of a prepared picture.
#pragma once
#include <optional>

#include "vision/page/page.h"

namespace digitcli::vision {

// Chooses the ink that is the picture's digit, and sets it as MNIST would have; empty where there
// is none. What clings to the picture's sides, what lies behind the border of a cell, and what is
// small and far from the digit is left out.
std::optional<NormalizedDigit> one_digit(const Page& page);

}  // namespace digitcli::vision
