#include "bindings/layers.h"

#include <pybind11/stl.h>

#include <utility>

#include "base/errors.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

network::Kind kind_of(const std::string& name, const std::string& kind) {
  if (kind == "conv") return network::Kind::conv;
  if (kind == "max_pool") return network::Kind::max_pool;
  if (kind == "global_average_pool") return network::Kind::average_pool;
  if (kind == "dense") return network::Kind::dense;
  throw base::BadNetwork(name + ": unknown kind of layer '" + kind + "'");
}

// One number for both directions, or (rows, columns).
network::Sides sides(const py::dict& description, const char* name) {
  if (!description.contains(name)) return {};
  const py::object value = description[name];
  if (py::isinstance<py::int_>(value)) return {value.cast<int>(), value.cast<int>()};
  const auto [rows, columns] = value.cast<std::pair<int, int>>();
  return {rows, columns};
}

}  // namespace

void read_layer(const py::dict& description, network::Layer& layer) {
  layer.name = description["name"].cast<std::string>();
  layer.kind = kind_of(layer.name, description["kind"].cast<std::string>());
  layer.units = field(description, "units", 0);
  layer.window = sides(description, "window");
  layer.stride = sides(description, "stride");
  layer.same = field(description, "same", false);
  layer.relu = field(description, "relu", false);
}

}  // namespace digitcli::bindings
