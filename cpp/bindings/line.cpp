// The boundary of lines: a picture and where a line stands in it -> what the network is shown.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/line/line_picture.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using Place = std::tuple<double, double>;
using Places = std::tuple<Place, Place, Place>;

constexpr int kMost = 1024;            // pixels
constexpr double kFurthest = 1 << 22;  // pixels: no picture reaches as far

vision::Point point_of(const Place& place) {
  const auto [x, y] = place;
  if (!(std::abs(x) <= kFurthest && std::abs(y) <= kFurthest))
    throw py::value_error("corners must be finite and near the picture");
  return {x, y};
}

vision::Corners corners_of(const std::optional<Places>& places, vision::Grey picture) {
  const double wide = picture.width, high = picture.height;
  if (!places) return {{{0, 0}, {wide, 0}, {0, high}}};
  const auto& [left, right, foot] = *places;
  return {point_of(left), point_of(right), point_of(foot)};
}

void check(const char* name, int value, int least, int most) {
  if (value < least || value > most)
    throw py::value_error(std::string(name) + " must be from " + std::to_string(least) + " to " +
                          std::to_string(most) + ", got " + std::to_string(value));
}

py::tuple line_picture(const py::object& grey, const std::optional<Places>& places, int height,
                       int margin, int step) {
  const View<std::uint8_t> pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  check("height", height, 1, kMost);
  check("margin", margin, 0, kMost);
  check("step", step, 1, kMost);
  const vision::Corners corners = corners_of(places, picture);
  vision::LinePicture line;
  {
    py::gil_scoped_release nogil;
    line = vision::line_picture(picture, corners, {height, margin, step});
  }
  py::bytearray out = new_bytes(line.plane.values.size());
  std::copy(line.plane.values.begin(), line.plane.values.end(), memory_of(out));
  return py::make_tuple(out, line.plane.width, line.width);
}

}  // namespace

void bind_line(py::module_& m) {
  m.def("line_picture", &line_picture, py::arg("grey"), py::arg("corners") = py::none(),
        py::arg("height") = 40, py::arg("margin") = 0, py::arg("step") = 1,
        "uint8 (h, w) and three corners of a line -> (height * width bytes, width, the line's own "
        "width): 0 is paper, 255 full ink.");
}

}  // namespace digitcli::bindings
