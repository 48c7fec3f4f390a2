#include "vision/line/line_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/round_up.h"

namespace digitcli::vision {
namespace {

// Shares of all pixels that are darker than the grey which is looked for.
constexpr double kDarkest = 0.005, kDark = 0.01, kMiddle = 0.5, kPaper = 0.75, kLight = 0.99;
constexpr double kLightInk = 1.25;     // how much further from the middle light has to be than dark
constexpr double kLeastContrast = 24;  // grey levels: less is noise, and is not stretched to ink

// Not by hypot, which rounds as each C library likes.
double length(Point step) { return std::sqrt(step.x * step.x + step.y * step.y); }

// So many that a pixel is as wide as high, also where the corners lean.
int columns_of(const Corners& corners, int height) {
  const auto [origin, right, foot] = corners;
  const double area = std::abs((right.x - origin.x) * (foot.y - origin.y) -
                               (right.y - origin.y) * (foot.x - origin.x));
  const double wide = length({right.x - origin.x, right.y - origin.y});
  const double columns = area > 0 ? height * wide * wide / area : 0;
  return static_cast<int>(
      std::clamp(std::nearbyint(columns), double{kLeastWidth}, double{kMostWidth}));
}

// The grey at a place between pixels, the nearest pixel's outside.
float grey_at(Grey picture, double x, double y) {
  const double u = std::clamp(x - 0.5, 0.0, picture.width - 1.0);
  const double v = std::clamp(y - 0.5, 0.0, picture.height - 1.0);
  const int left = static_cast<int>(u), top = static_cast<int>(v);
  const int right = std::min(left + 1, picture.width - 1);
  const int foot = std::min(top + 1, picture.height - 1);
  const float across = static_cast<float>(u - left), down = static_cast<float>(v - top);
  const std::uint8_t *above = picture.row(top), *below = picture.row(foot);
  const float high = above[left] + across * (above[right] - above[left]);
  const float low = below[left] + across * (below[right] - below[left]);
  return high + down * (low - high);
}

// Most samples of one line, more where its picture is large: a line that lies in its picture takes
// at most 8 for each pixel there, but corners may be far outside, or nearly in a row.
constexpr double kMostSamples = 1 << 22, kMostOfPicture = 8;

// Where the pixels of the result lie in the picture: `samples_*` places for each, evenly spread.
struct Sampling {
  Point origin, across, down;  // of the first pixel's corner; one column; one row
  int samples_across, samples_down;
};

int samples_for(Point step) { return std::clamp(static_cast<int>(std::ceil(length(step))), 1, 64); }

Sampling sampling_of(const Corners& corners, const Plane& line, Grey picture) {
  const auto [origin, right, foot] = corners;
  const Point across{(right.x - origin.x) / line.width, (right.y - origin.y) / line.width};
  const Point down{(foot.x - origin.x) / line.height, (foot.y - origin.y) / line.height};
  Sampling made{origin, across, down, samples_for(across), samples_for(down)};
  const double most = std::max(kMostSamples, kMostOfPicture * static_cast<double>(picture.size()));
  const double for_each = std::max(most / static_cast<double>(line.values.size()), 1.0);
  while (made.samples_across * made.samples_down > for_each) {
    int& more = made.samples_across > made.samples_down ? made.samples_across : made.samples_down;
    more = (more + 1) / 2;
  }
  return made;
}

float mean_at(Grey picture, const Sampling& from, int column, int row) {
  float sum = 0;
  for (int j = 0; j < from.samples_down; ++j) {
    const double y = row + (j + 0.5) / from.samples_down;
    for (int i = 0; i < from.samples_across; ++i) {
      const double x = column + (i + 0.5) / from.samples_across;
      sum += grey_at(picture, from.origin.x + x * from.across.x + y * from.down.x,
                     from.origin.y + x * from.across.y + y * from.down.y);
    }
  }
  return sum / static_cast<float>(from.samples_across * from.samples_down);
}

// Greys in order of their share: the grey below which a share of all pixels lies.
class Tones {
 public:
  explicit Tones(const Plane& plane) : total_(plane.values.size()) {
    for (const std::uint8_t value : plane.values) ++count_[value];
  }
  int below(double share) const {
    const auto wanted = static_cast<std::size_t>(share * static_cast<double>(total_ - 1));
    std::size_t passed = 0;
    for (int grey = 0; grey < 255; ++grey)
      if ((passed += count_[static_cast<std::size_t>(grey)]) > wanted) return grey;
    return 255;
  }

 private:
  std::array<std::size_t, 256> count_{};
  std::size_t total_;
};

bool has_light_ink(const Tones& tones) {
  const int dark = tones.below(kDark), middle = tones.below(kMiddle), light = tones.below(kLight);
  return light - middle > kLightInk * (middle - dark);
}

void stretch(Plane& plane) {
  const Tones tones(plane);
  const bool light_ink = has_light_ink(tones);
  const double paper = tones.below(light_ink ? 1 - kPaper : kPaper);
  const double ink = tones.below(light_ink ? 1 - kDarkest : kDarkest);
  const double gain = 255 / std::max(kLeastContrast, std::abs(paper - ink));
  std::array<std::uint8_t, 256> table{};
  for (int grey = 0; grey < 256; ++grey) {
    const double amount = (light_ink ? grey - paper : paper - grey) * gain;
    table[static_cast<std::size_t>(grey)] =
        static_cast<std::uint8_t>(std::clamp(std::nearbyint(amount), 0.0, 255.0));
  }
  for (std::uint8_t& value : plane.values) value = table[value];
}

Plane beside_paper(const Plane& line, Setting setting) {
  const int least = line.width + 2 * setting.margin;
  Plane wide(line.height, base::round_up(least, setting.step));
  for (int row = 0; row < line.height; ++row)
    std::copy_n(line.row(row), line.width, wide.row(row) + setting.margin);
  return wide;
}

}  // namespace

LinePicture line_picture(Grey picture, const Corners& corners, Setting setting) {
  Plane line(setting.height, columns_of(corners, setting.height));
  const Sampling from = sampling_of(corners, line, picture);
  for (int row = 0; row < line.height; ++row) {
    std::uint8_t* const out = line.row(row);
    for (int column = 0; column < line.width; ++column)
      out[column] = static_cast<std::uint8_t>(std::nearbyint(mean_at(picture, from, column, row)));
  }
  stretch(line);
  return {beside_paper(line, setting), line.width};
}

}  // namespace digitcli::vision
