"""Metrics of numbers, against counting by hand."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from digitcli.errors import DataError
from digitcli.evaluation.metrics import wilson_interval
from digitcli.evaluation.strings import NOTHING, StringAnswer, bootstrap, measure_strings

FIVE = [
    StringAnswer("12", "12", 0.9),
    StringAnswer("345", "845", 0.8),
    StringAnswer("6", "66", 0.7),
    StringAnswer("70", "7", 0.3),
    StringAnswer("", "", None),
]


def test_exact_numbers_and_digits_are_counted_with_intervals():
    found = measure_strings(FIVE)

    assert (found.exact.count, found.exact.n) == (2, 5)
    assert found.exact.interval == wilson_interval(2, 5)
    assert (found.digits.n, found.digits.edits) == (8, 3)
    assert found.digits.accuracy == 1 - 3 / 8
    assert found.digits.interval[0] < 1 - 3 / 8 < found.digits.interval[1]


def test_each_kind_of_edit_has_its_cell():
    found = measure_strings(FIVE)

    assert found.confusion[3, 8] == 1
    assert found.confusion[NOTHING, 6] == 1
    assert found.confusion[0, NOTHING] == 1
    assert found.confusion.sum() == 9
    assert (found.substitutions, found.insertions, found.deletions) == (1, 1, 1)
    assert sorted(found.confusions()) == [(0, NOTHING, 1), (3, 8, 1), (NOTHING, 6, 1)]


def test_lengths_are_those_of_the_labels_and_long_ones_are_together():
    long = [StringAnswer("1" * n, "1" * n, 0.9) for n in (10, 11, 30)]
    found = measure_strings([*FIVE, *long]).by_length

    assert [score.name for score in found] == ["0", "1", "2", "3", "10+"]
    assert [(score.exact.count, score.exact.n) for score in found] == [
        (1, 1),
        (0, 1),
        (1, 2),
        (0, 1),
        (3, 3),
    ]
    assert found[0].score.accuracy is None
    assert found[-1].score.n == 51


def test_only_answers_at_the_threshold_count_as_answered():
    found = measure_strings(FIVE, least=0.75)

    assert (found.answered.count, found.answered.n) == (2, 5)
    assert (found.wrong.count, found.wrong.n) == (1, 2)


def test_risk_falls_with_coverage_and_its_first_point_answers_everything():
    points = measure_strings(FIVE).points

    assert points[0] == [0.0, 5, 3]
    assert points[-1] == [pytest.approx(0.9), 1, 0]


def test_the_worst_come_first_and_right_ones_not_at_all():
    assert measure_strings(FIVE).worst == (1, 2, 3)


def test_separators_are_counted_where_the_reader_gives_them():
    point = StringAnswer("20.5", "205", 0.9)

    assert measure_strings([point]).written is None
    found = measure_strings(
        [StringAnswer("20.5", "205", 0.9, "20.5"), StringAnswer("1/2", "12", 0.9, "12"), *FIVE]
    )
    assert (found.written.count, found.written.n) == (1, 2)


def test_insertions_can_bring_digit_accuracy_below_zero():
    assert measure_strings([StringAnswer("1", "111", 0.9)]).digits.accuracy == -1.0


def test_without_an_edit_the_interval_still_has_a_width():
    found = measure_strings([StringAnswer("12", "12", 0.9)] * 10).digits

    assert found.interval == wilson_interval(20, 20)


def test_pictures_that_are_all_alike_have_no_interval():
    found = measure_strings([StringAnswer("12", "1", 0.9)] * 3)

    assert found.digits.interval is None
    assert found.exact.interval is not None


def test_the_bootstrap_agrees_with_resampling_one_by_one():
    rng = np.random.default_rng(1)
    digits = rng.integers(1, 8, 400)
    edits = rng.binomial(digits, 0.1)
    kinds = Counter(zip(digits.tolist(), edits.tolist(), strict=True))

    drawn = rng.integers(0, 400, (4000, 400))
    slow = np.quantile(1 - edits[drawn].sum(1) / digits[drawn].sum(1), (0.025, 0.975))

    assert bootstrap(kinds) == pytest.approx(tuple(slow), abs=0.003)
    assert bootstrap(kinds, 3) == bootstrap(kinds, 3)


def test_the_gate_is_met_at_exactly_its_percentage():
    found = measure_strings([StringAnswer("1", "1", 0.9)] * 992 + [StringAnswer("1", "7", 0.9)] * 8)

    assert found.reaches(99.2)
    assert not found.reaches(99.21)


def test_the_document_is_plain():
    found = measure_strings(FIVE).to_json(worst=2)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [line["text"] for line in found["worst"]] == ["845", "66"]
    assert found["exact"]["share"] == 0.4


def test_nothing_to_compare_is_refused():
    with pytest.raises(DataError, match="at least one picture"):
        measure_strings([])
