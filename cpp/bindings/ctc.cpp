// The boundary of decoding: a line's columns and a rule in, signs out.
#include "vision/ctc/ctc.h"

#include <pybind11/pybind11.h>

#include <cstring>
#include <string>
#include <vector>

#include "bindings/module.h"
#include "bindings/view.h"
#include "vision/ctc/merge.h"

namespace py = pybind11;
namespace ctc = digitcli::vision::ctc;

namespace digitcli::bindings {
namespace {

constexpr std::size_t kMostColumns = 1 << 20;
constexpr int kMostEffort = 1 << 20;

std::vector<float> floats_of(const void* data, std::size_t bytes, const std::string& shape) {
  const std::size_t row = ctc::kClasses * sizeof(float);
  if (bytes == 0 || bytes % row != 0 || bytes / row > kMostColumns) {
    throw py::value_error("columns must have shape (columns, 16), float32, got " + shape);
  }
  std::vector<float> values(bytes / sizeof(float));
  std::memcpy(values.data(), data, bytes);  // the buffer may lie at any byte
  return values;
}

// Probabilities as float32 (columns, 16), or as the bytes of such.
std::vector<float> checked_columns(const py::object& columns) {
  if (holds<std::uint8_t>(columns)) {
    const View<std::uint8_t> view(columns, "columns");
    return floats_of(view.data(), view.size(), std::to_string(view.size()) + " bytes");
  }
  const View<float> view(columns, "columns");
  const bool rows = view.ndim() == 2 && view.shape(1) == ctc::kClasses;
  return floats_of(view.data(), rows ? view.size() * sizeof(float) : 0, view.shape_text());
}

// A rule that owns its table: Python's may lie at any byte.
struct Table {
  std::vector<std::int32_t> steps;
  std::vector<std::uint8_t> accepts;

  ctc::Rule rule() const {
    return {steps.data(), accepts.data(), static_cast<int>(accepts.size())};
  }
};

Table checked_table(const py::object& steps, const py::object& accepts) {
  const View<std::int32_t> step_view(steps, "steps");
  const View<std::uint8_t> accept_view(accepts, "accepts");
  const std::size_t states = accept_view.size();
  if (states == 0 || states > kMostEffort || step_view.size() != states * ctc::kDigits) {
    throw py::value_error("steps must hold 10 values for each of accepts, got " +
                          std::to_string(step_view.size()) + " for " + std::to_string(states));
  }
  Table table{std::vector<std::int32_t>(step_view.size()), std::vector<std::uint8_t>(states)};
  std::memcpy(table.steps.data(), step_view.data(), step_view.size() * sizeof(std::int32_t));
  std::memcpy(table.accepts.data(), accept_view.data(), states);
  for (const std::int32_t state : table.steps) {
    if (state < -1 || state >= static_cast<std::int32_t>(states))
      throw py::value_error("steps: there is no state " + std::to_string(state));
  }
  return table;
}

int checked_effort(int value, const std::string& what, int least) {
  if (value < least || value > kMostEffort) {
    throw py::value_error(what + " must be from " + std::to_string(least) + " to " +
                          std::to_string(kMostEffort) + ", got " + std::to_string(value));
  }
  return value;
}

py::tuple describe(const ctc::Sign& sign) {
  py::tuple shares(sign.label < ctc::kDigits ? sign.shares.size() : 0);
  for (std::size_t d = 0; d < shares.size(); ++d) shares[d] = sign.shares[d];
  return py::make_tuple(sign.label, sign.span.first, sign.span.last, sign.probability, shares);
}

py::object decode_columns(const py::object& columns, const py::object& steps,
                          const py::object& accepts, int beam, int expansions, double temperature) {
  const std::vector<float> values = checked_columns(columns);
  const Table table = checked_table(steps, accepts);
  const ctc::Effort effort{checked_effort(beam, "beam", 1),
                           checked_effort(expansions, "expansions", 0)};
  std::optional<ctc::Written> found;
  {
    py::gil_scoped_release nogil;
    const int count = static_cast<int>(values.size() / ctc::kClasses);
    found = ctc::decode(ctc::columns_of(values.data(), count, temperature), table.rule(), effort);
  }
  if (!found) return py::none();
  py::list signs;
  for (const ctc::Sign& sign : found->signs) signs.append(describe(sign));
  return py::make_tuple(signs, found->among_valid, found->among_all);
}

py::bytearray merge_columns(const py::list& looks, std::uint32_t without) {
  std::vector<std::vector<float>> values;
  for (const py::handle look : looks) {
    values.push_back(checked_columns(py::reinterpret_borrow<py::object>(look)));
    if (values.back().size() != values.front().size())
      throw py::value_error("all looks at a line must have as many columns");
  }
  if (values.empty()) throw py::value_error("at least one look at a line is needed");
  const std::vector<float> mean = ctc::merged(values, without);
  return {reinterpret_cast<const char*>(mean.data()), mean.size() * sizeof(float)};
}

}  // namespace

void bind_ctc(py::module_& m) {
  m.def("merge_columns", &merge_columns, py::arg("looks"), py::arg("without") = 0,
        "Probabilities float32 (columns, 16), several of one line -> their geometric mean as such\n"
        "bytes, without the classes whose bits are set in `without`.");
  m.def("decode_columns", &decode_columns, py::arg("columns"), py::arg("steps"), py::arg("accepts"),
        py::arg("beam"), py::arg("expansions"), py::arg("temperature") = 1.0,
        "Probabilities float32 (columns, 16) and a rule's table, int32 (states, 10) and uint8\n"
        "(states,) -> signs (class, first and last column, probability, shares), the text's\n"
        "probability among valid ones and among all; None where no valid text is possible.");
}

}  // namespace digitcli::bindings
