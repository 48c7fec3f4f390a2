// Between grey pixels and a digit: how much ink lies where.
#pragma once
#include <cstddef>
#include <vector>

namespace digitcli::vision {

// Numbers (height, width), row after row.
struct Field {
  int height, width;
  std::vector<float> values;

  Field(int height, int width)
      : height(height),
        width(width),
        values(static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {}
  float* row(int y) { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
  const float* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

// Tells ink from paper of one tone. The background is what runs along the edge of the picture. Ink
// is whatever differs from it in the direction that differs more, so dark on
// light and light on dark come out alike. Differences that are noise become 0.
Field ink_of(const Field& grey);

// The value that `share` of all others do not exceed. Reorders the values, of which there is one.
float quantile(std::vector<float>& values, double share);

}  // namespace digitcli::vision
