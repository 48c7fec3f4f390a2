// From maps of "inside a line of digits" to lines: rotated rectangles in reading order.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace digitcli::vision {

// What a network said of a picture at one scale: the probability (height, width) that a place lies
// in the middle of a line. A place is `down` pixels of the picture high and `across` wide.
struct PlaceMap {
  const float* values;
  int height, width;
  double down, across;
};

struct Point {
  double x, y;
};

// A line of digits in pixels of the picture. `corners` are the upper left, upper right, lower right
// and lower left one, seen along the line; `row` and `column` count from 0.
struct FoundLine {
  std::array<Point, 4> corners;
  int row = 0, column = 0;
  double score = 0;  // mean probability of its places
};

// The lines of a picture from its maps at one or more scales, top to bottom, left to right. Where
// maps disagree, the one counts at whose scale the line is nearest to the height that the network
// reads best. Places count from the probability `least` on.
std::vector<FoundLine> lines_of(std::span<const PlaceMap> maps, double least);

}  // namespace digitcli::vision
