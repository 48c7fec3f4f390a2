"""Every way to store a picture decodes to the picture."""

from __future__ import annotations

import io
import re
import resource
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits, decode
from digitcli.vision.normalize import normalize

PLAIN = digit_picture()


def _sixteen(kind: str, **options: object) -> bytes:
    values = np.asarray(PLAIN).astype(np.uint16) * 257
    return encoded(Image.fromarray(values), kind, **options)


def _numbers(dtype: type, scale: float, offset: float = 0) -> bytes:
    values = np.asarray(PLAIN).astype(np.float64) * scale + offset
    return encoded(Image.fromarray(values.astype(dtype)), "TIFF")


def _ink(tone: int, mode: str) -> Image.Image:
    """Only the strokes, of one tone, on nothing."""
    alpha = Image.eval(PLAIN, lambda value: 255 - value)
    picture = Image.new("L", PLAIN.size, tone).convert(mode.rstrip("Aa"))
    picture.putalpha(alpha)
    return picture


def _keyed(kind: str) -> bytes:
    """A palette picture in which the paper is the one transparent colour."""
    palette = PLAIN.point(lambda value: 0 if value < 128 else 1).convert("P")
    palette.putpalette([0, 0, 0, 1, 1, 1] + [0] * 3 * 254)
    return encoded(palette, kind, transparency=1)


def _rotated(orientation: int, kind: str = "PNG") -> bytes:
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    turned = PLAIN
    for method in undo[orientation]:
        turned = turned.transpose(method)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(turned, kind, exif=exif)


def _cmyk_jpeg() -> bytes:
    return encoded(PLAIN.convert("RGB").convert("CMYK"), "JPEG", quality=95)


def _lab() -> bytes:
    grey = np.asarray(PLAIN)
    lab = Image.merge("LAB", [Image.fromarray(band) for band in (grey, grey * 0, grey * 0)])
    return encoded(lab, "TIFF")


