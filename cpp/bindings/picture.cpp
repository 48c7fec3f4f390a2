// The boundary of pictures: buffers of pixels in, bytearrays of pixels out.
#include <pybind11/pybind11.h>

#include <span>
#include <string>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/picture/grey.h"

namespace py = pybind11;

namespace digitcli::bindings {
using vision::Grey;

namespace {

using Pixels = View<std::uint8_t>;

std::uint8_t* bytes_of(const py::bytearray& bytes) {
  return reinterpret_cast<std::uint8_t*>(memory_of(bytes));
}

// Calls `use` with the numbers in `values`, which are uint16, int32 or float32.
template <class T, class... Others, class Use>
py::bytearray with_numbers(const py::object& values, Use use) {
  if constexpr (sizeof...(Others) > 0) {
    if (!holds<T>(values)) return with_numbers<Others...>(values, use);
  }
  const View<T> view(values, "values");
  py::bytearray out = new_bytes(view.size());
  const vision::Numbers numbers = std::span<const T>(view.data(), view.size());
  std::uint8_t* const to = bytes_of(out);
  {
    py::gil_scoped_release nogil;
    use(numbers, to);
  }
  return out;
}

template <class Use>
py::bytearray with_any_numbers(const py::object& values, Use use) {
  return with_numbers<std::uint16_t, std::int32_t, float>(values, use);
}

py::bytearray grey_of(const py::object& values) {
  return with_any_numbers(values, vision::grey_of);
}

py::bytearray alpha_of(const py::object& values, double key) {
  return with_any_numbers(values, [key](vision::Numbers numbers, std::uint8_t* to) {
    vision::alpha_of(numbers, key, to);
  });
}

py::bytearray over_background(const py::object& grey, const py::object& alpha) {
  const Pixels pixels(grey, "grey"), shares(alpha, "alpha");
  const Grey picture = checked_picture(pixels, "grey"), same = checked_picture(shares, "alpha");
  if (picture.height != same.height || picture.width != same.width)
    throw py::value_error("alpha must have the shape of grey, " + pixels.shape_text() + ", got " +
                          shares.shape_text());
  py::bytearray out = new_bytes(picture.size());
  std::uint8_t* const to = bytes_of(out);
  {
    py::gil_scoped_release nogil;
    vision::over_background(picture, same.pixels, to);
  }
  return out;
}

py::bytearray upright(const py::object& grey, int orientation) {
  if (orientation < 1 || orientation > 8)
    throw py::value_error("orientation must be from 1 to 8, got " + std::to_string(orientation));
  const Pixels pixels(grey, "grey");
  const Grey picture = checked_picture(pixels, "grey");
  py::bytearray out = new_bytes(picture.size());
  std::uint8_t* const to = bytes_of(out);
  {
    py::gil_scoped_release nogil;
    vision::upright(picture, orientation, to);
  }
  return out;
}

}  // namespace

void bind_picture(py::module_& m) {
  m.def("grey_of", &grey_of, py::arg("values"),
        "uint16, int32 or float32 pixels of any depth -> as many bytes of grey.");
  m.def("alpha_of", &alpha_of, py::arg("values"), py::arg("key"),
        "The transparency that one stored value stands for: 0 where it is, else 255.");
  m.def("over_background", &over_background, py::arg("grey"), py::arg("alpha"),
        "uint8 (h, w) with its transparency -> h * w bytes on the background that shows the ink.");
  m.def("upright", &upright, py::arg("grey"), py::arg("orientation"),
        "uint8 (h, w) -> h * w bytes, turned as the EXIF orientation asks.");
}

}  // namespace digitcli::bindings
