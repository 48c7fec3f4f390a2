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
#include "network/float32/weights.h"
#include "network/fold.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using network::Layer;
using network::Shape;
using Engine = network::Engine<network::float32::Network>;

// Outside libstdc++ pybind11 knows classes by their names alone: no two may have one, wherever they
// are. Weights that engines for pictures of all sizes share; the arrays are held as long as this
// lives.
class Float32Network {
 public:
  Float32Network(Shape input, float scale, const py::list& descriptions, const std::string& isa,
                 const std::vector<std::string>& without, double temperature)
      : scale_(scale),
        temperature_(temperature),
        weights_(input, layers_of(descriptions), network::all_passes_but(without),
                 base::find_kernels(isa)) {}

  std::unique_ptr<Engine> at(Shape input) const {
    return std::make_unique<Engine>(network::float32::Network(input, scale_, weights_),
                                    temperature_);
  }

 private:
  std::vector<Layer> layers_of(const py::list& descriptions) {
    std::vector<Layer> layers;
    for (const py::handle handle : descriptions) {
      const auto description = handle.cast<py::dict>();
      Layer& layer = layers.emplace_back();
      read_layer(description, layer);
      if (description.contains("weight")) {
        layer.weight = arrays_.hold(description, "weight", layer.weight_size);
        layer.bias = arrays_.hold(description, "bias", layer.bias_size);
      }
    }
    return layers;
  }

  Arrays<float> arrays_;
  float scale_;
  double temperature_;
  network::float32::Weights weights_;
};

py::array run_float32_layers(const py::list& layers, const py::object& x, const std::string& isa,
                             int threads, const std::vector<std::string>& without) {
  return run_layers<float>(x, threads, [&](Shape in) {
    return Float32Network(in, 1.0f, layers, isa, without, 1).at(in);
  });
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
      .def(py::init([](Sizes input, float scale, const py::list& layers, const std::string& isa,
                       const std::vector<std::string>& without, double temperature) {
             const Shape shape = shape_of(input);
             return Float32Network(shape, scale, layers, isa, without, temperature).at(shape);
           }),
           py::arg("input"), py::arg("scale"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0);
  bind_network<Float32Network>(m, "Network")
      .def(py::init([](Sizes input, float scale, const py::list& layers, const std::string& isa,
                       const std::vector<std::string>& without, double temperature) {
             return std::make_unique<Float32Network>(shape_of(input), scale, layers, isa, without,
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
