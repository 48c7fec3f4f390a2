#include "base/fork_safe.h"

#if !defined(_WIN32) && !defined(__EMSCRIPTEN__)
#include <pthread.h>
#define DIGITCLI_FORKS 1
#endif

namespace digitcli::base {
namespace {

// All mutexes, and what guards their list.
struct Registry {
  Registry() {
#if defined(DIGITCLI_FORKS)
    pthread_atfork(ForkSafeMutex::lock_all, ForkSafeMutex::unlock_all, ForkSafeMutex::unlock_all);
#endif
  }

  std::mutex mutex;
  ForkSafeMutex* first = nullptr;
};

// Never destroyed: a thread may still be at work when the process ends.
Registry& registry() {
  static Registry& all = *new Registry;
  return all;
}

}  // namespace

ForkSafeMutex::ForkSafeMutex() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  after_ = all.first;
  if (after_ != nullptr) after_->before_ = this;
  all.first = this;
}

ForkSafeMutex::~ForkSafeMutex() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  (before_ != nullptr ? before_->after_ : all.first) = after_;
  if (after_ != nullptr) after_->before_ = before_;
}

void ForkSafeMutex::lock_all() {
  Registry& all = registry();
  all.mutex.lock();
  for (ForkSafeMutex* each = all.first; each != nullptr; each = each->after_) each->lock();
}

void ForkSafeMutex::unlock_all() {
  Registry& all = registry();
  for (ForkSafeMutex* each = all.first; each != nullptr; each = each->after_) each->unlock();
  all.mutex.unlock();
}

}  // namespace digitcli::base
