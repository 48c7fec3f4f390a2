"""Files that ask for far more time or memory than their size, made in a few lines each."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

MIB = 2**20
FILE = 20 * MIB  # bytes: the largest picture file that is read
SIDE = 4_000  # of the largest square picture that is read
XMP = b"XML:com.adobe.xmp\x00"


@dataclass(frozen=True)
class Hostile:
    """A hostile file, and the plain picture it is measured beside.

    `refused` are words of its error; without them it is read.
    """

    make: Callable[[], bytes]
    mode: str = "L"
    size: tuple[int, int] = (28, 28)
    refused: str = ""
    slow: bool = False


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


HOSTILE: dict[str, Hostile] = {
    "png-a-million-texts": Hostile(
        lambda: png(before=chunk(b"tEXt", b"a\0b") * 1_000_000), refused="more than 100000 chunks"
    ),
    "png-texts-behind": Hostile(lambda: png(after=chunk(b"tEXt", b"a\0b") * 90_000)),
    "png-a-million-empty-idat": Hostile(
        lambda: png(pixels=chunk(b"IDAT") * 1_000_000 + chunk(b"IDAT", zlib.compress(bytes(812)))),
        refused="more than 100000 chunks",
    ),
    "png-90000-idat": Hostile(
        lambda: png(pixels=chunk(b"IDAT") * 90_000 + chunk(b"IDAT", zlib.compress(bytes(812))))
    ),
    "png-packed-xmp-again-and-again": Hostile(
        lambda: png(before=chunk(b"zTXt", XMP + b"\0" + zlib.compress(bytes(MIB))) * 15_000)
    ),
    "png-palettes": Hostile(lambda: png(before=chunk(b"PLTE", bytes(3)) * 90_000)),
    "png-frames": Hostile(
        lambda: png(
            before=chunk(b"acTL", struct.pack(">LL", 90_000, 0)),
            after=b"".join(
                chunk(b"fcTL", struct.pack(">LLLLLHHBB", n, 28, 28, 0, 0, 1, 1, 0, 0))
                for n in range(90_000)
            ),
        )
    ),
    "png-empty-deflate-blocks-small": Hostile(lambda: png(pixels=slow_pixels(28)), slow=True),
    "png-empty-deflate-blocks": Hostile(
        lambda: png(SIDE, pixels=slow_pixels(SIDE)), size=(SIDE, SIDE), slow=True
    ),
    "jpeg-2000-scans": Hostile(
        lambda: jpeg(SIDE, 2_000, full=False), "L", (SIDE, SIDE), refused="more than 50 scans"
    ),
    "jpeg-50-scans": Hostile(lambda: jpeg(SIDE, 50, full=False), "L", (SIDE, SIDE)),
    "jpeg-50-full-scans": Hostile(lambda: jpeg(SIDE, 50), "L", (SIDE, SIDE)),
    "jpeg-50-full-scans-of-colour": Hostile(
        lambda: jpeg(SIDE, 50, components=3), "RGB", (SIDE, SIDE), slow=True
    ),
    "jpeg-50-full-scans-of-cmyk": Hostile(
        lambda: jpeg(SIDE, 50, components=4), "RGB", (SIDE, SIDE), slow=True
    ),
    "jpeg-12-arithmetic-scans-of-colour": Hostile(
        lambda: jpeg(SIDE, 12, components=3, frame=0xCA, full=False), "RGB", (SIDE, SIDE), slow=True
    ),
    "jpeg-20-mb-of-fill": Hostile(lambda: jpeg(before=b"\xff" * (FILE - 1_000))),
    "jpeg-20-mb-of-fill-between-scans": Hostile(
        lambda: jpeg(64, 2, between=b"\xff" * (FILE - 1_000))
    ),
    "jpeg-five-million-comments": Hostile(
        lambda: jpeg(before=segment(0xFE) * 5_000_000), refused="more than 100000 segments"
    ),
    "jpeg-90000-comments": Hostile(lambda: jpeg(before=segment(0xFE) * 90_000)),
    "jpeg-comments-between-scans": Hostile(lambda: jpeg(64, 2, between=segment(0xFE) * 5_000_000)),
    "jpeg-tables": Hostile(
        lambda: jpeg(before=segment(0xDB, (b"\x00" + b"\x01" * 64) * 1_000) * 300),
        refused="bytes of tables",
    ),
    "jpeg-a-mb-of-tables": Hostile(
        lambda: jpeg(before=segment(0xDB, (b"\x00" + b"\x01" * 64) * 1_000) * 16)
    ),
    "jpeg-exif-of-the-same-value": Hostile(
        lambda: jpeg(before=segment(0xE1, exif_of_the_same_value(5_000)[:65_000]))
    ),
    "jpeg-20-mb-of-exif": Hostile(
        lambda: jpeg(
            before=segment(0xE1, exif_of_the_same_value(65_535)[:65_000])
            + segment(0xE1, b"Exif\0\0" + b"\x00\x00\x07\x00\x01\x00" * 10_000) * 320
        )
    ),
    "gif-comment-of-one-byte-blocks": Hostile(
        lambda: gif(b"!\xfe" + b"\x01x" * 10_000_000 + b"\x00"), refused="more than 100000 blocks"
    ),
    "gif-comments": Hostile(
        lambda: gif(b"!\xfe\x01x\x00" * 4_000_000), refused="more than 100000 blocks"
    ),
    "gif-controls": Hostile(lambda: gif(b"!\xf9\x04\x08\x00\x00\x00\x00" * 45_000)),
    "gif-stray-bytes": Hostile(
        lambda: gif(b"\x01" * 20_000_000), refused="more than 100000 blocks"
    ),
    "webp-canvas": Hostile(lambda: webp_canvas(13_000), refused="13000 x 13000 pixels"),
    "webp-16-megapixels": Hostile(
        lambda: webp("RGB", (SIDE, SIDE)), "RGB", (SIDE, SIDE), slow=True
    ),
    "webp-16-megapixels-of-rgba": Hostile(
        lambda: webp("RGBA", (SIDE, SIDE)), "RGBA", (SIDE, SIDE), slow=True
    ),
    "webp-65536-codes": Hostile(
        webp_codes, "RGBA", (1_024, 1_024), refused="; it had 80 MiB of memory"
    ),
    "webp-chunks": Hostile(
        lambda: (lambda data: data[:4] + struct.pack("<L", len(data) - 8) + data[8:])(
            webp(exif=b"x") + b"ABCD\x00\x00\x00\x00" * 2_500_000
        ),
        refused="more than 100000 chunks",
    ),
    "bmp-runs-of-one": Hostile(
        lambda: bmp(SIDE, SIDE, b"\x01\x07" * 10_000_000),
        "P",
        (SIDE, SIDE),
        refused="bytes of run lengths",
    ),
    "bmp-half-a-million-runs": Hostile(
        lambda: bmp(2_000, 4_000, b"\x01\x07" * 520_000),
        "P",
        (2_000, 4_000),
        refused="not enough image data",
    ),
    "bmp-empty-lines": Hostile(
        lambda: bmp(8_000, 1_000, b"\x01\x07\x00\x00" * 1_000), "P", (8_000, 1_000), slow=True
    ),
    "bmp-runs-of-four-bits": Hostile(
        lambda: bmp(8_000, 1_000, (b"\xff\x07" * 32 + b"\x00\x00") * 1_000, 2), "P", (8_000, 1_000)
    ),
    "tiff-tile-of-2-gb": Hostile(
        lambda: tile(28, 46_336, zlib.compress(bytes(10_000))),
        refused="a strip or tile of 2147024896 bytes",
    ),
    "tiff-tile-of-16-mb": Hostile(lambda: tile(28, 4_096, zlib.compress(bytes(4_096**2)))),
    "tiff-tiles-of-one-pixel": Hostile(
        lambda: tile(SIDE, 1, b"x"), size=(SIDE, SIDE), refused="more than 100000 strips"
    ),
    "tiff-one-strip": Hostile(
        lambda: strips(SIDE, 1, SIDE, zlib.compress(bytes(SIDE**2), 1)), "L", (SIDE, SIDE)
    ),
    "tiff-one-strip-of-rgba": Hostile(
        lambda: tiff(
            grey_tags(SIDE)
            | {258: [8] * 4, 262: [2], 277: [4], 338: [2]}
            | {273: [8], 278: [SIDE], 279: [62_300]},
            zlib.compress(bytes(SIDE**2 * 4), 9),
        ),
        "RGBA",
        (SIDE, SIDE),
        slow=True,
    ),
    "tiff-strips-of-the-same-bytes": Hostile(
        lambda: strips(SIDE, 4_000, 1, slow_deflate(bytes(SIDE), 1_000_000)),
        "L",
        (SIDE, SIDE),
        refused="bytes in a file of",
    ),
    "tiff-a-hundred-thousand-strips": Hostile(
        lambda: strips(3_999, 99_999, 3_998, bytes(3_999 * 3_999), 1),
        "L",
        (3_999, 3_999),
        refused="99999 strips or tiles for a picture of 2",
    ),
    "tiff-small-tiles": Hostile(
        lambda: tiff(
            grey_tags(SIDE, 1) | {322: [16], 323: [16], 324: [8] * 62_500, 325: [256] * 62_500},
            bytes(256),
        ),
        "L",
        (SIDE, SIDE),
    ),
    "tiff-small-tiles-apart": Hostile(
        lambda: tiff(
            grey_tags(SIDE, 1)
            | {322: [16], 323: [16]}
            | {324: list(range(8, 62_508)), 325: [256] * 62_500},
            bytes(62_800),
        ),
        "L",
        (SIDE, SIDE),
        refused="overlap",
    ),
    "tiff-small-tiles-a-row-apart": Hostile(
        lambda: tiff(
            grey_tags(SIDE, 1)
            | {322: [16], 323: [16]}
            | {324: list(range(8, 8 + 16 * 62_500, 16)), 325: [256] * 62_500},
            bytes(1_000_300),
        ),
        "L",
        (SIDE, SIDE),
        slow=True,
    ),
    "tiff-tags-of-the-same-bytes": Hostile(
        lambda: tiff(
            grey_tags(28, 1)
            | {273: [8], 278: [28], 279: [784]}
            | {n: [7] * 100_000 for n in range(1_000, 1_040)},
            bytes(784),
            repeat=1,
        )
    ),
    "tiff-exif-of-fractions": Hostile(lambda: exif_directory_of_rationals(2_500_000)),
    "tiff-colours": Hostile(
        lambda: tiff(
            grey_tags(28, 1) | {262: [3], 273: [8], 279: [784], 320: [7] * 5_000_000}, bytes(784)
        ),
        refused="bytes in tag 320",
    ),
    "pnm-9-megapixels-in-words": Hostile(
        lambda: pnm(b"P2", 3_000, 3_000, b"7 " * 9_000_000), "L", (3_000, 3_000)
    ),
    "pnm-colours-in-words": Hostile(
        lambda: pnm(b"P3", 1_800, 1_800, b"7 " * 9_720_000), "RGB", (1_800, 1_800), slow=True
    ),
    "pnm-16-bits-in-words": Hostile(
        lambda: pnm(b"P2", 1_500, 1_900, spellings(3_000_000), b"65535"),
        "I;16",
        (1_500, 1_900),
        slow=True,
    ),
    "pnm-bits-in-words": Hostile(lambda: b"P1 4000 4000\n" + b"1" * SIDE**2, "1", (SIDE, SIDE)),
    "pnm-of-254": Hostile(
        lambda: pnm(b"P5", SIDE, SIDE, bytes(SIDE**2), b"254"), "L", (SIDE, SIDE)
    ),
    "pnm-of-1000": Hostile(
        lambda: pnm(b"P5", 3_000, 3_000, bytes(18_000_000), b"1000"),
        "I;16",
        (3_000, 3_000),
        slow=True,
    ),
    "pnm-colours-of-1000": Hostile(
        lambda: pnm(b"P6", 1_800, 1_800, bytes(19_440_000), b"1000"),
        "RGB",
        (1_800, 1_800),
        slow=True,
    ),
    "pnm-20-mb-of-comment": Hostile(
        lambda: b"P5 #" + b"x" * 20_000_000 + b"\n28 28 255\n" + bytes(784)
    ),
    "pnm-20-mb-of-space": Hostile(lambda: b"P5 " + b" " * 20_000_000 + b"28 28 255\n" + bytes(784)),
    "pnm-ten-million-comments": Hostile(
        lambda: b"P5 " + b"#\n" * 10_000_000 + b"28 28 255\n" + bytes(784),
        refused="more than 100000 comments",
    ),
    "pnm-comments-between-words": Hostile(
        lambda: pnm(b"P2", 28, 28, b"7 #\n" * 784 + b"#\n" * 9_000_000)
    ),
    "pnm-a-word-of-20-mb": Hostile(
        lambda: pnm(b"P2", 28, 28, b"7" * 20_000_000), refused="token too long"
    ),
}
