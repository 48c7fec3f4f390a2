"""Averaging over networks and over shifted pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitcli.errors import UsageError
from digitcli.evaluation.ensemble import (
    SHIFTS,
    Predictor,
    engine_predictor,
    ensemble,
    mean_probabilities,
    over_shifts,
    shifted,
)
from digitcli.inference.engine import Engine
from digitcli.inference.prediction import Prediction
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

SPEC = NetworkSpec.from_json({"name": "one", "layers": [{"type": "dense", "units": 10}]})


def engine(seed, temperature=1.0):
    rng = np.random.default_rng(seed)
    tensors = {name: np.float32(rng.normal(0, 0.2, shape)) for name, shape in SPEC.tensors.items()}
    return Engine(Weights(SPEC, tensors, temperature=temperature))


@pytest.fixture
def images():
    return np.random.default_rng(9).integers(0, 256, (23, 28, 28), dtype=np.uint8)


def in_float64(engines, images):
    return np.mean([np.float64(one.predict(images).probabilities) for one in engines], axis=0)


def test_the_mean_of_three_networks_is_that_of_float64(images):
    engines = [engine(1), engine(2, 3.0), engine(3)]

    mean = mean_probabilities(engines, images)

    assert (mean.dtype, mean.shape) == (np.float32, (23, 10))
    np.testing.assert_allclose(mean, in_float64(engines, images), rtol=2**-24, atol=0)
    np.testing.assert_allclose(mean.sum(axis=1), 1, atol=1e-6)


def test_one_network_is_its_own_mean_to_the_last_bit(images):
    one = engine(1)

    expected = one.predict(images).probabilities
    np.testing.assert_array_equal(mean_probabilities([one], images), expected)


def test_an_ensemble_of_no_network_is_refused(images):
    with pytest.raises(UsageError, match="at least one network"):
        mean_probabilities([], images)


def test_before_calibration_every_network_of_an_ensemble_has_temperature_one(images):
    engines = [engine(1, 0.5), engine(2), engine(3, 2.0)]

    together = ensemble([engine_predictor(one) for one in engines])

    assert together.temperatures == (0.5, 1.0, 2.0)
    plain = [Engine(replace(one.weights, temperature=1.0)) for one in engines]
    np.testing.assert_array_equal(
        together.uncalibrated(images).probabilities, mean_probabilities(plain, images)
    )
    assert (together.predict(images).probabilities != mean_probabilities(plain, images)).any()


def test_an_ensemble_without_temperatures_is_not_asked_twice():
    assert ensemble([engine_predictor(engine(1)), engine_predictor(engine(2))]).uncalibrated is None


def test_shifts_are_the_picture_and_its_eight_neighbours():
    assert sorted(SHIFTS) == [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, -1), (-1, 1), (3, 2), (28, 0)])
def test_a_shift_moves_every_pixel_and_lets_zeros_in(images, down, right):
    moved = shifted(images, down, right)

    expected = np.zeros_like(images)
    for row in range(28):
        for column in range(28):
            if 0 <= row - down < 28 and 0 <= column - right < 28:
                expected[:, row, column] = images[:, row - down, column - right]
    np.testing.assert_array_equal(moved, expected)
    assert moved.flags.c_contiguous
    assert moved.dtype == np.uint8


def test_test_time_averaging_is_the_mean_over_the_shifts(images):
    one = engine(4, 2.0)

    averaged = over_shifts(engine_predictor(one))

    views = [one.predict(shifted(images, *by)).probabilities for by in SHIFTS]
    mean = np.mean(np.float64(views), axis=0)
    np.testing.assert_allclose(averaged.predict(images).probabilities, mean, rtol=2**-23)
    plain = one.at_temperature(1.0)
    views = [plain.predict(shifted(images, *by)).probabilities for by in SHIFTS]
    np.testing.assert_allclose(
        averaged.uncalibrated(images).probabilities, np.mean(np.float64(views), axis=0), rtol=2**-23
    )


def test_test_time_averaging_of_what_has_no_temperature_needs_no_second_pass():
    nothing = Predictor(lambda images: Prediction(np.zeros((len(images), 10), np.float32)))

    assert over_shifts(nothing).uncalibrated is None
