// Whether a tuner finds the quickest way of a call.
#pragma once
#include <string>

namespace digitcli::selftest {

// Tells tuners how long calls took that were never made. "" or what is wrong.
std::string try_tuner();

}  // namespace digitcli::selftest
