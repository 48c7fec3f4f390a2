// Memory for kernels, of any plain type: on cache-line boundaries, zeroed.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace digitcli::base {

template <class T>
class Aligned {
  static_assert(std::is_trivial_v<T>);

 public:
  Aligned() = default;
  explicit Aligned(std::size_t count)
      : data_(static_cast<T*>(::operator new(count * sizeof(T), kAlignment))) {
    std::memset(data_.get(), 0, count * sizeof(T));
  }
  T* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(T* p) const { ::operator delete(p, kAlignment); }
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace digitcli::base
