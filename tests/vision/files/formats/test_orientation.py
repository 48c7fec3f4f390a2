"""A picture is turned as its file asks for, wherever the file says so."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pictures import encoded
from vision.files.formats.tagged import PLAIN, exif, profile, with_text, xmp

from digitcli.vision.files.decode import decode
from digitcli.vision.files.formats.orientation import orientation_of

PIXELS = np.asarray(PLAIN)


def turned(orientation: int) -> np.ndarray:
    """The plain picture as an orientation asks for."""
    steps = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: np.transpose, 6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).T, 8: np.rot90,
    }  # fmt: skip
    return steps[orientation](PIXELS)


TURNED = {
    "png-exif": lambda n: encoded(PLAIN, exif=exif(n)),
    "png-xmp": lambda n: with_text("XML:com.adobe.xmp", xmp(n), packed=False),
    "png-packed-xmp": lambda n: with_text("XML:com.adobe.xmp", xmp(n), packed=True),
    "png-profile": lambda n: with_text("Raw profile type exif", profile(n), packed=False),
    "png-packed-profile": lambda n: with_text("Raw profile type exif", profile(n), packed=True),
    "webp-exif": lambda n: encoded(PLAIN, "WEBP", lossless=True, exif=exif(n)),
    "webp-xmp": lambda n: encoded(PLAIN, "WEBP", lossless=True, xmp=xmp(n)),
    "tiff-tag": lambda n: encoded(PLAIN, "TIFF", tiffinfo={274: n}),
    "tiff-packed": lambda n: encoded(PLAIN, "TIFF", tiffinfo={274: n}, compression="tiff_lzw"),
    "tiff-big": lambda n: encoded(PLAIN, "TIFF", tiffinfo={274: n}, big_tiff=True),
    "tiff-xmp": lambda n: encoded(PLAIN, "TIFF", tiffinfo={700: xmp(n)}),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("way", TURNED)
def test_every_way_to_store_an_orientation_turns_the_picture(way, orientation):
    assert np.array_equal(decode(TURNED[way](orientation)), turned(orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_by_exif_before_xmp(orientation):
    for options in ({"exif": exif(orientation), "xmp": xmp(3)}, {"xmp": xmp(orientation)}):
        actual = decode(encoded(PLAIN, "JPEG", **options))

        assert actual.shape == turned(orientation).shape
        assert np.abs(actual.astype(int) - turned(orientation)).mean() < 3


def directory(order: str, tag: int = 0x0112, kind: int = 3, count: int = 1) -> bytes:
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HL", 42, 8)
    return head + struct.pack(order + "HHHLH", 1, tag, kind, count, 6) + bytes(6)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (directory("<"), 6),
        (directory(">"), 6),
        (b"Exif\0\0" + directory(">"), 6),
        (b"Exif\0\0Exif\0\0" + directory("<"), 6),
        (directory("<", count=2), 6),
        (directory("<", tag=0x0113), 1),
        (directory("<", kind=2), 1),
        (directory("<", count=0), 1),
        (directory("<")[:20], 1),
        (b"II*\0\xff\xff\xff\xff", 1),
        (b"II*\0", 1),
        (b"no TIFF at all", 1),
        (b"Exif\0\0", 1),
        (b"", 1),
    ],
)
def test_the_tag_is_found_or_the_picture_is_upright(data, expected):
    assert orientation_of(data) == expected


@given(st.binary(max_size=200), st.binary(max_size=50))
@example(b"II*\0\x08\0\0\0\xff\xff", b"")
def test_reading_an_orientation_never_fails(data, text):
    for order in (b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"):
        assert isinstance(orientation_of(order + data, b"tiff:Orientation>" + text), int)
