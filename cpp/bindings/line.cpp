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

constexpr int kMostHeight = 1024;
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

py::tuple line_picture(const py::object& grey, const std::optional<Places>& places, int height) {
  const View<std::uint8_t> pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  if (height < 1 || height > kMostHeight)
    throw py::value_error("height must be from 1 to " + std::to_string(kMostHeight) + ", got " +
                          std::to_string(height));
  const vision::Corners corners = corners_of(places, picture);
  vision::Plane line;
  {
    py::gil_scoped_release nogil;
    line = vision::line_picture(picture, corners, height);
  }
  py::bytearray out = new_bytes(line.values.size());
  std::copy(line.values.begin(), line.values.end(), memory_of(out));
  return py::make_tuple(out, line.width);
}

}  // namespace

void bind_line(py::module_& m) {
  m.def("line_picture", &line_picture, py::arg("grey"), py::arg("corners") = py::none(),
        py::arg("height") = 40,
        "uint8 (h, w) and three corners of a line -> (height * width bytes, width): 0 is paper, "
        "255 full ink.");
}

}  // namespace digitcli::bindings
