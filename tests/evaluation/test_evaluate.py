"""Running a predictor over a split."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from digitcli.errors import DataError
from digitcli.evaluation.ensemble import Predictor
from digitcli.evaluation.evaluate import evaluate
from digitcli.inference.prediction import Prediction
from digitcli.signs import DIGITS


def split_of(n: int) -> SimpleNamespace:
    """Pictures whose first pixel is their label."""
    labels = (np.arange(n) * 7 % 10).astype(np.uint8)
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, 0] = labels
    return SimpleNamespace(images=images, labels=labels, classes=DIGITS, name="made", writers=None)


def first_pixel(images: np.ndarray) -> Prediction:
    return Prediction(np.eye(10, dtype=np.float32)[images[:, 0, 0]])


@pytest.mark.parametrize("n", [1, 6, 7, 8, 21, 22])
def test_chunks_cover_every_picture_once_and_in_order(n):
    sizes = []

    def predict(images):
        sizes.append(len(images))
        return first_pixel(images)

    result = evaluate(Predictor(predict), split_of(n), chunk=7)

    assert result.metrics.accuracy == 1.0
    assert sum(sizes) == result.metrics.n == n
    assert max(sizes) <= 7
    assert result.probabilities.dtype == np.float32


def test_seconds_are_those_of_the_predictor(monkeypatch):
    clock = iter([10.0, 10.5, 20.0, 20.25])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))

    assert evaluate(Predictor(first_pixel), split_of(10), chunk=5).seconds == 0.75


def test_an_empty_split_is_refused():
    with pytest.raises(DataError, match="at least one picture"):
        evaluate(Predictor(first_pixel), split_of(0))


def test_json_fields_are_plain_numbers():
    document = evaluate(Predictor(first_pixel), split_of(12)).to_json()

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["accuracy"] == 1.0
    assert document["n"] == 12
    assert np.array(document["confusion"]).shape == (10, 10)
    assert len(document["interval"]) == 2
    assert document["calibration"]["temperatures"] == [1.0]
    assert document["calibration"]["before"] == document["calibration"]["after"]
    assert sum(part["n"] for part in document["calibration"]["after"]["bins"]) == 12


def unsure(images: np.ndarray) -> Prediction:
    return Prediction(first_pixel(images).probabilities * np.float32(0.5) + np.float32(0.05))


def test_calibration_is_measured_before_and_after_the_temperature():
    result = evaluate(Predictor(first_pixel, (0.5,), unsure), split_of(40), chunk=7)

    assert result.is_calibrated
    assert (result.calibration.ece, result.calibration.brier) == (0.0, 0.0)
    assert result.uncalibrated.ece == pytest.approx(0.45)
    assert result.uncalibrated.nll == pytest.approx(-np.log(0.55))
    assert result.metrics.loss == result.calibration.nll
    assert result.to_json()["calibration"]["before"]["ece"] == result.uncalibrated.ece
