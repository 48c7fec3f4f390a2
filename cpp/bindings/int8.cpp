// The boundary of the int8 engine: check buffers, release the GIL, own results.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "network/int8/engine.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using base::BadNetwork;
using network::Kind;
using network::Shape;
using network::int8::Engine;
using network::int8::QuantizedLayer;

constexpr int kMaxThreads = 1024;

// The values of an array of exactly this type, C-contiguous. The array stays Python's.
template <class T>
const T* checked(const py::array& a, const std::string& what, const char* type) {
  if (!a.dtype().is(py::dtype::of<T>())) {
    throw py::type_error(what + " must be " + type + ", got " + std::string(py::str(a.dtype())));
  }
  if ((a.flags() & py::array::c_style) == 0) {
    throw py::value_error(what + " must be C-contiguous; pass numpy.ascontiguousarray(...)");
  }
  return static_cast<const T*>(a.data());
}

int checked_count(py::ssize_t n) {
  if (n > 1 << 30) throw py::value_error("too many images for one call: " + std::to_string(n));
  return static_cast<int>(n);
}

int checked_threads(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error("threads must be from 1 to " + std::to_string(kMaxThreads) + ", got " +
                          std::to_string(threads));
  }
  return threads;
}

template <class T>
T field(const py::dict& layer, const char* name, T otherwise) {
  return layer.contains(name) ? layer[name].cast<T>() : otherwise;
}

Kind kind_of(const std::string& name, const std::string& kind) {
  if (kind == "conv") return Kind::conv;
  if (kind == "max_pool") return Kind::max_pool;
  if (kind == "global_average_pool") return Kind::average_pool;
  if (kind == "dense") return Kind::dense;
  throw BadNetwork(name + ": unknown kind of layer '" + kind + "'");
}

// A layer as Python describes it. Its arrays stay Python's: keep `description` alive.
QuantizedLayer layer_of(const py::dict& description) {
  QuantizedLayer layer;
  layer.name = description["name"].cast<std::string>();
  layer.kind = kind_of(layer.name, description["kind"].cast<std::string>());
  layer.units = field(description, "units", 0);
  layer.window = field(description, "window", 1);
  layer.stride = field(description, "stride", 1);
  layer.same = field(description, "same", false);
  layer.logits = field(description, "logits", false);
  const auto array = [&](const char* name) { return description[name].cast<py::array>(); };
  if (description.contains("weight")) {
    const py::array weight = array("weight"), bias = array("bias");
    layer.weights = checked<std::int8_t>(weight, layer.name + ".weight", "int8");
    layer.weight_size = static_cast<std::size_t>(weight.size());
    layer.biases = checked<std::int32_t>(bias, layer.name + ".bias", "int32");
    layer.bias_size = static_cast<std::size_t>(bias.size());
  }
  if (description.contains("scale")) {
    const py::array scale = array("scale");
    layer.scales = checked<float>(scale, layer.name + ".scale", "float32");
    layer.scales_size = static_cast<std::size_t>(scale.size());
  }
  return layer;
}

std::unique_ptr<Engine> make_engine(Shape input, const py::list& descriptions,
                                    const std::string& isa, double temperature) {
  std::vector<QuantizedLayer> layers;
  for (const py::handle description : descriptions) {
    layers.push_back(layer_of(description.cast<py::dict>()));
  }
  return std::make_unique<Engine>(input, layers, base::find_kernels(isa), temperature);
}

py::bytearray run_to_bytes(const Engine& engine, const py::object& images, int threads) {
  const View<std::uint8_t> pixels(images, "images");
  const Shape in = engine.input();
  if (pixels.ndim() != 3 || pixels.shape(1) != in.height || pixels.shape(2) != in.width) {
    throw py::value_error("images must have shape (n, " + std::to_string(in.height) + ", " +
                          std::to_string(in.width) + "), got " + pixels.shape_text());
  }
  if (!engine.gives_logits()) throw BadNetwork("the last layer must give logits");
  const int n = checked_count(pixels.shape(0));
  checked_threads(threads);
  const auto values = static_cast<std::size_t>(n) * engine.output().size();
  py::bytearray out = new_bytes(values * sizeof(float));
  auto* to = reinterpret_cast<float*>(memory_of(out));
  {
    py::gil_scoped_release nogil;  // from here to the brace: raw pointers, no Python object
    engine.run(pixels.data(), n, to, threads);
  }
  return out;
}

py::array run_layers(const py::list& layers, const py::array& x, const std::string& isa,
                     int threads) {
  const auto* values = checked<std::uint8_t>(x, "x", "uint8");
  if (x.ndim() != 4) {
    throw py::value_error("x must have shape (n, h, w, c), got " +
                          std::string(py::str(x.attr("shape"))));
  }
  const Shape in{checked_count(x.shape(1)), checked_count(x.shape(2)), checked_count(x.shape(3))};
  const auto engine = make_engine(in, layers, isa, 1);
  const int n = checked_count(x.shape(0));
  checked_threads(threads);
  const Shape shape = engine->output();
  const std::vector<py::ssize_t> sizes = {n, shape.height, shape.width, shape.channels};
  py::array out(engine->gives_logits() ? py::dtype::of<float>() : py::dtype::of<std::uint8_t>(),
                sizes);
  void* to = out.mutable_data();
  {
    py::gil_scoped_release nogil;
    engine->run_layers(values, n, to, threads);
  }
  return out;
}

}  // namespace

void bind_int8(py::module_& m) {
  m.def("run_int8_layers", &run_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1,
        "Run quantised layers on uint8 (n, h, w, c): uint8, or float32 logits; for tests.");
  py::class_<Engine>(m, "Int8Engine", "A quantised network packed for one instruction set.")
      .def(py::init([](std::tuple<int, int, int> input, const py::list& layers,
                       const std::string& isa, double temperature) {
             const auto [height, width, channels] = input;
             return make_engine({height, width, channels}, layers, isa, temperature);
           }),
           py::arg("input"), py::arg("layers"), py::arg("isa") = "", py::arg("temperature") = 1.0)
      .def("run_to_bytes", &run_to_bytes, py::arg("images"), py::arg("threads") = 1,
           "uint8 (n, height, width), C-contiguous -> float32 probabilities, row after row.")
      .def_property_readonly("isa", &Engine::isa);
}

}  // namespace digitcli::bindings
