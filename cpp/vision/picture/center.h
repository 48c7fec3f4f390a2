// One digit's ink to the field that MNIST would have set it in.
#pragma once
#include <vector>

#include "vision/picture/ink.h"
#include "vision/picture/picture.h"

namespace digitcli::vision {

using Doubles = std::vector<double>;

constexpr double kEdge = 0.12;  // of the strongest ink: fainter pixels widen no digit's box

struct Profiles {
  Doubles rows, columns;  // ink in each
};

Profiles profiles_of(const Field& ink);

// The place of the centre of mass, in pixels from the first one's centre.
double centre_of(const Doubles& profile);

float strongest(const Field& ink);

// Scales one digit's ink until the longer side is 20 pixels and sets it in the middle of a field.
DigitPixels centered(const Field& ink, Box box);

}  // namespace digitcli::vision
