#include "vision/segment/segment.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "vision/segment/table.h"

namespace digitcli::vision {
namespace {

constexpr double kWide = 0.5;    // heights: a narrower component is one digit at most
constexpr double kLow = 0.3;     // heights: a lower one is not cut
constexpr double kWidest = 1.7;  // heights: no digit is wider
constexpr double kGap = 0.35;    // heights: no digit has a wider white gap inside
constexpr int kMostPieces = 5;   // that one digit is put together from
constexpr double kPart = 0.12;   // of a candidate's pixels: smaller parts count as none

std::ptrdiff_t offset(int y, int width) { return static_cast<std::ptrdiff_t>(y) * width; }

int right_of(const Box& box) { return box.x + box.width; }

Box around(const Box& a, const Box& b) {
  const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(right_of(a), right_of(b)) - x,
          std::max(a.y + a.height, b.y + b.height) - y};
}

// A piece, and the line it stands in.
struct Placed {
  Piece piece;
  int line;
  double place;        // its centre, seen along the slant of the line
  std::int32_t label;  // in the plane of labels, before the pieces are put in order
};

// Gives each part between two cuts a label of its own, from `next` on; empty parts get none.
void divide(const Components& all, std::size_t which, int width, int line, const Scale& scale,
            const std::vector<Cut>& cuts, std::vector<std::int32_t>& labels,
            std::vector<Placed>& placed) {
  const Box box = all.found[which].box;
  std::vector<Piece> parts(cuts.size() + 1, Piece{{}, 0, static_cast<int>(which), 0, 0});
  const auto first = static_cast<std::int32_t>(placed.size());
  for (std::size_t k = 0; k < cuts.size(); ++k)
    parts[k].right = parts[k + 1].left = cuts[k].cost / static_cast<float>(scale.stroke);
  for (int y = box.y; y < box.y + box.height; ++y) {
    for (int x = box.x; x < right_of(box); ++x) {
      const auto at = static_cast<std::size_t>(offset(y, width) + x);
      if (all.labels[at] != static_cast<std::int32_t>(which) + 1) continue;
      const auto k =
          static_cast<std::size_t>(std::count_if(cuts.begin(), cuts.end(), [&](const Cut& cut) {
            return x - box.x >= cut.columns[static_cast<std::size_t>(y - box.y)];
          }));
      Piece& part = parts[k];
      part.box = part.area++ ? around(part.box, {x, y, 1, 1}) : Box{x, y, 1, 1};
      labels[at] = first + static_cast<std::int32_t>(k) + 1;
    }
  }
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Box& part = parts[k].box;
    const double place = part.x + part.width / 2.0 + scale.slant * (part.y + part.height / 2.0);
    placed.push_back({parts[k], line, place, first + static_cast<std::int32_t>(k) + 1});
  }
}

// Puts pieces in reading order and numbers their pixels anew.
void arrange(std::vector<Placed>& placed, const std::vector<double>& slants, Segments& found) {
  std::vector<std::int32_t> fresh(placed.size() + 1);
  std::erase_if(placed, [](const Placed& p) { return p.piece.area == 0; });
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.line != b.line ? a.line < b.line : a.place < b.place;
  });
  for (const Placed& p : placed) {
    if (found.pieces.empty() || placed[found.pieces.size() - 1].line != p.line) {
      const int first = static_cast<int>(found.pieces.size());
      found.lines.push_back({first, first, 0, slants[static_cast<std::size_t>(p.line)]});
    }
    found.pieces.push_back(p.piece);
    found.lines.back().last = static_cast<int>(found.pieces.size());
    fresh[static_cast<std::size_t>(p.label)] = static_cast<std::int32_t>(found.pieces.size());
  }
  for (std::int32_t& label : found.labels) label = fresh[static_cast<std::size_t>(label)];
}

// Components of some size among the pieces [first, last).
int parts_in(const std::vector<Piece>& pieces, int first, int last) {
  std::map<int, int> areas;
  int total = 0;
  for (int i = first; i < last; ++i) {
    const Piece& piece = pieces[static_cast<std::size_t>(i)];
    areas[piece.component] += piece.area, total += piece.area;
  }
  return static_cast<int>(std::count_if(areas.begin(), areas.end(), [total](const auto& entry) {
    return entry.second >= kPart * total;
  }));
}

// The widest white gap between the pieces [first, last), looked at from above.
int gap_in(const std::vector<Piece>& pieces, int first, int last) {
  std::vector<Box> boxes;
  for (int i = first; i < last; ++i) boxes.push_back(pieces[static_cast<std::size_t>(i)].box);
  std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.x < b.x; });
  int gap = 0, right = right_of(boxes.front());
  for (const Box& box : boxes) {
    gap = std::max(gap, box.x - right);
    right = std::max(right, right_of(box));
  }
  return gap;
}

