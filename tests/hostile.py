"""Files that ask for far more time or memory than their size, made in a few lines each."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib

from PIL import Image

MIB = 2**20
FILE = 20 * MIB  # bytes: the largest picture file that is read
SIDE = 4_000  # of the largest square picture that is read
XMP = b"XML:com.adobe.xmp\x00"


# ---- ZIP ----------------------------------------------------------------------------------------


def archive(
    packed: bytes = b"",
    method: int = zipfile.ZIP_STORED,
    size: int | None = None,
    crc: int = 0,
    *,
    name: bytes = b"1.png",
    version: int = 20,
    flags: int = 0,
    members: int = 1,
) -> bytes:
    """A ZIP archive of one member, listed `members` times, with headers as they are told."""
    size = len(packed) if size is None else size
    fields = (version, flags, method, 0, 0, crc, len(packed), size, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name + packed
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", version, *fields, *([0] * 5)) + name
    count = min(members, 65_535)
    end = (b"PK\x05\x06", 0, 0, count, count, len(entry) * members, len(local), 0)
    return local + entry * members + struct.pack("<4s4H2LH", *end)


def packed_zeros(method: int, size: int) -> bytes:
    """So many zeros, compressed as a member of a ZIP archive is."""
    zeros = bytes(size)
    if method == zipfile.ZIP_BZIP2:
        return bz2.compress(zeros)
    if method == zipfile.ZIP_LZMA:
        options = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 23}
        properties = struct.pack("<BBHBL", 9, 4, 5, 93, 1 << 23)
        return properties + lzma.compress(zeros, lzma.FORMAT_RAW, filters=[options])
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(zeros) + deflate.flush()


# ---- PNG ----------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """A PNG chunk with its checksum."""
    checksum = struct.pack(">L", zlib.crc32(kind + content))
    return struct.pack(">L", len(content)) + kind + content + checksum


def png(
    side: int = 28,
    *,
    before: bytes = b"",
    after: bytes = b"",
    pixels: bytes | None = None,
) -> bytes:
    """A black grey picture, with chunks before and after its pixels (whole IDAT chunks)."""
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", side, side, 8, 0, 0, 0, 0))
    if pixels is None:
        pixels = chunk(b"IDAT", zlib.compress(bytes(side * (side + 1)), 1))
    return b"\x89PNG\r\n\x1a\n" + header + before + pixels + after + chunk(b"IEND")


def slow_deflate(content: bytes, size: int) -> bytes:
    """zlib's stream of so many bytes: blocks of a code and nothing else, then the content."""
    lengths = ["000"] * 18
    lengths[2] = lengths[17] = "100"  # the codes for "many zeros" and "one" have one bit each
    run = "1" + "1111111" + "1" + "1101011"  # 138 and 118 zeros, least significant bit first
    block = "0" + "01" + "00000" + "00000" + "0111" + "".join(lengths) + run + "00" + "0"
    bits = block * 8
    eight = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    packed = zlib.compress(content, 1)
    return packed[:2] + eight * ((size - len(packed)) // len(eight)) + packed[2:]


def slow_pixels(side: int) -> bytes:
    """IDAT of 20 MB for a black picture."""
    return chunk(b"IDAT", slow_deflate(bytes(side * (side + 1)), FILE - 200))


# ---- JPEG ---------------------------------------------------------------------------------------


def segment(marker: int, content: bytes = b"") -> bytes:
    """A JPEG segment with its length."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def scan(components: int, blocks: int, *, first: bool = False, all_: bool = False) -> bytes:
    """A scan of a progressive JPEG: the first, or one bit more of what the first has."""
    names = b"".join(bytes([n + 1, 0]) for n in range(components if all_ else 1))
    ends = b"\x00\x00\x00" if first else b"\x00\x00\x10"
    bits = (blocks * (components if all_ else 1) + 7) // 8
    return segment(0xDA, bytes([len(names) // 2]) + names + ends) + bytes(bits)


def jpeg(
    side: int = 28,
    scans: int = 1,
    *,
    components: int = 1,
    before: bytes = b"",
    between: bytes = b"",
    frame: int = 0xC2,
    full: bool = True,
) -> bytes:
    """A progressive JPEG of so many scans, with segments before its tables and between scans."""
    layers = b"".join(bytes([n + 1, 0x11, 0]) for n in range(components))
    code = b"\x01" + bytes(15) + b"\x00"  # the bit 0 says "no change"
    blocks = ((side + 7) // 8) ** 2
    parts = [b"\xff\xd8", before, segment(0xDB, b"\x00" + b"\x01" * 64)]
    parts.append(segment(frame, struct.pack(">BHHB", 8, side, side, components) + layers))
    parts.append(segment(0xC4, b"\x00" + code) + segment(0xC4, b"\x10" + code))
    parts.append(scan(components, blocks, first=True, all_=True))
    again = scan(components, blocks if full else 0, all_=True)
    return b"".join([*parts, between, again * (scans - 1), b"\xff\xd9"])


def exif_of_the_same_value(entries: int, size: int = 60_000) -> bytes:
    """An EXIF block whose entries all point at the same bytes."""
    entry = b"".join(struct.pack("<HHLL", 300 + n % 65_000, 7, size, 8) for n in range(entries))
    return b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", entries) + entry + bytes(4)


# ---- GIF, WebP, BMP -----------------------------------------------------------------------------


def gif(before: bytes, side: int = 28) -> bytes:
    """A black GIF with blocks before its frame."""
    buffer = io.BytesIO()
    Image.new("L", (side, side)).save(buffer, "GIF")
    data = buffer.getvalue()
    start = data.index(b",\x00\x00\x00\x00" + struct.pack("<HH", side, side))
    return data[:start] + before + data[start:]


def webp(mode: str = "RGB", size: tuple[int, int] = (28, 28), **options: object) -> bytes:
    """A WebP of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, size, 77).save(buffer, "WEBP", lossless=True, method=0, quality=0, **options)
    return buffer.getvalue()


