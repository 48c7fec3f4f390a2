#include "vision/page/threshold.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "vision/page/window.h"

namespace digitcli::vision {
namespace {

constexpr double kSauvola = 0.1;  // on even paper ink is darker by this share
constexpr double kTexture = 3.5;  // standard deviations of the paper: what ink exceeds
constexpr double kRange = 128;    // the standard deviation of the strongest contrast
constexpr int kFaintest = 6;      // grey levels: noise of paper and camera goes so far
constexpr double kFull = 230;     // ink of the page's usual stroke
constexpr double kFlat = 4;       // grey levels: a rim that is paper of one tone
constexpr double kSkewed = 0.6;   // from here on the strokes tell more than the rim
constexpr int kWidest = 40;       // radius of a window
static_assert(kWidest <= kWidestWindow);

int radius_of(const Plane& grey) {
  return std::clamp(std::min(grey.height, grey.width) / 6, 7, kWidest);
}

using Numbers = std::vector<std::int32_t>;

auto tones_of(const Plane& plane) {
  return [&plane](int y) { return [row = plane.row(y)](int x) { return row[x]; }; };
}

Numbers row_of_numbers(const Plane& plane) {
  return Numbers(static_cast<std::size_t>(plane.width));
}

// Sums of cubes of differences: below 0 where what stands out is dark; as a share of their sizes.
struct Skew {
  double sum = 0, size = 0;
  void add(double difference) {
    const double cube = difference * difference * difference;
    sum += cube, size += std::fabs(cube);
  }
  double share() const { return size > 0 ? sum / size : 0; }
};

// The outermost pixels, sorted.
std::vector<int> rim_of(const Plane& grey) {
  std::vector<int> rim(grey.row(0), grey.row(0) + grey.width);
  rim.insert(rim.end(), grey.row(grey.height - 1), grey.row(grey.height - 1) + grey.width);
  for (int y = 0; y < grey.height; ++y) {
    rim.push_back(grey.row(y)[0]);
    rim.push_back(grey.row(y)[grey.width - 1]);
  }
  std::sort(rim.begin(), rim.end());
  return rim;
}

// Whether what was written is lighter than what it was written on. Strokes are rarer than paper, so
// they stand out further from the mean around them. A small digit that fills its picture does not;
// the rim, where it is of one tone, is paper.
bool has_light_ink(const Plane& grey) {
  const auto plain = tones_of(grey);
  WindowSums sums(grey.height, grey.width, radius_of(grey), plain);
  Numbers totals = row_of_numbers(grey), counts = totals;
  Skew strokes;
  for (int y = 0; y < grey.height; ++y) {
    if (y > 0) sums.next(plain);
    sums.read(totals.data()), sums.count(counts.data());
    for (int x = 0; x < grey.width; ++x) {
      const auto at = static_cast<std::size_t>(x);
      strokes.add(grey.row(y)[x] - static_cast<double>(totals[at]) / counts[at]);
    }
  }
  if (std::fabs(strokes.share()) >= kSkewed) return strokes.sum > 0;
  const std::vector<int> rim = rim_of(grey);
  const std::size_t half = rim.size() / 2;
  std::size_t at = 0;  // the narrowest range that holds half of the rim
  for (std::size_t i = 0; i + half < rim.size(); ++i)
    if (rim[i + half] - rim[i] < rim[at + half] - rim[at]) at = i;
  if (rim[at + half] - rim[at] > kFlat) return strokes.sum > 0;
  Skew from_rim;
  for (const std::uint8_t value : grey.values) from_rim.add(value - rim[at + half / 2]);
  return from_rim.sum > 0;
}

// The loops over one row read and write plain arrays, so that the compiler makes vectors of them.

// Sauvola's threshold: `counts` pixels around each have the sum `totals` and that of `squares`.
void limits_of(const std::int32_t* totals, const std::int32_t* squares, const std::int32_t* counts,
               int width, double* limits) {
  for (int x = 0; x < width; ++x) {
    const double count = counts[x], mean = totals[x] / count;
    const double variance = squares[x] / count - mean * mean;
    const double deviation = std::sqrt(variance > 0 ? variance : 0);
    limits[x] = mean * (1 + kSauvola * (deviation / kRange - 1));
  }
}

// Marks what is darker than Sauvola's threshold.
void mark_ink(const Plane& grey, int radius, Plane& mask) {
  const auto plain = tones_of(grey);
  const auto square = [&](int y) {
    return [row = grey.row(y)](int x) { return std::uint32_t(row[x]) * row[x]; };
  };
  WindowSums sums(grey.height, grey.width, radius, plain);
  WindowSums squares(grey.height, grey.width, radius, square);
  Numbers totals = row_of_numbers(grey), of_squares = totals, counts = totals;
  std::vector<double> limits(totals.size());
  for (int y = 0; y < grey.height; ++y) {
    if (y > 0) sums.next(plain), squares.next(square);
    sums.read(totals.data()), squares.read(of_squares.data()), sums.count(counts.data());
    limits_of(totals.data(), of_squares.data(), counts.data(), grey.width, limits.data());
    const std::uint8_t* const from = grey.row(y);
    std::uint8_t* const to = mask.row(y);
    for (int x = 0; x < grey.width; ++x) to[x] = from[x] < limits[static_cast<std::size_t>(x)];
  }
}

// How much darker than its paper each pixel is, in 255ths of the paper's own tone: the sum `tones`
// of `counts` pixels around it. What is hardly darker is taken out of the mask.
struct Strengths {
  std::vector<double> darker;       // in grey levels
  std::vector<std::int32_t> share;  // of the paper's tone
};

void measure_row(const std::uint8_t* grey, const std::int32_t* tones, const std::int32_t* counts,
                 int width, Strengths& row) {
  double* const darker = row.darker.data();
  std::int32_t* const share = row.share.data();
  for (int x = 0; x < width; ++x) {
    const double tone = tones[x] / static_cast<double>(std::max(counts[x], 1));
    darker[x] = tone - grey[x];
    share[x] = static_cast<std::int32_t>(std::max(darker[x], 0.0) * 255 / std::max(tone, 40.0));
  }
}

void measure_ink(const Plane& grey, int radius, Inked& inked) {
  const Plane marked = inked.mask;
  const auto is_paper = [&](int y) {
    return [row = marked.row(y)](int x) { return std::uint8_t(1 - row[x]); };
  };
  const auto paper = [&](int y) {
    return [row = marked.row(y), tones = grey.row(y)](int x) {
      return std::uint8_t(tones[x] & (row[x] - 1));
    };
  };
  WindowSums sums(grey.height, grey.width, radius, paper);
  WindowSums blanks(grey.height, grey.width, radius, is_paper);
  Numbers tones = row_of_numbers(grey), counts = tones;
  Strengths row{std::vector<double>(tones.size()), tones};
  for (int y = 0; y < grey.height; ++y) {
    if (y > 0) sums.next(paper), blanks.next(is_paper);
    sums.read(tones.data()), blanks.read(counts.data());
    measure_row(grey.row(y), tones.data(), counts.data(), grey.width, row);
    std::uint8_t *const mask = inked.mask.row(y), *const ink = inked.ink.row(y);
    for (std::size_t x = 0; x < tones.size(); ++x) {
      mask[x] &= row.darker[x] >= kFaintest;
      ink[x] = static_cast<std::uint8_t>(row.share[x]);
    }
  }
}

using Histogram = std::array<std::size_t, 256>;

// The lowest value that `share` of all are not above.
int quantile_of(const Histogram& counts, double share) {
  const auto total =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
  double below = 0;
  int value = 0;
  while (value < 255 && (below += double(counts[static_cast<std::size_t>(value)])) < share * total)
    ++value;
  return value;
}

// Takes away marks that are no darker than the paper's own texture: the standard deviation of what
// is not marked, which a quarter of it passes by 0.674. Then stretches the ink until the usual
// stroke is strong; returns how strong it was.
double even_out(Inked& inked) {
  Histogram counts[2]{};  // not marked, marked
  for (std::size_t i = 0; i < inked.ink.values.size(); ++i)
    ++counts[inked.mask.values[i]][inked.ink.values[i]];
  const double least = kTexture * quantile_of(counts[0], 0.75) / 0.674;
  const auto faint = static_cast<std::size_t>(std::min(256.0, std::ceil(least)));
  std::fill_n(counts[1].begin(), faint, std::size_t{0});
  const int usual = quantile_of(counts[1], 0.5);  // 0 without marks: none of them is so faint
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto value = static_cast<double>(i);
    table[i] =
        static_cast<std::uint8_t>(usual ? std::min(255.0, value * kFull / usual + 0.5) : value);
  }
  for (std::size_t i = 0; i < inked.ink.values.size(); ++i) {
    inked.mask.values[i] &= inked.ink.values[i] >= faint;
    inked.ink.values[i] = table[inked.ink.values[i]];
  }
  return usual;
}

}  // namespace

Inked threshold(Plane grey) {
  const int radius = radius_of(grey);
  Inked inked;
  inked.ink = inked.mask = Plane(grey.height, grey.width);
  inked.light_ink = has_light_ink(grey);
  if (inked.light_ink)
    for (std::uint8_t& value : grey.values) value = static_cast<std::uint8_t>(255 - value);
  mark_ink(grey, radius, inked.mask);
  measure_ink(grey, radius, inked);
  inked.contrast = even_out(inked);
  return inked;
}

}  // namespace digitcli::vision
