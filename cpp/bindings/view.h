// What Python passes as memory: anything with the buffer protocol, so that NumPy is not needed.
#pragma once
#include <pybind11/pybind11.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace digitcli::bindings {

template <class T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, float>) return "float32";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "uint8";
  if constexpr (std::is_same_v<T, std::int8_t>) return "int8";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "uint16";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
}

// A C-contiguous buffer of one type, borrowed from a Python object while this one lives. Refuses
// instead of converting: a hidden copy of 47 MB is a bug, not a favour.
template <class T>
class View {
 public:
  // Throws py::type_error or py::value_error that says what `what` is and what it should be.
  View(pybind11::handle object, const std::string& what) {
    if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
      PyErr_Clear();
      throw pybind11::type_error(what + " must be " + type_name<T>() + ", got " + found(object));
    }
    if (!fits(buffer_)) {
      const std::string got = found(object);
      PyBuffer_Release(&buffer_);
      throw pybind11::type_error(what + " must be " + type_name<T>() + ", got " + got);
    }
    if (!PyBuffer_IsContiguous(&buffer_, 'C')) {
      PyBuffer_Release(&buffer_);
      throw pybind11::value_error(what +
                                  " must be C-contiguous; pass numpy.ascontiguousarray(...)");
    }
  }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() { PyBuffer_Release(&buffer_); }

  const T* data() const { return static_cast<const T*>(buffer_.buf); }
  std::size_t size() const { return static_cast<std::size_t>(buffer_.len) / sizeof(T); }
  int ndim() const { return buffer_.ndim; }
  pybind11::ssize_t shape(int axis) const { return buffer_.shape[axis]; }

  // The shape as Python writes a tuple.
  std::string shape_text() const {
    pybind11::tuple sizes(static_cast<std::size_t>(ndim()));
    for (int i = 0; i < ndim(); ++i) sizes[static_cast<std::size_t>(i)] = shape(i);
    return pybind11::str(sizes);
  }

  // Whether the buffer's values are of this type.
  static bool fits(const Py_buffer& buffer) {
    std::string_view format = buffer.format ? buffer.format : "B";
    const bool native = format.starts_with('@') || format.starts_with('=') ||
                        (format.starts_with('<') && std::endian::native == std::endian::little);
    if (native) format.remove_prefix(1);
    if (format.size() != 1 || buffer.itemsize != sizeof(T)) return false;
    if constexpr (std::is_floating_point_v<T>) return format == "f";
    return std::string_view(std::is_signed_v<T> ? "bhilq" : "BHILQ").find(format[0]) !=
           std::string_view::npos;
  }

 private:
  // The type that came, in its own words: a dtype where there is one.
  static std::string found(pybind11::handle object) {
    if (pybind11::hasattr(object, "dtype")) return pybind11::str(object.attr("dtype"));
    if (PyMemoryView_Check(object.ptr()))
      return "format " + std::string(pybind11::repr(object.attr("format")));
    return pybind11::str(pybind11::type::of(object).attr("__name__"));
  }

  Py_buffer buffer_;
};

// Whether `object` has the buffer protocol and its values are T.
template <class T>
bool holds(pybind11::handle object) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(object.ptr(), &buffer, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return false;
  }
  const bool fits = View<T>::fits(buffer);
  PyBuffer_Release(&buffer);
  return fits;
}

// Memory for a result, filled by the caller before anybody else sees it.
inline pybind11::bytearray new_bytes(std::size_t size) {
  auto* made = PyByteArray_FromStringAndSize(nullptr, static_cast<pybind11::ssize_t>(size));
  if (!made) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::bytearray>(made);
}

inline char* memory_of(const pybind11::bytearray& bytes) {
  return PyByteArray_AS_STRING(bytes.ptr());
}

}  // namespace digitcli::bindings
