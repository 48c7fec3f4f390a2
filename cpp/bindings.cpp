// The boundary: check arrays, release the GIL, own results. Refuses instead of converting.
#include "bindings.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "dispatch.h"
#include "engine.h"
#include "errors.h"

namespace py = pybind11;

namespace {

using digitcli::BadNetwork;
using digitcli::Engine;
using digitcli::Kind;
using digitcli::Layer;
using digitcli::Shape;

constexpr int kMaxThreads = 1024;

std::string shape_of(const py::array& a) { return py::str(a.attr("shape")); }

// An array of exactly this type, C-contiguous, or a TypeError or ValueError that says what came.
template <class T>
py::array_t<T, py::array::c_style> checked(const py::array& a, const char* what, const char* type) {
  if (!a.dtype().is(py::dtype::of<T>())) {
    throw py::type_error(std::string(what) + " must be " + type + ", got " +
                         std::string(py::str(a.dtype())));
  }
  if ((a.flags() & py::array::c_style) == 0) {
    throw py::value_error(std::string(what) +
                          " must be C-contiguous; pass numpy.ascontiguousarray(...)");
  }
  return py::reinterpret_borrow<py::array_t<T, py::array::c_style>>(a);
}

int checked_threads(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error("threads must be from 1 to " + std::to_string(kMaxThreads) + ", got " +
                          std::to_string(threads));
  }
  return threads;
}

int checked_count(py::ssize_t n) {
  if (n > 1 << 30) throw py::value_error("too many images for one call: " + std::to_string(n));
  return static_cast<int>(n);
}

Kind kind_of(const std::string& name, const std::string& kind) {
  if (kind == "conv") return Kind::conv;
  if (kind == "max_pool") return Kind::max_pool;
  if (kind == "global_average_pool") return Kind::average_pool;
  if (kind == "dense") return Kind::dense;
  throw BadNetwork(name + ": unknown kind of layer '" + kind + "'");
}

template <class T>
T field(const py::dict& layer, const char* name, T otherwise) {
  return layer.contains(name) ? layer[name].cast<T>() : otherwise;
}

// A layer as Python describes it. Its arrays stay Python's: keep `description` alive.
Layer layer_of(const py::dict& description) {
  Layer layer;
  layer.name = description["name"].cast<std::string>();
  layer.kind = kind_of(layer.name, description["kind"].cast<std::string>());
  layer.units = field(description, "units", 0);
  layer.window = field(description, "window", 1);
  layer.stride = field(description, "stride", 1);
  layer.same = field(description, "same", false);
  layer.relu = field(description, "relu", false);
  if (description.contains("weight")) {
    const auto weight = checked<float>(description["weight"], "weight", "float32");
    const auto bias = checked<float>(description["bias"], "bias", "float32");
    layer.weight = weight.data();
    layer.weight_size = static_cast<std::size_t>(weight.size());
    layer.bias = bias.data();
    layer.bias_size = static_cast<std::size_t>(bias.size());
  }
  return layer;
}

std::unique_ptr<Engine> make_engine(Shape input, float scale, const py::list& descriptions,
                                    const std::string& isa) {
  std::vector<Layer> layers;
  for (const py::handle description : descriptions) {
    layers.push_back(layer_of(description.cast<py::dict>()));
  }
  return std::make_unique<Engine>(input, scale, layers, digitcli::find_kernels(isa));
}

py::array_t<float> run(const Engine& engine, const py::array& images, int threads) {
  const Shape in = engine.input();
  const auto pixels = checked<std::uint8_t>(images, "images", "uint8");
  if (images.ndim() != 3 || images.shape(1) != in.height || images.shape(2) != in.width) {
    throw py::value_error("images must have shape (n, " + std::to_string(in.height) + ", " +
                          std::to_string(in.width) + "), got " + shape_of(images));
  }
  const int n = checked_count(images.shape(0));
  checked_threads(threads);
  py::array_t<float> out({py::ssize_t{n}, static_cast<py::ssize_t>(engine.output().size())});
  const std::uint8_t* from = pixels.data();
  float* to = out.mutable_data();
  {
    py::gil_scoped_release nogil;  // from here to the brace: raw pointers, no Python object
    engine.run(from, n, to, threads);
  }
  return out;
}

py::array_t<float> run_layers(const py::list& layers, const py::array& x, const std::string& isa,
                              int threads) {
  const auto values = checked<float>(x, "x", "float32");
  if (x.ndim() != 4) throw py::value_error("x must have shape (n, h, w, c), got " + shape_of(x));
  const Shape in{checked_count(x.shape(1)), checked_count(x.shape(2)), checked_count(x.shape(3))};
  const auto engine = make_engine(in, 1.0f, layers, isa);
  const int n = checked_count(x.shape(0));
  const Shape shape = engine->output();
  py::array_t<float> out({n, shape.height, shape.width, shape.channels});
  const float* from = values.data();
  float* to = out.mutable_data();
  {
    py::gil_scoped_release nogil;
    engine->run_layers(from, n, to, checked_threads(threads));
  }
  return out;
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "digitcli's C++ engine and IDX parser.";
  py::register_exception<digitcli::UnknownIsa>(m, "UnknownIsaError", PyExc_RuntimeError);
  py::register_exception<BadNetwork>(m, "BadNetworkError", PyExc_ValueError);

  m.def("available_isas", &digitcli::available_isas,
        "Names of the instruction sets that this CPU can run, best first.");
  m.def(
      "default_isa", [] { return std::string(digitcli::find_kernels("").isa); },
      "The instruction set in use: DIGITCLI_ISA, or the best this CPU has.");
  m.def("run_layers", &run_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1,
        "Run layers on float32 (n, h, w, c), without scale and softmax; for tests.");

  py::class_<Engine>(m, "Engine", "A network packed for one instruction set.")
      .def(py::init([](std::tuple<int, int, int> input, float scale, const py::list& layers,
                       const std::string& isa) {
             const auto [height, width, channels] = input;
             return make_engine({height, width, channels}, scale, layers, isa);
           }),
           py::arg("input"), py::arg("scale"), py::arg("layers"), py::arg("isa") = "")
      .def("run", &run, py::arg("images"), py::arg("threads") = 1,
           "uint8 (n, height, width), C-contiguous -> probabilities float32 (n, classes).")
      .def_property_readonly("isa", &Engine::isa);

  bind_idx(m);
  bind_int8(m);
}
