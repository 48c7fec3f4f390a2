// Tests the engine without Python: digitcli-selftest GOLDEN [HASH].
//
// Every kernel on guarded memory (trials.h), then every case of golden.bin, on every instruction
// set that this CPU has, beside the oracle's numbers and beside the other instruction sets, one
// line each. The last line has a hash of all bits that must be the same everywhere; with HASH it
// must be that one. Exits with 1 if anything is wrong, with 2 if it could not run.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/dispatch.h"
#include "base/errors.h"
#include "selftest/cases.h"
#include "selftest/forks.h"
#include "selftest/guarded.h"
#include "selftest/trials.h"
#include "selftest/tuning.h"

namespace digitcli::selftest {
namespace {

struct Totals {
  int checks = 0, failures = 0;
  std::uint64_t hash = kNoHash;

  void report(const std::string& what, const std::string& wrong) {
    ++checks;
    failures += !wrong.empty();
    std::printf("%s %s%s%s\n", wrong.empty() ? "ok  " : "FAIL", what.c_str(),
                wrong.empty() ? "" : ": ", wrong.c_str());
    std::fflush(stdout);
  }
};

std::string text_of(std::uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

// On each ISA; and the hash of the bits that all must have: of int8 all, of float32 those with
// fused multiply-add.
void run_everywhere(const Case& test, const std::vector<std::string>& isas, Totals& totals) {
  const std::string what = std::string(test.int8 ? "int8 " : "float32 ");
  bool has_shared = false;
  std::uint64_t shared = 0;
  for (const std::string& isa : isas) {
    const Kernels& kernels = base::find_kernels(isa);
    const Answer answer = run_case(test, kernels, test.count, 1);
    std::string wrong = check_case(test, kernels, answer);
    const bool alike = test.int8 || kernels.fused;
    const std::uint64_t hash = hash_of(answer, kNoHash);
    if (wrong.empty() && alike && has_shared && hash != shared)
      wrong = "other bits than " + isas[0];
    if (alike && !has_shared) {
      has_shared = true;
      shared = hash;
      totals.hash = hash_of(answer, totals.hash);
    }
    totals.report(what + isa + " " + test.name, wrong);
  }
}

// What `digitcli peaks` runs: only that it runs.
void run_peaks(const std::string& isa, Totals& totals) {
  const Kernels& kernels = base::find_kernels(isa);
  const std::vector<std::uint8_t> memory(static_cast<std::size_t>(kernels.read_step) * 4, 1);
  const bool sums = kernels.peak_fma(3) > 0;
  kernels.peak_dot(3);
  const auto size = static_cast<std::int64_t>(memory.size());
  kernels.peak_read(memory.data(), size);
  totals.report("peaks " + isa, sums ? "" : "no sum");
}

// Every kernel where pages that nobody may touch stand before or behind its arrays.
void run_guarded(const std::string& isa, Totals& totals) {
  const Kernels& kernels = base::find_kernels(isa);
  for (const auto& found : {try_float32_kernels(kernels), try_int8_kernels(kernels)}) {
    for (const Trials& trials : found) {
      totals.report(
          "guarded " + isa + " " + trials.kernel + ", " + std::to_string(trials.count) + " calls",
          trials.wrong);
    }
  }
}

// An instruction set that this CPU lacks, or nobody has, is refused by its name and never run.
void run_refusals(const std::vector<std::string>& isas, Totals& totals) {
  for (const std::string name :
       {"amx", "avx512", "avxvnni", "avx2", "i8mm", "dotprod", "neon", "sse9"}) {
    if (std::find(isas.begin(), isas.end(), name) != isas.end()) continue;
    std::string wrong = "it was taken";
    try {
      base::find_kernels(name);
    } catch (const base::UnknownIsa& error) {
      const std::string said = error.what();
      const bool named = said.find(name) != std::string::npos;
      wrong = named && said.find(isas.back()) != std::string::npos ? "" : said;
    }
    totals.report("refuses " + name, wrong);
  }
}

int run(const std::string& path, const std::string& expected) {
  const std::vector<Case> cases = read_golden(path);
  const std::vector<std::string> isas = base::available_isas();
  Totals totals;
  report_faults();
  for (const std::string& isa : isas) run_guarded(isa, totals);
  for (const Case& test : cases) run_everywhere(test, isas, totals);
  for (const std::string& isa : isas) run_peaks(isa, totals);
  run_refusals(isas, totals);
  if (const auto fork = try_fork()) totals.report("a fork while a lock is held", *fork);
  totals.report("the quickest way of a call is found", try_tuner());
  const std::string found = text_of(totals.hash);
  if (!expected.empty()) {
    totals.report("the bits of " + expected, found == expected ? "" : "they are " + found);
  }
  std::string names;
  for (const std::string& isa : isas) names += (names.empty() ? "" : ", ") + isa;
  std::printf("%d checks on %s, %d failed; bits %s\n", totals.checks, names.c_str(),
              totals.failures, found.c_str());
  return totals.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace digitcli::selftest

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: digitcli-selftest GOLDEN [HASH]\n");
    return 2;
  }
  try {
    return digitcli::selftest::run(arguments[1], count > 2 ? arguments[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
