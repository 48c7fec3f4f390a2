"""MAT files: the forms that people have, and files that are damaged, hostile or something else."""

from __future__ import annotations

import contextlib
import struct
import zlib

import numpy as np
import pytest
from vision.labelled.mat_writer import mat_bytes

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError
from digitcli.vision.labelled.kinds import read_labelled

IMAGES, LABELS = draw(20, seed=5)
FLAT = IMAGES.reshape(20, 784)
BY_COLUMNS = IMAGES.transpose(0, 2, 1).reshape(20, 784)


def save(path, variables, **options):
    path.write_bytes(mat_bytes(variables, **options))
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "variables",
    [
        {"images": IMAGES, "labels": LABELS},
        {"X": FLAT, "y": LABELS[:, None]},
        {"data": FLAT.T, "label": LABELS[None].astype(float)},  # mnist-original.mat
        {"images": np.moveaxis(IMAGES, 0, -1), "labels": LABELS},
        {"x_train": FLAT / 255, "y_train": LABELS, "note": "text", "c": [1]},
    ],
)
def test_pictures_and_labels_are_found_however_they_lie(tmp_path, variables, packed):
    found = read_labelled(save(tmp_path / "a.mat", variables, packed=packed))

    assert np.array_equal(found.images, IMAGES)
    assert np.array_equal(found.labels, LABELS)


def test_emnist_comes_out_upright_with_its_parts_and_writers(tmp_path):
    part = {"images": BY_COLUMNS, "labels": LABELS[:, None], "writers": np.arange(20)[:, None] % 3}
    dataset = {"train": part, "test": part, "mapping": np.zeros((10, 2))}
    found = read_labelled(save(tmp_path / "emnist-digits.mat", {"dataset": dataset}))

    assert np.array_equal(found.images[:20], IMAGES)
    assert found.is_divided
    assert found.writers.tolist() == [str(number % 3) for number in range(20)] * 2
    assert "EMNIST's form: pictures turned upright" in found.account.in_words()


def test_ten_means_zero_in_the_course_s_file_and_nowhere_else(tmp_path):
    labels = np.where(LABELS == 0, 10, LABELS)[:, None]
    small = IMAGES[:, 4:24, 4:24].transpose(0, 2, 1).reshape(20, 400) / 255
    path = save(tmp_path / "ex3data1.mat", {"X": small, "y": labels})
    upright = save(
        tmp_path / "upright.mat", {"images": IMAGES[:, 4:24, 4:24] / 255, "labels": LABELS}
    )

    found = read_labelled(path)

    assert np.array_equal(found.labels, LABELS)
    assert np.array_equal(found.images, read_labelled(upright).images)
    assert "label 10 read as 0" in found.account.in_words()
    with pytest.raises(DataError, match="is 10, expected a digit"):
        read_labelled(save(tmp_path / "other.mat", {"X": FLAT, "y": labels}))


def test_what_is_no_array_of_numbers_is_passed_over(tmp_path):
    variables = {
        "images": IMAGES,
        "labels": LABELS,
        "name": "ann",
        "cells": [1, "a"],
    }
    found = read_labelled(save(tmp_path / "a.mat", variables))

    assert [(one.reason, one.count) for one in found.account.passed_over] == [
        ("other variables", 2)
    ]


def whole() -> bytes:
    return mat_bytes({"images": IMAGES, "labels": LABELS}, packed=True)


def bomb() -> bytes:
    data = zlib.compress(bytes(64 * 2**20))
    return whole()[:128] + struct.pack("<2I", 15, len(data)) + data


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"MATLAB 7.3 MAT-file".ljust(512), "version 7.3"),
        (b"\x89HDF\r\n\x1a\n".ljust(512), "version 7.3"),
        (b"# Created by Octave 7.3.0", "not a MAT file of version 5 to 7"),
        (whole()[:60], "not a MAT file of version 5 to 7"),
        (whole()[:128], "no arrays of numbers"),
        (whole()[:132], "cut short"),
        (whole()[:-5], "cut short"),
        (whole()[:140] + b"\xff" * 400 + whole()[540:], "damaged"),
        (bomb(), "inflates to more than"),
    ],
)
def test_another_or_damaged_file_is_refused_by_name(tmp_path, content, says):
    path = tmp_path / "a.mat"
    path.write_bytes(content)

    with pytest.raises(DataError, match=rf"a\.mat: .*({says})"):
        read_labelled(path)


def test_a_changed_byte_is_refused_or_read_and_never_a_bug(tmp_path):
    path, rng = tmp_path / "a.mat", np.random.default_rng(1)
    struct_too = {"s": {"train": {"a": LABELS}}, "images": IMAGES, "labels": LABELS}
    plain = mat_bytes(struct_too)
    for _ in range(3000):
        content = bytearray(plain)
        content[rng.integers(124, 700)] = rng.integers(256)
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            read_labelled(path)
