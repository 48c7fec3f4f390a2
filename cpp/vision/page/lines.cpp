#include "vision/page/lines.h"

#include <algorithm>

namespace digitcli::vision {
namespace {

constexpr double kSteepest = 0.25;  // off the axis: 14 degrees
constexpr int kShortest = 6;        // lines that a chain runs through

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

}  // namespace

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

std::vector<Stretch> lines_of(const Runs& runs, double letter) {
  return joined(stretches_of(runs), letter);
}

}  // namespace digitcli::vision
