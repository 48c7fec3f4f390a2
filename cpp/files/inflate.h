// One gzip member with libdeflate, where the build has it. No I/O in here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace digitcli::files {

struct GzipMember {
  size_t consumed;  // compressed bytes, header and trailer included
  size_t produced;
};

// libdeflate's version, or "" when it is not linked.
const char* libdeflate_version();

// Inflates the member at the start of `in` to the start of `out`, and checks its CRC and length.
// Empty when the member is refused, `out` is too small or libdeflate is not linked; `out` then
// holds anything. The caller has a slower decoder, which knows the reason.
std::optional<GzipMember> inflate_member(std::span<const uint8_t> in, std::span<uint8_t> out);

}  // namespace digitcli::files
