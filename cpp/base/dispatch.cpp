#include "base/dispatch.h"

#include <cstdlib>

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/errors.h"

namespace digitcli {

extern const Kernels kernels_baseline;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#if defined(__linux__)
extern const Kernels kernels_amx;
#endif
#endif

}  // namespace digitcli

namespace digitcli::base {
namespace {

struct Isa {
  const Kernels& kernels;
  bool (*available)();
};

#if defined(__x86_64__)
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
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
#endif

// Best first. A new ISA is one line here, one in CMakeLists.txt, one #if in simd.h.
// The CPU tests include the operating system's: registers it does not save do not count.
const Isa kIsas[] = {
#if defined(__x86_64__)
#if defined(__linux__)
    {kernels_amx,
     [] {
       return has_avx512() && __builtin_cpu_supports("amx-tile") &&
              __builtin_cpu_supports("amx-int8") && may_use_tiles();
     }},
#endif
    {kernels_avx512, has_avx512},
    {kernels_avx2,
     [] {
       return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi2");
     }},
#endif
    {kernels_baseline, [] { return true; }},
};

}  // namespace

std::vector<std::string> available_isas() {
  std::vector<std::string> names;
  for (const Isa& isa : kIsas) {
    if (isa.available()) names.emplace_back(isa.kernels.isa);
  }
  return names;
}

const Kernels& find_kernels(const std::string& name) {
  const char* forced = name.empty() ? std::getenv("DIGITCLI_ISA") : nullptr;
  const std::string wanted = forced != nullptr ? forced : name;
  for (const Isa& isa : kIsas) {
    if (isa.available() && (wanted.empty() || wanted == isa.kernels.isa)) return isa.kernels;
  }
  std::string choices;
  for (const std::string& isa : available_isas()) {
    choices += (choices.empty() ? "" : ", ") + isa;
  }
  throw UnknownIsa((forced != nullptr ? "DIGITCLI_ISA=" : "isa ") + wanted +
                   " is not available on this machine (choose from: " + choices + ")");
}

}  // namespace digitcli::base
