// Layers as Python describes them: dicts of plain values and arrays.
#pragma once
#include <pybind11/pybind11.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "bindings/view.h"
#include "network/layers.h"

namespace digitcli::bindings {

// The value of `name`, or `otherwise` where the description has none.
template <class T>
T field(const pybind11::dict& description, const char* name, T otherwise) {
  return description.contains(name) ? description[name].cast<T>() : otherwise;
}

// What every kind of layer has, whatever it computes in. Throws BadNetwork for an unknown kind.
void read_layer(const pybind11::dict& description, network::Layer& layer);

// Arrays of one type that stay Python's, and are held as long as this lives.
template <class T>
class Arrays {
 public:
  // The values of description[part], and how many there are. A mapped file may have them at any
  // byte: those that are not aligned are copied. Throws as View; messages name layer and part.
  const T* hold(const pybind11::dict& description, const char* part, std::size_t& size) {
    const auto layer = description["name"].cast<std::string>();
    const View<T>& view = views_.emplace_back(description[part], layer + "." + part);
    size = view.size();
    if (reinterpret_cast<std::uintptr_t>(view.data()) % alignof(T) == 0) return view.data();
    std::vector<T>& copy = copies_.emplace_back(size);
    std::memcpy(copy.data(), view.data(), size * sizeof(T));
    return copy.data();
  }

 private:
  std::deque<View<T>> views_;
  std::deque<std::vector<T>> copies_;
};

}  // namespace digitcli::bindings
