// A network's maps to lines: every line is a rectangle of numbers, rows and columns have no gaps.
#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "fuzz/claim.h"
#include "fuzz/input.h"
#include "vision/find/lines.h"

namespace digitcli::fuzz {
namespace {

constexpr int kMostSide = 96, kMostBlobs = 10, kMostMaps = 3;

// A map of places: a tone, and stretches of another, upright or leaning.
std::vector<float> values_of(Input& input, int height, int width, bool any) {
  std::vector<float> values(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  const auto value = [&] { return any ? input.any_float() : input.byte() / 255.0f; };
  std::fill(values.begin(), values.end(), input.flag() ? value() : 0.0f);
  for (int blobs = input.within(0, kMostBlobs); blobs > 0; --blobs) {
    const int left = input.within(0, width - 1), top = input.within(0, height - 1);
    const int long_side = input.within(1, width), high = input.within(1, 8);
    const int lean = input.within(-64, 64);
    const float mark = value();
    for (int x = left; x < std::min(left + long_side, width); ++x) {
      const int middle = top + (x - left) * lean / 64;
      for (int y = std::max(middle, 0); y < std::min(middle + high, height); ++y)
        values[static_cast<std::size_t>(y * width + x)] = mark;
    }
  }
  return values;
}

double pixels_of(Input& input, bool any) {
  const double found = any ? std::abs(input.any_double()) : input.within(1, 64) / 4.0;
  return found > 0 ? found : 1;  // the boundary of the module refuses others
}

// Rows come in order; each number of a row and of a column is somebody's.
void check_numbers(const std::vector<vision::FoundLine>& lines) {
  std::vector<bool> is_column(lines.size());
  int row = 0, most = -1;
  for (const vision::FoundLine& line : lines) {
    claim(line.row == row || (&line != &lines.front() && line.row == row + 1), "rows count up");
    row = line.row;
    claim(line.column >= 0 && line.column < static_cast<int>(lines.size()), "no more columns");
    is_column[static_cast<std::size_t>(line.column)] = true;
    most = std::max(most, line.column);
  }
  for (int column = 0; column <= most; ++column)
    claim(is_column[static_cast<std::size_t>(column)], "columns have no gaps");
}

void check_rectangle(const vision::FoundLine& line) {
  claim(line.score > 0 && line.score <= 1 + 1e-6, "a score is a mean probability");
  for (const vision::Point& corner : line.corners)
    claim(std::isfinite(corner.x) && std::isfinite(corner.y), "corners are numbers");
  const auto& [upper_left, upper_right, lower_right, lower_left] = line.corners;
  const double x = upper_left.x + lower_right.x - upper_right.x - lower_left.x;
  const double y = upper_left.y + lower_right.y - upper_right.y - lower_left.y;
  const double size = std::abs(lower_right.x) + std::abs(lower_right.y);
  claim(std::abs(x) + std::abs(y) < 1e-6 * (1 + size), "opposite sides are alike");
}

void check(Input input) {
  const bool tame = input.byte() % 8 != 0;
  std::deque<std::vector<float>> values;
  std::vector<vision::PlaceMap> maps;
  std::size_t places = 0;
  for (int count = input.within(0, kMostMaps); count > 0; --count) {
    const int height = input.within(1, kMostSide), width = input.within(1, kMostSide);
    values.push_back(values_of(input, height, width, !tame));
    maps.push_back(
        {values.back().data(), height, width, pixels_of(input, !tame), pixels_of(input, !tame)});
    places += values.back().size();
  }
  const double least = tame ? input.byte() / 256.0 : input.any_double();
  const std::vector<vision::FoundLine> lines = vision::lines_of(maps, least);
  claim(lines.size() <= places, "no more lines than places");
  check_numbers(lines);
  if (tame) std::for_each(lines.begin(), lines.end(), check_rectangle);
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check({data, size});
  return 0;
}
