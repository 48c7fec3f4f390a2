"""Loading from the data folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from digitcli.data.catalog import MNIST
from digitcli.data.store import data_dir, load_split
from digitcli.errors import DataError, UsageError


def test_the_data_folder_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path))

    assert data_dir() == tmp_path


def test_the_data_folder_is_the_users_own_by_default(monkeypatch):
    monkeypatch.delenv("DIGITCLI_DATA", raising=False)

    assert data_dir().is_absolute()
    assert "digitcli" in str(data_dir())


def test_mnist_loads_from_its_place_in_the_data_folder(monkeypatch, mnist_dir):
    monkeypatch.setenv("DIGITCLI_DATA", str(mnist_dir.parent))

    split = load_split("mnist", "test")

    assert (split.name, split.split) == ("mnist", "test")
    assert (split.images.shape, split.images.dtype) == ((10_000, 28, 28), np.uint8)
    assert split.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert split.sha256 == MNIST.file("test-images").forms[-1].sha256


def test_packed_and_unpacked_files_load_alike(mnist_dir, tmp_path):
    for role in ("test-images", "test-labels"):
        packed, unpacked = MNIST.file(role).forms
        content = gzip.decompress((mnist_dir / packed.name).read_bytes())
        (tmp_path / unpacked.name).write_bytes(content)

    one, other = load_split("mnist", "test", mnist_dir), load_split("mnist", "test", tmp_path)

    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.labels, other.labels)
    assert one.sha256 == other.sha256


def test_missing_data_names_the_command_that_fetches_it(tmp_path):
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: not found") as caught:
        load_split("mnist", "train", tmp_path)

    assert caught.value.hint == "run `digitcli fetch mnist`"


def test_a_cut_file_names_both_sizes_and_the_command(tmp_path):
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(bytes(1000))

    with pytest.raises(DataError, match=r"1,000 bytes, expected 1,648,877 for mnist") as caught:
        load_split("mnist", "test", tmp_path)

    assert "digitcli fetch mnist" in caught.value.hint


def test_synthetic_is_drawn_once_when_it_is_absent(tmp_path):
    first = load_split("synthetic", "test", tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = load_split("synthetic", "test", tmp_path)

    assert first.images.shape == (2000, 28, 28)
    assert np.bincount(first.labels).tolist() == [200] * 10
    assert np.array_equal(first.images, again.images)
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_an_unknown_dataset_or_split_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="choose from: mnist, qmnist"):
        load_split("letters", "test", tmp_path)
    with pytest.raises(UsageError, match="choose from: train, test"):
        load_split("mnist", "validation", tmp_path)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_drawn_set_needs_no_folder_that_can_be_written(tmp_path, part):
    (tmp_path / "file").write_bytes(b"")  # a folder cannot be made here

    inside = load_split("synthetic", part, tmp_path / "file" / "synthetic")
    drawn = load_split("synthetic", part, tmp_path / "synthetic")

    assert np.array_equal(inside.images, drawn.images)
    assert np.array_equal(inside.labels, drawn.labels)
    assert inside.sha256 == drawn.sha256
