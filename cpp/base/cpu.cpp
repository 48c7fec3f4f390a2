#include "base/cpu.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#elif defined(__APPLE__) && defined(__aarch64__)
#include <sys/sysctl.h>
#elif defined(_WIN32) && defined(__aarch64__)
#include <windows.h>
#endif

namespace digitcli::base {
namespace {

#if defined(__x86_64__)
// Bits of CPUID and XCR0: Intel, "Software Developer's Manual", volume 2, CPUID; volume 1, 13.3.
struct Leaf {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
};

Leaf leaf(std::uint32_t number, std::uint32_t part = 0) {
  Leaf found;
  if (!__get_cpuid_count(number, part, &found.a, &found.b, &found.c, &found.d)) return {};
  return found;
}

constexpr std::uint32_t bits(std::initializer_list<int> places) {
  std::uint32_t mask = 0;
  for (const int place : places) mask |= std::uint32_t{1} << place;
  return mask;
}

constexpr bool has(std::uint32_t word, std::uint32_t mask) { return (word & mask) == mask; }

// The registers that the operating system saves.
std::uint32_t saved_registers() {
  if (!has(leaf(1).c, bits({27}))) return 0;  // OSXSAVE: XGETBV is there
  std::uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}
#endif

#if defined(__x86_64__) && defined(__linux__)
// Linux saves the tile registers only for processes that asked, and may refuse: 8 KiB more for
// every thread, and a signal stack that is too small for them, are reasons.
bool may_use_tiles() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
  static const bool granted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return granted;
}
#elif defined(__APPLE__) && defined(__aarch64__)
bool apple_has(const char* name) {
  int found = 0;
  std::size_t size = sizeof found;
  return sysctlbyname(name, &found, &size, nullptr, 0) == 0 && found != 0;
}
#endif

}  // namespace

#if defined(__x86_64__)
bool cpu_has_avx2() {
  const Leaf one = leaf(1), seven = leaf(7);
  return has(one.c, bits({12, 28}))     // FMA, AVX
         && has(seven.b, bits({5, 8}))  // AVX2, BMI2
         && has(saved_registers(), bits({1, 2}));
}

// Part 1 is only there if part 0 says so: else a processor may answer with another leaf's bits.
bool cpu_has_avxvnni() { return cpu_has_avx2() && leaf(7).a >= 1 && has(leaf(7, 1).a, bits({4})); }

bool cpu_has_avx512() {
  const Leaf seven = leaf(7);
  return cpu_has_avx2() && has(seven.b, bits({16, 17, 28, 30, 31}))  // F, DQ, CD, BW, VL
         && has(seven.c, bits({11}))                                 // VNNI
         && has(saved_registers(), bits({5, 6, 7}));
}
#else
bool cpu_has_avx2() { return false; }
bool cpu_has_avxvnni() { return false; }
bool cpu_has_avx512() { return false; }
#endif

#if defined(__x86_64__) && defined(__linux__)
bool cpu_has_amx() {
  return cpu_has_avx512() && has(leaf(7).d, bits({24, 25})) &&
         has(saved_registers(), bits({17, 18})) && may_use_tiles();
}
#else
bool cpu_has_amx() { return false; }
#endif

#if defined(__aarch64__) && defined(__linux__)
bool cpu_has_dotprod() { return (getauxval(AT_HWCAP) & 1ul << 20) != 0; }              // ASIMDDP
bool cpu_has_i8mm() { return cpu_has_dotprod() && (getauxval(26) & 1ul << 13) != 0; }  // HWCAP2
#elif defined(__aarch64__) && defined(__APPLE__)
bool cpu_has_dotprod() { return apple_has("hw.optional.arm.FEAT_DotProd"); }
bool cpu_has_i8mm() { return cpu_has_dotprod() && apple_has("hw.optional.arm.FEAT_I8MM"); }
#elif defined(__aarch64__) && defined(_WIN32)
bool cpu_has_dotprod() { return IsProcessorFeaturePresent(43) != 0; }  // PF_ARM_V82_DP_...
bool cpu_has_i8mm() { return false; }                                  // Windows does not say
#else
bool cpu_has_dotprod() { return false; }
bool cpu_has_i8mm() { return false; }
#endif

}  // namespace digitcli::base
