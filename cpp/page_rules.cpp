#include "page_rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace digitcli {
namespace {

constexpr double kSteepest = 0.25;  // off the axis: 14 degrees
constexpr double kCovered = 0.7;    // of a rule is ink: the rest are breaks and crossings
constexpr double kLetters = 3;      // a rule inside a picture is that many letters long
constexpr double kWide = 1.3;       // times its height: no digit alone is so wide
constexpr int kShortest = 6;        // lines that a chain runs through
// Borders of a cell, in shares of the picture's side.
constexpr double kBorder = 0.6;       // how much of the side one covers at least,
constexpr double kWhole = 0.8;        // and one that covers the whole of it
constexpr double kMargin = 0.14;      // how far from the side one may run,
constexpr double kWideMargin = 0.25;  // and one that covers the whole of it
constexpr double kThickest = 0.14;    // how thick one may be
constexpr double kNear = 0.05;        // what ends so near to a side runs into it
constexpr double kFills = 0.9;        // what is so wide and tall is a crop without room around

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

Runs runs_of(const Plane& mask) {
  Runs runs;
  for (int y = 0; y < mask.height; ++y) {
    runs.lines.push_back(runs.all.size());
    const std::uint8_t *const row = mask.row(y), *const end = row + mask.width;
    for (const std::uint8_t* at = std::find(row, end, 1); at != end; at = std::find(at, end, 1)) {
      const std::uint8_t* const stop = std::find(at, end, 0);
      runs.all.push_back({y, static_cast<int>(at - row), static_cast<int>(stop - row)});
      at = stop;
    }
  }
  runs.lines.push_back(runs.all.size());
  return runs;
}

// Chains runs of neighbouring lines that touch each other and nothing else.
void chain(Runs& runs, int thickest) {
  std::vector<int> before(runs.all.size()), after(runs.all.size());
  const auto touching = [&](auto visit) {
    for (std::size_t y = 0; y + 2 < runs.lines.size(); ++y) {
      std::size_t i = runs.lines[y], j = runs.lines[y + 1];
      while (i < runs.lines[y + 1] && j < runs.lines[y + 2]) {
        const Run &upper = runs.all[i], &lower = runs.all[j];
        if (upper.begin < lower.end && lower.begin < upper.end) visit(i, j);
        upper.end < lower.end ? ++i : ++j;
      }
    }
  };
  touching([&](std::size_t i, std::size_t j) { ++after[i], ++before[j]; });
  touching([&](std::size_t i, std::size_t j) {
    Run &upper = runs.all[i], &lower = runs.all[j];
    if (after[i] > 1 || before[j] > 1) return;
    if (upper.length() > thickest || lower.length() > thickest) return;
    upper.next = static_cast<int>(j);
    lower.first = false;
  });
}

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

std::vector<Stretch> stretches_of(const Runs& runs) {
  std::vector<Stretch> found;
  for (const Run& start : runs.all) {
    if (!start.first || start.next < 0) continue;
    Stretch stretch;
    stretch.first = start.line;
    double inked = 0;  // sum of 1 / length
    for (const Run* run = &start;; run = &runs.all[static_cast<std::size_t>(run->next)]) {
      stretch.add(*run);
      inked += 1.0 / run->length();
      stretch.last = run->line;
      if (run->next < 0) break;
    }
    if (stretch.length() < kShortest) continue;
    stretch.fit();
    stretch.thickness = stretch.n / inked;
    stretch.covered = stretch.length();
    stretch.tail_at = stretch.at, stretch.tail_slope = stretch.slope;
    stretch.pieces.emplace_back(stretch.first, stretch.last);
    const bool straight = stretch.bend() <= std::max(1.0, 0.35 * stretch.thickness);
    if (straight && std::fabs(stretch.slope) <= kSteepest && stretch.length() >= stretch.thickness)
      found.push_back(stretch);
  }
  return found;
}

void join(Stretch& to, const Stretch& more) {
  to.thickness = (to.n + more.n) / (to.n / to.thickness + more.n / more.thickness);
  to.n += more.n, to.sx += more.sx, to.sy += more.sy;
  to.sxx += more.sxx, to.sxy += more.sxy, to.syy += more.syy;
  to.last = std::max(to.last, more.last);
  to.covered += more.covered;
  to.fit();
  const bool knows = more.length() >= 8 * more.thickness;
  to.tail_at = knows ? more.at : to.at, to.tail_slope = knows ? more.slope : to.slope;
  to.pieces.insert(to.pieces.end(), more.pieces.begin(), more.pieces.end());
}

bool continues(const Stretch& stretch, const Stretch& next, double reach) {
  const int gap = next.first - stretch.last;
  if (gap > reach || gap < -2) return false;
  const double thick = std::max(stretch.thickness, next.thickness);
  const double middle = (next.first + next.last) / 2.0;
  // A short stretch knows its direction badly: both ways are asked.
  const double missed =
      std::min(std::fabs(stretch.ahead(middle) - next.position(middle)),
               std::fabs(stretch.position(stretch.last) - next.position(stretch.last)));
  return missed <= 1 + thick / 2 + 0.02 * std::max(0, gap) &&
         next.thickness <= 3 * stretch.thickness + 1 && stretch.thickness <= 3 * next.thickness + 1;
}

// Puts stretches of one line together, across breaks and crossings.
std::vector<Stretch> joined(std::vector<Stretch> stretches, double letter) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) {
    return a.first != b.first ? a.first < b.first : a.at < b.at;
  });
  std::vector<Stretch> open, done;
  for (const Stretch& next : stretches) {
    Stretch* best = nullptr;
    double least = 1e9;
    for (std::size_t i = 0; i < open.size();) {
      if (next.first - open[i].last > letter) {  // nothing can follow it any more
        done.push_back(open[i]);
        open[i] = open.back();
        open.pop_back();
        continue;
      }
      Stretch& stretch = open[i++];
      const double reach = std::min(letter, 6.0 + stretch.length());
      const double off = std::fabs(stretch.ahead(next.first) - next.position(next.first));
      if (off < least && continues(stretch, next, reach)) best = &stretch, least = off;
    }
    if (best)
      join(*best, next);
    else
      open.push_back(next);
  }
  done.insert(done.end(), open.begin(), open.end());
  return done;
}

