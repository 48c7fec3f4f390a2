"""IDX files on disk: images with their labels, what a path may be, what is written."""

from __future__ import annotations

import gzip
import os
import zlib

import numpy as np
import pytest
from data import idx_oracle
from data.idx_samples import CODES, answer, example, file_of, labels_file
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitcli.data import idx
from digitcli.errors import DataError, MachineError

ARRAYS = hnp.arrays(
    dtype=st.sampled_from([np.dtype(name).newbyteorder(order) for name in CODES for order in "<>"]),
    shape=hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
)


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
    with pytest.raises(DataError, match=r"IDX has no type for .*, expected one of uint8, int8"):
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
