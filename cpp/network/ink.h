// Where a picture has ink.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "network/window.h"

namespace digitcli::network {

// Which pixels of a picture are not 0: bit c of a row is column c.
class Ink {
 public:
  static constexpr int kMostColumns = 64;

  // Room for a picture of so many rows.
  explicit Ink(int rows) : rows_(static_cast<std::size_t>(rows)) {}

  // pixels (rows, columns), at most kMostColumns.
  void find(const std::uint8_t* pixels, int columns) {
    for (std::uint64_t& row : rows_) {
      row = 0;
      for (int column = 0; column < columns; column += 8) {
        row |= not_zero(pixels + column, std::min(8, columns - column)) << column;
      }
      pixels += columns;
    }
    known_ = true;
  }

  // All may have ink.
  void forget() { known_ = false; }

  // The columns that have ink in some rows.
  std::uint64_t of(Span rows) const {
    if (!known_) return ~std::uint64_t{0};
    std::uint64_t all = 0;
    for (int i = 0; i < rows.count; ++i) all |= rows_[static_cast<std::size_t>(rows.begin + i)];
    return all;
  }

  // Those columns, as `of` gives them.
  static std::uint64_t columns(Span span) {
    return span.count <= 0 ? 0 : ~std::uint64_t{0} >> (kMostColumns - span.count) << span.begin;
  }

 private:
  // Bit i says whether byte i of up to eight is not 0: each is brought to its top bit, and one
  // product gathers these.
  static std::uint64_t not_zero(const std::uint8_t* bytes, int count) {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kLow = 0x7f * kOnes;
    std::uint64_t word = 0;
    if (count == 8) {
      std::memcpy(&word, bytes, 8);  // every target is little-endian
    } else {
      for (int i = 0; i < count; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
    }
    const std::uint64_t top = ((word & kLow) + kLow) | word;
    return (top >> 7 & kOnes) * 0x0102040810204080 >> 56;
  }

  std::vector<std::uint64_t> rows_;
  bool known_ = false;
};

// The pixels that a step's output depends on. Empty where nobody looks at them.
struct Seen {
  std::vector<Span> rows;              // of each row of output, or of tiles
  std::vector<std::uint64_t> columns;  // of each column of tiles, as Ink has them
};

}  // namespace digitcli::network
