// Memory for kernels: floats on cache-line boundaries, zeroed.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace digitcli {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t floats)
      : data_(static_cast<float*>(::operator new(floats * sizeof(float), kAlignment))) {
    std::memset(data_.get(), 0, floats * sizeof(float));
  }
  float* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* p) const { ::operator delete(p, kAlignment); }
  };
  std::unique_ptr<float, Free> data_;
};

}  // namespace digitcli
