// Pictures at the sizes that a network which finds lines is run at.
#pragma once
#include "vision/picture/picture.h"

namespace digitcli::vision {

// The picture at another size: averages over areas where it becomes smaller, linear between pixels
// where it becomes larger.
Plane scaled(Grey grey, int height, int width);

// The picture in the upper left corner of a larger one; the rest has the tone of most of it.
Plane filled_up(Grey grey, int height, int width);

}  // namespace digitcli::vision
