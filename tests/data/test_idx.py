"""The bytes of IDX files: what is read, and what is refused in which words."""

from __future__ import annotations

import gzip
import tracemalloc

import numpy as np
import pytest
from data import idx_oracle
from data.idx_samples import CODES, SHAPES, example, file_of, header, labels_file

from digitcli import _core
from digitcli.data import idx, inflate
from digitcli.errors import DataError, ExitCode


@pytest.fixture(params=list(inflate.decoders()))
def decoder(request):
    """Every decoder that works here; the id shows in the report."""
    return request.param


def refusal(data: bytes, name: str = "some.gz", decoder: str | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        idx.parse_idx(data, name, decoder=decoder)
    assert caught.value.exit_code == ExitCode.DATA
    assert str(caught.value).startswith(f"{name}: ")
    return caught.value


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gzip"])
@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("dtype", CODES)
def test_every_type_and_rank_is_read_as_native_and_read_only(dtype, rank, packed, decoder):
    expected = example(dtype, SHAPES[rank])
    data = file_of(expected)

    actual = idx.parse_idx(gzip.compress(data) if packed else data, "x", decoder=decoder)

    assert actual.dtype == expected.dtype
    assert actual.dtype.isnative
    assert actual.shape == expected.shape
    assert actual.flags.c_contiguous
    assert not actual.flags.writeable
    assert (actual == expected).all()


def test_byte_data_is_not_copied():
    data = labels_file(1, 2, 3)

    array = idx.parse_idx(data, "x")

    assert np.shares_memory(array, np.frombuffer(data, np.uint8))


def test_array_keeps_its_buffer_alive_and_in_place():
    data = bytearray(labels_file(1, 2, 3))

    array = idx.parse_idx(data, "x")

    with pytest.raises(BufferError):
        data += b"more"
    assert array.tolist() == [1, 2, 3]


def test_an_array_outlives_the_name_and_the_bytes_of_its_file(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(labels_file(*range(10)))

    array = idx.read_idx(path)
    path.write_bytes(labels_file(*[7] * 10))
    path.unlink()

    assert array.tolist() == list(range(10))


def test_a_file_whose_header_promises_terabytes_is_refused_by_its_size(tmp_path):
    with (tmp_path / "hole").open("wb") as file:
        file.write(header(2**31, 1024))
        file.truncate(2**40)
    tracemalloc.start()

    try:
        with pytest.raises(DataError, match="hole: payload: header promises 2147483648 x 1024"):
            idx.read_idx(tmp_path / "hole")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1 << 20


@pytest.mark.parametrize("name", ["plain.gz", "packed", "packed.idx"])
def test_content_decides_not_the_name(tmp_path, name):
    data = labels_file(3, 1, 4)
    (tmp_path / name).write_bytes(gzip.compress(data) if "packed" in name else data)

    assert idx.read_idx(tmp_path / name).tolist() == [3, 1, 4]


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0, 2**32 - 1)])
def test_empty_arrays_keep_their_shape(shape, decoder):
    for data in (header(*shape), gzip.compress(header(*shape))):
        assert idx.parse_idx(data, "x", decoder=decoder).shape == shape


def test_header_may_be_spread_over_gzip_members(decoder):
    data = labels_file(1, 2, 3)
    packed = b"".join(gzip.compress(data[at : at + 3]) + b"\0" for at in range(0, len(data), 3))

    assert idx.parse_idx(packed, "x", decoder=decoder).tolist() == [1, 2, 3]


def test_nan_payloads_survive(decoder):
    bits = np.array([0x7FF0000000000001, 0xFFF8DEADBEEF0000], np.uint64)

    actual = idx.parse_idx(file_of(bits.view(np.float64)), "x", decoder=decoder)

    assert actual.view(np.uint64).tolist() == bits.tolist()


def test_mnist_is_read_as_gzip_and_numpy_read_it(mnist_dir, decoder):
    path = mnist_dir / "t10k-images-idx3-ubyte.gz"
    with gzip.open(path) as file:
        expected = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)

    actual = idx.read_idx(path, decoder=decoder)

    assert actual.shape == (10_000, 28, 28)
    assert (actual == expected).all()


PROMISED = "header promises 5 uint8 = 5 bytes, file has"

