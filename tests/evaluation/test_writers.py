"""Accuracy by writer."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.evaluation.metrics import wilson_interval
from digitcli.evaluation.writers import by_writer


def test_each_writer_is_counted_and_the_worst_comes_first():
    writers = np.array([7, 7, 7, 9, 9, 12, 12], np.int32)
    found = by_writer(np.array([1, 1, 0, 1, 1, 0, 1], bool), writers)

    assert [(one.writer, one.n, one.correct) for one in found.scores] == [
        ("12", 2, 1),
        ("7", 3, 2),
        ("9", 2, 2),
    ]
    assert (found.worst.accuracy, found.median) == (0.5, pytest.approx(2 / 3))


def test_pictures_of_nobody_known_are_left_out():
    found = by_writer(np.array([1, 0, 0, 1], bool), np.array(["ann", "bob", "", "ann"]))

    assert [(one.writer, one.n) for one in found.scores] == [("bob", 1), ("ann", 2)]


@pytest.mark.parametrize("writers", [["ann"] * 4, ["", "", "ann", "ann"]])
def test_one_writer_is_no_comparison(writers):
    assert by_writer(np.ones(4, bool), np.array(writers)) is None


def test_the_interval_is_wider_where_mistakes_come_from_few_writers():
    writers = np.repeat(np.arange(50), 40)
    few, even = np.ones(2000, bool), np.ones(2000, bool)
    few[:200] = False  # five writers, wholly wrong
    even[::10] = False  # each writer, 10 % wrong

    usual = width(wilson_interval(1800, 2000))
    assert width(by_writer(few, writers).interval) > 4 * usual
    assert width(by_writer(even, writers).interval) == 0
    # five of 50 clusters: the deviation of a binomial share, sqrt(0.1 * 0.9 / 50), 3.92 times
    expected = 3.92 * np.sqrt(0.1 * 0.9 / 50)
    assert width(by_writer(few, writers).interval) == pytest.approx(expected, rel=0.1)


def test_many_writers_are_drawn_in_parts(monkeypatch):
    from digitcli.evaluation import writers as module

    writers, right = np.repeat(np.arange(30), 5), np.random.default_rng(2).random(150) < 0.9
    whole = by_writer(right, writers).interval
    monkeypatch.setattr(module, "_MOST_DRAWN", 100)

    assert by_writer(right, writers).interval == whole


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]
