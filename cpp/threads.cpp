#include "threads.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace digitcli {

void parallel_for(int count, int workers, void (*work)(void*, int, int, int), void* context) {
  workers = std::max(1, std::min(workers, count));
  const auto start_of = [&](int worker) {
    return static_cast<int>(static_cast<long long>(count) * worker / workers);
  };
  std::vector<std::thread> helpers;
  helpers.reserve(static_cast<std::size_t>(workers - 1));
  int refused_from = workers;
  for (int worker = 1; worker < workers; ++worker) {
    try {
      helpers.emplace_back(work, context, start_of(worker), start_of(worker + 1), worker);
    } catch (const std::system_error&) {
      refused_from = worker;
      break;
    }
  }
  work(context, 0, start_of(1), 0);
  for (int worker = refused_from; worker < workers; ++worker) {
    work(context, start_of(worker), start_of(worker + 1), worker);
  }
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace digitcli
