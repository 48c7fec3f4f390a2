// The machine: its instruction sets, and the most that it can do.
#include "base/peaks.h"

#include <pybind11/stl.h>

#include <string>

#include "base/dispatch.h"
#include "base/errors.h"
#include "bindings/checks.h"
#include "bindings/module.h"

namespace py = pybind11;

namespace digitcli::bindings {
namespace {

constexpr double kMostSeconds = 60.0;

py::dict measure_peaks(const std::string& isa, int threads, double seconds) {
  checked_threads(threads);
  if (!(seconds >= 0.0 && seconds <= kMostSeconds)) {
    throw py::value_error("seconds must be from 0 to 60, got " + std::to_string(seconds));
  }
  const Kernels& kernels = base::find_kernels(isa);
  base::Peaks peaks = {};
  {
    py::gil_scoped_release nogil;
    peaks = base::measure_peaks(kernels, threads, seconds);
  }
  py::dict found;
  found["fma_gflops"] = peaks.fma_gflops;
  found["int8_gops"] = peaks.int8_gops;
  found["l2_bytes"] = peaks.l2.bytes;
  found["l2_gb_per_s"] = peaks.l2.gb_per_s;
  found["l3_bytes"] = peaks.l3.bytes;
  found["l3_gb_per_s"] = peaks.l3.gb_per_s;
  found["dram_bytes"] = peaks.dram.bytes;
  found["dram_gb_per_s"] = peaks.dram.gb_per_s;
  return found;
}

}  // namespace

void bind_isas(py::module_& module) {
  py::register_exception<base::UnknownIsa>(module, "UnknownIsaError", PyExc_RuntimeError);
  py::register_exception<base::BadNetwork>(module, "BadNetworkError", PyExc_ValueError);
  module.def("available_isas", &base::available_isas,
             "Names of the instruction sets that this CPU can run, best first.");
  module.def(
      "default_isa", [] { return std::string(base::find_kernels("").isa); },
      "The instruction set in use: DIGITCLI_ISA, or the best this CPU has.");
}

void bind_peaks(py::module_& module) {
  module.def("measure_peaks", &measure_peaks, py::arg("isa") = "", py::arg("threads") = 1,
             py::arg("seconds") = 0.5,
             "What this machine can do at best: float32 GFLOP/s, int8 GOP/s, and the rate of loads "
             "from L2, L3 and DRAM in GB/s (0 where there is no such level).");
}

}  // namespace digitcli::bindings
