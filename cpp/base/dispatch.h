// Which instruction sets (ISAs) this build knows, and which of them this CPU has.
#pragma once
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace digitcli::base {

// Names of the ISAs that this CPU can run, best first.
std::vector<std::string> available_isas();

// The kernels of `name`; an empty name means DIGITCLI_ISA, or else the best there is.
// Throws UnknownIsa, listing the choices, if this machine does not have it.
const Kernels& find_kernels(const std::string& name);

}  // namespace digitcli::base
