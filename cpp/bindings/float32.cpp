// The boundary of the float32 engine: layers and pictures in, probabilities out.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "bindings/module.h"
#include "bindings/view.h"
#include "network/float32/engine.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using base::BadNetwork;
using network::Kind;
using network::Layer;
using network::Shape;
using network::float32::Engine;

constexpr int kMaxThreads = 1024;

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

// Layers as Python describes them. Their weights stay Python's, and are held as long as this lives.
class Network {
 public:
  explicit Network(const py::list& descriptions) {
    for (const py::handle description : descriptions) add(description.cast<py::dict>());
  }
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  void add(const py::dict& description) {
    Layer layer;
    layer.name = description["name"].cast<std::string>();
    layer.kind = kind_of(layer.name, description["kind"].cast<std::string>());
    layer.units = field(description, "units", 0);
    layer.window = field(description, "window", 1);
    layer.stride = field(description, "stride", 1);
    layer.same = field(description, "same", false);
    layer.relu = field(description, "relu", false);
    if (description.contains("weight")) {
      layer.weight = hold(description["weight"], "weight", layer.weight_size);
      layer.bias = hold(description["bias"], "bias", layer.bias_size);
    }
    layers_.push_back(layer);
  }

  // A mapped file may have its values at any byte; those that are not on a float's are copied.
  const float* hold(const py::object& values, const char* what, std::size_t& size) {
    const View<float>& view = views_.emplace_back(values, what);
    size = view.size();
    if (reinterpret_cast<std::uintptr_t>(view.data()) % alignof(float) == 0) return view.data();
    std::vector<float>& copy = copies_.emplace_back(size);
    std::memcpy(copy.data(), view.data(), size * sizeof(float));
    return copy.data();
  }

  std::vector<Layer> layers_;
  std::deque<View<float>> views_;
  std::deque<std::vector<float>> copies_;
};

std::unique_ptr<Engine> make_engine(Shape input, float scale, const py::list& descriptions,
                                    const std::string& isa, const std::vector<std::string>& without,
                                    double temperature) {
  const Network network(descriptions);
  return std::make_unique<Engine>(input, scale, network.layers(), base::find_kernels(isa),
                                  network::float32::all_passes_but(without), temperature);
}

// Pictures and threads that `engine` takes, or an error that says what came.
struct Request {
  Request(const Engine& engine, const py::object& images, int threads)
      : pixels(images, "images"), threads(checked_threads(threads)) {
    const Shape in = engine.input();
    if (pixels.ndim() != 3 || pixels.shape(1) != in.height || pixels.shape(2) != in.width) {
      throw py::value_error("images must have shape (n, " + std::to_string(in.height) + ", " +
                            std::to_string(in.width) + "), got " + pixels.shape_text());
    }
    count = checked_count(pixels.shape(0));
  }

  void run(const Engine& engine, float* probabilities) const {
    py::gil_scoped_release nogil;  // raw pointers from here on, no Python object
    engine.run(pixels.data(), count, probabilities, threads);
  }

  View<std::uint8_t> pixels;
  int threads;
  int count;
};

py::array_t<float> run(const Engine& engine, const py::object& images, int threads) {
  const Request request(engine, images, threads);
  py::array_t<float> out(
      {py::ssize_t{request.count}, static_cast<py::ssize_t>(engine.output().size())});
  request.run(engine, out.mutable_data());
  return out;
}

py::bytearray run_to_bytes(const Engine& engine, const py::object& images, int threads) {
  const Request request(engine, images, threads);
  const auto values = static_cast<std::size_t>(request.count) * engine.output().size();
  py::bytearray out = new_bytes(values * sizeof(float));
  request.run(engine, reinterpret_cast<float*>(memory_of(out)));
  return out;
}

// What each step makes of the pictures: a list of float32 (n, height, width, channels).
py::list activations(const Engine& engine, const py::object& images, int threads) {
  const Request request(engine, images, threads);
  py::list found;
  std::vector<float*> memory;
  for (const auto* steps : {&engine.plan().picture_steps, &engine.plan().dense_steps}) {
    for (const network::float32::Step& step : *steps) {
      const Shape shape = step.out.shape;
      py::array_t<float> out({request.count, shape.height, shape.width, shape.channels});
      memory.push_back(out.mutable_data());
      found.append(out);
    }
  }
  {
    py::gil_scoped_release nogil;
    engine.run_steps(request.pixels.data(), request.count, memory, request.threads);
  }
  return found;
}

// Values that are NaN or infinite.
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

py::array_t<float> run_layers(const py::list& layers, const py::object& x, const std::string& isa,
                              int threads, const std::vector<std::string>& without) {
  const View<float> values(x, "x");
  if (values.ndim() != 4)
    throw py::value_error("x must have shape (n, h, w, c), got " + values.shape_text());
  const Shape in{checked_count(values.shape(1)), checked_count(values.shape(2)),
                 checked_count(values.shape(3))};
  const auto engine = make_engine(in, 1.0f, layers, isa, without, 1);
  const int n = checked_count(values.shape(0));
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

void bind_float32(py::module_& m) {
  py::register_exception<base::UnknownIsa>(m, "UnknownIsaError", PyExc_RuntimeError);
  py::register_exception<BadNetwork>(m, "BadNetworkError", PyExc_ValueError);

  m.def("available_isas", &base::available_isas,
        "Names of the instruction sets that this CPU can run, best first.");
  m.def(
      "default_isa", [] { return std::string(base::find_kernels("").isa); },
      "The instruction set in use: DIGITCLI_ISA, or the best this CPU has.");
  m.def("run_layers", &run_layers, py::arg("layers"), py::arg("x"), py::arg("isa") = "",
        py::arg("threads") = 1, py::arg("without") = std::vector<std::string>(),
        "Run layers on float32 (n, h, w, c), without scale and softmax; for tests.");

  py::class_<Engine> engine(m, "Engine", "A network packed for one instruction set.");
  engine
      .def(py::init([](std::tuple<int, int, int> input, float scale, const py::list& layers,
                       const std::string& isa, const std::vector<std::string>& without,
                       double temperature) {
             const auto [height, width, channels] = input;
             return make_engine({height, width, channels}, scale, layers, isa, without,
                                temperature);
           }),
           py::arg("input"), py::arg("scale"), py::arg("layers"), py::arg("isa") = "",
           py::arg("without") = std::vector<std::string>(), py::arg("temperature") = 1.0)
      .def("run", &run, py::arg("images"), py::arg("threads") = 1,
           "uint8 (n, height, width), C-contiguous -> probabilities float32 (n, classes).")
      .def("run_to_bytes", &run_to_bytes, py::arg("images"), py::arg("threads") = 1,
           "What `run` does, without NumPy: the float32 probabilities, row after row.")
      .def("activations", &activations, py::arg("images"), py::arg("threads") = 1,
           "uint8 (n, height, width), C-contiguous -> what each step of `plan` makes of them: a "
           "list "
           "of float32 (n, height, width, channels), a row of features (n, 1, 1, units).")
      .def_property_readonly("isa", &Engine::isa);

  m.def("count_not_finite", &count_not_finite, py::arg("values"),
        "How many of these float32 values are NaN or infinite.");

  bind_plan(engine);
}

}  // namespace digitcli::bindings
