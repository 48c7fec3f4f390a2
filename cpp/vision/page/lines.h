// Nearly straight lines in a mask: what hangs together from one of its rows to the next.
#pragma once
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "vision/page/page.h"

namespace digitcli::vision {

// Unbroken ink on one line of the mask, and the chain of such runs that it belongs to.
struct Run {
  int line, begin, end;
  int next = -1;      // the one run that it touches on the next line, if that touches no other
  bool first = true;  // nothing is chained to it
  double middle() const { return (begin + end - 1) / 2.0; }
  int length() const { return end - begin; }
};

struct Runs {
  std::vector<Run> all;
  std::vector<std::size_t> lines;  // where each line's begin; one more at the end
};

// Points along a nearly straight line: position = at + slope * line.
struct Stretch {
  int first = 0, last = 0;                  // lines
  int covered = 0;                          // lines with ink
  double at = 0, slope = 0;                 // of the fit through the middles
  double thickness = 0;                     // harmonic mean of the runs: what touches counts little
  double tail_at = 0, tail_slope = 0;       // of the last piece that is long enough to know
  std::vector<std::pair<int, int>> pieces;  // first and last line of each
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;

  void add(const Run& run) {
    const double x = run.line, y = run.middle();
    ++n, sx += x, sy += y, sxx += x * x, sxy += x * y, syy += y * y;
  }
  void fit() {
    const double spread = sxx - sx * sx / n;
    slope = spread > 0 ? (sxy - sx * sy / n) / spread : 0;
    at = (sy - slope * sx) / n;
  }
  double position(double line) const { return at + slope * line; }
  // Where the last piece leads: paper bends.
  double ahead(double line) const { return tail_at + tail_slope * line; }
  // Standard deviation of the middles from the line.
  double bend() const {
    const double spread = sxx - sx * sx / n, along = sxy - sx * sy / n;
    const double rest = syy - sy * sy / n - (spread > 0 ? along * along / spread : 0);
    return std::sqrt(std::max(0.0, rest) / n);
  }
  int length() const { return last - first + 1; }
};

Runs runs_of(const Plane& mask);

// Chains runs of neighbouring lines, not longer than `thickest`, that touch each other and nothing
// else.
void chain(Runs& runs, int thickest);

// The lines nearly along the columns that chained runs make, put together across breaks and
// crossings of up to one `letter`.
std::vector<Stretch> lines_of(const Runs& runs, double letter);

}  // namespace digitcli::vision
