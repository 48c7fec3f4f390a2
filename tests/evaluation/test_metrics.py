"""Metrics against slow, obvious twins."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.errors import DataError
from digitcli.evaluation import metrics


def softmax_rows(n: int, seed: int = 0, sharpness: float = 3.0) -> np.ndarray:
    scores = sharpness * np.random.default_rng(seed).standard_normal((n, 10))
    shares = np.exp(scores)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def labels_for(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 10, n, dtype=np.uint8)


def certain(classes: list[int]) -> np.ndarray:
    return np.eye(10, dtype=np.float32)[classes]


batches = st.tuples(st.integers(1, 60), st.integers(0, 2**32 - 1), st.floats(0.0, 60.0))


@given(batches)
def test_confusion_counts_the_pairs_one_by_one(batch):
    n, seed, sharpness = batch
    probabilities, labels = softmax_rows(n, seed, sharpness), labels_for(n, seed)

    matrix = metrics.measure(probabilities, labels).confusion

    slow = np.zeros((10, 10), int)
    for row, truth in zip(probabilities, labels, strict=True):
        slow[truth, max(range(10), key=lambda digit: row[digit])] += 1
    assert matrix.tolist() == slow.tolist()
    assert matrix.dtype == np.int64


@given(batches)
def test_correct_and_mistakes_share_out_all_pictures(batch):
    n, seed, sharpness = batch
    probabilities, labels = softmax_rows(n, seed, sharpness), labels_for(n, seed)

    result = metrics.measure(probabilities, labels)

    hits = {i for i in range(n) if int(np.argmax(probabilities[i])) == labels[i]}
    assert result.correct == len(hits)
    assert set(result.mistakes) == set(range(n)) - hits
    assert result.accuracy == pytest.approx(len(hits) / n)


@given(batches)
def test_loss_is_the_mean_logarithm_in_python(batch):
    n, seed, sharpness = batch
    probabilities, labels = softmax_rows(n, seed, sharpness), labels_for(n, seed)

    loss = metrics.cross_entropy(probabilities, labels)

    tiny = 2.0**-126
    costs = [
        -math.log(max(float(row[k]), tiny)) for row, k in zip(probabilities, labels, strict=True)
    ]
    assert loss == pytest.approx(math.fsum(costs) / n, rel=1e-12)


def test_loss_of_a_certain_mistake_is_finite_and_of_a_certain_hit_zero():
    assert metrics.cross_entropy(certain([3]), np.array([4], np.uint8)) == pytest.approx(
        126 * math.log(2)
    )
    assert f"{metrics.cross_entropy(certain([3]), np.array([3], np.uint8))}" == "0.0"  # not -0


@given(batches)
def test_class_scores_follow_their_definitions(batch):
    n, seed, sharpness = batch
    probabilities, labels = softmax_rows(n, seed, sharpness), labels_for(n, seed)
    read = probabilities.argmax(axis=1)

    for score in metrics.measure(probabilities, labels).per_class:
        k = score.digit
        true = sum(1 for r, t in zip(read, labels, strict=True) if r == k and t == k)
        false = sum(1 for r, t in zip(read, labels, strict=True) if r == k and t != k)
        missed = sum(1 for r, t in zip(read, labels, strict=True) if r != k and t == k)
        assert score.support == true + missed
        assert score.precision == (true / (true + false) if true + false else None)
        assert score.recall == (true / (true + missed) if true + missed else None)
        if score.precision and score.recall:
            harmonic = 2 / (1 / score.precision + 1 / score.recall)
            assert score.f1 == pytest.approx(harmonic)
        else:
            assert not score.f1


def test_f1_is_zero_where_a_digit_was_never_read_and_none_where_it_plays_no_part():
    scores = metrics.measure(certain([1, 1]), np.array([0, 1], np.uint8)).per_class

    assert (scores[0].precision, scores[0].recall, scores[0].f1) == (None, 0.0, 0.0)
    assert (scores[9].precision, scores[9].recall, scores[9].f1) == (None, None, None)


def test_worst_mistakes_are_sorted_by_confidence_with_ties_in_file_order():
    probabilities = np.full((5, 10), 0.01, np.float32)
    probabilities[:, 7] = [0.5, 0.9, 0.7, 0.9, 0.99]
    labels = np.array([1, 2, 3, 4, 7], np.uint8)  # the last, most confident one is right

    assert metrics.worst_mistakes(probabilities, labels).tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [  # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_gives_the_published_values(correct, n, low, high):
    assert metrics.wilson_interval(correct, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_bounds_lie_where_the_score_test_just_fails(case):
    correct, n = case
    share, z = correct / n, metrics.Z_95

    low, high = metrics.wilson_interval(correct, n)

    assert 0 <= low <= share <= high <= 1
    for bound in (low, high):  # |share - bound| = z * sqrt(bound * (1 - bound) / n)
        if 0 < bound < 1:
            variance = bound * (1 - bound) / n
            assert (share - bound) ** 2 == pytest.approx(z * z * variance, rel=1e-6, abs=1e-15)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_mirrors_when_hits_and_misses_change_places(case):
    correct, n = case

    low, high = metrics.wilson_interval(correct, n)

    assert metrics.wilson_interval(n - correct, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_interval_refuses_more_hits_than_pictures():
    with pytest.raises(ValueError, match="got 3 of 2"):
        metrics.wilson_interval(3, 2)


@given(st.integers(1, 100_000), st.integers(100, 10_000))
def test_gate_at_exactly_the_accuracy_is_reached(n, hundredths):
    correct = n * hundredths // 10_000
    result = metrics.Metrics(n, correct, (0, 1), 0.0, np.zeros((10, 10), int), (), np.zeros(0, int))

    percent = float(f"{hundredths // 100}.{hundredths % 100:02d}")

    assert result.reaches(percent) == (Fraction(100 * correct, n) >= Fraction(hundredths, 100))


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        (np.zeros((2, 0)), np.zeros(2), r"got \(2, 0\) and \(2,\)"),
        (np.zeros((2, 10)), np.zeros(3), r"got \(2, 10\) and \(3,\)"),
        (np.zeros((2, 10)), np.zeros((2, 1)), r"got \(2, 10\) and \(2, 1\)"),
        (np.zeros((0, 10)), np.zeros(0), "at least one picture"),
        (np.zeros((2, 10)), np.array([3, 10]), "label 1: must be from 0 to 9, found 10"),
        (np.array([[0.1] * 10, [np.nan] * 10]), np.zeros(2), "picture 1: not finite"),
    ],
)
def test_measure_refuses_what_does_not_fit(probabilities, labels, message):
    with pytest.raises(DataError, match=message):
        metrics.measure(probabilities.astype(np.float32), labels.astype(np.uint8))
