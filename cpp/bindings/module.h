// Each part of the module binds itself; module.cpp puts them together.
#pragma once
#include <pybind11/pybind11.h>

namespace digitcli::network::float32 {
class Engine;
}

namespace digitcli::bindings {

void bind_float32(pybind11::module_& module);
void bind_plan(pybind11::class_<network::float32::Engine>& engine);
void bind_idx(pybind11::module_& module);
void bind_int8(pybind11::module_& module);
void bind_page(pybind11::module_& module);
void bind_picture(pybind11::module_& module);
void bind_peaks(pybind11::module_& module);
void bind_segment(pybind11::module_& module);

}  // namespace digitcli::bindings
