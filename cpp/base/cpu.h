// What this CPU can run, asked of the CPU itself: the names that __builtin_cpu_supports knows
// depend on the compiler's age. Registers that the operating system does not save do not count.
#pragma once

namespace digitcli::base {

bool cpu_has_avx2();     // and FMA, BMI2
bool cpu_has_avxvnni();  // AVX2 and VNNI in 256 bits
bool cpu_has_avx512();   // F, BW, CD, DQ, VL and VNNI
bool cpu_has_amx();      // tiles of bytes, which this process may use
bool cpu_has_dotprod();
bool cpu_has_i8mm();

}  // namespace digitcli::base
