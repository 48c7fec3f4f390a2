// The boundary of IDX reading: byte spans in, arrays out.
#include <pybind11/pybind11.h>

#include "bindings.h"

namespace py = pybind11;

void bind_idx(py::module_&) {}
