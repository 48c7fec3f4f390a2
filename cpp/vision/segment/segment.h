// From a page's ink to what might be digits: pieces of strokes, the lines they stand in, and the
// candidates that neighbouring pieces make. All lengths are in working pixels of the page.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "vision/page/page.h"
#include "vision/picture/components.h"

namespace digitcli::vision {

// Part of one component, from one cut to the next.
struct Piece {
  Box box;
  int area;           // pixels
  int component;      // those of one component were cut apart
  float left, right;  // ink under the cut on this side, in stroke widths; 0 where there is none
};

// Pieces [first, last), left to right.
struct Line {
  int first, last;
  double height;  // of a usual digit in it
  double slant;   // pixels to the right for each one up
};

// Pieces [first, last) of one line, taken as one digit.
struct Candidate {
  int line, first, last;
  Box box;
  float gap;  // the widest white gap inside, from left to right
  int parts;  // components of some size
};

struct Segments {
  std::vector<std::int32_t> labels;  // (height, width): 0 none, i + 1 the pixels of pieces[i]
  std::vector<Piece> pieces;         // line after line
  std::vector<Line> lines;           // top to bottom
  std::vector<Candidate> candidates;
  std::vector<DigitPixels> pictures;  // of each candidate, from its own pixels alone
  std::vector<Box> others;            // ink in no line: too large or too small for a digit
};

// Cuts what may be touching digits into pieces and puts together again what one digit may be. On a
// page with a table only what stands in its cells is read.
Segments segment(Grey ink, const Plane& mask, double stroke, const std::vector<RuledLine>& rules);

// ---- cuts.cpp

// A way through one component from top to bottom that crosses little ink.
struct Cut {
  float cost;                // ink crossed, in pixels of full strength
  std::vector<int> columns;  // per row of the box: pixels from here on are right of the cut
};

// Candidate cuts of the component `label` in `labels` (as wide as `ink`), left to right.
struct Scale {
  double height, stroke;  // of a usual digit
  double slant;           // pixels to the right for each one up
};
std::vector<Cut> cuts_of(Grey ink, const std::vector<std::int32_t>& labels, std::int32_t label,
                         Box box, const Scale& scale);

// ---- lines.cpp

// The usual height of a digit among boxes; 0 without any that could be one.
double usual_height(const std::vector<Box>& boxes, double stroke);

// The number of the line, top to bottom, that each box stands in; -1 for none.
std::vector<int> lines_of(const std::vector<Box>& boxes, double height);

// How far the writing in each line leans to the right, in pixels for each one up. `lines` are the
// lines of the components.
std::vector<double> slants_of(const Components& components, int width,
                              const std::vector<int>& lines);

}  // namespace digitcli::vision
