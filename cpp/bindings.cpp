#include <pybind11/pybind11.h>

#include "bindings.h"

PYBIND11_MODULE(_core, m) { bind_idx(m); }
