// What the engine decided, and what each decision costs: for `digitcli info --plan` and `bench`.
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "bindings/module.h"
#include "network/float32/engine.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

using network::Shape;
using network::float32::Engine;

const char* name_of(network::float32::Algorithm algorithm) {
  switch (algorithm) {
    case network::float32::Algorithm::direct:
      return "direct";
    case network::float32::Algorithm::winograd:
      return "winograd";
    case network::float32::Algorithm::max_pool:
      return "max pool";
    case network::float32::Algorithm::average_pool:
      return "average pool";
    case network::float32::Algorithm::dense:
      return "dense";
  }
  return "";
}

// A step as Python is told of it. Flops are per picture.
py::dict describe(const network::float32::Step& step) {
  const auto shape = [](Shape s) { return py::make_tuple(s.height, s.width, s.channels); };
  std::string algorithm = name_of(step.algorithm);
  if (step.algorithm == network::float32::Algorithm::winograd) {
    const std::string outputs = std::to_string(step.tiles.outputs);
    const std::string window = std::to_string(step.layer.window);
    algorithm += " F(" + outputs + "x" + outputs + "," + window + "x" + window + ")";
  }
  py::dict out;
  out["layer"] = step.names;
  out["algorithm"] = algorithm;
  out["input"] = shape(step.in.shape);
  out["output"] = shape(step.out.shape);
  out["flops_direct"] = step.flops_direct;
  out["flops_done"] = step.flops_done;
  return out;
}

py::list plan_of(const Engine& engine) {
  py::list steps;
  for (const auto& step : engine.plan().picture_steps) steps.append(describe(step));
  for (const auto& step : engine.plan().dense_steps) steps.append(describe(step));
  return steps;
}

py::list profile(const Engine& engine, const py::buffer& images, int repeats) {
  const Shape in = engine.input();
  const auto size = static_cast<py::ssize_t>(in.size());
  const py::buffer_info info = images.request();
  if (info.itemsize != 1 || info.size % size != 0 || !PyBuffer_IsContiguous(info.view(), 'C')) {
    throw py::value_error("images must be C-contiguous uint8 pictures");
  }
  const int n = static_cast<int>(info.size / size);
  if (repeats < 1) throw py::value_error("repeats must be at least 1");
  const auto* from = static_cast<const std::uint8_t*>(info.ptr);
  std::vector<network::float32::StepTime> times;
  {
    py::gil_scoped_release nogil;
    times = engine.profile(from, n, repeats);
  }
  py::list steps;
  for (const auto& time : times) {
    py::dict step = describe(*time.step);
    step["seconds"] = time.seconds;
    steps.append(step);
  }
  return steps;
}

}  // namespace

void bind_plan(py::class_<Engine>& engine) {
  engine
      .def("profile", &profile, py::arg("images"), py::arg("repeats") = 1,
           "The steps of `plan`, each with the seconds that it takes for one picture.")
      .def_property_readonly("plan", &plan_of, "The steps, as dicts; flops are per picture.");
}

}  // namespace digitcli::bindings
