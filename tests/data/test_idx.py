"""IDX files: what is read, what is refused and in which words, what is written."""

from __future__ import annotations

import gzip
import os
import random
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from data import idx_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitcli import _core
from digitcli.data import idx, inflate
from digitcli.errors import DataError, ExitCode, MachineError

CODES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
SHAPES = {1: (5,), 2: (2, 3), 3: (2, 2, 3), 4: (1, 2, 3, 2)}


@pytest.fixture(params=list(inflate.decoders()))
def decoder(request):
    """Every decoder that works here; the id shows in the report."""
    return request.param


def header(*shape: int, code: int = 8, rank: int | None = None) -> bytes:
    rank = len(shape) if rank is None else rank
    return struct.pack(f">HBB{len(shape)}I", 0, code, rank, *shape)


def labels_file(*labels: int) -> bytes:
    return header(len(labels)) + bytes(labels)


def example(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    return rng.integers(0, 100, shape).astype(dtype)


def file_of(array: np.ndarray) -> bytes:
    """The IDX file of `array`, by NumPy alone."""
    return (
        header(*array.shape, code=CODES[array.dtype.name])
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


def refusal(data: bytes, name: str = "some.gz", decoder: str | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        idx.parse_idx(data, name, decoder=decoder)
    assert caught.value.exit_code == ExitCode.DATA
    assert str(caught.value).startswith(f"{name}: ")
    return caught.value


# ---- reading ---------------------------------------------------------------------------------------


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


def test_uncompressed_file_is_mapped_and_outlives_its_name(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(labels_file(*range(10)))

    array = idx.read_idx(path)
    path.unlink()

    assert array.tolist() == list(range(10))
    assert not array.flags.owndata


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


# ---- refusing --------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("case", set(REFUSED) - {"trailing", "terabytes"})
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
)
def test_hint_says_what_the_file_seems_to_be(start, hint):
    assert refusal(start).hint.startswith(hint)


def test_missing_file_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(DataError, match="no such file") as caught:
        idx.read_idx(tmp_path / "train-images-idx3-ubyte.gz")

    assert caught.value.hint == "run `digitcli fetch mnist`"


def test_folders_pipes_and_empty_files_are_refused_by_name(tmp_path):
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(DataError, match="found a folder, expected an IDX file"):
        idx.read_idx(tmp_path)
    with pytest.raises(DataError, match="found a pipe or a device"):
        idx.read_idx(tmp_path / "pipe")
    with pytest.raises(DataError, match="empty: file is empty"):
        idx.read_idx(tmp_path / "empty")


def test_unreadable_name_is_the_machines_refusal(tmp_path):
    with pytest.raises(MachineError, match="cannot be read"):
        idx.read_idx(tmp_path / ("long" * 200))


# ---- mutations against the oracle ------------------------------------------------------------------


def originals() -> list[bytes]:
    """Small files of every type and rank, raw and packed in every way that is allowed."""
    raw = [file_of(example(dtype, shape)) for dtype in CODES for shape in SHAPES.values()]
    packed = [gzip.compress(data, level) for data in raw[::3] for level in (0, 9)]
    split = [gzip.compress(d[:7]) + b"\0\0" + gzip.compress(d[7:]) + bytes(5) for d in raw[::4]]
    named = [b"\x1f\x8b\x08\x08" + gzip.compress(d)[4:10] + b"name\0" + gzip.compress(d)[10:]
             for d in raw[::6]]  # fmt: skip
    return raw + packed + split + named


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one or two changes of the kinds that disks, networks and people make."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2))):
        at, size = rng.randrange(len(changed) + 1), rng.randrange(1, 9)
        match rng.randrange(8):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << rng.randrange(8)
            case 1 if changed:
                changed[at % len(changed)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[at:]
            case 3:
                changed[at:at] = changed[at : at + size]
            case 4:
                del changed[at : at + size]
            case 5:
                changed += rng.choice((bytes(size), rng.randbytes(size), b"\x1f\x8b"))
            case 6:
                edit = rng.randrange(20)  # somewhere in the header
                changed[edit : edit + 1] = bytes([rng.randrange(16)])
            case _:
                changed = bytearray(gzip.compress(changed)) if rng.random() < 0.5 else changed
    return bytes(changed)


def answer(array: np.ndarray) -> idx_oracle.Answer:
    """Our array in the oracle's terms."""
    letter = {"uint8": "B", "int8": "b", "int16": "h", "int32": "i", "float32": "f", "float64": "d"}
    payload = array.astype(array.dtype.newbyteorder(">")).tobytes()
    return idx_oracle.Answer(letter[array.dtype.name], array.shape, payload)


def test_ten_thousand_mutated_files_get_the_oracles_verdict_and_bytes():
    rng, files = random.Random(28), originals()
    accepted = 0

    for _ in range(10_000):
        data = mutated(rng.choice(files), rng)
        try:
            expected = idx_oracle.read(data)
        except idx_oracle.RefusedError:
            expected = None
        for decoder in inflate.decoders():
            try:
                found = answer(idx.parse_idx(data, "x", decoder=decoder))
            except DataError:
                found = None
            assert found == expected, (decoder, data.hex())
        accepted += expected is not None

    assert 1_000 < accepted < 9_000


# ---- images and labels -----------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    """Write an array as an IDX file and return its path."""

    def save(array: np.ndarray, name: str = "file.gz"):
        idx.write_idx(tmp_path / name, array)
        return tmp_path / name

    return save


def test_images_and_labels_are_read_as_a_pair(saved):
    pictures, classes = example("uint8", (3, 28, 28)), np.array([0, 9, 4], np.uint8)

    images, labels = idx.read_pair(saved(pictures, "images.gz"), saved(classes, "labels"))

    assert (images == pictures).all()
    assert (labels == classes).all()


def test_counts_that_differ_are_refused_with_both(saved):
    images, labels = saved(example("uint8", (3, 28, 28)), "i"), saved(example("uint8", (2,)) % 9)

    with pytest.raises(DataError, match="found 2 labels, expected 3, one for each picture in"):
        idx.read_pair(images, labels)


def test_labels_given_as_images_are_refused(saved):
    with pytest.raises(DataError, match=r"found labels \(5 uint8\), expected images") as caught:
        idx.read_images(saved(example("uint8", (5,))))

    assert "swapped" in caught.value.hint


def test_images_given_as_labels_are_refused(saved):
    with pytest.raises(DataError, match=r"found images \(2 x 28 x 28 uint8\), expected labels"):
        idx.read_labels(saved(example("uint8", (2, 28, 28))))


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("float32", (2, 28, 28)), ("int8", (2, 28, 28)), ("uint8", (2, 32, 32)), ("uint8", (28, 28))],
)
def test_other_arrays_are_not_images(saved, dtype, shape):
    with pytest.raises(DataError, match="expected images, n x 28 x 28 uint8") as caught:
        idx.read_images(saved(example(dtype, shape)))

    assert f"found {' x '.join(map(str, shape))} {dtype}" in str(caught.value)


@pytest.mark.parametrize(("dtype", "shape"), [("int32", (5,)), ("uint8", (5, 1))])
def test_other_arrays_are_not_labels(saved, dtype, shape):
    with pytest.raises(DataError, match="expected labels, n uint8"):
        idx.read_labels(saved(example(dtype, shape)))


def test_label_over_nine_is_named_with_its_index(saved):
    path = saved(np.array([1, 9, 10, 200], np.uint8))

    with pytest.raises(DataError, match="label 2 is 10, expected 0 to 9"):
        idx.read_labels(path)


def test_wrong_kind_of_file_is_refused_before_it_is_inflated(tmp_path):
    path = tmp_path / "broken.gz"  # the payload is damaged, but the header is enough
    path.write_bytes(gzip.compress(labels_file(*[1] * 1000), 0)[:500])

    with pytest.raises(DataError, match="found labels"):
        idx.read_images(path)


# ---- writing ---------------------------------------------------------------------------------------

ARRAYS = hnp.arrays(
    dtype=st.sampled_from([np.dtype(name).newbyteorder(order) for name in CODES for order in "<>"]),
    shape=hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
)


@settings(max_examples=150, deadline=None)
@given(array=ARRAYS, packed=st.booleans(), reverse=st.booleans())
def test_what_is_written_is_read_back_bit_for_bit(tmp_path_factory, array, packed, reverse):
    path = tmp_path_factory.mktemp("idx") / ("a.idx.gz" if packed else "a.idx")
    array = array.T if reverse else array  # not contiguous

    idx.write_idx(path, array)

    back = idx.read_idx(path)
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.shape == array.shape
    assert back.tobytes() == array.astype(back.dtype).tobytes()
    assert idx_oracle.read(path.read_bytes()) == answer(back)


def test_compressed_file_depends_on_nothing_but_the_array(saved):
    array = example("uint8", (4, 5))

    first, second = saved(array, "one.gz").read_bytes(), saved(array, "two.GZ").read_bytes()

    assert first == second
    assert first[4:8] == bytes(4)  # the time
    assert first[3] == 0  # no name
    assert zlib.decompress(first, 31) == file_of(array)


@pytest.mark.parametrize("dtype", ["bool", "int64", "uint16", "float16", "complex64", "U3"])
def test_types_that_idx_lacks_are_refused(saved, tmp_path, dtype):
    with pytest.raises(DataError, match="IDX has no type for .*, expected one of uint8, int8"):
        saved(np.zeros(3, dtype))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("rank", [0, 5])
def test_ranks_that_idx_lacks_are_refused(saved, rank):
    with pytest.raises(DataError, match=f"rank {rank}, expected 1 to 4"):
        saved(np.zeros((1,) * rank, np.uint8))


def test_failed_write_leaves_the_old_file(saved):
    path = saved(np.array([1, 2], np.uint8))

    with pytest.raises(DataError):
        idx.write_idx(path, np.zeros(3, np.int64))

    assert idx.read_idx(path).tolist() == [1, 2]


# ---- the boundary ----------------------------------------------------------------------------------


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
