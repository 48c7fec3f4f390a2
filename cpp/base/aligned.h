// Memory for kernels, of any plain type: on cache-line boundaries, zeroed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace digitcli::base {

// What is never touched costs nothing: of large pieces, calloc leaves it to the system to make
// pages of zeros when they are first used.
template <class T>
class Aligned {
  static_assert(std::is_trivial_v<T>);

 public:
  Aligned() = default;
  explicit Aligned(std::size_t count)
      : bytes_(count * sizeof(T) + kAlignment), block_(std::calloc(bytes_, 1)) {
    if (block_ == nullptr) throw std::bad_alloc();
    const auto start = reinterpret_cast<std::uintptr_t>(block_.get());
    const std::size_t skipped = (kAlignment - start % kAlignment) % kAlignment;
    data_ = reinterpret_cast<T*>(static_cast<char*>(block_.get()) + skipped);
  }
  T* data() const { return data_; }
  // What it was given; 0 if it has none.
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::size_t bytes_ = 0;
  std::unique_ptr<void, Free> block_;
  T* data_ = nullptr;
};

}  // namespace digitcli::base
