// Makes every second file as long as its header says, so that payloads are reached.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "files/idx.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 2 != 0) return size;
  try {
    const std::uint64_t total = digitcli::files::parse_idx_header({data, size}).total_bytes();
    if (total > most) return size;
    if (total > size) std::memset(data + size, static_cast<int>(seed >> 8 & 255), total - size);
    return total;
  } catch (const digitcli::files::IdxError&) {
    return size;
  }
}
