// Whether a child may go on with what threads of its parent were at.
#pragma once
#include <optional>
#include <string>

namespace digitcli::selftest {

// Forks while another thread holds a lock of the engine's kind. "" or what is wrong; nothing where
// there are no forks.
std::optional<std::string> try_fork();

}  // namespace digitcli::selftest
