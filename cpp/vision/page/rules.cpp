#include "vision/page/rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "vision/page/lines.h"

namespace digitcli::vision {
namespace {

constexpr double kCovered = 0.7;  // of a rule is ink: the rest are breaks and crossings
constexpr double kLetters = 3;    // a rule inside a picture is that many letters long
constexpr double kWide = 1.3;     // times its height: no digit alone is so wide
// Borders of a cell, in shares of the picture's side.
constexpr double kBorder = 0.6;       // how much of the side one covers at least,
constexpr double kWhole = 0.8;        // and one that covers the whole of it
constexpr double kMargin = 0.14;      // how far from the side one may run,
constexpr double kWideMargin = 0.25;  // and one that covers the whole of it
constexpr double kThickest = 0.14;    // how thick one may be
constexpr double kNear = 0.05;        // what ends so near to a side runs into it
constexpr double kFills = 0.9;        // what is so wide and tall is a crop without room around

bool is_straight(const Stretch& line) {
  return line.covered >= kCovered * line.length() &&
         line.bend() <= std::max(0.6, line.thickness / 6) + 0.003 * line.length();
}

// Longer than anything that is written.
bool is_long(const Stretch& line, double letter) {
  return line.length() >= kLetters * letter && line.length() >= 12 * line.thickness;
}

// Along the side of a picture of `lines` lines, `width` wide: the border of a cell, or the stem of
// a digit that was cut out tightly.
bool is_at_side(const Stretch& line, int lines, int width, double stroke) {
  const int side = std::min(lines, width);  // a wide picture's first digit is no border of a cell
  if (width < 4 * stroke || line.thickness > kThickest * side) return false;
  if (line.length() < kBorder * lines) return false;
  const double margin = (line.length() < kWhole * lines ? kMargin : kWideMargin) * side;
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
  for (const Stretch& line : lines_of(found.runs, letter)) {
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

std::vector<RuledLine> take_out_rules(Plane& mask, const Components& components, double stroke,
                                      double letter) {
  Plane turned = transposed(mask), upright = mask;
  Upright found[2] = {find_upright(upright, stroke, letter, false),
                      find_upright(turned, stroke, letter, true)};
  decide(found, components, mask);
  clear(found[0], upright);
  clear(found[1], turned);
  turned = transposed(turned);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    mask.values[i] = upright.values[i] & turned.values[i];
  std::vector<RuledLine> rules;
  for (const Stretch& line : found[0].rules)
    rules.push_back({line.position(line.first), double(line.first), line.position(line.last),
                     double(line.last), line.thickness});
  for (const Stretch& line : found[1].rules)
    rules.push_back({double(line.first), line.position(line.first), double(line.last),
                     line.position(line.last), line.thickness});
  return rules;
}

}  // namespace digitcli::vision
