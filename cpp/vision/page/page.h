// A picture prepared for reading: its ink apart from paper, light, rules and specks.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "vision/picture/picture.h"

namespace digitcli::vision {

// A straight rule or the side of a box, along its middle, in working pixels.
struct RuledLine {
  double x0, y0, x1, y1, thickness;
};

// All lengths are in working pixels: blocks of factor x factor pixels of the picture.
struct Page {
  Plane ink;   // 0 no ink, 255 as strong as the page's strokes are; soft where a stroke ends
  Plane mask;  // 1 where a pixel counts as ink, else 0; every other pixel of `ink` is a soft edge
  int factor = 1;
  bool light_ink = false;              // light strokes on dark
  double contrast = 0;                 // grey levels between the paper and the strokes
  double stroke = 0;                   // how wide strokes usually are; 0 where there is no ink
  std::vector<RuledLine> ruled_lines;  // taken out of `ink` and `mask`
};

// Finds the ink of a picture of any size; a large one is averaged down first. Grid lines, borders
// of boxes and what people write on stay where they are not to be removed.
Page prepare(Grey grey, bool remove_ruled_lines = true);

// The ink of a page inside `box` as MNIST would have set it, with its tight box; empty where there
// is none. `keep`, (box.height, box.width), is not 0 where the digit's own pixels of the mask are:
// other pixels of the mask count as paper.
std::optional<NormalizedDigit> normalize(Grey ink, Grey mask, Box box, const std::uint8_t* keep);

}  // namespace digitcli::vision
