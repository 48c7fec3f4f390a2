"""Which files are read as pictures: by their first bytes, whole, and within limits."""

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
from pictures import encoded
from vision.files.encodings import ENCODINGS, PLAIN

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits, decode


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
