"""The table of thresholds, against counting at every threshold."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import DataError
from digitcli.evaluation.selective import threshold_table
from digitcli.model.thresholds import KEY, threshold_for


def guesses(rng: np.random.Generator, n: int, steps: int = 10**6):
    """Calibrated probabilities (n, 10), and labels; `steps` makes ties."""
    confidence = np.ceil(rng.uniform(0.5, 1, n) ** 0.2 * steps) / steps
    confidence = np.minimum(confidence, 1 - 0.5 / steps)
    labels = rng.integers(0, 10, n)
    right = rng.uniform(size=n) < confidence
    said = np.where(right, labels, (labels + 1) % 10)
    shares = np.repeat(((1 - confidence) / 9)[:, None], 10, axis=1)
    shares[np.arange(n), said] = confidence
    return shares, labels


@pytest.mark.parametrize("steps", [10**6, 20])
@pytest.mark.parametrize("n", [1, 30, 3000])
def test_every_point_is_what_counting_gives(n, steps):
    shares, labels = guesses(np.random.default_rng(n), n, steps)
    confidence = shares.max(axis=1).astype(np.float32)
    wrong = shares.argmax(axis=1) != labels

    table = threshold_table(shares, labels, "drawn")

    assert table["n"] == n
    assert table["points"][0][0] == 0
    for least, answered, errors in table["points"]:
        assert (confidence >= least).sum() == answered
        assert (wrong & (confidence >= least)).sum() == errors
    leasts, answered, errors = map(list, zip(*table["points"], strict=True))
    assert leasts == sorted(leasts)
    assert answered == sorted(answered, reverse=True)
    assert len(set(errors)) == len(errors)
    assert len(table["points"]) < 100


def test_threshold_keeps_its_error_on_other_pictures():
    rng = np.random.default_rng(5)
    table = threshold_table(*guesses(rng, 20_000), "drawn")
    shares, labels = guesses(rng, 20_000)

    for error in (0.05, 0.02, 0.01):
        found = threshold_for({KEY: table}, error, "drawn")
        answered = shares.max(axis=1) >= found.confidence
        wrong = (shares.argmax(axis=1) != labels)[answered].mean()
        assert wrong < 1.3 * error
        assert answered.mean() == pytest.approx(found.coverage, abs=0.02)


def test_no_threshold_excludes_an_error_with_the_largest_confidence():
    shares = np.full((4, 10), 0.0)
    shares[:, 3] = 1

    table = threshold_table(shares, np.array([3, 3, 3, 4]), "drawn")

    assert table["points"] == [[0.0, 4, 1]]


def test_table_is_plain_and_nothing_is_refused():
    table = threshold_table(*guesses(np.random.default_rng(0), 50), "drawn", "validation")

    assert all(type(part) in (float, int) for point in table["points"] for part in point)
    with pytest.raises(DataError):
        threshold_table(np.empty((0, 10)), np.empty(0, np.int64), "drawn")
