// The boundary of prepared pages: a picture in, its ink and what is known of it out.
#include "vision/page/page.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/page/alone.h"
#include "vision/page/normalize.h"
#include "vision/picture/components.h"

namespace py = pybind11;

namespace digitcli::bindings {
using vision::Page;
using vision::Plane;
using vision::RuledLine;

namespace {

using Pixels = View<std::uint8_t>;

// (28 * 28 bytes, box), None without a digit.
py::object tuple_of(const std::optional<vision::NormalizedDigit>& digit) {
  if (!digit) return py::none();
  py::bytearray out = new_bytes(digit->picture.size());
  std::copy(digit->picture.begin(), digit->picture.end(), memory_of(out));
  const auto [x, y, width, height] = digit->box;
  return py::make_tuple(out, py::make_tuple(x, y, width, height));
}

Plane plane_of(vision::Grey grey) {
  Plane plane(grey.height, grey.width);
  std::copy(grey.pixels, grey.pixels + grey.size(), plane.values.begin());
  return plane;
}

Page prepare(const py::object& grey, bool remove_ruled_lines) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  py::gil_scoped_release nogil;
  return vision::prepare(picture, remove_ruled_lines);
}

py::object normalize(const py::object& grey) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  std::optional<vision::NormalizedDigit> found;
  {
    py::gil_scoped_release nogil;
    found = vision::normalize(picture);
  }
  return tuple_of(found);
}

using Sides = std::array<int, 4>;  // x, y, width, height

bool stands_alone(const py::object& grey, const Sides& box) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  const auto [x, y, width, height] = box;
  const bool is_inside = x >= 0 && y >= 0 && width > 0 && height > 0 &&
                         width <= picture.width - x && height <= picture.height - y;
  if (!is_inside) throw py::value_error("box must lie in grey, " + pixels.shape_text());
  return vision::stands_alone(picture, {x, y, width, height});
}

vision::Grey same_shape(const Pixels& pixels, const char* name, const Pixels& ink) {
  const vision::Grey found = checked_picture(pixels, name);
  if (found.height != ink.shape(0) || found.width != ink.shape(1))
    throw py::value_error(std::string(name) + " must have the shape of ink, " + ink.shape_text() +
                          ", got " + pixels.shape_text());
  return found;
}

py::object normalize_ink(const py::object& ink, const py::object& mask, const py::object& keep) {
  const Pixels amounts(ink, "ink"), marks(mask, "mask"), kept(keep, "keep");
  const vision::Grey inks = checked_picture(amounts, "ink");
  const vision::Grey marked = same_shape(marks, "mask", amounts);
  const vision::Grey own = same_shape(kept, "keep", amounts);
  return tuple_of(vision::normalize(inks, marked, {0, 0, inks.width, inks.height}, own.pixels));
}

py::tuple components(const py::object& mask) {
  const Pixels pixels(mask, "mask");
  const vision::Grey marked = checked_picture(pixels, "mask");
  vision::Components all;
  {
    py::gil_scoped_release nogil;
    all = vision::components_of(plane_of(marked));
  }
  const std::size_t bytes = all.labels.size() * sizeof(std::int32_t);
  py::bytearray labels = new_bytes(bytes);
  std::memcpy(memory_of(labels), all.labels.data(), bytes);
  py::list found;
  for (const auto& [box, area] : all.found)
    found.append(py::make_tuple(py::make_tuple(box.x, box.y, box.width, box.height), area));
  return py::make_tuple(labels, found);
}

void bind_plane(py::module_& m) {
  constexpr bool kReadOnly = true;
  py::class_<Plane>(m, "Plane", py::buffer_protocol(), "uint8 (h, w), read-only.")
      .def_buffer([](Plane& plane) {
        return py::buffer_info(plane.values.data(), 1, "B", 2, {plane.height, plane.width},
                               {plane.width, 1}, kReadOnly);
      });
}

void bind_ruled_line(py::module_& m) {
  py::class_<RuledLine>(m, "RuledLine",
                        "A straight line that was taken out: its two ends and its thickness.")
      .def_readonly("x0", &RuledLine::x0)
      .def_readonly("y0", &RuledLine::y0)
      .def_readonly("x1", &RuledLine::x1)
      .def_readonly("y1", &RuledLine::y1)
      .def_readonly("thickness", &RuledLine::thickness);
}

// A view of one of a page's planes, which keeps the page alive.
template <Plane Page::* plane>
py::memoryview view_of(const py::object& page) {
  Plane& found = page.cast<Page&>().*plane;
  return py::memoryview(py::cast(&found, py::return_value_policy::reference_internal, page));
}

void bind_page_class(py::module_& m) {
  py::class_<Page>(m, "Page", "The ink of a picture, in working pixels.")
      .def_property_readonly("ink", &view_of<&Page::ink>)
      .def_property_readonly("mask", &view_of<&Page::mask>)
      .def_readonly("factor", &Page::factor)
      .def_readonly("light_ink", &Page::light_ink)
      .def_readonly("contrast", &Page::contrast)
      .def_readonly("stroke", &Page::stroke)
      .def_readonly("ruled_lines", &Page::ruled_lines);
}

}  // namespace

void bind_page(py::module_& m) {
  bind_plane(m);
  bind_ruled_line(m);
  bind_page_class(m);
  m.def("prepare", &prepare, py::arg("grey"), py::kw_only(), py::arg("remove_ruled_lines") = true,
        "uint8 (h, w) of any size -> its Page.");
  m.def("normalize", &normalize, py::arg("grey"),
        "uint8 (h, w) -> (28 * 28 bytes, (x, y, width, height)), None when it is blank.");
  m.def("stands_alone", &stands_alone, py::arg("grey"), py::arg("box"),
        "Whether the digit in a box (x, y, width, height) of uint8 (h, w) is all that it shows.");
  m.def("normalize_ink", &normalize_ink, py::arg("ink"), py::arg("mask"), py::arg("keep"),
        "The digit that a page's pixels of `keep`, uint8 (h, w), make -> (28 * 28 bytes, its box), "
        "None without ink. The last step of `normalize`, for its twin.");
  m.def("components", &components, py::arg("mask"),
        "uint8 (h, w) -> (int32 numbers of h * w pixels, [(box, area)]): 0 is paper, 1 the first.");
}

}  // namespace digitcli::bindings
