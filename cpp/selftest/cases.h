// Whether the engine's answers are right, and the same wherever they must be.
#pragma once
#include <cstdint>
#include <string>

#include "selftest/golden.h"
#include "selftest/runs.h"

namespace digitcli::selftest {

// What is wrong with `answer`, or "": beyond the oracle's bounds, or not its bytes.
std::string compare_with_oracle(const Case& test, const Answer& answer);

// What is wrong with it on one ISA: the oracle's numbers, and the same bits with two threads and
// for the first picture alone.
std::string check_case(const Case& test, const Kernels& kernels, const Answer& answer);

// Of all bits of values and bytes (FNV-1a), going on from `hash`. Probabilities are left out: the
// exponential is the C library's.
constexpr std::uint64_t kNoHash = 0xcbf29ce484222325u;
std::uint64_t hash_of(const Answer& answer, std::uint64_t hash);

}  // namespace digitcli::selftest
