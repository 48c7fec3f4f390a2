// A picture prepared for reading: its ink apart from paper, light, rules and specks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/threads.h"
#include "vision/picture/picture.h"

namespace digitcli::vision {

// A straight rule or the side of a box, along its middle, in working pixels.
struct RuledLine {
  double x0, y0, x1, y1, thickness;
  bool operator==(const RuledLine&) const = default;
};

// How wide all ink of a page is together, and how tall its two tallest components are.
struct Extent {
  int width = 0, tallest = 0, second = 0;
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
  Extent extent;
};

struct PageOptions {
  int longest_side = 2400;         // a larger picture is averaged down to this first
  bool remove_ruled_lines = true;  // grid lines, box borders, what people write on
};

// Finds the ink of a picture of any size. Answers the same for any size of the team.
Page prepare(Grey grey, const PageOptions& options, const base::Team& team);

// The ink of a page inside `box` as MNIST would have set it, with its tight box; empty where there
// is none. `keep`, (box.height, box.width), is not 0 where the digit's own pixels of the mask are:
// other pixels of the mask count as paper. Null keeps all.
std::optional<NormalizedDigit> normalize(Grey ink, Grey mask, Box box, const std::uint8_t* keep);

}  // namespace digitcli::vision
