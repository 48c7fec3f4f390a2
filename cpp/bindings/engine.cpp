#include "bindings/engine.h"

namespace py = pybind11;

namespace digitcli::bindings {

py::dict describe(const network::StepFacts& step, const std::string& algorithm) {
  const auto shape = [](network::Shape s) { return py::make_tuple(s.height, s.width, s.channels); };
  py::dict out;
  out["layer"] = step.names;
  out["algorithm"] = algorithm;
  out["input"] = shape(step.input);
  out["output"] = shape(step.out.shape);
  out["flops_direct"] = step.flops_direct;
  out["flops_done"] = step.flops_done;
  return out;
}

}  // namespace digitcli::bindings
