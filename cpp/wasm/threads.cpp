// WebAssembly's ThreadPool, in place of base/threads.cpp: the caller is the only worker.
#include "base/threads.h"

namespace digitcli::base {

ThreadPool::~ThreadPool() = default;

int ThreadPool::prepare(int) { return 1; }

void ThreadPool::begin(int, double) {}

void ThreadPool::end() {}

int ThreadPool::gather(int) { return 1; }

void ThreadPool::run(int items, int, Work* work, void* context) {
  for (int item = 0; item < items; ++item) work(context, item, 0);
}

}  // namespace digitcli::base
