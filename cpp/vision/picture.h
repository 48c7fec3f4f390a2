// Pictures: stored values to the grey that an eye sees, and grey to a digit as MNIST would have
// made it. Pixels lie row after row without gaps. No I/O in here.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

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

struct Box {
  int x, y, width, height;
};

constexpr int kField = 28;   // MNIST's pictures: 28 x 28,
constexpr int kDigit = 20;   // the longer side of the digit 20,
constexpr int kCentre = 14;  // its centre of mass on pixel (14, 14)

using DigitPixels = std::array<std::uint8_t, kField * kField>;  // light ink on dark

struct NormalizedDigit {
  DigitPixels picture;
  Box box;  // in pixels of the picture it came from
};

struct Page;

// Cuts the one digit out of a picture of any size; empty when the picture is blank. `page` is the
// picture prepared in full detail, where the caller has that: a small one is not prepared again.
std::optional<NormalizedDigit> normalize(Grey grey, const Page* page = nullptr);

// ---- picture_grey.cpp: depth, transparency, orientation
// ------------------------------------------

// Scales whole or floating-point pixels of any depth to eight bits: 0 stays black and full scale,
// the smallest of 1, 8, 10, 12, 14 and 16 bits that holds the brightest pixel, becomes white. Only
// what no such depth explains is stretched. NaN and infinities become the darkest finite value.
using Numbers = std::variant<std::span<const std::uint16_t>, std::span<const std::int32_t>,
                             std::span<const float>>;
void grey_of(Numbers values, std::uint8_t* grey);

// Transparency from the one value that means "nothing here": 0 where it stands, else 255.
void alpha_of(Numbers values, double key, std::uint8_t* alpha);

// Lays a picture on the background that shows its ink; `alpha` has its size, 255 is opaque. Ink of
// one tone gets the opposite background, a picture that brings its own paper gets the tone of its
// rim, and one without any visible pixel becomes white.
void over_background(Grey grey, const std::uint8_t* alpha, std::uint8_t* out);

// Turns and mirrors as the EXIF orientation 1 to 8 asks. 5 to 8 swap height and width.
void upright(Grey grey, int orientation, std::uint8_t* out);

}  // namespace digitcli::vision
