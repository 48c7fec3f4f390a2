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
#include "network/int8/weights.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using network::Shape;
using network::int8::QuantizedLayer;
using Engine = network::Engine<network::int8::Network>;

// Weights that engines for pictures of all sizes share; the arrays are held as long as this lives.
class Int8Network {
 public:
  Int8Network(Shape input, const py::list& descriptions, const std::string& isa,
              const std::vector<std::string>& without, double temperature)
      : temperature_(temperature),
        weights_(input, layers_of(descriptions), network::all_passes_but(without),
                 base::find_kernels(isa)) {}

  std::unique_ptr<Engine> at(Shape input) const {
    return std::make_unique<Engine>(network::int8::Network(input, weights_), temperature_);
  }

 private:
  std::vector<QuantizedLayer> layers_of(const py::list& descriptions) {
    std::vector<QuantizedLayer> layers;
    for (const py::handle handle : descriptions) {
      const auto description = handle.cast<py::dict>();
      QuantizedLayer& layer = layers.emplace_back();
      read_layer(description, layer);
      layer.logits = field(description, "logits", false);
      hold(description, layer);
    }
    return layers;
  }

  void hold(const py::dict& description, QuantizedLayer& layer) {
    if (description.contains("weight")) {
      layer.weights = held_.hold(description, "weight", layer.weight_size);
      layer.biases = biases_.hold(description, "bias", layer.bias_size);
    }
    if (description.contains("scale")) {
      layer.scales = scales_.hold(description, "scale", layer.scales_size);
    }
  }

  Arrays<std::int8_t> held_;
  Arrays<std::int32_t> biases_;
  Arrays<float> scales_;
  double temperature_;
  network::int8::Weights weights_;
};

py::array run_int8_layers(const py::list& layers, const py::object& x, const std::string& isa,
                          int threads, const std::vector<std::string>& without) {
  return run_layers<std::uint8_t>(
      x, threads, [&](Shape in) { return Int8Network(in, layers, isa, without, 1).at(in); });
}

}  // namespace

void bind_int8(py::module_& m) {
  m.def("run_int8_layers", &run_int8_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1, py::arg("without") = std::vector<std::string>(),
        "Run quantised layers on uint8 (n, h, w, c): uint8, or float32 logits; for tests.");
  bind_engine<Engine>(m, "Int8Engine")
      .def(py::init([](Sizes input, const py::list& layers, const std::string& isa,
                       const std::vector<std::string>& without, double temperature) {
             const Shape shape = shape_of(input);
             return Int8Network(shape, layers, isa, without, temperature).at(shape);
           }),
           py::arg("input"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0);
  bind_network<Int8Network>(m, "Int8Network")
      .def(py::init([](Sizes input, const py::list& layers, const std::string& isa,
                       const std::vector<std::string>& without, double temperature) {
             return std::make_unique<Int8Network>(shape_of(input), layers, isa, without,
                                                  temperature);
           }),
           py::arg("input"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0);
}

}  // namespace digitcli::bindings
