"""A picture file is reduced to what its pixels need; any file gives pixels or a DataError."""

from __future__ import annotations

import zlib

import hostile
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pictures import encoded
from PIL import Image
from vision.files.formats.tagged import PLAIN, exif, profile, with_text, xmp

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits, decode
from digitcli.vision.files.formats import gif, jpeg, png, pnm, tiff, webp

PIXELS = np.asarray(PLAIN)
LIMITS = Limits()


WRITTEN = {
    "png": (png, lambda: encoded(PLAIN)),
    "jpeg": (jpeg, lambda: encoded(PLAIN, "JPEG")),
    "jpeg-progressive": (jpeg, lambda: encoded(PLAIN, "JPEG", progressive=True)),
    "gif": (gif, lambda: encoded(PLAIN, "GIF")),
    "webp": (webp, lambda: encoded(PLAIN, "WEBP")),
    "pgm": (pnm, lambda: encoded(PLAIN, "PPM")),
    "pfm": (pnm, lambda: encoded(PLAIN.convert("F"), "PPM")),
    "tiff": (tiff, lambda: hostile.strips(28, 1, 28, bytes(784), 1)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_with_nothing_to_leave_out_is_not_copied(name):
    walk, make = WRITTEN[name]
    data = make()

    assert walk.essential(data, LIMITS).data is data


def test_a_telephones_jpeg_is_read_and_only_its_pixels_are_left():
    plain = encoded(PLAIN, "JPEG", quality=90)
    noise = bytes(range(256)) * 250
    notes = [
        (0xE1, exif(6).tobytes()),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(1) + b" " * 60_000),
        *((0xE1, b"http://ns.adobe.com/xmp/extension/\0" + noise) for _ in range(9)),
        *((0xE2, b"ICC_PROFILE\0" + bytes([n, 3]) + noise) for n in (1, 2, 3)),
        (0xE2, b"MPF\0" + noise[:90]),
        (0xED, b"Photoshop 3.0\0" + b"8BIM" + noise),
        (0xFE, b"made by a telephone"),
    ]
    segments = b"".join(hostile.segment(marker, content) for marker, content in notes)
    video = plain + b"\xff\xda" * 5_000  # a second picture, and a film, stand behind the first

    data = plain[:2] + segments + plain[2:] + video

    found = jpeg.essential(data, LIMITS)
    assert found.data == plain + video
    assert found.orientation == 6
    assert np.array_equal(decode(data), np.rot90(decode(plain), -1))


@pytest.mark.parametrize("marker", [0xE0, 0xEE])
def test_segments_that_say_what_the_colours_are_stay(marker):
    data = hostile.jpeg(before=hostile.segment(marker, b"Adobe\0\x64\0\0\0\0\x00"))

    assert jpeg.essential(data, LIMITS).data is data


@pytest.mark.parametrize("frame", [0xC2, 0xCA])
def test_scans_are_counted_and_those_of_a_slow_code_count_more(frame):
    limits = Limits(scans=8)
    most = 8 if frame == 0xC2 else 2
    inside = hostile.segment(0xFE, b"\xff\xd9")  # no end, for it is a comment's

    jpeg.essential(hostile.jpeg(16, most, frame=frame, between=inside), limits)
    with pytest.raises(Exception, match=f"more than {most} scans"):
        jpeg.essential(hostile.jpeg(16, most + 1, frame=frame, between=inside), limits)


def test_a_damaged_chunk_before_the_pixels_is_refused():
    data = encoded(PLAIN, exif=exif(6)).replace(b"a maker", b"A maker")

    with pytest.raises(DataError, match="bad checksum in its chunk b'eXIf'"):
        decode(data)


def test_a_tiff_whose_pixels_are_cut_short_is_not_filled_with_its_tags():
    pixels = bytes(range(256)) * 4
    tags = hostile.grey_tags(28, 1) | {278: [28], 279: [784], 305: b"written by nobody"}
    whole = hostile.tiff(tags | {273: [8]}, pixels)
    place = len(whole) - 780  # four bytes too late

    assert np.array_equal(decode(whole).ravel(), np.frombuffer(pixels[:784], np.uint8))
    with pytest.raises(DataError, match="truncated"):
        decode(hostile.tiff(tags | {273: [place]}, pixels))


def test_tags_are_checked_as_the_decoder_will_see_them():
    tags = {273: [8], 278: [28], 279: [4, 4], 305: b"a"}  # 305 will not be in the directory
    data = hostile.tiff(hostile.grey_tags(28, 1) | tags, bytes(784))

    left = tiff.essential(data, LIMITS).data

    assert len(left) == len(data)
    assert b"\x31\x01\x01\x00" not in left[int.from_bytes(left[4:8], "little") :][:110]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "WEBP"])
def test_of_several_frames_the_first_is_left(kind):
    blank = Image.new("L", PLAIN.size, 255)

    data = encoded(PLAIN, kind, save_all=True, append_images=[blank] * 3, lossless=True)

    assert np.array_equal(decode(data), PIXELS)


