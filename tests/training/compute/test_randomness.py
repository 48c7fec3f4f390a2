"""Random numbers that are a function of their key."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

from digitcli.training.compute import randomness  # noqa: E402
from digitcli.training.compute.backend import keras  # noqa: E402

KEY = np.array([11, 4], np.int32)


def numpy_of(tensor):
    return keras.ops.convert_to_numpy(tensor)


def reference_hash(word):
    """Lowbias32 on Python's own whole numbers."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = (word ^ (word >> shift)) * factor & 0xFFFFFFFF
    return word ^ (word >> 16)


def test_numbers_are_hashes_of_their_place():
    first = reference_hash(11 + 0x9E3779B9)
    words = [reference_hash(reference_hash(place ^ first) ^ 4) for place in range(12)]
    expected = [(word >> 8) / 2**24 * 3 - 1 for word in words]

    actual = numpy_of(randomness.uniform(KEY, (3, 4), -1.0, 2.0))

    assert actual.dtype == np.float32
    assert actual == pytest.approx(np.reshape(expected, (3, 4)), abs=1e-6)


def test_uniform_numbers_fill_their_range_evenly():
    numbers = numpy_of(randomness.uniform(KEY, (200_000,), 2.0, 4.0))

    counts = np.histogram(numbers, 20, (2, 4))[0]
    assert counts.sum() == 200_000
    assert np.abs(counts - 10_000).max() < 5 * np.sqrt(10_000)
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.01


def test_normal_numbers_have_the_moments_of_a_normal_distribution():
    numbers = numpy_of(randomness.normal(KEY, (200_000,))).astype(np.float64)

    assert np.isfinite(numbers).all()
    moments = [np.mean(numbers**power) for power in (1, 2, 3, 4)]
    assert moments == pytest.approx([0, 1, 0, 3], abs=0.06)


def test_rows_from_a_place_on_are_those_of_the_whole_draw():
    whole = numpy_of(randomness.uniform(KEY, (9, 5), 0.0, 1.0))

    assert (numpy_of(randomness.uniform(KEY, (4, 5), 0.0, 1.0, first=3)) == whole[3:7]).all()


def test_folding_in_gives_unrelated_keys():
    keys = [randomness.fold_in(KEY, step) for step in range(100)]
    draws = np.array([numpy_of(randomness.uniform(key, (64,), 0.0, 1.0)) for key in keys])

    assert len({tuple(numpy_of(key)) for key in keys}) == 100
    correlations = np.corrcoef(draws) - np.eye(100)
    assert np.abs(correlations).max() < 6 / np.sqrt(64)
    assert np.abs(draws.mean(0) - 0.5).max() < 5 / np.sqrt(12 * 100)


def test_seeds_streams_and_steps_give_their_own_keys():
    numbers = [
        (seed, stream, step) for seed in range(3) for stream in range(3) for step in range(3)
    ]

    keys = [
        randomness.fold_in(randomness.key_of(seed, stream), step) for seed, stream, step in numbers
    ]

    for word in np.transpose([numpy_of(key) for key in keys]):
        assert len(set(word)) == len(numbers)


def test_neighbouring_seeds_do_not_draw_the_same_numbers_in_another_order():
    draws = [
        numpy_of(randomness.uniform(np.array(key), (1000,), 0.0, 1.0))
        for key in ([0, 0], [1, 0], [0, 1], [1, 1])
    ]

    assert len(np.unique(draws)) > 3990
