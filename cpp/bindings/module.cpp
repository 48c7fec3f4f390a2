// The Python module `_core`. Its parts check arrays, release the GIL and own their results; they
// refuse instead of converting.
#include "bindings/module.h"

namespace bindings = digitcli::bindings;

// What threads share inside is locked (network/memo.h, network/worker_buffers.h), so Python need
// not hold its global lock for it.
PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
  m.doc() = "digitcli's C++ engine, IDX parser and preparation of pictures.";
  bindings::bind_isas(m);  // first: it names the errors that the others throw
  bindings::bind_ctc(m);
  bindings::bind_float32(m);
  bindings::bind_find(m);
  bindings::bind_int8(m);
  bindings::bind_idx(m);
  bindings::bind_line(m);
  bindings::bind_page(m);
  bindings::bind_picture(m);
  bindings::bind_peaks(m);
}