// Every run of neighbouring pieces in a line that may be one digit.
void propose(Segments& found, int number) {
  const Line& line = found.lines[static_cast<std::size_t>(number)];
  for (int first = line.first; first < line.last; ++first) {
    Box box = found.pieces[static_cast<std::size_t>(first)].box;
    for (int last = first + 1; last <= std::min(line.last, first + kMostPieces); ++last) {
      box = around(box, found.pieces[static_cast<std::size_t>(last - 1)].box);
      if (last > first + 1 && box.width > kWidest * line.height) break;
      const int gap = gap_in(found.pieces, first, last);
      if (gap > kGap * line.height) break;
      found.candidates.push_back(
          {number, first, last, box, static_cast<float>(gap), parts_in(found.pieces, first, last)});
    }
  }
}

// The candidate from exactly its own pixels. False where these are too faint to be ink.
bool draw(Grey ink, const Plane& mask, const Segments& found, const Candidate& candidate,
          DigitPixels& picture) {
  const Box& box = candidate.box;
  std::vector<std::uint8_t> keep(static_cast<std::size_t>(offset(box.height, box.width)));
  bool any = false;
  for (int y = 0; y < box.height; ++y) {
    const std::ptrdiff_t from = offset(box.y + y, ink.width) + box.x, to = offset(y, box.width);
    for (int x = 0; x < box.width; ++x) {
      const std::int32_t label = found.labels[static_cast<std::size_t>(from + x)];
      const bool own = label > candidate.first && label <= candidate.last;
      keep[static_cast<std::size_t>(to + x)] = own;
      any = any || (own && ink.pixels[from + x] > 0);
    }
  }
  if (!any) return false;
  const auto normal = normalize(ink, mask.view(), box, keep.data());
  if (normal) picture = normal->picture;
  return normal.has_value();
}

double line_height(const Segments& found, const Line& line, double stroke, double usual) {
  std::map<int, Box> whole;  // components
  for (int i = line.first; i < line.last; ++i) {
    const Piece& piece = found.pieces[static_cast<std::size_t>(i)];
    const auto [entry, fresh] = whole.try_emplace(piece.component, piece.box);
    if (!fresh) entry->second = around(entry->second, piece.box);
  }
  std::vector<Box> boxes;
  for (const auto& [component, box] : whole) boxes.push_back(box);
  const double height = usual_height(boxes, stroke);
  return height > 0 ? height : usual;
}

struct Placement {
  double height;
  std::vector<int> lines;
};

// The usual height of digits, and the line that each box stands in.
Placement placed_in_lines(const std::vector<Box>& boxes, double stroke,
                          const std::optional<Table>& table) {
  std::vector<Box> inside;
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (table && !table->holds(boxes[i])) continue;
    inside.push_back(boxes[i]);
    which.push_back(i);
  }
  Placement placement{usual_height(inside, stroke), std::vector<int>(boxes.size(), -1)};
  const std::vector<int> lines = lines_of(inside, placement.height);
  for (std::size_t i = 0; i < lines.size(); ++i) placement.lines[which[i]] = lines[i];
  return placement;
}

}  // namespace

Segments segment(Grey ink, const Plane& mask, double stroke, const std::vector<RuledLine>& rules) {
  Segments found;
  const Components all = components_of(mask);
  found.labels.resize(all.labels.size());
  std::vector<Box> boxes;
  std::transform(all.found.begin(), all.found.end(), std::back_inserter(boxes),
                 [](const Component& component) { return component.box; });
  const auto [height, lines] =
      placed_in_lines(boxes, stroke, table_of(rules, mask.height, mask.width));
  if (height <= 0) return found;
  const std::vector<double> slants = slants_of(all, mask.width, lines);
  std::vector<Placed> placed;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (lines[i] < 0) {
      found.others.push_back(boxes[i]);
      continue;
    }
    const bool may_touch = boxes[i].width > kWide * height && boxes[i].height > kLow * height;
    const auto label = static_cast<std::int32_t>(i) + 1;
    const Scale scale{height, stroke, slants[static_cast<std::size_t>(lines[i])]};
    const std::vector<Cut> cuts =
        may_touch ? cuts_of(ink, all.labels, label, boxes[i], scale) : std::vector<Cut>{};
    divide(all, i, mask.width, lines[i], scale, cuts, found.labels, placed);
  }
  arrange(placed, slants, found);
  for (std::size_t i = 0; i < found.lines.size(); ++i) {
    found.lines[i].height = line_height(found, found.lines[i], stroke, height);
    propose(found, static_cast<int>(i));
  }
  std::erase_if(found.candidates, [&](const Candidate& candidate) {
    return !draw(ink, mask, found, candidate, found.pictures.emplace_back()) &&
           (found.pictures.pop_back(), true);
  });
  return found;
}

}  // namespace digitcli::vision
