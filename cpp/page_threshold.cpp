#include "page_threshold.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "page_window.h"

namespace digitcli {
namespace {

constexpr double kSauvola = 0.1;  // on even paper ink is darker by this share
constexpr double kTexture = 3.5;  // standard deviations of the paper: what ink exceeds
constexpr double kRange = 128;    // the standard deviation of the strongest contrast
constexpr int kFaintest = 6;      // grey levels: noise of paper and camera goes so far
constexpr double kFull = 230;     // ink of the page's usual stroke
constexpr int kCoarse = 320;      // polarity is judged on so many pixels a side
constexpr double kFlat = 4;       // grey levels: a rim that is paper of one tone
constexpr double kSkewed = 0.6;   // from here on the strokes tell more than the rim

int radius_of(const Plane& grey) {
  return std::clamp(std::min(grey.height, grey.width) / 6, 7, 40);
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

// Every n-th pixel.
Plane sampled(const Plane& grey) {
  const int step = std::max(1, std::min(grey.height, grey.width) / kCoarse);
  Plane small((grey.height + step - 1) / step, (grey.width + step - 1) / step);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x) small.row(y)[x] = grey.row(y * step)[x * step];
  return small;
}

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
bool has_light_ink(const Plane& full) {
  const Plane grey = sampled(full);
  const auto plain = [&](int y, int x) { return grey.row(y)[x]; };
  WindowSums sums(grey.height, grey.width, radius_of(grey), 0, plain);
  Skew strokes;
  for (int y = 0; y < grey.height; ++y) {
    for (int x = 0; x < grey.width; ++x)
      strokes.add(plain(y, x) - static_cast<double>(sums(x)) / sums.pixels(x));
    if (y + 1 < grey.height) sums.next(plain);
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

// Marks what is darker than Sauvola's threshold.
void mark_ink(const Plane& grey, int radius, const Team& team, Plane& mask) {
  const auto plain = [&](int y, int x) { return std::uint32_t(grey.row(y)[x]); };
  const auto square = [&](int y, int x) { return plain(y, x) * plain(y, x); };
  each_band(grey.height, team, [&](int first, int last) {
    WindowSums sums(grey.height, grey.width, radius, first, plain);
    WindowSums squares(grey.height, grey.width, radius, first, square);
    for (int y = first; y < last; ++y) {
      if (y > first) sums.next(plain), squares.next(square);
      std::uint8_t* const to = mask.row(y);
      for (int x = 0; x < grey.width; ++x) {
        const double count = sums.pixels(x), mean = sums(x) / count;
        const double deviation = std::sqrt(std::max(0.0, squares(x) / count - mean * mean));
        to[x] = grey.row(y)[x] < mean * (1 + kSauvola * (deviation / kRange - 1));
      }
    }
  });
}

// How much darker than the paper around it each pixel is, in 255ths of the paper's own tone.
void measure_ink(const Plane& grey, int radius, const Team& team, Inked& inked) {
  Plane& mask = inked.mask;
  const Plane marked = mask;
  const auto paper = [&](int y, int x) { return marked.row(y)[x] ? 0u : grey.row(y)[x]; };
  const auto blank = [&](int y, int x) { return marked.row(y)[x] ? 0u : 1u; };
  each_band(grey.height, team, [&](int first, int last) {
    WindowSums tones(grey.height, grey.width, radius, first, paper);
    WindowSums counts(grey.height, grey.width, radius, first, blank);
    for (int y = first; y < last; ++y) {
      if (y > first) tones.next(paper), counts.next(blank);
      for (int x = 0; x < grey.width; ++x) {
        const double tone = counts(x) ? double(tones(x)) / counts(x) : 0;
        const double darker = tone - grey.row(y)[x];
        if (darker < kFaintest) mask.row(y)[x] = 0;
        inked.ink.row(y)[x] =
            darker > 0 ? static_cast<std::uint8_t>(darker * 255 / std::max(tone, 40.0)) : 0;
      }
    }
  });
}

// Takes away marks that are no darker than the paper's own texture: the standard deviation of what
// is not marked, which a quarter of it passes by 0.674.
void drop_texture(Inked& inked) {
  std::array<std::size_t, 256> counts{};
  std::size_t total = 0;
  for (std::size_t i = 0; i < inked.ink.values.size(); ++i)
    if (!inked.mask.values[i]) ++counts[inked.ink.values[i]], ++total;
  std::size_t below = 0;
  int quarter = 0;
  while (quarter < 255 && 4 * (below += counts[static_cast<std::size_t>(quarter)]) < 3 * total)
    ++quarter;
  const double least = kTexture * quarter / 0.674;
  for (std::size_t i = 0; i < inked.ink.values.size(); ++i)
    if (inked.ink.values[i] < least) inked.mask.values[i] = 0;
}

// Stretches the ink until the usual stroke is strong; returns how strong it was.
double even_out(Inked& inked) {
  std::array<std::size_t, 256> counts{};
  std::size_t total = 0;
  for (std::size_t i = 0; i < inked.ink.values.size(); ++i)
    if (inked.mask.values[i]) ++counts[inked.ink.values[i]], ++total;
  if (total == 0) return 0;
  std::size_t below = 0;
  int usual = 0;
  while (2 * (below += counts[static_cast<std::size_t>(usual)]) < total) ++usual;
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] =
        static_cast<std::uint8_t>(std::min(255.0, double(i) * kFull / std::max(1, usual) + 0.5));
  for (std::uint8_t& value : inked.ink.values) value = table[value];
  return usual;
}

}  // namespace

Inked threshold(Plane grey, const Team& team) {
  const int radius = radius_of(grey);
  Inked inked;
  inked.ink = inked.mask = Plane(grey.height, grey.width);
  inked.light_ink = has_light_ink(grey);
  if (inked.light_ink)
    for (std::uint8_t& value : grey.values) value = static_cast<std::uint8_t>(255 - value);
  mark_ink(grey, radius, team, inked.mask);
  measure_ink(grey, radius, team, inked);
  drop_texture(inked);
  inked.contrast = even_out(inked);
  return inked;
}

}  // namespace digitcli
