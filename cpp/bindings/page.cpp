// The boundary of prepared pages: a picture in, its ink and what is known of it out.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/page/digit.h"
#include "vision/page/normalize.h"
#include "vision/picture/components.h"

namespace py = pybind11;

namespace digitcli::bindings {
using vision::Page;
using vision::Plane;
using vision::RuledLine;

namespace {

using Pixels = View<std::uint8_t>;
using BoxTuple = std::tuple<int, int, int, int>;

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

Page known_page(const py::object& ink, const py::object& mask, double stroke,
                const std::vector<RuledLine>& ruled_lines) {
  const Pixels amounts(ink, "ink"), marks(mask, "mask");
  const vision::Grey inks = checked_picture(amounts, "ink"),
                     marked = checked_picture(marks, "mask");
  if (inks.height != marked.height || inks.width != marked.width)
    throw py::value_error("mask must have the shape of ink, " + amounts.shape_text() + ", got " +
                          marks.shape_text());
  if (!(stroke >= 0)) throw py::value_error("stroke must not be negative");
  Page page;
  page.ink = plane_of(inks);
  page.mask = plane_of(marked);
  page.stroke = stroke;
  page.ruled_lines = ruled_lines;
  return page;
}

Page prepare(const py::object& grey, int threads, bool remove_ruled_lines) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  py::gil_scoped_release nogil;
  base::ThreadPool pool;
  const base::Team team(&pool, pool.prepare(std::max(1, threads)));
  vision::PageOptions options;
  options.remove_ruled_lines = remove_ruled_lines;
  return vision::prepare(picture, options, team);
}

py::object normalize(const py::object& grey, const Page* page) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  const bool fine = page && page->factor == 1;
  if (fine && (page->ink.height != picture.height || page->ink.width != picture.width))
    throw py::value_error("page must be that of grey, " + pixels.shape_text());
  std::optional<vision::NormalizedDigit> found;
  {
    py::gil_scoped_release nogil;
    found = vision::normalize(picture, fine ? page : nullptr);
  }
  return tuple_of(found);
}

py::object normalize_ink(const Page& page, const BoxTuple& place, const py::object& keep) {
  const vision::Grey ink = page.ink.view();
  const auto [x, y, width, height] = place;
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > ink.width - x || height > ink.height - y)
    throw py::value_error("box must lie inside ink, " +
                          std::string(py::str(py::make_tuple(ink.height, ink.width))));
  const vision::Box box{x, y, width, height};
  if (keep.is_none()) return tuple_of(vision::digit_in(ink, page.mask.view(), box));
  const Pixels kept(keep, "keep");
  if (kept.ndim() != 2 || kept.shape(0) != height || kept.shape(1) != width)
    throw py::value_error("keep must have the shape of the box, got " + kept.shape_text());
  return tuple_of(vision::normalize(ink, page.mask.view(), box, kept.data()));
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
      .def(py::init<double, double, double, double, double>(), py::arg("x0"), py::arg("y0"),
           py::arg("x1"), py::arg("y1"), py::arg("thickness"))
      .def_readonly("x0", &RuledLine::x0)
      .def_readonly("y0", &RuledLine::y0)
      .def_readonly("x1", &RuledLine::x1)
      .def_readonly("y1", &RuledLine::y1)
      .def_readonly("thickness", &RuledLine::thickness)
      .def(
          "__eq__", [](const RuledLine& one, const RuledLine& other) { return one == other; },
          py::arg("other"), py::is_operator());
}

// A view of one of a page's planes, which keeps the page alive.
template <Plane Page::* plane>
py::memoryview view_of(const py::object& page) {
  Plane& found = page.cast<Page&>().*plane;
  return py::memoryview(py::cast(&found, py::return_value_policy::reference_internal, page));
}

void bind_page_class(py::module_& m) {
  py::class_<Page>(m, "Page", "The ink of a picture, in working pixels.")
      .def(py::init(&known_page), py::arg("ink"), py::arg("mask"), py::kw_only(),
           py::arg("stroke") = 0.0, py::arg("ruled_lines") = std::vector<RuledLine>{})
      .def_property_readonly("ink", &view_of<&Page::ink>)
      .def_property_readonly("mask", &view_of<&Page::mask>)
      .def_readonly("factor", &Page::factor)
      .def_readonly("light_ink", &Page::light_ink)
      .def_readonly("contrast", &Page::contrast)
      .def_readonly("stroke", &Page::stroke)
      .def_readonly("ruled_lines", &Page::ruled_lines)
      .def_property_readonly("extent", [](const Page& page) {
        const auto& [width, tallest, second] = page.extent;
        return py::make_tuple(width, tallest, second);
      });
}

}  // namespace

void bind_page(py::module_& m) {
  bind_plane(m);
  bind_ruled_line(m);
  bind_page_class(m);
  m.def("prepare", &prepare, py::arg("grey"), py::kw_only(), py::arg("threads") = 1,
        py::arg("remove_ruled_lines") = true, "uint8 (h, w) of any size -> its Page.");
  m.def("normalize", &normalize, py::arg("grey"), py::arg("page") = py::none(),
        "uint8 (h, w) -> (28 * 28 bytes, (x, y, width, height)), None when it is blank. `page` is "
        "what `prepare` made of it: the work on a small picture is then not done again.");
  m.def("normalize_ink", &normalize_ink, py::arg("page"), py::arg("box"),
        py::arg("keep") = py::none(),
        "The digit of a page inside a box -> (28 * 28 bytes, tight box), None without ink. "
        "Its pixels are those of keep; without it they are looked for.");
  m.def("components", &components, py::arg("mask"),
        "uint8 (h, w) -> (int32 numbers of h * w pixels, [(box, area)]): 0 is paper, 1 the first.");
}

}  // namespace digitcli::bindings
