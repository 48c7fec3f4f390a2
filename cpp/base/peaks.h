// What this machine can do at best, measured on the spot.
#pragma once
#include <cstdint>

#include "kernels/kernels.h"

namespace digitcli::base {

// The rate of loads from one level of memory. Both are 0 where the machine has no such level, or
// too little memory for the measurement.
struct Bandwidth {
  std::int64_t bytes;  // that all threads together went through again and again
  double gb_per_s;
};

struct Peaks {
  double fma_gflops;  // float32; a multiplication and an addition are two
  double int8_gops;   // unsigned times signed bytes, summed in int32; likewise
  Bandwidth l2, l3, dram;
};

// Measures for about `seconds` (a little longer where large memory must be touched first) on
// `threads` threads at once, one of them the caller's. The best of several rounds counts: a peak is
// what the machine can do, not what it does while another process uses it.
// Throws std::system_error if the system refuses a thread.
Peaks measure_peaks(const Kernels& kernels, int threads, double seconds);

}  // namespace digitcli::base
