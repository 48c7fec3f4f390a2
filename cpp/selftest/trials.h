// One call of a kernel on guarded memory, beside the same call on plain memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "selftest/guarded.h"

namespace digitcli::selftest {

// The arrays of a call. Each is as long as the kernel's contract says, and ends at a guard page,
// begins after one, or lies in plain memory with room around it. Values are the same for all.
class Arrays {
 public:
  enum class Place { plain, end, start };
  explicit Arrays(Place place) : place_(place) {}

  // Inputs: from -1 to 1, or all values of their type; runs of zeros among them.
  const float* floats(std::ptrdiff_t count) { return in<float>(count); }
  const std::uint8_t* bytes(std::ptrdiff_t count) { return in<std::uint8_t>(count); }
  const std::int8_t* signed_bytes(std::ptrdiff_t count) { return in<std::int8_t>(count); }
  const std::int16_t* shorts(std::ptrdiff_t count) { return in<std::int16_t>(count); }
  const std::int32_t* ints(std::ptrdiff_t count) { return in<std::int32_t>(count); }
  template <class T>
  const T* given(const std::vector<T>& values) {
    return add(values, false);
  }

  // An output, whose bytes have a fixed value before.
  template <class T>
  T* out(std::ptrdiff_t count) {
    T filled;
    std::memset(&filled, 0x5A, sizeof filled);
    return add(std::vector<T>(static_cast<std::size_t>(count), filled), true);
  }

  // All outputs, byte by byte.
  std::vector<unsigned char> answer() const;
  // Whether nothing around an array was written.
  bool intact() const;

 private:
  static constexpr std::size_t kAround = 4096;
  struct Array {
    std::unique_ptr<GuardedMemory> guarded;
    std::vector<unsigned char> plain;
    unsigned char* data;
    std::size_t size;
    bool is_output;
  };

  template <class T>
  const T* in(std::ptrdiff_t count) {
    std::vector<T> values;
    for (std::ptrdiff_t i = 0; i < count; ++i) values.push_back(drawn<T>());
    return add(values, false);
  }
  template <class T>
  T* add(const std::vector<T>& values, bool is_output) {
    return reinterpret_cast<T*>(add_bytes(values.data(), values.size() * sizeof(T), is_output));
  }
  template <class T>
  T drawn();
  std::uint32_t next();
  unsigned char* add_bytes(const void* from, std::size_t size, bool is_output);

  Place place_;
  std::uint64_t state_ = 1;
  std::vector<Array> arrays_;
};

// Calls call(arrays) in plain memory and at both edges of guarded memory. "" or what is wrong: it
// wrote beyond an array, or its answer depends on where arrays lie. A read beyond one is a fault.
template <class Call>
std::string try_guarded(const Call& call) {
  Arrays plain(Arrays::Place::plain);
  call(plain);
  if (!plain.intact()) return "writes beyond an array";
  for (const auto place : {Arrays::Place::end, Arrays::Place::start}) {
    Arrays guarded(place);
    call(guarded);
    if (!guarded.intact()) return "writes beyond an array at the edge of a page";
    if (guarded.answer() != plain.answer()) return "other bits at the edge of a page";
  }
  return "";
}

// What came of all trials of one kernel.
struct Trials {
  std::string kernel;
  int count = 0;
  std::string wrong;  // of the first that was

  template <class Call>
  void add(const Call& call) {
    const std::string found = try_guarded(call);
    ++count;
    if (wrong.empty()) wrong = found;
  }
};

// No trials yet of a kernel, which names itself in case of a fault.
Trials begin(const Kernels& kernels, const char* kernel);

// Rows and columns of a pool.
struct Window {
  int rows, columns;
};

// Every kernel of a table, with all sizes of tails. Each names itself by `say_what_runs`.
std::vector<Trials> try_float32_kernels(const Kernels& kernels);
std::vector<Trials> try_int8_kernels(const Kernels& kernels);

}  // namespace digitcli::selftest