bool is_straight(const Stretch& line) {
  return line.covered >= kCovered * line.length() &&
         line.bend() <= std::max(1.5, line.thickness / 2) + 0.004 * line.length();
}

// Longer than anything that is written.
bool is_long(const Stretch& line, double letter) {
  return line.length() >= kLetters * letter && line.length() >= 12 * line.thickness;
}

// Along the side of a picture of `lines` lines, `width` wide: the border of a cell, or the stem of
// a digit that was cut out tightly.
bool is_at_side(const Stretch& line, int lines, int width, double stroke) {
  if (width < 4 * stroke || line.thickness > kThickest * width) return false;
  if (line.length() < kBorder * lines) return false;
  const double margin = (line.length() < kWhole * lines ? kMargin : kWideMargin) * width;
  const double ends[] = {line.position(line.first), line.position(line.last)};
  return std::max(ends[0], ends[1]) <= margin || std::min(ends[0], ends[1]) >= width - 1 - margin;
}

// Clears a rule's ink on one line where nothing crosses it.
void clear_line(const Runs& runs, std::size_t y, const Stretch& rule, Plane& mask) {
  const double middle = rule.position(static_cast<double>(y)), half = rule.thickness / 2;
  const double reach = half + 1.5;
  for (std::size_t i = runs.lines[y]; i < runs.lines[y + 1]; ++i) {
    const Run& run = runs.all[i];
    if (run.end <= middle - reach || run.begin > middle + reach) continue;
    const bool before = run.begin<middle - half - 2.5, after = run.end> middle + half + 3.5;
    if (before && after) continue;  // a stroke that crosses
    const int from =
        before ? std::max(run.begin, static_cast<int>(std::floor(middle - half))) : run.begin;
    const int to =
        after ? std::min(run.end, static_cast<int>(std::ceil(middle + half)) + 1) : run.end;
    if (from < to) std::fill(mask.row(run.line) + from, mask.row(run.line) + to, std::uint8_t{0});
  }
}

// What is nearly along the columns of a mask.
struct Upright {
  Runs runs;
  std::vector<Stretch> rules;  // longer than what is written
  std::vector<Stretch> sides;  // shorter, along a side of the picture
};

// A wide picture holds a line of digits: what runs through most of it lies under or over them.
bool is_baseline(const Stretch& line, int lines, int width) {
  return lines >= kWide * width && line.length() >= kWhole * lines &&
         line.length() >= 12 * line.thickness;
}

