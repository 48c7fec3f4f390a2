// Memory between two pages that nobody may touch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace digitcli::selftest {

// Whether memory ends where the page behind it begins, or begins where the page before it ends. The
// bytes between it and the other page have a fixed value: `intact` says whether they still do.
enum class Edge { end, start };

class GuardedMemory {
 public:
  // Throws std::bad_alloc if the system gives none.
  GuardedMemory(std::size_t size, Edge edge);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  unsigned char* data() const { return data_; }
  bool intact() const;

 private:
  unsigned char* pages_;  // without the first and the last one, which are guards
  std::size_t room_;      // bytes of them
  unsigned char* data_;
  std::size_t size_;
};

// A copy of values in such memory.
template <class T>
class Guarded {
 public:
  Guarded(const std::vector<T>& values, Edge edge)
      : memory_(values.size() * sizeof(T), edge), count_(values.size()) {
    if (count_ > 0) std::memcpy(memory_.data(), values.data(), count_ * sizeof(T));
  }

  T* data() const { return reinterpret_cast<T*>(memory_.data()); }
  bool intact() const { return memory_.intact(); }
  bool equals(const std::vector<T>& values) const {
    return values.size() == count_ &&
           (count_ == 0 || std::memcmp(memory_.data(), values.data(), count_ * sizeof(T)) == 0);
  }

 private:
  GuardedMemory memory_;
  std::size_t count_;
};

// From now on a fault of memory prints "FAIL" and what runs, and ends the program with 1.
void report_faults();
void say_what_runs(const std::string& what);

}  // namespace digitcli::selftest
