// The boundary of prepared pages: a picture in, its ink and what is known of it out.
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

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

namespace {

using Pixels = View<std::uint8_t>;
py::bytearray bytes_of(const Plane& plane) {
  py::bytearray bytes = new_bytes(plane.values.size());
  std::copy(plane.values.begin(), plane.values.end(), memory_of(bytes));
  return bytes;
}

using vision::NormalizedDigit;

// (28 * 28 bytes, box), None without a digit.
py::object tuple_of(const std::optional<NormalizedDigit>& digit) {
  if (!digit) return py::none();
  py::bytearray out = new_bytes(digit->picture.size());
  std::copy(digit->picture.begin(), digit->picture.end(), memory_of(out));
  const auto [x, y, width, height] = digit->box;
  return py::make_tuple(out, py::make_tuple(x, y, width, height));
}

py::dict prepare(const py::object& grey, int threads, int longest_side, bool remove_rules,
                 bool digit) {
  const Pixels pixels(grey, "grey");
  const vision::Grey picture = checked_picture(pixels, "grey");
  if (longest_side < 1) throw py::value_error("longest_side must be at least 1");
  Page page;
  std::optional<NormalizedDigit> one;
  {
    py::gil_scoped_release nogil;
    base::ThreadPool pool;
    const base::Team team(&pool, pool.prepare(std::max(1, threads)));
    page = vision::prepare(picture, {longest_side, remove_rules}, team);
    const bool whole = page.factor == 1 && remove_rules;
    if (digit) one = vision::normalize(picture, whole ? &page : nullptr);
  }
  py::list rules;
  for (const vision::Rule& rule : page.rules)
    rules.append(py::make_tuple(rule.x0, rule.y0, rule.x1, rule.y1, rule.thickness));
  py::dict found;
  found["ink"] = bytes_of(page.ink);
  found["mask"] = bytes_of(page.mask);
  found["height"] = page.ink.height;
  found["width"] = page.ink.width;
  found["factor"] = page.factor;
  found["light_ink"] = page.light_ink;
  found["contrast"] = page.contrast;
  found["stroke"] = page.stroke;
  found["rules"] = rules;
  found["extent"] = py::make_tuple(page.extent.width, page.extent.tallest, page.extent.second);
  found["digit"] = tuple_of(one);
  return found;
}

using BoxTuple = std::tuple<int, int, int, int>;

py::object normalize_ink(const py::object& ink, const py::object& mask, const BoxTuple& place,
                         const py::object& keep) {
  const Pixels amounts(ink, "ink"), marks(mask, "mask");
  const vision::Grey inks = checked_picture(amounts, "ink"),
                     marked = checked_picture(marks, "mask");
  const auto [x, y, width, height] = place;
  if (inks.height != marked.height || inks.width != marked.width)
    throw py::value_error("mask must have the shape of ink, " + amounts.shape_text() + ", got " +
                          marks.shape_text());
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > inks.width - x ||
      height > inks.height - y)
    throw py::value_error("box must lie inside ink, " + amounts.shape_text());
  const vision::Box box{x, y, width, height};
  std::optional<Pixels> kept;
  if (!keep.is_none()) {
    kept.emplace(keep, "keep");
    if (kept->ndim() != 2 || kept->shape(0) != height || kept->shape(1) != width)
      throw py::value_error("keep must have the shape of the box, got " + kept->shape_text());
  }
  return tuple_of(kept ? vision::normalize(inks, marked, box, kept->data())
                       : vision::digit_in(inks, marked, box));
}

py::tuple components(const py::object& mask) {
  const Pixels pixels(mask, "mask");
  const vision::Grey marked = checked_picture(pixels, "mask");
  vision::Components all;
  {
    py::gil_scoped_release nogil;
    Plane plane(marked.height, marked.width);
    std::copy(marked.pixels, marked.pixels + marked.size(), plane.values.begin());
    all = vision::components_of(plane);
  }
  const std::size_t bytes = all.labels.size() * sizeof(std::int32_t);
  py::bytearray labels = new_bytes(bytes);
  std::memcpy(memory_of(labels), all.labels.data(), bytes);
  py::list found;
  for (const auto& [box, area] : all.found)
    found.append(py::make_tuple(py::make_tuple(box.x, box.y, box.width, box.height), area));
  return py::make_tuple(labels, found);
}

}  // namespace

void bind_page(py::module_& m) {
  m.def("prepare", &prepare, py::arg("grey"), py::kw_only(), py::arg("threads") = 1,
        py::arg("longest_side") = vision::PageOptions{}.longest_side,
        py::arg("remove_rules") = true, py::arg("digit") = false,
        "uint8 (h, w) -> the page's ink, mask, height, width, factor, light_ink, contrast, "
        "stroke, rules and extent, and what `normalize` makes of it where `digit` is asked for.");
  m.def(
      "normalize_ink", &normalize_ink, py::arg("ink"), py::arg("mask"), py::arg("box"),
      py::arg("keep") = py::none(),
      "The digit of a prepared page inside a box -> (28 * 28 bytes, tight box), None without ink. "
      "Its pixels are those of keep; without it they are looked for.");
  m.def("components", &components, py::arg("mask"),
        "uint8 (h, w) -> (int32 numbers of h * w pixels, [(box, area)]): 0 is paper, 1 the first.");
}

}  // namespace digitcli::bindings
