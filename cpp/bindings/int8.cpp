// The boundary of the int8 engine.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/dispatch.h"
#include "bindings/engine.h"
#include "bindings/layers.h"
#include "bindings/module.h"
#include "network/int8/network.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using network::Shape;
using network::int8::QuantizedLayer;
using Engine = network::Engine<network::int8::Network>;

// The arrays of all layers, held as long as this lives.
struct QuantizedArrays {
  void hold(const py::dict& description, QuantizedLayer& layer) {
    if (description.contains("weight")) {
      layer.weights = weights.hold(description, "weight", layer.weight_size);
      layer.biases = biases.hold(description, "bias", layer.bias_size);
    }
    if (description.contains("scale")) {
      layer.scales = scales.hold(description, "scale", layer.scales_size);
    }
  }

  Arrays<std::int8_t> weights;
  Arrays<std::int32_t> biases;
  Arrays<float> scales;
};

std::unique_ptr<Engine> make_engine(Shape input, const py::list& descriptions,
                                    const std::string& isa, const std::vector<std::string>& without,
                                    double temperature) {
  QuantizedArrays arrays;
  std::vector<QuantizedLayer> layers;
  for (const py::handle handle : descriptions) {
    const auto description = handle.cast<py::dict>();
    QuantizedLayer& layer = layers.emplace_back();
    read_layer(description, layer);
    layer.logits = field(description, "logits", false);
    arrays.hold(description, layer);
  }
  return std::make_unique<Engine>(network::int8::Network(input, layers, base::find_kernels(isa),
                                                         network::all_passes_but(without)),
                                  temperature);
}

py::array run_int8_layers(const py::list& layers, const py::object& x, const std::string& isa,
                          int threads, const std::vector<std::string>& without) {
  return run_layers<std::uint8_t>(
      x, threads, [&](Shape in) { return make_engine(in, layers, isa, without, 1); });
}

}  // namespace

void bind_int8(py::module_& m) {
  m.def("run_int8_layers", &run_int8_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1, py::arg("without") = std::vector<std::string>(),
        "Run quantised layers on uint8 (n, h, w, c): uint8, or float32 logits; for tests.");
  bind_engine<Engine>(m, "Int8Engine")
      .def(py::init([](std::tuple<int, int, int> input, const py::list& layers,
                       const std::string& isa, const std::vector<std::string>& without,
                       double temperature) {
             const auto [height, width, channels] = input;
             return make_engine({height, width, channels}, layers, isa, without, temperature);
           }),
           py::arg("input"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0);
}

}  // namespace digitcli::bindings
