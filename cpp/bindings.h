// Each part of the module binds itself; bindings.cpp puts them together.
#pragma once
#include <pybind11/pybind11.h>

void bind_idx(pybind11::module_& module);
