#include "base/dispatch.h"

#include <cstdlib>

#include "base/cpu.h"
#include "base/errors.h"

namespace digitcli {

// Those of the build's target: cmake/isas.cmake says which it has.
extern const Kernels kernels_baseline;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avxvnni;
extern const Kernels kernels_avx512;
extern const Kernels kernels_amx;
extern const Kernels kernels_dotprod;
extern const Kernels kernels_i8mm;

}  // namespace digitcli

namespace digitcli::base {
namespace {

struct Isa {
  const Kernels& kernels;
  bool (*available)();
};

// Best first. A new ISA is one line here, one in cmake/isas.cmake, one #if in simd/.
const Isa kIsas[] = {
#if defined(DIGITCLI_HAS_AMX)
    {kernels_amx, cpu_has_amx},
#endif
#if defined(DIGITCLI_HAS_AVX512)
    {kernels_avx512, cpu_has_avx512},
#endif
#if defined(DIGITCLI_HAS_AVXVNNI)
    {kernels_avxvnni, cpu_has_avxvnni},
#endif
#if defined(DIGITCLI_HAS_AVX2)
    {kernels_avx2, cpu_has_avx2},
#endif
#if defined(DIGITCLI_HAS_I8MM)
    {kernels_i8mm, cpu_has_i8mm},
#endif
#if defined(DIGITCLI_HAS_DOTPROD)
    {kernels_dotprod, cpu_has_dotprod},
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
