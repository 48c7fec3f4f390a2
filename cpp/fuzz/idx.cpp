// IDX: what is accepted has the sizes that its header says, and its values are the file's.
#include "files/idx.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "fuzz/claim.h"

namespace digitcli::fuzz {
namespace {

using files::Bytes;

// The size of the whole file that a header promises, by the format's definition; none if it is no
// header or promises too much.
std::optional<std::uint64_t> promised(Bytes file) {
  if (file.size() < 4 || file[0] != 0 || file[1] != 0) return std::nullopt;
  constexpr std::uint8_t kCodes[] = {8, 9, 11, 12, 13, 14}, kBytes[] = {1, 1, 2, 4, 4, 8};
  const auto* code = std::find(std::begin(kCodes), std::end(kCodes), file[2]);
  const std::size_t rank = file[3];
  if (code == std::end(kCodes) || rank < 1 || rank > 4 || file.size() < 4 + 4 * rank)
    return std::nullopt;
  double bound = kBytes[code - std::begin(kCodes)];
  std::uint64_t size = kBytes[code - std::begin(kCodes)];
  for (std::size_t i = 4; i < 4 + 4 * rank; i += 4) {
    const std::uint32_t side = static_cast<std::uint32_t>(file[i]) << 24 | file[i + 1] << 16 |
                               file[i + 2] << 8 | file[i + 3];
    bound *= std::max(side, 1U);
    size *= side;
  }
  if (bound >= 0x1p62) return std::nullopt;
  return 4 + 4 * rank + size;
}

void check_values(const files::IdxHeader& header, Bytes payload) {
  const std::size_t bytes = header.type->item_bytes;
  std::vector<std::uint8_t> native(payload.size());
  files::idx_to_native(payload, bytes, native.data());
  for (std::size_t i = 0; i < payload.size(); ++i)
    claim(native[i] == payload[i - i % bytes + bytes - 1 - i % bytes], "values are turned around");
}

void check_file(Bytes file) {
  const std::optional<std::uint64_t> total = promised(file);
  std::optional<files::IdxHeader> header;
  try {
    header = files::parse_idx_header(file);
  } catch (const files::IdxError&) {
  }
  claim(header.has_value() == total.has_value(), "a header is accepted if it is one");
  if (!header) return;
  claim(header->total_bytes() == *total, "the size is the header's");
  const Bytes first = file.first(std::min(file.size(), files::kIdxMaxHeaderBytes));
  claim(files::parse_idx_header(first).shape == header->shape, "the longest header is enough");
  bool accepted = false;
  try {
    const Bytes payload = files::idx_payload(*header, file);
    accepted = true;
    check_values(*header, payload);
  } catch (const files::IdxError&) {
  }
  claim(accepted == (file.size() == *total), "a file is accepted if it has that size");
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check_file({data, size});
  return 0;
}
