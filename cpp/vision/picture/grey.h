// From stored values to the grey that people see: depth, transparency, orientation.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "vision/picture/picture.h"

namespace digitcli::vision {

// Scales whole or floating-point pixels of any depth to eight bits: 0 stays black and full scale,
// the smallest of 1, 8, 10, 12, 14 and 16 bits that holds the brightest pixel, becomes white. Only
// what no such depth explains is stretched. NaN and infinities become the darkest finite value.
using Numbers = std::variant<std::span<const std::uint16_t>, std::span<const std::int32_t>,
                             std::span<const float>>;
void grey_of(Numbers values, std::uint8_t* grey);

// Transparency from the one value that means "nothing here": 0 where it stands, else 255.
void alpha_of(Numbers values, double key, std::uint8_t* alpha);

// Lays a picture on the background that shows its ink; `alpha` has its size, 255 is opaque. Ink of
// one tone gets the opposite background, a picture that brings its own paper gets the tone of its
// rim, and one without any visible pixel becomes white.
void over_background(Grey grey, const std::uint8_t* alpha, std::uint8_t* out);

// Turns and mirrors as the EXIF orientation 1 to 8 asks. 5 to 8 swap height and width.
void upright(Grey grey, int orientation, std::uint8_t* out);

}  // namespace digitcli::vision