Upright find_upright(const Plane& mask, double stroke, double letter, bool flat) {
  Upright found;
  found.runs = runs_of(mask);
  const double side = std::min(mask.height, mask.width);
  chain(found.runs,
        static_cast<int>(std::max({3.0, 2.5 * stroke, std::min(kThickest * side, 16.0)})));
  for (const Stretch& line : joined(stretches_of(found.runs), letter)) {
    if (!is_straight(line)) continue;
    if (is_long(line, letter) || (flat && is_baseline(line, mask.height, mask.width)))
      found.rules.push_back(line);
    else if (is_at_side(line, mask.height, mask.width, stroke))
      found.sides.push_back(line);
  }
  return found;
}

void clear(const Upright& found, Plane& mask) {
  for (const Stretch& rule : found.rules)
    for (const auto& [first, last] : rule.pieces)
      for (int y = std::max(0, first - 3); y <= std::min(mask.height - 1, last + 3); ++y)
        clear_line(found.runs, static_cast<std::size_t>(y), rule, mask);
}

// The component that most of a line's middles lie in, -1 for none.
int owner_of(const Stretch& line, const Components& components, int height, int width, bool flat) {
  std::map<int, int> votes;
  for (int y = line.first; y <= line.last; ++y) {
    const int x = static_cast<int>(std::lround(line.position(y)));
    const int row = flat ? x : y, column = flat ? y : x;
    if (row < 0 || row >= height || column < 0 || column >= width) continue;
    ++votes[components.labels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                              static_cast<std::size_t>(column)]];
  }
  votes.erase(0);
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? -1 : most->first - 1;
}

// Whether a line along a side is the border of a cell and not a digit's stem. Two that hang
// together are a frame. One alone is a border if it runs into a border of the picture and either
// nothing hangs on it, or what does leaves room around: a tight crop has none.
bool is_border(const Stretch& line, const Component& owner, bool framed, const Plane& mask,
               bool flat) {
  if (framed) return true;
  const int lines = flat ? mask.width : mask.height;
  const double near = kNear * lines;
  const int ends = (line.first <= near) + (line.last >= lines - 1 - near);
  const bool alone = owner.area <= 1.5 * line.covered * line.thickness;
  const bool fills =
      owner.box.width >= kFills * mask.width && owner.box.height >= kFills * mask.height;
  return alone ? ends >= 1 : ends == 2 && !fills;
}

// Moves the sides that are borders to the rules.
void decide(Upright (&found)[2], const Components& components, const Plane& mask) {
  std::map<int, int> lines;  // that one component has
  const auto owner = [&](const Stretch& line, int flat) {
    return owner_of(line, components, mask.height, mask.width, flat == 1);
  };
  for (int flat = 0; flat < 2; ++flat)
    for (const auto* some : {&found[flat].rules, &found[flat].sides})
      for (const Stretch& line : *some) ++lines[owner(line, flat)];
  for (int flat = 0; flat < 2; ++flat)
    for (const Stretch& line : found[flat].sides) {
      const int i = owner(line, flat);
      if (i >= 0 && is_border(line, components.found[static_cast<std::size_t>(i)], lines[i] > 1,
                              mask, flat == 1))
        found[flat].rules.push_back(line);
    }
}

Plane transposed(const Plane& plane) {
  constexpr int kBlock = 32;
  Plane turned(plane.width, plane.height);
  for (int top = 0; top < plane.height; top += kBlock)
    for (int left = 0; left < plane.width; left += kBlock)
      for (int y = top; y < std::min(plane.height, top + kBlock); ++y)
        for (int x = left; x < std::min(plane.width, left + kBlock); ++x)
          turned.row(x)[y] = plane.row(y)[x];
  return turned;
}

}  // namespace

std::vector<Rule> remove_rules(Plane& mask, const Components& components, double stroke,
                               double letter, const Team& team) {
  Plane turned = transposed(mask), upright = mask;
  Upright found[2];
  team.each(2, [&](int flat, int) {
    found[flat] = find_upright(flat ? turned : upright, stroke, letter, flat == 1);
  });
  decide(found, components, mask);
  clear(found[0], upright);
  clear(found[1], turned);
  turned = transposed(turned);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    mask.values[i] = upright.values[i] & turned.values[i];
  std::vector<Rule> rules;
  for (const Stretch& line : found[0].rules)
    rules.push_back({line.position(line.first), double(line.first), line.position(line.last),
                     double(line.last), line.thickness});
  for (const Stretch& line : found[1].rules)
    rules.push_back({double(line.first), line.position(line.first), double(line.last),
                     line.position(line.last), line.thickness});
  return rules;
}

}  // namespace digitcli
