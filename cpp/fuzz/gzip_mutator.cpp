// Mends checksum and length of most files, or hardly any would come past them; makes some from
// text.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

constexpr std::size_t kHeader = 10, kTrailer = 8, kMostContent = 1 << 16;

void store(std::uint8_t* to, std::size_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> 8 * i & 255);
}

// Sets a plain header and, behind the end of the deflate data, the trailer; the new size.
std::size_t mend(std::uint8_t* data, std::size_t size, std::size_t most) {
  if (size < kHeader) return size;
  static constexpr std::uint8_t kPlain[] = {0x1f, 0x8b, 8, 0};
  std::memcpy(data, kPlain, sizeof kPlain);
  std::vector<std::uint8_t> content(kMostContent);
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return size;
  stream.next_in = data + kHeader;
  stream.avail_in = static_cast<uInt>(size - kHeader);
  stream.next_out = content.data();
  stream.avail_out = static_cast<uInt>(content.size());
  const int status = inflate(&stream, Z_FINISH);
  const std::size_t end = kHeader + stream.total_in;
  const auto produced = stream.total_out;
  inflateEnd(&stream);
  if (status != Z_STREAM_END || end + kTrailer > most) return size;
  store(data + end, crc32(0, content.data(), static_cast<uInt>(produced)));
  store(data + end + 4, produced);
  return std::max(size, end + kTrailer);
}

// `data` itself as the content of a new member, 0 if there is no room.
std::size_t pack(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::vector<std::uint8_t> packed(most);
  z_stream stream{};
  const int level = static_cast<int>(seed % 10), strategy = static_cast<int>(seed / 16 % 5);
  const int bits = 9 + static_cast<int>(seed / 128 % 7);
  if (deflateInit2(&stream, level, Z_DEFLATED, 16 + bits, 8, strategy) != Z_OK) return 0;
  stream.next_in = data;
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  const std::size_t made = status == Z_STREAM_END ? stream.total_out : 0;
  deflateEnd(&stream);
  std::memcpy(data, packed.data(), made);
  return made;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 16 == 0) {
    const std::size_t made = pack(data, size, most, seed / 16);
    if (made != 0) return made;
  }
  return seed % 4 == 1 ? size : mend(data, size, most);
}
