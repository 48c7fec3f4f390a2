"""Calibration: scores by hand, the temperature against a float64 grid, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import DataError
from digitcli.evaluation.calibration import (
    BINS,
    brier_score,
    calibrated,
    calibration_record,
    fit_temperature,
    measure_calibration,
    reliability_bins,
    softmax,
)
from digitcli.model.card import provenance
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import TEMPERATURES, Weights


def drawn(n, temperature, seed=0, spread=4.0):
    """Logits float32 (n, 10), and labels drawn from their softmax at `temperature`."""
    rng = np.random.default_rng(seed)
    logits = np.float32(rng.standard_normal((n, 10)) * spread)
    shares = np.exp(np.float64(logits) / temperature)
    edges = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    labels = (rng.random((n, 1)) > edges[:, :9]).sum(axis=1)
    return logits, labels.astype(np.uint8)


def nll(logits, labels, temperature):
    """By the definition, in float64."""
    values = np.float64(logits) / temperature
    largest = values.max(axis=1)
    log_sum = largest + np.log(np.exp(values - largest[:, None]).sum(axis=1))
    return (log_sum - values[np.arange(len(labels)), labels]).mean()


def rows(*largest):
    """One row for each probability of the digit 3; the others share the rest."""
    probabilities = np.empty((len(largest), 10))
    for row, value in zip(probabilities, largest, strict=True):
        row[:] = (1 - value) / 9
        row[3] = value
    return probabilities


def test_calibration_error_by_hand():
    probabilities = rows(0.9, 0.92, 0.5, 0.5)
    labels = np.array([3, 1, 3, 3])

    found = measure_calibration(probabilities, labels)

    gaps = abs(0.5 - 0.91) * 2 / 4 + abs(1.0 - 0.5) * 2 / 4
    assert found.ece == pytest.approx(gaps, abs=1e-12)
    assert sum(part.n for part in found.bins) == 4


def test_brier_score_sums_over_classes_and_averages_over_pictures():
    labels = np.array([3, 0])

    score = brier_score(rows(0.7, 1.0), labels)

    first = 0.3**2 + 9 * (0.3 / 9) ** 2
    assert score == pytest.approx((first + 2.0) / 2, abs=1e-12)


def test_bins_are_of_equal_width_and_closed_above():
    edges = np.linspace(0, 1, BINS + 1)
    at_edges = rows(*edges[2:])

    bins = reliability_bins(at_edges, np.full(len(at_edges), 3))

    assert len(bins) == 15
    assert [part.n for part in bins] == [0] + [1] * 14
    assert bins[-1].high == 1.0
    assert (bins[0].confidence, bins[0].accuracy, bins[0].gap) == (None, None, 0.0)


def test_probabilities_that_labels_were_drawn_from_have_a_small_error():
    logits, labels = drawn(20_000, 1.0)

    honest = measure_calibration(softmax(logits), labels)
    boastful = measure_calibration(softmax(logits * 3), labels)

    assert honest.ece < 0.015
    assert boastful.ece > 10 * honest.ece
    assert boastful.nll > honest.nll
    assert boastful.brier > honest.brier


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
def test_temperature_is_found_again_where_labels_were_drawn_at_it(true):
    logits, labels = drawn(20_000, true)

    assert fit_temperature(logits, labels) == pytest.approx(true, rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_no_temperature_of_a_grid_is_better(seed):
    logits, labels = drawn(300, 0.7 + seed / 2, seed)

    best = nll(logits, labels, fit_temperature(logits, labels))

    grid = np.geomspace(*TEMPERATURES, 400)
    assert best <= min(nll(logits, labels, temperature) for temperature in grid) + 1e-12


def test_shifting_all_logits_of_a_picture_changes_nothing():
    logits, labels = drawn(500, 1.7)
    shifted = np.float64(logits) + np.arange(500)[:, None] * 100

    assert fit_temperature(shifted, labels) == pytest.approx(fit_temperature(logits, labels))


@pytest.mark.parametrize("sign", [1, -1])
def test_data_that_determines_no_temperature_gives_one(sign):
    """All right: lower temperatures are more likely. All wrong: higher ones are."""
    labels = np.arange(50) % 10
    logits = np.float32(sign * 9 * np.eye(10)[labels])

    assert fit_temperature(logits, labels) == 1.0


def test_logits_that_are_all_alike_give_one():
    assert fit_temperature(np.zeros((20, 10), np.float32), np.arange(20) % 10) == 1.0


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (np.zeros((0, 10)), np.zeros(0, np.uint8), "at least one picture"),
        (np.zeros((3, 10)), np.zeros(4, np.uint8), r"logits must have shape \(n, classes\)"),
        (np.zeros((3, 0)), np.zeros(3, np.uint8), r"logits must have shape \(n, classes\)"),
        (np.full((3, 10), np.nan), np.zeros(3, np.uint8), "logits of picture 0: not finite"),
        (np.zeros((3, 10)), np.array([0, 10, 0]), "label 1: must be from 0 to 9, found 10"),
        (np.zeros((3, 10)), np.array([0, 0, -1]), "label 2: must be from 0 to 9, found -1"),
    ],
)
def test_what_cannot_be_fitted_is_refused(logits, labels, message):
    with pytest.raises(DataError, match=message):
        fit_temperature(logits, labels)


def test_the_record_holds_what_the_temperature_changes():
    logits, labels = drawn(5_000, 2.0)

    record = calibration_record(logits, labels, "mnist")

    assert (record["data"], record["split"], record["n"]) == ("mnist", "validation", 5_000)
    assert record["temperature"] == fit_temperature(logits, labels)
    after = measure_calibration(softmax(logits, record["temperature"]), labels)
    assert (record["ece_after"], record["brier_after"]) == (after.ece, after.brier)
    assert record["nll_before"] == pytest.approx(nll(logits, labels, 1.0))
    assert record["nll_after"] < record["nll_before"]
    assert record["ece_after"] < record["ece_before"]


def test_calibrated_weights_hold_the_temperature_and_the_record():
    spec = NetworkSpec.from_json({"name": "one", "layers": [{"type": "dense", "units": 10}]})
    tensors = {name: np.zeros(shape, np.float32) for name, shape in spec.tensors.items()}
    logits, labels = drawn(1_000, 2.0)

    weights = calibrated(Weights(spec, tensors, {"seed": 3}), logits, labels, "mnist")

    assert weights.temperature == fit_temperature(logits, labels)
    assert weights.trained["seed"] == 3
    assert provenance(weights.trained)["calibration"] == calibration_record(logits, labels, "mnist")
