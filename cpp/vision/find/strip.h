// Rotated rectangles around lines of digits, before they are chosen and put in order.
#pragma once
#include <vector>

#include "vision/find/lines.h"

namespace digitcli::vision {

// A rectangle whose longer middle line runs along (along.x, along.y), a unit vector to the right.
// Lengths are in pixels of the picture.
struct Strip {
  Point middle;
  Point along;
  double half_length, half_height;
  double seen_height;  // of the line's digits, in pixels of the picture that the network saw
  double score;
  double places;  // how many made it

  // A point in the strip's own frame, from its middle.
  Point to_frame(Point point) const;
  Point from_frame(Point point) const;
};

// The strips of one map: its components above `least`, widened to whole lines.
std::vector<Strip> strips_of(const PlaceMap& map, double least);

// Joins strips of one map that are parts of one line: close together, or bridged by the map.
void join_parts(const PlaceMap& map, std::vector<Strip>& strips);

// What two strips share, as a part of the smaller one's area, 0 to 1.
double overlap(const Strip& one, const Strip& other);

// Puts rows, columns and the order of reading.
std::vector<FoundLine> in_order(const std::vector<Strip>& strips);

}  // namespace digitcli::vision
