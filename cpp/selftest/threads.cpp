// Tests what threads share in the engine: digitcli-selftest-threads GOLDEN [SECONDS].
//
// For each precision and instruction set 16 threads run one engine, with one and two threads of its
// own, and make and drop others of the same weights meanwhile; each answer must have the bits that
// one thread got. Before that, all of them ask for the instruction sets at once. Built with
// -fsanitize=thread, a report of the sanitizer fails it too. Exit codes as of digitcli-selftest.
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/dispatch.h"
#include "selftest/golden.h"
#include "selftest/runs.h"

namespace digitcli::selftest {
namespace {

constexpr int kThreads = 16;
constexpr int kEngineEach = 4;  // runs of the shared engine, until one of an engine of its own

using Clock = std::chrono::steady_clock;

// Calls work(thread) on kThreads threads that begin at the same time.
template <class F>
void on_threads(const F& work) {
  std::barrier begin(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      begin.arrive_and_wait();
      work(t);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Whether all threads are told the same instruction sets, the first time that any asks.
bool dispatch_at_once() {
  std::vector<std::vector<std::string>> found(kThreads);
  on_threads([&](int t) {
    found[static_cast<std::size_t>(t)] = base::available_isas();
    for (const std::string& isa : base::available_isas()) base::find_kernels(isa);
  });
  for (const auto& isas : found) {
    if (isas.empty() || isas != found.front()) return false;
  }
  return true;
}

struct Count {
  int runs = 0, wrong = 0;
};

// The weights are packed, and the first buffers made, by whoever comes first.
Count run_at_once(const Case& test, const Kernels& kernels, double seconds) {
  const Answer all = run_case(test, kernels, test.count, 1), first = run_case(test, kernels, 1, 1);
  const auto weights = make_weights(test, kernels);
  std::unique_ptr<CaseEngine> shared;
  std::once_flag made;
  std::atomic<int> runs{0}, wrong{0};
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  on_threads([&](int t) {
    auto own = weights->engine();
    std::call_once(made, [&] { shared = weights->engine(); });
    for (int i = 0; i < kEngineEach || Clock::now() < end; ++i) {
      if (i % kEngineEach == 0) own = weights->engine();
      const CaseEngine& engine = i % kEngineEach == 0 ? *own : *shared;
      const int threads = 1 + (i + t) % 2;
      const bool one = (i + t / 2) % 3 == 0;
      wrong += engine.run(one ? 1 : test.count, threads) != (one ? first : all);
      ++runs;
    }
  });
  return {runs, wrong};
}

int run(const std::string& path, double seconds) {
  int failures = !dispatch_at_once();
  std::printf("%s dispatch by %d threads at once\n", failures == 0 ? "ok  " : "FAIL", kThreads);
  int runs = 0;
  for (const Case& test : read_golden(path)) {
    for (const std::string& isa : base::available_isas()) {
      const Count found = run_at_once(test, base::find_kernels(isa), seconds);
      failures += found.wrong > 0;
      runs += found.runs;
      std::printf("%s %s %s %s: %d runs, %d with other bits\n", found.wrong == 0 ? "ok  " : "FAIL",
                  test.int8 ? "int8" : "float32", isa.c_str(), test.name.c_str(), found.runs,
                  found.wrong);
      std::fflush(stdout);
    }
  }
  std::printf("%d runs on %d threads, %d failed\n", runs, kThreads, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace digitcli::selftest

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: digitcli-selftest-threads GOLDEN [SECONDS of each case]\n");
    return 2;
  }
  try {
    return digitcli::selftest::run(arguments[1], count > 2 ? std::atof(arguments[2]) : 0.0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
