#include "files/inflate.h"

#ifdef DIGITCLI_HAS_LIBDEFLATE
#include <libdeflate.h>

#include <memory>

namespace digitcli::files {

const char* libdeflate_version() { return LIBDEFLATE_VERSION_STRING; }

std::optional<GzipMember> inflate_member(std::span<const uint8_t> in, std::span<uint8_t> out) {
  // One per call: a decompressor is some 10 kB, and must not be shared between threads.
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) return std::nullopt;
  GzipMember member{};
  uint8_t nowhere;  // libdeflate adds to the pointer, which C allows to none that is null
  uint8_t* const to = out.empty() ? &nowhere : out.data();
  const libdeflate_result result = libdeflate_gzip_decompress_ex(
      decompressor.get(), in.data(), in.size(), to, out.size(), &member.consumed, &member.produced);
  if (result != LIBDEFLATE_SUCCESS) return std::nullopt;
  return member;
}

}  // namespace digitcli::files

#else

namespace digitcli::files {

const char* libdeflate_version() { return ""; }

std::optional<GzipMember> inflate_member(std::span<const uint8_t>, std::span<uint8_t>) {
  return std::nullopt;
}

}  // namespace digitcli::files

#endif
