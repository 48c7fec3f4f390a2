#include "selftest/forks.h"

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/fork_safe.h"
#endif

namespace digitcli::selftest {

#if defined(_WIN32)
std::optional<std::string> try_fork() { return {}; }
#else
std::optional<std::string> try_fork() {
  constexpr unsigned kPatience = 10;  // seconds
  base::ForkSafeMutex mutex;
  std::atomic<bool> held{false};
  std::thread other([&] {
    mutex.lock();
    held = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    mutex.unlock();
  });
  while (!held) std::this_thread::yield();
  const pid_t child = fork();
  if (child == 0) {
    alarm(kPatience);  // ends it, if the lock is never free
    mutex.lock();
    _exit(0);
  }
  int status = -1;
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  other.join();
  return ended && status == 0 ? "" : "the child waits for a lock that nobody holds";
}
#endif

}  // namespace digitcli::selftest
