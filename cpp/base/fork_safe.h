// A lock that a child can take after a fork, whoever held it in the parent.
#pragma once
#include <mutex>

namespace digitcli::base {

// A fork waits until nobody holds any of these, so that a child finds them free and what they guard
// whole. Who holds one must neither take, make nor drop another.
class ForkSafeMutex {
 public:
  ForkSafeMutex();
  ~ForkSafeMutex();
  ForkSafeMutex(const ForkSafeMutex&) = delete;
  ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

  // All that there are; for what runs around a fork.
  static void lock_all();
  static void unlock_all();

 private:
  std::mutex mutex_;
  ForkSafeMutex *before_ = nullptr, *after_ = nullptr;  // in the list of all
};

}  // namespace digitcli::base
