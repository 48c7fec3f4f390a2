// The boundary of IDX reading: bytes-like objects in, arrays out.
#include "files/idx.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings/module.h"
#include "files/inflate.h"

namespace py = pybind11;

namespace digitcli::bindings {
using files::Bytes;

namespace {

// The memoryview keeps the buffer exported: a bytearray cannot be resized while one exists.
Bytes bytes_of(const py::memoryview& view) {
  const Py_buffer* buffer = PyMemoryView_GET_BUFFER(view.ptr());
  if (!PyBuffer_IsContiguous(buffer, 'C')) throw py::buffer_error("data must be contiguous");
  return {static_cast<const uint8_t*>(buffer->buf), static_cast<size_t>(buffer->len)};
}

py::memoryview view_of(const py::object& data) {
  if (!PyObject_CheckBuffer(data.ptr()))
    throw py::type_error("data must be bytes-like, got " +
                         std::string(py::str(py::type::of(data).attr("__name__"))));
  return py::memoryview(data);
}

py::tuple shape_of(const files::IdxHeader& header) {
  py::tuple shape(header.shape.size());
  for (size_t i = 0; i < header.shape.size(); ++i) shape[i] = header.shape[i];
  return shape;
}

files::IdxHeader idx_header(const py::object& data) {
  const py::memoryview view = view_of(data);
  return files::parse_idx_header(bytes_of(view));
}

py::array idx_array(const py::object& data) {
  const py::memoryview view = view_of(data);
  const Bytes file = bytes_of(view);
  const files::IdxHeader header = files::parse_idx_header(file);
  const Bytes payload = files::idx_payload(header, file);
  const py::dtype dtype(header.type->name);
  const std::vector<py::ssize_t> shape(header.shape.begin(), header.shape.end());
  py::array out;
  if (header.type->item_bytes == 1) {
    out = py::array(dtype, shape, payload.data(), view);  // no copy: `view` is its base
  } else {
    out = py::array(dtype, shape);
    auto* target = static_cast<uint8_t*>(out.mutable_data());
    py::gil_scoped_release nogil;
    files::idx_to_native(payload, header.type->item_bytes, target);
  }
  out.attr("setflags")(py::arg("write") = false);
  return out;
}

py::object gzip_member(const py::object& data, const py::array& out) {
  if (!out.dtype().is(py::dtype::of<uint8_t>()))
    throw py::type_error("out must be uint8, got " + std::string(py::str(out.dtype())));
  if (out.ndim() != 1 || !(out.flags() & py::array::c_style))
    throw py::value_error("out must have one dimension and be contiguous");
  if (!out.writeable()) throw py::value_error("out must be writeable");
  const py::memoryview view = view_of(data);
  const Bytes in = bytes_of(view);
  const std::span<uint8_t> target(static_cast<uint8_t*>(const_cast<void*>(out.data())),
                                  static_cast<size_t>(out.size()));
  std::optional<files::GzipMember> member;
  {
    py::gil_scoped_release nogil;  // from here to the brace: spans only, no Python object
    member = files::inflate_member(in, target);
  }
  if (!member) return py::none();
  return py::make_tuple(member->consumed, member->produced);
}

}  // namespace

void bind_idx(py::module_& m) {
  // pybind11 tries the latest registration first, so the child is registered last.
  const auto& error = py::register_exception<files::IdxError>(m, "IdxError", PyExc_ValueError);
  py::register_exception<files::IdxCutError>(m, "IdxCutError", error);
  m.attr("IDX_MAX_HEADER_BYTES") = files::kIdxMaxHeaderBytes;
  m.attr("LIBDEFLATE") = files::libdeflate_version();

  py::class_<files::IdxHeader>(m, "IdxHeader", "What the header of an IDX file promises.")
      .def_property_readonly("dtype", [](const files::IdxHeader& h) { return h.type->name; })
      .def_property_readonly("shape", &shape_of)
      .def_readonly("header_bytes", &files::IdxHeader::header_bytes)
      .def_readonly("payload_bytes", &files::IdxHeader::payload_bytes)
      .def_property_readonly("total_bytes", &files::IdxHeader::total_bytes)
      .def("__str__", &files::IdxHeader::describe);
  m.def("idx_header", &idx_header, py::arg("data"), "Read the header at the start of `data`.");
  m.def("idx_array", &idx_array, py::arg("data"),
        "The array in the bytes of a whole IDX file, read-only, in native byte order.");
  m.def("gzip_member", &gzip_member, py::arg("data"), py::arg("out"),
        "Inflate the first gzip member of `data`: (consumed, produced), None when refused.");
}

}  // namespace digitcli::bindings