def webp_codes(side: int = 1_024) -> bytes:
    """A lossless WebP with codes of its own for each 4 x 4 pixels, at most 65,536 of them."""
    header = "".join(f"{value:0{size}b}"[::-1] for value, size in ((side - 1, 14),) * 2)
    one_symbol = "1000"
    eight_bits = "0" + "0001" + "".join("100" if n in (2, 11) else "000" for n in range(12)) + "0"
    green, red = eight_bits + "1" * 256 + "0" * 24, eight_bits + "1" * 256
    tiles = (side // 4) ** 2
    numbers = "".join(f"{n & 255:08b}{n >> 8 & 255:08b}" for n in range(tiles))
    codes = one_symbol * 5 * min(tiles, 65_536)
    bits = "".join(
        [header, "0000", "0", "0", "1000", "0", green, red, one_symbol * 3, numbers, codes]
    )
    bits += "0" * (-len(bits) % 16 + 8)  # one byte stands before
    data = b"\x2f" + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    chunk = b"WEBPVP8L" + struct.pack("<L", len(data)) + data
    return b"RIFF" + struct.pack("<L", len(chunk)) + chunk


def webp_canvas(side: int) -> bytes:
    """A WebP of small frames on a canvas of `side` x `side`."""
    other = Image.new("RGB", (28, 28), 200)
    data = webp(save_all=True, append_images=[other])
    return data[:24] + (side - 1).to_bytes(3, "little") * 2 + data[30:]


def bmp(width: int, height: int, coded: bytes, kind: int = 1) -> bytes:
    """A BMP of run lengths."""
    palette = bytes(range(256)) * 4
    start = 14 + 40 + len(palette)
    head = struct.pack("<2sLHHL", b"BM", start + len(coded), 0, 0, start)
    sizes = (40, width, height, 1, 8 if kind == 1 else 4, kind, len(coded), 0, 0, 256, 0)
    return head + struct.pack("<LllHHLLllLL", *sizes) + palette + coded


# ---- TIFF ---------------------------------------------------------------------------------------


def tiff(tags: dict[int, list[int] | bytes], content: bytes = b"", *, repeat: int = 1) -> bytes:
    """A little-endian TIFF: `content` at 8, then its tags' values (LONG, or bytes), last the tags.

    With `repeat` its directory lists them so many times, under other numbers.
    """
    data = bytearray(b"II*\x00\x00\x00\x00\x00" + content)
    data += bytes(len(data) % 2)
    entries = []
    for number, values in sorted(tags.items()):
        kind = 1 if isinstance(values, bytes) else 4
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}L", *values)
        place = packed.ljust(4, b"\x00")
        if len(packed) > 4:
            place = struct.pack("<L", len(data))
            data += packed + bytes(len(packed) % 2)
        entries.append((number, kind, len(values), place))
    data[4:8] = struct.pack("<L", len(data))
    rows = [(number + n, *rest) for n in range(repeat) for number, *rest in entries]
    data += struct.pack("<H", len(rows))
    data += b"".join(struct.pack("<HHL4s", *row) for row in rows) + bytes(4)
    return bytes(data)


def grey_tags(side: int, compression: int = 8) -> dict[int, list[int] | bytes]:
    """The tags that a grey picture has in any case."""
    return {256: [side], 257: [side], 258: [8], 259: [compression], 262: [1], 277: [1]}


def strips(side: int, count: int, rows: int, content: bytes, compression: int = 8) -> bytes:
    """A TIFF whose strips are all the same bytes."""
    places: dict[int, list[int] | bytes] = {
        273: [8] * count,
        278: [rows],
        279: [len(content)] * count,
    }
    return tiff(grey_tags(side, compression) | places, content)


def tile(side: int, across: int, content: bytes, compression: int = 8) -> bytes:
    """A TIFF of one tile."""
    places: dict[int, list[int] | bytes] = {
        322: [across],
        323: [across],
        324: [8],
        325: [len(content)],
    }
    return tiff(grey_tags(side, compression) | places, content)


def exif_directory_of_rationals(count: int) -> bytes:
    """A TIFF whose EXIF directory has one tag of so many fractions."""
    inner = struct.pack("<H", 1) + struct.pack("<HHLL", 1_000, 5, count, 8) + bytes(4)
    fractions = struct.pack("<LL", 1, 3) * count
    pixels = bytes(28 * 28)
    where = 8 + len(fractions) + len(inner)
    tags = grey_tags(28, 1) | {273: [where], 278: [28], 279: [784]}
    return tiff(tags | {34_665: [8 + len(fractions)]}, fractions + inner + pixels)


# ---- PNM ----------------------------------------------------------------------------------------


def pnm(magic: bytes, width: int, height: int, numbers: bytes, largest: bytes = b"255") -> bytes:
    """A PNM file."""
    return b"%s %d %d %s\n" % (magic, width, height, largest) + numbers


def spellings(count: int) -> bytes:
    """So many numbers up to 65,535, hundreds of thousands in a row without two alike."""
    some = [b"%0*d" % (5 + n // 65_536, n % 65_536) for n in range(3 * 65_536)]
    return b" ".join(some * (count // len(some)))
