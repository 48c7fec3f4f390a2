// Each part of the module binds itself; module.cpp puts them together.
#pragma once
#include <pybind11/pybind11.h>

namespace digitcli::bindings {

void bind_isas(pybind11::module_& module);
void bind_ctc(pybind11::module_& module);
void bind_find(pybind11::module_& module);
void bind_float32(pybind11::module_& module);
void bind_idx(pybind11::module_& module);
void bind_int8(pybind11::module_& module);
void bind_line(pybind11::module_& module);
void bind_page(pybind11::module_& module);
void bind_picture(pybind11::module_& module);
void bind_peaks(pybind11::module_& module);

}  // namespace digitcli::bindings
