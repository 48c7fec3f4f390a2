// A line of digits cut out of a picture as the network for lines wants it.
#pragma once
#include <array>

#include "vision/picture/picture.h"

namespace digitcli::vision {

struct Point {
  double x, y;  // pixels; the first pixel reaches from 0 to 1
};

// Where a line stands: its top left, top right and bottom left corners, the fourth follows.
using Corners = std::array<Point, 3>;

constexpr int kLeastWidth = 8, kMostWidth = 20000;  // pixels of a line's picture

// How a line lies in its picture: paper beside it, at least `margin` pixels on either side, and a
// width that is a multiple of `step`.
struct Setting {
  int height, margin, step;
};

struct LinePicture {
  Plane plane;
  int width;  // pixels of the line itself, which begins at the margin
};

// The pixels inside `corners` at the setting's height and as many columns as keep their
// proportions, 0 is paper and 255 full ink: light ink on dark is inverted, then the contrast is
// stretched from the paper's grey to the darkest ink. Places outside the picture have the grey of
// its nearest pixel.
LinePicture line_picture(Grey picture, const Corners& corners, Setting setting);

}  // namespace digitcli::vision
