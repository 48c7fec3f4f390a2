"""Each publisher's way to store pictures, in small: what comes out is upright and labelled."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitcli.data.catalog import EMNIST_DIGITS, EMNIST_LETTERS, FASHION_MNIST, QMNIST, USPS
from digitcli.data.idx import write_idx
from digitcli.data.sets.read import read
from digitcli.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)


@pytest.fixture
def locate(tmp_path):
    """Where the files of a set are."""
    return lambda file: tmp_path / file.forms[0].name


def idx_bytes(array: np.ndarray, folder: Path) -> bytes:
    write_idx(folder / "array", array)
    return gzip.compress((folder / "array").read_bytes())


def write_emnist(folder: Path, name: str, labels: list[int]) -> None:
    with zipfile.ZipFile(folder / "gzip.zip", "w") as archive:
        stored = np.ascontiguousarray(IMAGES.transpose(0, 2, 1))  # as EMNIST has them
        for kind, array in (("images-idx3", stored), ("labels-idx1", np.array(labels, np.uint8))):
            archive.writestr(f"gzip/{name}-test-{kind}-ubyte.gz", idx_bytes(array, folder))


def test_fashion_mnist_is_read_as_mnist_is(tmp_path, locate):
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", IMAGES)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.array([9, 0, 1, 2, 3], np.uint8))

    found = read(FASHION_MNIST, "test", locate)

    assert np.array_equal(found.images, IMAGES)
    assert found.labels.tolist() == [9, 0, 1, 2, 3]
    assert found.writers is None


def test_qmnist_gives_the_class_and_the_writer_of_each_picture(tmp_path, locate):
    table = np.arange(40, dtype=np.int32).reshape(5, 8)
    table[:, 0], table[:, 2] = [7, 2, 1, 0, 4], [2100, 5, 5, 610, 2599]
    write_idx(tmp_path / "qmnist-train-images-idx3-ubyte.gz", IMAGES)
    write_idx(tmp_path / "qmnist-train-labels-idx2-int.gz", table)

    found = read(QMNIST, "train", locate)

    assert (found.labels.dtype, found.labels.tolist()) == (np.uint8, [7, 2, 1, 0, 4])
    assert found.writers is not None
    assert found.writers.tolist() == [2100, 5, 5, 610, 2599]


def test_pictures_of_emnist_come_out_upright(tmp_path, locate):
    write_emnist(tmp_path, "emnist-digits", [0, 1, 2, 3, 9])

    found = read(EMNIST_DIGITS, "test", locate)

    assert np.array_equal(found.images, IMAGES)
    assert found.images.flags.c_contiguous
    assert found.labels.tolist() == [0, 1, 2, 3, 9]


def test_the_first_letter_of_emnist_is_class_0(tmp_path, locate):
    write_emnist(tmp_path, "emnist-letters", [1, 2, 3, 25, 26])

    found = read(EMNIST_LETTERS, "test", locate)

    assert [EMNIST_LETTERS.classes[label] for label in found.labels] == list("ABCYZ")


def test_a_letter_without_a_class_is_refused_by_its_place(tmp_path, locate):
    write_emnist(tmp_path, "emnist-letters", [1, 2, 27, 25, 26])

    with pytest.raises(DataError, match="label 2 is class 26, expected 0 to 25"):
        read(EMNIST_LETTERS, "test", locate)


def test_usps_becomes_light_ink_on_dark_with_the_margin_of_mnist(tmp_path, locate):
    ink = " ".join(f"{place}:1" for place in range(1, 257))
    paper = " ".join(f"{place}:-1" for place in range(1, 257))
    half = " ".join(f"{place}:1" for place in range(1, 129))  # what is left out is 0, mid grey
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(f"10 {ink}\n1 {paper}\n3 {half}\n".encode()))

    found = read(USPS, "train", locate)

    assert found.labels.tolist() == [9, 0, 2]
    inner = found.images[:, 4:24, 4:24]
    assert (inner[0] == 255).all()
    assert not found.images[1].any()
    assert set(inner[2, :9].ravel().tolist()) == {255}  # the upper rows, so it is upright
    assert set(inner[2, 12:].ravel().tolist()) == {128}
    assert found.images.sum() == inner.astype(np.int64).sum()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3 257:1", "line 1: feature 257, expected 1 to 256"),
        ("x 1:1", "line 1: could not convert"),
        ("11 1:1", "label 0 is class 10, expected 0 to 9"),
        ("3 1:nan", "not finite"),
    ],
)
def test_a_wrong_line_of_usps_is_named(tmp_path, locate, text, reason):
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(text.encode()))

    with pytest.raises(DataError, match=reason):
        read(USPS, "train", locate)


@pytest.mark.parametrize(
    ("dataset", "name"), [(USPS, "usps.bz2"), (EMNIST_LETTERS, "gzip.zip")], ids=["usps", "emnist"]
)
def test_a_damaged_archive_is_refused_by_name(tmp_path, locate, dataset, name):
    (tmp_path / name).write_bytes(b"<html>not found</html>")

    with pytest.raises(DataError, match=name):
        read(dataset, "train", locate)


def test_pictures_without_a_label_each_are_refused(tmp_path, locate):
    write_idx(tmp_path / "qmnist-train-images-idx3-ubyte.gz", IMAGES)
    write_idx(tmp_path / "qmnist-train-labels-idx2-int.gz", np.zeros((4, 8), np.int32))

    with pytest.raises(DataError, match="qmnist, train: 5 pictures, but 4 labels"):
        read(QMNIST, "train", locate)


def test_an_md5_is_enough_and_is_checked(tmp_path):
    from digitcli.data.integrity import fault_of, inspect

    body = bz2.compress(b"1 1:1\n")
    (tmp_path / "usps.bz2").write_bytes(body)
    (form,) = USPS.file("train").forms
    own = replace(form, md5=hashlib.md5(body).hexdigest())
    files = tuple(replace(file, forms=(own,)) for file in USPS.files[:1])

    (found,) = inspect(replace(USPS, files=files), tmp_path)

    assert found.usable
    assert (found.size, found.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert "wrong bytes (md5" in fault_of(tmp_path / "usps.bz2", form)
