"""A ZIP archive gives its pictures or a reason, within the limits of one picture."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
import zlib

import hostile
import pytest
from pictures import digit_picture, encoded

from digitcli.errors import DataError
from digitcli.vision.files.archive import DIRECTORY_BYTES
from digitcli.vision.files.containers import open_container
from digitcli.vision.files.content import InMemory
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.passed import PassedOver
from digitcli.vision.files.picture import natural

METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
PICTURE = encoded(digit_picture(3))


def read(data: bytes, limits: Limits = Limits()) -> list[list[int]]:
    """The first picture of an archive called all.zip."""
    return (
        next(open_container(InMemory("all.zip", data), "zip", PassedOver(), limits))
        .pixels(limits)
        .tolist()
    )


def zip_of(data: bytes, method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("1.png", data)
    return buffer.getvalue()


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_of_compression_gives_the_picture(method):
    assert read(zip_of(PICTURE, method)) == read(zip_of(PICTURE, zipfile.ZIP_STORED))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_member_of_exactly_the_limit_is_read_and_one_byte_more_is_not(method):
    data = zip_of(PICTURE, method)

    read(data, Limits(file_bytes=len(PICTURE)))
    with pytest.raises(DataError, match=r"all\.zip/1\.png: larger than"):
        read(data, Limits(file_bytes=len(PICTURE) - 1))


@pytest.mark.parametrize("method", list(METHODS.values())[1:], ids=list(METHODS)[1:])
def test_a_member_that_is_larger_than_it_says_is_unpacked_no_further(method):
    data = hostile.archive(hostile.packed_zeros(method, 32 * 2**20), method, 1_000)
    tracemalloc.start()

    with pytest.raises(DataError, match="size or checksum differs"):
        read(data)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("method", list(METHODS.values())[1:], ids=list(METHODS)[1:])
@pytest.mark.parametrize("cut", [20, 200])
def test_a_member_that_is_cut_short_is_refused(method, cut):
    with zipfile.ZipFile(io.BytesIO(zip_of(PICTURE, method))) as archive:
        info = archive.getinfo("1.png")
    start = 30 + len("1.png")
    packed = zip_of(PICTURE, method)[start : start + info.compress_size - cut]

    with pytest.raises(DataError, match=r"all\.zip/1\.png: cannot be unpacked"):
        read(hostile.archive(packed, method, len(PICTURE), info.CRC))


def test_a_wrong_checksum_is_refused():
    with pytest.raises(DataError, match="size or checksum differs"):
        read(hostile.archive(PICTURE, crc=zlib.crc32(PICTURE) ^ 1))


def test_compressed_bytes_far_beyond_the_limit_are_not_even_read():
    empty_blocks = b"\x00\x00\x00\xff\xff" * 200_000

    with pytest.raises(DataError, match="larger than"):
        read(hostile.archive(empty_blocks, 8, 100), Limits(file_bytes=10_000))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (hostile.archive(PICTURE, version=99), r"all\.zip: not a whole ZIP archive \(zip file ver"),
        (
            hostile.archive(PICTURE, name=b"\xff\xfe.png", flags=0x800),
            r"all\.zip: not a whole ZIP archive \(a name in it is not UTF-8\)",
        ),
        (hostile.archive(PICTURE, flags=1), r"all\.zip/1\.png: cannot be unpacked \(.*encrypted"),
        (hostile.archive(PICTURE, flags=0x40), r"1\.png: cannot be unpacked \(strong encryption"),
        (hostile.archive(PICTURE, flags=0x20), r"1\.png: cannot be unpacked \(compressed patched"),
        (hostile.archive(PICTURE, 9), r"1\.png: cannot be unpacked \(compressed by method 9; st"),
        (hostile.archive(b"\x09\x04\x05\x00\xff" + bytes(20), 14, 99), r"1\.png: .*lzma options"),
        (hostile.archive(b"\x09\x04\x05\x00\x2c" + bytes(20), 14, 99), r"1\.png: .*lzma options"),
        (hostile.archive(b"\x09\x04\x09\x00\x5d" + bytes(20), 14, 99), r"1\.png: .*lzma options"),
        (hostile.archive(b"\x09\x04", 14, 99), r"1\.png: .*lzma options"),
        (hostile.archive(b"BZh9" + bytes(20), 12, 99), r"1\.png: .*invalid data stream"),
        (hostile.archive(b"\xff" * 20, 8, 99), r"1\.png: .*invalid block type"),
        (hostile.archive(PICTURE, name=b""), r"all\.zip: no pictures in this archive"),
    ],
    ids=[
        *("version", "name", "encrypted", "strong", "patched", "method"),
        *("lzma-numbers", "lzma-sum", "lzma-length", "lzma-cut", "bzip2", "deflate", "no-name"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(data, words):
    with pytest.raises(DataError, match=words):
        read(data)


def test_an_lzma_dictionary_takes_no_more_than_the_limit():
    packed = bytearray(hostile.packed_zeros(zipfile.ZIP_LZMA, 1_000))
    packed[5:9] = b"\xff\xff\xff\xff"
    data = hostile.archive(bytes(packed), 14, 1_000, zlib.crc32(bytes(1_000)))

    with pytest.raises(DataError, match="not a picture that can be read"):  # it was unpacked
        read(data)


def test_a_directory_beyond_the_limit_is_refused_before_it_is_read():
    members = DIRECTORY_BYTES // 51 + 1
    start = time.perf_counter()

    with pytest.raises(DataError, match=r"all\.zip: .*a directory of 8388633 bytes, at most 83886"):
        read(hostile.archive(PICTURE, members=members))

    assert time.perf_counter() - start < 0.5  # 164,483 objects take longer


def test_a_name_of_5_000_digits_is_sorted_like_any_number():
    long = "1" * 5_000

    assert natural(f"{long}.png") > natural("2.png")
    assert natural(f"{long}2.png") > natural(f"{long}1.png")
    assert sorted(["a10", "a9", "a010", "A2", "a", "10", "9b"], key=natural) == [
        *("9b", "10", "a", "A2", "a9", "a010", "a10")
    ]
