// The boundary of finding: pictures at other sizes, and lines out of a network's maps.
#include <pybind11/pybind11.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/find/lines.h"
#include "vision/find/scale.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using Pixels = View<std::uint8_t>;

void check_size(int height, int width) {
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide)
    throw py::value_error("height and width must be from 1 to " + std::to_string(kMaxSide));
}

py::bytearray bytes_of(const vision::Plane& plane) {
  py::bytearray out = new_bytes(plane.values.size());
  std::copy(plane.values.begin(), plane.values.end(), memory_of(out));
  return out;
}

py::bytearray scaled(const py::object& grey, int height, int width) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  check_size(height, width);
  vision::Plane found;
  {
    py::gil_scoped_release nogil;
    found = vision::scaled(picture, height, width);
  }
  return bytes_of(found);
}

py::bytearray filled_up(const py::object& grey, int height, int width) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  check_size(height, width);
  if (height < picture.height || width < picture.width)
    throw py::value_error("grey must fit into height and width, got " + pixels.shape_text());
  vision::Plane found;
  {
    py::gil_scoped_release nogil;
    found = vision::filled_up(picture, height, width);
  }
  return bytes_of(found);
}

// The second of two values at each place of the upper left (height, width) ones.
py::bytearray inside_of(const py::object& values, int columns, int height, int width) {
  const View<float> pairs(values, "values");
  check_size(height, width);
  const auto row = 2 * static_cast<std::size_t>(columns);
  if (columns < width || row * static_cast<std::size_t>(height) > pairs.size())
    throw py::value_error("values must hold height x columns pairs, got " + pairs.shape_text());
  py::bytearray out =
      new_bytes(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * sizeof(float));
  auto* to = reinterpret_cast<float*>(memory_of(out));
  for (int y = 0; y < height; ++y) {
    const float* from = pairs.data() + row * static_cast<std::size_t>(y);
    for (int x = 0; x < width; ++x) *to++ = from[2 * x + 1];
  }
  return out;
}

py::tuple described(const vision::FoundLine& line) {
  py::tuple corners(line.corners.size());
  for (std::size_t i = 0; i < line.corners.size(); ++i)
    corners[i] = py::make_tuple(line.corners[i].x, line.corners[i].y);
  return py::make_tuple(corners, line.row, line.column, line.score);
}

// maps: [(values float32 (height, width), pixels down, pixels across)]
py::list lines_of(const py::list& maps, double least) {
  std::deque<View<float>> views;
  std::vector<vision::PlaceMap> places;
  for (const py::handle item : maps) {
    const auto map = item.cast<py::tuple>();
    if (map.size() != 3) throw py::value_error("each map must be (values, down, across)");
    const View<float>& view = views.emplace_back(map[0], "a map");
    if (view.ndim() != 2)
      throw py::value_error("a map must have shape (height, width), got " + view.shape_text());
    const auto down = map[1].cast<double>(), across = map[2].cast<double>();
    if (!(down > 0) || !(across > 0))
      throw py::value_error("a place of a map must be larger than nothing");
    places.push_back({view.data(), static_cast<int>(view.shape(0)), static_cast<int>(view.shape(1)),
                      down, across});
  }
  std::vector<vision::FoundLine> found;
  {
    py::gil_scoped_release nogil;
    found = vision::lines_of(places, least);
  }
  py::list lines;
  for (const vision::FoundLine& line : found) lines.append(described(line));
  return lines;
}

}  // namespace

void bind_find(py::module_& m) {
  m.def("scaled", &scaled, py::arg("grey"), py::arg("height"), py::arg("width"),
        "uint8 (h, w) -> height * width bytes: averaged down, or drawn larger.");
  m.def("filled_up", &filled_up, py::arg("grey"), py::arg("height"), py::arg("width"),
        "uint8 (h, w) -> height * width bytes: the picture, and its usual tone right and below.");
  m.def("inside_of", &inside_of, py::arg("values"), py::arg("columns"), py::arg("height"),
        py::arg("width"),
        "float32 pairs, `columns` in a row -> the second of each, of the first height rows and "
        "width columns.");
  m.def("lines_of", &lines_of, py::arg("maps"), py::arg("least") = 0.5,
        "[(float32 (h, w), pixels down, pixels across)] -> [(corners, row, column, score)], of "
        "places with a probability of more than `least`.");
}

}  // namespace digitcli::bindings