REFUSED = {
    "empty": (b"", "file is empty, expected an IDX header"),
    "one byte": (b"\0", "header is cut short: found 1 bytes, expected 4"),
    "text": (b"hello there", "not an IDX file (starts with 68 65 6c 6c, expected 00 00)"),
    "magic": (b"\0\1\x08\1" + bytes(9), "not an IDX file (starts with 00 01 08 01"),
    "type": (header(5, code=10) + bytes(5), "unknown type 0x0a, expected one of 0x08 (uint8), "),
    "rank 0": (header(rank=0) + bytes(5), "rank 0, expected 1 to 4"),
    "rank 5": (header(1, 1, 1, 1, 1) + bytes(1), "rank 5, expected 1 to 4"),
    "cut header": (header(5, 5)[:9], "header is cut short: found 9 bytes, expected 12"),
    "no payload": (header(5), f"payload: {PROMISED} 0"),
    "cut payload": (header(5) + bytes(4), f"payload: {PROMISED} 4"),
    "trailing": (header(5) + bytes(7), f"payload: {PROMISED} 7 (2 trailing bytes)"),
    "overflow": (
        header(*[2**32 - 1] * 4, code=14),
        "dimensions overflow: 4294967295 x 4294967295 x 4294967295 x 4294967295 float64",
    ),
    "wraps to zero": (header(2**31, 2**31, 4), "dimensions overflow: 2147483648 x 2147483648 x 4"),
    "hidden by a zero": (header(0, *[2**32 - 1] * 3), "dimensions overflow: 0 x 4294967295"),
    "terabytes": (header(2**31, 1024), "payload: header promises 2147483648 x 1024 uint8 = 2199"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusal_names_the_field_what_was_found_and_what_was_expected(case):
    data, message = REFUSED[case]

    assert message in str(refusal(data))


@pytest.mark.parametrize("case", sorted(set(REFUSED) - {"trailing", "terabytes"}))
def test_compressed_refusal_says_the_same(case, decoder):
    data, message = REFUSED[case]

    assert message in str(refusal(gzip.compress(data), decoder=decoder))


def test_compressed_trailing_bytes_are_refused(decoder):
    data = labels_file(1, 2, 3)

    assert "more bytes than its content promises" in str(
        refusal(gzip.compress(data + b"4"), decoder=decoder)
    )
    assert "trailing bytes: 3" in str(refusal(gzip.compress(data) + b"abc", decoder=decoder))


def test_truncation_at_every_byte_is_refused(decoder):
    data = gzip.compress(file_of(example("int16", (3, 4))))

    for end in range(len(data)):
        error = refusal(data[:end], decoder=decoder)
        with pytest.raises(idx_oracle.RefusedError):
            idx_oracle.read(data[:end])
        if end > 1:
            assert "cut short" in str(error), end


def test_raw_truncation_at_every_byte_is_refused():
    data = file_of(example("int16", (3, 4)))

    for end in range(len(data)):
        assert refusal(data[:end]).hint.startswith("the download was cut short"), end


def test_header_that_declares_terabytes_allocates_nothing(decoder):
    data = gzip.compress(header(2**31, 1024) + bytes(100))
    tracemalloc.start()

    try:
        error = refusal(data, decoder=decoder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert f"file has {len(data)} compressed bytes, which hold at most {1032 * len(data)}" in str(
        error
    )
    assert peak < 1 << 20


def test_hint_names_the_command_for_the_files_of_mnist():
    cut = labels_file(1, 2, 3)[:-1]

    fetch = "the download was cut short; run `digitcli fetch mnist --force`"
    assert refusal(cut, "/data/t10k-labels-idx1-ubyte").hint == fetch
    assert refusal(cut, "mine.idx").hint == (
        "the download was cut short; copy or download the file again"
    )


def test_bad_checksum_is_called_damage(decoder):
    data = bytearray(gzip.compress(labels_file(1, 2, 3)))
    data[-8] ^= 1

    error = refusal(bytes(data), "train-labels-idx1-ubyte.gz", decoder)

    assert "gzip checksum is wrong: found" in str(error)
    assert error.hint == "the download was damaged; run `digitcli fetch mnist --force`"


@pytest.mark.parametrize(
    ("start", "hint"),
    [
        (b"<!DOCTYPE html>", "the server sent a web page instead of the file"),
        (b"\n <html>", "the server sent a web page instead of the file"),
        (b"PK\x03\x04....", "this is a ZIP archive; unpack it first"),
        (b"\x89PNG\r\n", "this is a picture, not an IDX file"),
        (b"\x93NUMPY\1\0", "this is a NumPy file, not an IDX file"),
        (gzip.compress(gzip.compress(labels_file(1))), "this file was compressed twice"),
        (gzip.compress(b"<!DOCTYPE html>"), "the server sent a web page instead of the file"),
    ],
    ids=["page", "page after blanks", "ZIP", "PNG", "NumPy", "compressed twice", "packed page"],
)
def test_hint_says_what_the_file_seems_to_be(start, hint):
    assert refusal(start).hint.startswith(hint)


def test_boundary_refuses_what_is_not_bytes():
    with pytest.raises(TypeError, match="data must be bytes-like, got int"):
        _core.idx_array(3)
    with pytest.raises(BufferError, match="contiguous"):
        _core.idx_header(memoryview(b"abcdef")[::2])


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.zeros(8, np.int8), "out must be uint8, got int8"),
        (np.zeros((2, 4), np.uint8), "one dimension and be contiguous"),
        (np.zeros(8, np.uint8)[::2], "one dimension and be contiguous"),
        (np.frombuffer(b"12345678", np.uint8), "out must be writeable"),
    ],
)
def test_boundary_refuses_an_output_it_cannot_fill(out, message):
    with pytest.raises((TypeError, ValueError), match=message):
        _core.gzip_member(gzip.compress(b"12345678"), out)


def test_header_of_the_boundary_tells_sizes():
    head = _core.idx_header(header(60_000, 28, 28))

    assert (head.dtype, head.shape) == ("uint8", (60_000, 28, 28))
    assert (head.header_bytes, head.payload_bytes, head.total_bytes) == (16, 47040000, 47040016)
    assert str(head) == "60000 x 28 x 28 uint8"
