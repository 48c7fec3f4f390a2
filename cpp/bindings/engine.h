// What the engines of all precisions have in Python: pictures in, probabilities, planes and times
// out.
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "bindings/checks.h"
#include "bindings/view.h"
#include "network/engine.h"
#include "network/plan.h"

namespace digitcli::bindings {

// Pictures and threads that an engine takes, or an error that says what came.
class Request {
 public:
  Request(network::Shape input, const pybind11::object& images, int threads)
      : threads(checked_threads(threads)), pixels_(images, "images") {
    if (pixels_.ndim() != 3 || pixels_.shape(1) != input.height ||
        pixels_.shape(2) != input.width) {
      throw pybind11::value_error("images must have shape (n, " + std::to_string(input.height) +
                                  ", " + std::to_string(input.width) + "), got " +
                                  pixels_.shape_text());
    }
    count = checked_count(pixels_.shape(0));
  }
  const std::uint8_t* pixels() const { return pixels_.data(); }

  int threads;
  int count;

 private:
  View<std::uint8_t> pixels_;
};

template <class Engine>
pybind11::array_t<float> run(const Engine& engine, const pybind11::object& images, int threads) {
  const Request request(engine.input(), images, threads);
  const auto classes = static_cast<pybind11::ssize_t>(engine.output().size());
  pybind11::array_t<float> out({pybind11::ssize_t{request.count}, classes});
  float* to = out.mutable_data();
  {
    pybind11::gil_scoped_release nogil;  // from here to the brace: raw pointers, no Python object
    engine.run(request.pixels(), request.count, to, request.threads);
  }
  return out;
}

template <class Engine>
pybind11::bytearray run_to_bytes(const Engine& engine, const pybind11::object& images,
                                 int threads) {
  const Request request(engine.input(), images, threads);
  const auto values = static_cast<std::size_t>(request.count) * engine.output().size();
  pybind11::bytearray out = new_bytes(values * sizeof(float));
  auto* to = reinterpret_cast<float*>(memory_of(out));
  {
    pybind11::gil_scoped_release nogil;
    engine.run(request.pixels(), request.count, to, request.threads);
  }
  return out;
}

// An array (n, height, width, channels) for what a step makes: float32, or uint8.
inline pybind11::array empty_planes(int count, network::Shape shape, bool floats) {
  const std::vector<pybind11::ssize_t> sizes = {count, shape.height, shape.width, shape.channels};
  return floats ? pybind11::array(pybind11::dtype::of<float>(), sizes)
                : pybind11::array(pybind11::dtype::of<std::uint8_t>(), sizes);
}

// The last layer's output on x (n, height, width, channels), by an engine that make(shape) makes.
template <class Value, class Make>
pybind11::array run_layers(const pybind11::object& x, int threads, const Make& make) {
  const View<Value> values(x, "x");
  if (values.ndim() != 4)
    throw pybind11::value_error("x must have shape (n, h, w, c), got " + values.shape_text());
  const auto extent = [&](int axis) { return checked_count(values.shape(axis)); };
  const auto engine = make(network::Shape{extent(1), extent(2), extent(3)});
  const int n = extent(0);
  checked_threads(threads);
  pybind11::array out = empty_planes(n, engine->output(), engine->plan().last().gives_floats);
  void* to = out.mutable_data();
  {
    pybind11::gil_scoped_release nogil;
    engine->run_layers(values.data(), n, to, threads);
  }
  return out;
}

// What each step makes of the pictures: a list of arrays.
template <class Engine>
pybind11::list activations(const Engine& engine, const pybind11::object& images, int threads) {
  const Request request(engine.input(), images, threads);
  pybind11::list found;
  std::vector<void*> memory;
  for (std::size_t i = 0; i < engine.plan().count(); ++i) {
    const auto& step = engine.plan().step(i);
    pybind11::array out = empty_planes(request.count, step.out.shape, step.gives_floats);
    memory.push_back(out.mutable_data());
    found.append(out);
  }
  {
    pybind11::gil_scoped_release nogil;
    engine.run_steps(request.pixels(), request.count, memory, request.threads);
  }
  return found;
}

// How a step is told to Python. Flops are per picture.
pybind11::dict describe(const network::StepFacts& step, const std::string& algorithm);

template <class Engine>
pybind11::list plan_of(const Engine& engine) {
  pybind11::list steps;
  for (std::size_t i = 0; i < engine.plan().count(); ++i) {
    const auto& step = engine.plan().step(i);
    steps.append(describe(step, algorithm_name(step)));
  }
  return steps;
}

template <class Engine>
pybind11::list profile(const Engine& engine, const pybind11::object& images, int repeats) {
  const Request request(engine.input(), images, 1);
  if (repeats < 1) throw pybind11::value_error("repeats must be at least 1");
  if (request.count < 1) throw pybind11::value_error("images must hold at least one picture");
  std::vector<network::StepTime> times;
  {
    pybind11::gil_scoped_release nogil;
    times = engine.profile(request.pixels(), request.count, repeats);
  }
  pybind11::list steps = plan_of(engine);
  for (std::size_t i = 0; i < times.size(); ++i) {
    steps[i]["seconds"] = times[i].seconds;
    steps[i]["flops_done"] = times[i].flops;
  }
  return steps;
}

// Height, width and channels of pictures, as Python gives them.
using Sizes = std::tuple<int, int, int>;

inline network::Shape shape_of(Sizes sizes) {
  const auto [height, width, channels] = sizes;
  return {height, width, channels};
}

// Binds what the networks of all engines have; each adds its constructor.
template <class Network>
pybind11::class_<Network> bind_network(pybind11::module_& module, const char* name) {
  namespace py = pybind11;
  py::class_<Network> network(module, name,
                              "Weights for one instruction set, each packed once for engines of "
                              "all sizes; checked for pictures of the shape `input`.");
  network.def(
      "at", [](const Network& self, Sizes input) { return self.at(shape_of(input)); },
      py::arg("input"), py::call_guard<py::gil_scoped_release>(),
      "The engine for pictures (height, width, channels).");
  return network;
}

// Binds what all engines have; each adds its constructor.
template <class Engine>
pybind11::class_<Engine> bind_engine(pybind11::module_& module, const char* name) {
  namespace py = pybind11;
  py::class_<Engine> engine(module, name, "A network packed for one instruction set.");
  engine
      .def("run", &run<Engine>, py::arg("images"), py::arg("threads") = 1,
           "uint8 (n, height, width), C-contiguous -> probabilities float32 (n, classes).")
      .def("run_to_bytes", &run_to_bytes<Engine>, py::arg("images"), py::arg("threads") = 1,
           "What `run` does, without NumPy: the float32 probabilities, row after row.")
      .def(
          "activations", &activations<Engine>, py::arg("images"), py::arg("threads") = 1,
          "uint8 (n, height, width), C-contiguous -> what each step of `plan` makes of them: a "
          "list "
          "of arrays (n, height, width, channels), a row of features (n, 1, 1, units); float32, or "
          "uint8 between two int8 steps.")
      .def("profile", &profile<Engine>, py::arg("images"), py::arg("repeats") = 1,
           "The steps of `plan`, each with the seconds that it takes for one picture, on one "
           "thread. "
           "flops_done counts what these pictures need.")
      .def_property_readonly("plan", &plan_of<Engine>,
                             "The steps, as dicts; flops are per picture.")
      .def_property_readonly("isa", &Engine::isa)
      .def_property_readonly("scratch_bytes", &Engine::scratch_bytes,
                             "Bytes of memory that calls left for the next ones.");
  return engine;
}

}  // namespace digitcli::bindings
