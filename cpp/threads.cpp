#include "threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace digitcli {

void parallel_for(int items, int workers, void (*work)(void*, int, int), void* context) {
  std::atomic<int> next{0};
  const auto run = [&](int worker) {
    for (int item = next++; item < items; item = next++) work(context, item, worker);
  };
  std::vector<std::thread> helpers;
  workers = std::min(workers, items);
  helpers.reserve(static_cast<std::size_t>(std::max(workers - 1, 0)));
  try {
    for (int worker = 1; worker < workers; ++worker) helpers.emplace_back(run, worker);
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  run(0);
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace digitcli
