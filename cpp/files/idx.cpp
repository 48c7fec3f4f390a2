#include "files/idx.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace digitcli::files {
namespace {

constexpr IdxType kTypes[] = {
    {0x08, "uint8", 1}, {0x09, "int8", 1},    {0x0B, "int16", 2},
    {0x0C, "int32", 4}, {0x0D, "float32", 4}, {0x0E, "float64", 8},
};
constexpr size_t kMaxRank = 4;
constexpr uint64_t kMaxPayloadBytes = uint64_t{1} << 62;

std::string hex(uint8_t byte) {
  constexpr char digits[] = "0123456789abcdef";
  return {digits[byte >> 4], digits[byte & 15]};
}

void check_magic(Bytes file) {
  if (file.empty()) throw IdxCutError("file is empty, expected an IDX header");
  const Bytes start = file.first(std::min<size_t>(file.size(), 4));
  if (start[0] == 0 && (start.size() < 2 || start[1] == 0)) return;
  std::string found;
  for (const uint8_t byte : start) found += " " + hex(byte);
  throw IdxError("not an IDX file (starts with" + found + ", expected 00 00)");
}

void check_header_size(Bytes file, size_t expected) {
  if (file.size() < expected)
    throw IdxCutError("header is cut short: found " + std::to_string(file.size()) +
                      " bytes, expected " + std::to_string(expected));
}

const IdxType* find_type(uint8_t code) {
  std::string known;
  for (const IdxType& type : kTypes) {
    if (type.code == code) return &type;
    known += (known.empty() ? "0x" : ", 0x") + hex(type.code) + " (" + type.name + ")";
  }
  throw IdxError("unknown type 0x" + hex(code) + ", expected one of " + known);
}

uint32_t load_big_endian(const uint8_t* from) {
  return uint32_t{from[0]} << 24 | uint32_t{from[1]} << 16 | uint32_t{from[2]} << 8 | from[3];
}

// item_bytes times every size. A size of 0 must not hide other sizes that NumPy cannot address.
uint64_t checked_payload_bytes(const IdxHeader& header) {
  uint64_t bound = header.type->item_bytes;
  bool empty = false;
  for (const uint32_t size : header.shape) {
    empty |= size == 0;
    if (__builtin_mul_overflow(bound, std::max(size, 1u), &bound) || bound >= kMaxPayloadBytes)
      throw IdxError("dimensions overflow: " + header.describe() +
                     " is more than any file can hold");
  }
  return empty ? 0 : bound;
}

template <class Word>
Word byteswap(Word value) {
  if constexpr (sizeof(Word) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Word) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Word) == 8) return __builtin_bswap64(value);
}

template <class Word>
void copy_swapped(Bytes from, uint8_t* to) {
  for (size_t at = 0; at < from.size(); at += sizeof(Word)) {
    Word value;  // memcpy: neither side need be aligned
    std::memcpy(&value, from.data() + at, sizeof value);
    value = byteswap(value);
    std::memcpy(to + at, &value, sizeof value);
  }
}

}  // namespace

std::string IdxHeader::describe() const {
  std::string text;
  for (const uint32_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text + " " + type->name;
}

IdxHeader parse_idx_header(Bytes file) {
  check_magic(file);
  check_header_size(file, 4);
  IdxHeader header{};
  header.type = find_type(file[2]);
  const size_t rank = file[3];
  if (rank < 1 || rank > kMaxRank)
    throw IdxError("rank " + std::to_string(rank) + ", expected 1 to " + std::to_string(kMaxRank));
  header.header_bytes = 4 + 4 * rank;
  check_header_size(file, header.header_bytes);
  for (size_t i = 0; i < rank; ++i)
    header.shape.push_back(load_big_endian(file.data() + 4 + 4 * i));
  header.payload_bytes = checked_payload_bytes(header);
  return header;
}

Bytes idx_payload(const IdxHeader& header, Bytes file) {
  const Bytes found = file.subspan(header.header_bytes);
  if (found.size() == header.payload_bytes) return found;
  const std::string sizes = "payload: header promises " + header.describe() + " = " +
                            std::to_string(header.payload_bytes) + " bytes, file has " +
                            std::to_string(found.size());
  if (found.size() < header.payload_bytes) throw IdxCutError(sizes);
  throw IdxError(sizes + " (" + std::to_string(found.size() - header.payload_bytes) +
                 " trailing bytes)");
}

void idx_to_native(Bytes payload, size_t item_bytes, uint8_t* out) {
  if (payload.empty()) return;
  if (item_bytes == 1 || std::endian::native == std::endian::big)
    std::memcpy(out, payload.data(), payload.size());
  else if (item_bytes == 2)
    copy_swapped<uint16_t>(payload, out);
  else if (item_bytes == 4)
    copy_swapped<uint32_t>(payload, out);
  else
    copy_swapped<uint64_t>(payload, out);
}

}  // namespace digitcli::files
