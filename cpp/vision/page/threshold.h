// Ink or paper, pixel by pixel, under any light.
#pragma once
#include "vision/page/page.h"

namespace digitcli::vision {

struct Inked {
  Plane ink;   // how much darker than the paper around it each pixel is; noise is in there too
  Plane mask;  // as in a Page
  bool light_ink = false;
  double contrast = 0;
};

// Sauvola's threshold (Sauvola, Pietikainen, "Adaptive document image binarization", 2000) tells
// ink from paper; the mean of the paper around each pixel then says how much ink it holds (Gatos,
// Pratikakis, Perantonis, "Adaptive degraded document image binarization", 2006).
Inked threshold(Plane grey);

}  // namespace digitcli::vision