@pytest.mark.parametrize("largest", [1, 7, 200, 255, 256, 1_000, 65_535])
@pytest.mark.parametrize("colours", [1, 3])
def test_numbers_in_words_are_the_pixels_of_the_same_numbers_in_bytes(largest, colours):
    values = np.arange(20 * 30 * colours) * 7 % (largest + 1)
    words = b"\n".join(b"%d # a comment" % value for value in values)
    packed = values.astype(">u2" if largest > 255 else "u1").tobytes()
    header = b"20 30 %d\n" % largest
    kinds = (b"P2 ", b"P5 ") if colours == 1 else (b"P3 ", b"P6 ")

    in_words, in_bytes = decode(kinds[0] + header + words), decode(kinds[1] + header + packed)

    assert np.array_equal(in_words, in_bytes)
    if colours == 1 and largest <= 255:
        assert in_words.ravel().tolist() == [round(value / largest * 255) for value in values]


def test_words_and_comments_may_cross_the_blocks_they_are_read_in():
    values = np.arange(400 * 400) % 256
    words = b" ".join(b"%d" % value for value in values)
    long = b"#" + b"1 " * 300_000 + b"\n"

    for text in (words, long + words, words[:300_000] + b" " + long + words[300_000:]):
        data = b"P2 400 400 255\n" + text
        if text is not words:
            assert len(data) > 600_000
        assert decode(data).ravel().tolist() == values.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"1 2 x 4", "invalid literal"),
        (b"1 2 -3 4", "channel value is negative: -3"),
        (b"1 2 300 4", "channel value too large for this mode: 300"),
        (b"1 2 00000000003 4", "token too long"),
        (b"1 2 3", "fewer pixels"),
        (b"", "fewer pixels"),
    ],
)
def test_wrong_numbers_in_words_are_named(text, words):
    with pytest.raises(DataError, match=f"not a whole PNM picture .*{words}"):
        decode(b"P2 2 2 255\n" + text)


def lzw_tiff() -> bytes:
    return encoded(PLAIN, "TIFF", compression="tiff_lzw")


SEEDS = [
    encoded(PLAIN, exif=exif(6)),
    with_text("Raw profile type exif", profile(6), packed=True),
    encoded(PLAIN.convert("P"), transparency=3),
    encoded(PLAIN, "JPEG", exif=exif(6)),
    encoded(PLAIN.convert("CMYK"), "JPEG", progressive=True),
    encoded(PLAIN, "GIF", save_all=True, append_images=[PLAIN.rotate(90)], comment=b"c" * 300),
    encoded(PLAIN, "TIFF", exif=exif(6)),
    lzw_tiff(),
    encoded(PLAIN, "TIFF", compression="jpeg"),
    encoded(PLAIN.convert("1"), "TIFF", compression="group4"),
    encoded(PLAIN, "TIFF", big_tiff=True),
    encoded(PLAIN, "WEBP", exif=exif(6), xmp=xmp(3)),
    encoded(PLAIN, "BMP"),
    hostile.bmp(9, 9, b"\x09\x05\x00\x00" * 9 + b"\x00\x01"),
    hostile.tile(28, 32, zlib.compress(bytes(1_024))),
    encoded(PLAIN, "PPM"),
    b"P2 #c\n9 9 99\n" + b"1 2 3 " * 27,
    b"P1 9 9\n" + b"10" * 41,
    b"Pf 2 2 -1\n" + bytes(16),
]

CHANGES = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(["set", "cut", "put", "twice"]), st.binary()),
    max_size=4,
)


def changed(data: bytes, changes: list[tuple[int, str, bytes]]) -> bytes:
    """Bytes with a few of them replaced, left out, put in, or there twice."""
    for place, what, new in changes:
        at = place % (min(len(data), 400) + 1) if place % 3 else place % (len(data) + 1)
        match what:
            case "set":
                data = data[:at] + new + data[at + len(new) :]
            case "cut":
                data = data[:at] + data[at + len(new) :]
            case "put":
                data = data[:at] + new + data[at:]
            case _:
                data = data[:at] + data[max(0, at - 40) :]
    return data


def outcome(data: bytes) -> str:
    """The error that reading ends in, or "pixels"; anything else is raised."""
    try:
        return "pixels" if decode(data, Limits(pixels=10**6)).ndim == 2 else "an odd array"
    except DataError as error:
        return str(error)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), CHANGES)
def test_a_changed_file_gives_pixels_or_a_data_error(seed, changes):
    assert outcome(changed(seed, changes)).startswith(("pixels", "picture: "))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([seed[:n] for seed in SEEDS for n in (4, 16, 40)]), st.binary(max_size=300))
def test_any_bytes_behind_a_valid_start_give_pixels_or_a_data_error(beginning, rest):
    assert outcome(beginning + rest).startswith(("pixels", "picture: "))
