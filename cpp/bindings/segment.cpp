// The boundary of segmentation: a page's ink in, pieces and candidate digits out.
#include "vision/segment/segment.h"

#include <pybind11/pybind11.h>

#include <algorithm>
#include <vector>

#include "bindings/module.h"
#include "bindings/view.h"

namespace py = pybind11;

namespace digitcli::bindings {

namespace {

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

py::dict segment(const vision::Page& page) {
  vision::Segments found;
  {
    py::gil_scoped_release nogil;
    found = vision::segment(page.ink.view(), page.mask, page.stroke, page.ruled_lines);
  }
  return describe(found);
}

}  // namespace

void bind_segment(py::module_& m) {
  m.def("segment", &segment, py::arg("page"),
        "The ink of a page -> pieces, lines, candidates, their pictures (28 * 28 bytes each) and "
        "the boxes of other ink.");
}

}  // namespace digitcli::bindings
