// The boundary of segmentation: a page's ink in, pieces and candidate digits out.
#include "vision/segment/segment.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "bindings/grey.h"
#include "bindings/module.h"
#include "bindings/view.h"

namespace py = pybind11;

namespace digitcli::bindings {
using vision::Grey;
using vision::Plane;

namespace {

using Pixels = View<std::uint8_t>;
using RuleTuple = std::tuple<double, double, double, double, double>;

py::tuple tuple_of(const vision::Box& box) {
  return py::make_tuple(box.x, box.y, box.width, box.height);
}

template <class Items, class Describe>
py::list list_of(const Items& items, Describe describe) {
  py::list list;
  for (const auto& item : items) list.append(describe(item));
  return list;
}

py::bytearray bytes_of(const std::vector<vision::DigitPixels>& pictures) {
  py::bytearray bytes = new_bytes(pictures.size() * vision::DigitPixels{}.size());
  char* to = memory_of(bytes);
  for (const vision::DigitPixels& picture : pictures)
    to = std::copy(picture.begin(), picture.end(), to);
  return bytes;
}

py::dict describe(const vision::Segments& found) {
  py::dict result;
  result["pieces"] = list_of(found.pieces, [](const vision::Piece& piece) {
    return py::make_tuple(tuple_of(piece.box), piece.area, piece.component, piece.left,
                          piece.right);
  });
  result["lines"] = list_of(found.lines, [](const vision::Line& line) {
    return py::make_tuple(line.first, line.last, line.height, line.slant);
  });
  result["candidates"] = list_of(found.candidates, [](const vision::Candidate& candidate) {
    return py::make_tuple(candidate.line, candidate.first, candidate.last, tuple_of(candidate.box),
                          candidate.gap, candidate.parts);
  });
  result["pictures"] = bytes_of(found.pictures);
  result["others"] = list_of(found.others, tuple_of);
  return result;
}

py::dict segment(const py::object& ink, const py::object& mask, double stroke,
                 const std::vector<RuleTuple>& rules) {
  const Pixels amounts(ink, "ink"), marked(mask, "mask");
  const Grey inks = checked_picture(amounts, "ink");
  const Grey marks = checked_picture(marked, "mask");
  if (inks.height != marks.height || inks.width != marks.width)
    throw py::value_error("mask must have the shape of ink, " + amounts.shape_text() + ", got " +
                          marked.shape_text());
  if (!(stroke >= 0)) throw py::value_error("stroke must not be negative");
  std::vector<vision::Rule> lines;
  for (const auto& [x0, y0, x1, y1, thickness] : rules)
    lines.push_back({x0, y0, x1, y1, thickness});
  vision::Segments found;
  {
    py::gil_scoped_release nogil;
    Plane plane(marks.height, marks.width);
    std::copy(marks.pixels, marks.pixels + marks.size(), plane.values.begin());
    found = vision::segment(inks, plane, stroke, lines);
  }
  return describe(found);
}

}  // namespace

void bind_segment(py::module_& m) {
  m.def("segment", &segment, py::arg("ink"), py::arg("mask"), py::arg("stroke"), py::arg("rules"),
        "A prepared page's ink and mask, uint8 (h, w), its stroke width and rules -> pieces, "
        "lines, candidates, their pictures (28 * 28 bytes each) and the boxes of other ink.");
}

}  // namespace digitcli::bindings