ENCODINGS = {
    "png-rgb": lambda: encoded(PLAIN.convert("RGB")),
    "png-rgba-opaque": lambda: encoded(PLAIN.convert("RGBA")),
    "png-palette": lambda: encoded(PLAIN.convert("P")),
    "png-1bit": lambda: encoded(PLAIN.convert("1", dither=Image.Dither.NONE)),
    "png-16bit": lambda: _sixteen("PNG"),
    "png-black-ink-on-nothing": lambda: encoded(_ink(0, "RGBA")),
    "png-white-ink-on-nothing": lambda: encoded(_ink(255, "RGBA")),
    "png-la": lambda: encoded(_ink(0, "LA")),
    "png-palette-transparent": lambda: _keyed("PNG"),
    "png-grey-key": lambda: encoded(PLAIN, transparency=255),
    "gif": lambda: encoded(PLAIN, "GIF"),
    "gif-transparent": lambda: _keyed("GIF"),
    "bmp": lambda: encoded(PLAIN, "BMP"),
    "bmp-rgb": lambda: encoded(PLAIN.convert("RGB"), "BMP"),
    "pgm": lambda: encoded(PLAIN, "PPM"),
    "ppm": lambda: encoded(PLAIN.convert("RGB"), "PPM"),
    "pbm": lambda: encoded(PLAIN.convert("1", dither=Image.Dither.NONE), "PPM"),
    "pgm-16bit": lambda: (
        b"P5\n90 120\n65535\n" + (np.asarray(PLAIN) * np.uint16(257)).astype(">u2").tobytes()
    ),
    "pgm-text": lambda: b"P2 90 120 255\n" + " ".join(map(str, np.asarray(PLAIN).ravel())).encode(),
    "pfm": lambda: encoded(Image.fromarray(np.asarray(PLAIN).astype(np.float32) / 255), "PPM"),
    "webp": lambda: encoded(PLAIN, "WEBP", lossless=True),
    "webp-lossy": lambda: encoded(PLAIN, "WEBP", quality=80),
    "webp-black-ink-on-nothing": lambda: encoded(_ink(0, "RGBA"), "WEBP", lossless=True),
    "jpeg": lambda: encoded(PLAIN, "JPEG", quality=85),
    "jpeg-rgb": lambda: encoded(PLAIN.convert("RGB"), "JPEG", quality=85, progressive=True),
    "jpeg-cmyk": _cmyk_jpeg,
    "tiff": lambda: encoded(PLAIN, "TIFF"),
    "tiff-lzw": lambda: encoded(PLAIN, "TIFF", compression="tiff_lzw"),
    "tiff-fax": lambda: encoded(
        PLAIN.convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4"
    ),
    "tiff-16bit": lambda: _sixteen("TIFF"),
    "tiff-12-in-16bit": lambda: _numbers(np.uint16, 16),
    "tiff-int32": lambda: _numbers(np.int32, 257),
    "tiff-int32-negative": lambda: _numbers(np.int32, 1000, -100_000),
    "tiff-float-0-1": lambda: _numbers(np.float32, 1 / 255),
    "tiff-float-0-255": lambda: _numbers(np.float32, 1),
    "tiff-float-odd": lambda: _numbers(np.float32, 3, -7),
    "tiff-cmyk": lambda: encoded(PLAIN.convert("RGB").convert("CMYK"), "TIFF"),
    "tiff-lab": _lab,
    "tiff-ycbcr": lambda: encoded(PLAIN.convert("YCbCr"), "TIFF", compression="tiff_lzw"),
    "png-inverted": lambda: encoded(Image.eval(PLAIN, lambda value: 255 - value)),
    **{f"exif-{n}": lambda n=n: _rotated(n) for n in range(2, 9)},
    "exif-6-jpeg": lambda: _rotated(6, "JPEG"),
    "exif-6-webp": lambda: _rotated(6, "WEBP"),
    "exif-6-tiff": lambda: _rotated(6, "TIFF"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_gives_the_digit_of_the_plain_picture(name):
    expected = normalize(np.asarray(PLAIN))

    actual = normalize(decode(ENCODINGS[name]()))

    assert expected is not None
    assert actual is not None
    difference = np.abs(actual.picture.astype(int) - expected.picture)
    assert difference.mean() < 4, f"{difference.max()} at most"
    assert np.abs(np.subtract(actual.box, expected.box)).max() <= 2


@pytest.mark.parametrize("name", ["png-rgb", "png-16bit", "tiff-float-0-1", "exif-5", "pgm-16bit"])
def test_lossless_encodings_decode_to_the_very_pixels(name):
    assert np.array_equal(decode(ENCODINGS[name]()), np.asarray(PLAIN))


def test_a_sticker_keeps_its_own_paper():
    paper = Image.new("RGBA", (200, 200))
    paper.paste(PLAIN.convert("RGBA"), (40, 30))

    alone, sticker = normalize(np.asarray(PLAIN)), normalize(decode(encoded(paper)))

    assert alone is not None
    assert sticker is not None
    assert np.abs(alone.picture.astype(int) - sticker.picture).mean() < 1


def test_a_picture_without_any_visible_pixel_is_white():
    assert (decode(encoded(Image.new("RGBA", (30, 20)))) == 255).all()


def test_a_dim_16_bit_page_is_not_stretched_into_noise():
    page = np.full((60, 60), 65_300, np.uint16)
    page[::7, ::5] = 65_000

    assert np.ptp(decode(encoded(Image.fromarray(page)))) <= 1


def test_not_finite_pixels_are_the_darkest():
    values = np.asarray(PLAIN).astype(np.float32)
    values[0, 0], values[0, 1] = np.nan, np.inf

    pixels = decode(encoded(Image.fromarray(values), "TIFF"))

    assert (pixels[0, 0], pixels[0, 1], pixels[0, 2]) == (0, 0, 255)


def test_the_first_frame_of_an_animation_is_read(tmp_path):
    blank = Image.new("L", PLAIN.size, 255)

    data = encoded(PLAIN, "GIF", save_all=True, append_images=[blank])

    assert np.array_equal(decode(data), np.asarray(PLAIN))


def test_the_first_bytes_decide_and_not_the_suffix(tmp_path):
    path = tmp_path / "really-a-png.eps"
    path.write_bytes(encoded(PLAIN))

    assert np.array_equal(decode(path), np.asarray(PLAIN))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "EPS"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\x00\x00\x00\x18ftypmp42", "video"),
        (b"\x00\x00\x08\x03\x00\x00\x27\x10", "IDX"),
        (b"just text", "6a 75 73 74"),
        (b"RIFF\x00\x00\x00\x00WAVE", "52 49 46 46"),
        (b"\x89", "89"),
    ],
)
def test_files_of_other_formats_are_refused_by_name(tmp_path, data, words):
    path = tmp_path / "file.png"
    path.write_bytes(data)

    with pytest.raises(DataError, match=words) as caught:
        decode(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert "PNG" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "png-rgb", "gif", "bmp", "pgm", "pgm-text", "pfm", "webp", "jpeg", "jpeg-rgb", "tiff",
        "tiff-lzw", "tiff-fax",
    ],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(name, share):
    data = ENCODINGS[name]()

    with pytest.raises(DataError, match="not a"):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("name", ["png-rgb", "gif", "webp", "jpeg", "tiff", "tiff-lzw", "bmp"])
