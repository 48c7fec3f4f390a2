// Pictures in memory: grey pixels, boxes, and a digit as MNIST would have made it. No I/O in here.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace digitcli::vision {

// Grey pixels, 0 black, 255 white.
struct Grey {
  const std::uint8_t* pixels;
  int height, width;
  const std::uint8_t* row(int y) const { return pixels + static_cast<std::ptrdiff_t>(y) * width; }
  std::size_t size() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  }
};

// Bytes (height, width), row after row.
struct Plane {
  int height = 0, width = 0;
  std::vector<std::uint8_t> values;

  Plane() = default;
  Plane(int height, int width)
      : height(height),
        width(width),
        values(static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {}
  Grey view() const { return {values.data(), height, width}; }
  std::uint8_t* row(int y) { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
  const std::uint8_t* row(int y) const {
    return values.data() + static_cast<std::ptrdiff_t>(y) * width;
  }
};

struct Box {
  int x, y, width, height;
};

constexpr int kField = 28;   // pixels: the side of MNIST's pictures
constexpr int kDigit = 20;   // pixels: the longer side of the digit in them
constexpr int kCentre = 14;  // row and column of the pixel with the digit's centre of mass

using DigitPixels = std::array<std::uint8_t, kField * kField>;  // light ink on dark

struct NormalizedDigit {
  DigitPixels picture;
  Box box;  // in pixels of the picture it came from
};

}  // namespace digitcli::vision
