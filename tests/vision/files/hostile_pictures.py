"""Picture files that ask for far more time or memory than their size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from hostile import (
    FILE,
    MIB,
    SIDE,
    XMP,
    bmp,
    chunk,
    exif_directory_of_rationals,
    exif_of_the_same_value,
    gif,
    grey_tags,
    jpeg,
    png,
    pnm,
    segment,
    slow_deflate,
    slow_pixels,
    spellings,
    strips,
    tiff,
    tile,
    webp,
    webp_canvas,
    webp_codes,
)


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
