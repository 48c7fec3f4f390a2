// The boundary of the float32 engine.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/dispatch.h"
#include "bindings/engine.h"
#include "bindings/layers.h"
#include "bindings/module.h"
#include "network/float32/network.h"
#include "network/fold.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using network::Layer;
using network::Shape;
using Engine = network::Engine<network::float32::Network>;

std::unique_ptr<Engine> make_engine(Shape input, float scale, const py::list& descriptions,
                                    const std::string& isa, const std::vector<std::string>& without,
                                    double temperature) {
  Arrays<float> arrays;
  std::vector<Layer> layers;
  for (const py::handle handle : descriptions) {
    const auto description = handle.cast<py::dict>();
    Layer& layer = layers.emplace_back();
    read_layer(description, layer);
    if (description.contains("weight")) {
      layer.weight = arrays.hold(description, "weight", layer.weight_size);
      layer.bias = arrays.hold(description, "bias", layer.bias_size);
    }
  }
  return std::make_unique<Engine>(
      network::float32::Network(input, scale, layers, base::find_kernels(isa),
                                network::all_passes_but(without)),
      temperature);
}

py::array run_float32_layers(const py::list& layers, const py::object& x, const std::string& isa,
                             int threads, const std::vector<std::string>& without) {
  return run_layers<float>(
      x, threads, [&](Shape in) { return make_engine(in, 1.0f, layers, isa, without, 1); });
}

std::vector<std::vector<std::string>> linear_chains(const py::list& descriptions) {
  std::vector<Layer> layers;
  for (const py::handle description : descriptions) {
    read_layer(description.cast<py::dict>(), layers.emplace_back());
  }
  return network::linear_chains(layers);
}

// How many values are NaN or infinite.
std::size_t count_not_finite(const py::object& values) {
  const View<float> view(values, "values");
  py::gil_scoped_release nogil;
  std::size_t found = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(view.data());
  for (std::size_t i = 0; i < view.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, bytes + i * sizeof bits, sizeof bits);  // the values may lie at any byte
    found += (bits & 0x7f800000u) == 0x7f800000u;
  }
  return found;
}

}  // namespace

void bind_float32(py::module_& m) {
  m.def("run_layers", &run_float32_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1, py::arg("without") = std::vector<std::string>(),
        "Run layers on float32 (n, h, w, c), without scale and softmax; for tests.");
  bind_engine<Engine>(m, "Engine")
      .def(py::init([](std::tuple<int, int, int> input, float scale, const py::list& layers,
                       const std::string& isa, const std::vector<std::string>& without,
                       double temperature) {
             const auto [height, width, channels] = input;
             return make_engine({height, width, channels}, scale, layers, isa, without,
                                temperature);
           }),
           py::arg("input"), py::arg("scale"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0);
  m.def("linear_chains", &linear_chains, py::arg("layers"),
        "The names of all layers in order, in lists: dense layers that are one matrix together.");
  m.def("count_not_finite", &count_not_finite, py::arg("values"),
        "How many of these float32 values are NaN or infinite.");
}

}  // namespace digitcli::bindings
