// What the engine refuses. bindings/module.cpp turns each into a Python exception of its own.
#pragma once
#include <stdexcept>

namespace digitcli::base {

// An instruction set that is unknown, or that this CPU lacks.
struct UnknownIsa : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Layers that do not fit together, or arrays that do not fit the layers.
struct BadNetwork : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace digitcli::base
