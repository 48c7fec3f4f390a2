// Whether a child may go on with what threads of its parent were at.
#pragma once
#include <string>

namespace digitcli::selftest {

// Forks while another thread holds a lock of the engine's kind. "" or what is wrong; "" where there
// are no forks.
std::string try_fork();

}  // namespace digitcli::selftest
