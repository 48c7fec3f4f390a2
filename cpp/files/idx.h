// IDX, the file format of MNIST: a header, then one array, all big-endian. No I/O in here.
//
//   bytes 0-1  zero
//   byte  2    type of the values, see IdxType
//   byte  3    rank: the number of dimensions, 1 to 4
//   bytes 4-   one unsigned 32-bit size per dimension
//   then       the values, last dimension fastest
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace digitcli::files {

using Bytes = std::span<const uint8_t>;

struct IdxType {
  uint8_t code;
  const char* name;  // as NumPy calls it
  size_t item_bytes;
};

struct IdxHeader {
  const IdxType* type;
  std::vector<uint32_t> shape;
  size_t header_bytes;
  uint64_t payload_bytes;

  uint64_t total_bytes() const { return header_bytes + payload_bytes; }
  std::string describe() const;  // "60000 x 28 x 28 uint8"
};

constexpr size_t kIdxMaxHeaderBytes = 4 + 4 * 4;

// Bytes that are not an IDX file; what() names the field, what was found and what was expected.
struct IdxError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// An IDX file that ends too early.
struct IdxCutError : IdxError {
  using IdxError::IdxError;
};

// Reads the header at the start of `file`; the first kIdxMaxHeaderBytes of a file are enough.
// A shape that no file can hold (2^62 bytes or more, zeros counted as ones) is an IdxError.
IdxHeader parse_idx_header(Bytes file);

// The bytes after the header. Throws unless `file` has exactly as many as `header` promises.
Bytes idx_payload(const IdxHeader& header, Bytes file);

// Copies big-endian values of `item_bytes` (1, 2, 4 or 8) each to `out` in this machine's order.
void idx_to_native(Bytes payload, size_t item_bytes, uint8_t* out);

}  // namespace digitcli::files
