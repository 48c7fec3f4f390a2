// Pictures as Python passes them.
#pragma once
#include <string>

#include "bindings/view.h"
#include "vision/picture/picture.h"

namespace digitcli::bindings {

constexpr pybind11::ssize_t kMaxSide = 1 << 20;  // every index of a row or a block fits an int

// The picture in `pixels`; throws py::value_error, which names `what`, unless it has a shape
// (height, width) with at least one pixel.
inline vision::Grey checked_picture(const View<std::uint8_t>& pixels, const std::string& what) {
  if (pixels.ndim() != 2 || pixels.size() == 0 || pixels.shape(0) > kMaxSide ||
      pixels.shape(1) > kMaxSide) {
    throw pybind11::value_error(what + " must have shape (height, width), got " +
                                pixels.shape_text());
  }
  return {pixels.data(), static_cast<int>(pixels.shape(0)), static_cast<int>(pixels.shape(1))};
}

}  // namespace digitcli::bindings