def test_damaged_bytes_give_an_answer_or_a_data_error(name):
    data, rng = ENCODINGS[name](), np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), 4):
            broken[place] = rng.integers(256)
        try:
            pixels = decode(bytes(broken))
        except DataError:
            continue
        assert pixels.ndim == 2


def _declared(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(99))), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(50_000, 50_000), (16_385, 1), (9_000, 9_000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_by_its_header_in_no_time(size):
    data, start, before = _declared(*size), time.perf_counter(), _peak_kib()

    with pytest.raises(DataError, match=rf"{size[0]} x {size[1]} pixels"):
        decode(data)

    assert time.perf_counter() - start < 1
    assert _peak_kib() - before < 64 * 1024


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_limits_can_be_changed():
    data = encoded(PLAIN)

    with pytest.raises(DataError, match="at most 100 a side"):
        decode(data, Limits(side=100))
    with pytest.raises(DataError, match=r"0\.005 megapixels"):
        decode(data, Limits(pixels=5_000))
    with pytest.raises(DataError, match="larger than"):
        decode(data, Limits(file_bytes=100))


def test_a_file_over_the_limit_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(2**40)
    start = time.perf_counter()

    with pytest.raises(DataError, match="larger than 40 MiB"):
        decode(path)

    assert time.perf_counter() - start < 2


def test_a_missing_or_empty_file_or_a_folder_is_named_as_such(tmp_path):
    (tmp_path / "empty.png").touch()

    with pytest.raises(DataError, match="no such file"):
        decode(tmp_path / "missing.png")
    with pytest.raises(DataError, match="found an empty file"):
        decode(tmp_path / "empty.png")
    with pytest.raises(DataError, match="found a folder"):
        decode(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        decode("nul\0byte.png")


def test_standard_input_is_a_picture_too(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(encoded(PLAIN)))
    monkeypatch.setattr(sys, "stdin", stdin)

    assert np.array_equal(decode("-"), np.asarray(PLAIN))


def test_reading_a_png_loads_no_other_plugin(tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(PLAIN))
    code = (
        "import sys; from digitcli.vision.files.decode import decode; "
        f"decode({str(path)!r}); print(*[m for m in sys.modules if m.endswith('ImagePlugin')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stdout.split() == ["PIL.PngImagePlugin"]


def test_pillow_reads_pictures_nowhere_else(repository):
    reads = re.compile(r"Image\.open|\w+ImageFile\b")
    readers = {
        path.name
        for path in Path(repository, "digitcli").rglob("*.py")
        if reads.search(path.read_text())
    }

    # Others draw; these two read the JPEG that they have just made.
    assert readers == {"pillow.py", "capture.py", "photograph.py"}
