// Each part of the module binds itself; bindings.cpp puts them together.
#pragma once
#include <pybind11/pybind11.h>

void bind_idx(pybind11::module_& module);
void bind_int8(pybind11::module_& module);
