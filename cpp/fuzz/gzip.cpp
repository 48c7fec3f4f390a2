// One gzip member: libdeflate's verdict and bytes are zlib's.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "files/inflate.h"
#include "fuzz/claim.h"

namespace digitcli::fuzz {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMost = 1 << 16;  // bytes inflated

// What zlib says of the member at the start of some bytes.
struct Reference {
  bool accepted = false;
  bool too_long = false;  // more than kMost
  std::string_view reason;
  std::size_t consumed = 0;
  std::vector<std::uint8_t> content;
};

Reference by_zlib(Bytes in) {
  Reference found;
  found.content.resize(kMost);
  z_stream stream{};
  claim(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "zlib starts");
  stream.next_in = const_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = found.content.data();
  stream.avail_out = static_cast<uInt>(kMost);
  const int status = inflate(&stream, Z_FINISH);
  found.accepted = status == Z_STREAM_END;
  found.too_long = status != Z_STREAM_END && status != Z_DATA_ERROR && stream.avail_out == 0;
  found.consumed = stream.total_in;
  found.content.resize(stream.total_out);
  found.reason = stream.msg != nullptr ? stream.msg : "";  // a constant of zlib's
  inflateEnd(&stream);
  return found;
}

// The difference in deflate itself, which inflate.py names; what a header's checksum says is asked
// before.
bool may_differ(std::string_view reason) {
  return reason == "too many length or distance symbols" ||
         reason == "invalid literal/length code" || reason == "invalid distance code" ||
         reason == "header crc mismatch";
}

std::uint32_t little_endian(const std::uint8_t* from) {
  return from[0] | from[1] << 8 | from[2] << 16 | static_cast<std::uint32_t>(from[3]) << 24;
}

void check_trailer(Bytes in, const files::GzipMember& member, const std::uint8_t* content) {
  claim(member.consumed >= 18 && member.consumed <= in.size(), "header and trailer were there");
  const std::uint8_t* const trailer = in.data() + member.consumed - 8;
  const auto crc = crc32(0, content, static_cast<uInt>(member.produced));
  claim(little_endian(trailer) == crc, "the checksum is right");
  claim(little_endian(trailer + 4) == member.produced, "the length is right");
}

void check_member(Bytes in) {
  const Reference zlib = by_zlib(in);
  if (zlib.too_long) return;
  const std::size_t size = zlib.accepted ? zlib.content.size() : kMost;
  std::vector<std::uint8_t> out(size);
  const auto member = files::inflate_member(in, out);
  if (member) {
    claim(member->produced <= size, "it fits");
    check_trailer(in, *member, out.data());
    claim(zlib.accepted || may_differ(zlib.reason), "zlib accepts it too");
  }
  if (!zlib.accepted) return;
  claim(member.has_value(), "what zlib accepts is accepted");
  claim(member->consumed == zlib.consumed && out == zlib.content, "the same bytes");
  std::vector<std::uint8_t> room(size + 1);
  const auto again = files::inflate_member(in, room);
  claim(again && again->produced == size, "more room makes no difference");
  if (size > 0)
    claim(!files::inflate_member(in, std::span(room).first(size - 1)), "too little room");
}

}  // namespace
}  // namespace digitcli::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  digitcli::fuzz::check_member({data, size});
  return 0;
}
