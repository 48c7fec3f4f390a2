"""Measuring networks with other classes than digits."""

from __future__ import annotations

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights

from digitcli.data.store import Split
from digitcli.errors import DataError, UsageError
from digitcli.evaluation.ensemble import engine_predictor, ensemble, over_shifts
from digitcli.evaluation.evaluate import evaluate
from digitcli.evaluation.metrics import measure
from digitcli.evaluation.quantization import quantize_and_compare
from digitcli.inference.engine import Engine
from digitcli.signs import DIGITS


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def split(rng):
    images = rng.integers(0, 256, (300, 28, 28), np.uint8)
    labels = np.arange(300, dtype=np.uint8) % 3
    return Split("clothes", "train", images, labels, "0" * 64, CLOTHES)


def test_confusions_have_a_row_for_each_class():
    probabilities = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]]

    found = measure(probabilities, np.array([0, 1, 2, 1], np.uint8))

    assert found.confusion.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert [score.support for score in found.per_class] == [1, 2, 1]


def test_a_label_without_a_class_is_refused():
    with pytest.raises(DataError, match="label 1: must be from 0 to 2, found 3"):
        measure(np.full((2, 3), 1 / 3, np.float32), np.array([0, 3], np.uint8))


def test_the_document_names_the_classes(split):
    document = evaluate(engine_predictor(Engine(class_weights())), split).to_json()

    assert document["classes"] == list(CLOTHES)
    assert [score["name"] for score in document["per_class"]] == list(CLOTHES)


def test_several_networks_and_shifts_keep_the_classes(split):
    members = [engine_predictor(Engine(class_weights(seed=seed))) for seed in (0, 1)]

    result = evaluate(over_shifts(ensemble(members)), split)

    assert result.classes == CLOTHES
    assert result.probabilities.shape == (300, 3)


def test_a_network_of_other_classes_is_not_measured_on_digits(split):
    digits = Split("mnist", "test", split.images, split.labels, "", DIGITS)

    with pytest.raises(DataError, match=r"mnist: its classes are 10 \(0, 1, 2, \.\.\.\); the net"):
        evaluate(engine_predictor(Engine(class_weights())), digits)
    with pytest.raises(DataError, match="mnist: its classes"):
        quantize_and_compare(class_weights(), digits, 10)


def test_networks_of_different_classes_are_no_ensemble():
    other = class_weights(("a", "b", "c"))

    with pytest.raises(UsageError, match="different classes"):
        ensemble([engine_predictor(Engine(one)) for one in (class_weights(), other)])


def test_int8_is_compared_on_the_data_set_of_the_classes(split):
    outcome = quantize_and_compare(class_weights(), split, 100)

    assert outcome.validation.n == 150
    assert outcome.validation.agree >= 140
