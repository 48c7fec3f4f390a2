"""Pictures of IDX files one after the other, in memory that does not grow."""

from __future__ import annotations

import gzip
import os
import tracemalloc

import numpy as np
import pytest
from data.idx_samples import header

from digitcli.data import idx
from digitcli.errors import DataError

MIB = 2**20
COUNT = 3000
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, 28, 28), np.uint8)
CONTENT = header(*IMAGES.shape) + IMAGES.tobytes()  # 2.2 MiB: several pieces of either kind


@pytest.fixture(params=["raw", "packed", "members"])
def data(request):
    """The same pictures in a file of three forms."""
    if request.param == "raw":
        return CONTENT
    if request.param == "packed":
        return gzip.compress(CONTENT, 1)
    return b"".join(
        gzip.compress(CONTENT[n : n + 99_999], 1) for n in range(0, len(CONTENT), 99_999)
    )


def streamed(path) -> np.ndarray:
    return np.stack([np.asarray(image) for image in idx.stream_images(path)])


def test_the_pictures_are_those_of_the_array(tmp_path, data):
    (tmp_path / "images").write_bytes(data)

    assert (streamed(tmp_path / "images") == IMAGES).all()
    assert (np.stack(list(map(np.asarray, idx.stream_parsed(data, "x")))) == IMAGES).all()


def test_a_file_without_pictures_streams_none(tmp_path):
    for data in (header(0, 28, 28), gzip.compress(header(0, 28, 28))):
        assert list(idx.stream_parsed(data, "x")) == []


def damaged(data: bytes) -> bytes:
    return data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]


PACKED = gzip.compress(CONTENT, 1)
WRONG = {
    "raw cut": (CONTENT[:-1], "payload: header promises 3000 x 28 x 28 uint8 = 2352000 bytes"),
    "raw trailing": (CONTENT + b"x", r"file has 2352001 \(1 trailing bytes\)"),
    "cut": (PACKED[:-9], "gzip data is cut short"),
    "checksum": (damaged(PACKED), "gzip checksum is wrong"),
    "trailing": (PACKED + b"abc", "trailing bytes: 3 after the end"),
    "too few": (gzip.compress(CONTENT[:-1], 1), "payload: header promises .* file has 2351999"),
    "too many": (gzip.compress(CONTENT + b"x", 1), "more bytes than its content promises"),
    "labels": (header(5) + bytes(5), r"found labels \(5 uint8\), expected images"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_before_its_first_picture(tmp_path, case):
    data, message = WRONG[case]
    (tmp_path / "images").write_bytes(data)

    with pytest.raises(DataError, match=f"images: .*{message}"):
        next(idx.stream_images(tmp_path / "images"))
    with pytest.raises(DataError, match=message):
        idx.read_images(tmp_path / "images")


@pytest.mark.parametrize("form", ["raw", "packed"])
def test_a_hundred_mebibytes_are_streamed_in_three(tmp_path, form):
    count = 100 * MIB // 784
    path = tmp_path / "images"
    with path.open("wb") if form == "raw" else gzip.open(path, "wb", 1) as file:
        file.write(header(count, 28, 28))
        for _ in range(count // 1000):
            file.write(bytes(784_000))
        file.write(bytes(784 * (count % 1000)))
    pictures = idx.stream_images(path)
    tracemalloc.start()
    try:
        found = sum(1 for _ in pictures)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == count
    assert peak < 5 * MIB


def test_a_file_cut_short_under_the_reader_names_itself(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(CONTENT)
    pictures = idx.stream_images(path)
    next(pictures)
    os.truncate(path, 100_000)

    with pytest.raises(DataError, match="images: became shorter while it was read"):
        list(pictures)


@pytest.mark.parametrize("read", [idx.read_images, lambda path: next(idx.stream_images(path))])
def test_a_compressed_file_has_a_limit_that_says_what_to_do(tmp_path, monkeypatch, read):
    monkeypatch.setattr(idx, "MOST_INFLATED", len(CONTENT) - 1)
    (tmp_path / "images.gz").write_bytes(PACKED)

    with pytest.raises(
        DataError, match="images.gz: holds 3000 x 28 x 28 uint8 = 2352016"
    ) as caught:
        read(tmp_path / "images.gz")

    assert caught.value.hint == "unpack it first: `gunzip images.gz`"
    monkeypatch.setattr(idx, "MOST_INFLATED", len(CONTENT))
    assert (streamed(tmp_path / "images.gz") == IMAGES).all()


def test_a_gzip_header_of_many_names_is_read_and_an_endless_one_is_not(tmp_path):
    long = PACKED[:3] + b"\x10" + PACKED[4:10] + b"c" * 100_000 + b"\0" + PACKED[10:]
    endless = PACKED[:3] + b"\x10" + PACKED[4:10] + b"c" * 300_000 + b"\0" + PACKED[10:]

    assert len(list(idx.stream_parsed(long, "x"))) == COUNT
    with pytest.raises(DataError, match="gzip header is longer than 256 KiB"):
        list(idx.stream_parsed(endless, "x"))
