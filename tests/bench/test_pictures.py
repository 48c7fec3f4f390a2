from __future__ import annotations

import numpy as np
import pytest

from digitcli.bench.pictures import CALIBRATION, load_calibration, load_pictures
from digitcli.data.store import load_split


@pytest.fixture(autouse=True)
def without_mnist(drawn_data, monkeypatch):
    """A data folder with the drawn set alone."""
    monkeypatch.setenv("DIGITCLI_DATA", str(drawn_data))


def test_labels_belong_to_the_pictures_also_when_they_start_again():
    test = load_split("synthetic", "test")
    count = len(test.images) + 3

    found = load_pictures("mnist", count)  # never fetched here

    assert (found.source, found.distinct) == ("synthetic", len(test.images))
    np.testing.assert_array_equal(found.images[-3:], test.images[:3])
    np.testing.assert_array_equal(found.labels, [*test.labels, *test.labels[:3]])


def test_calibration_pictures_are_the_first_for_training():
    images = load_calibration("synthetic")

    train = load_split("synthetic", "train").images
    np.testing.assert_array_equal(images, train[:CALIBRATION])
    assert images.flags.c_contiguous
