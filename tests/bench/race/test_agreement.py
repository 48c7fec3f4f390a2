from __future__ import annotations

import numpy as np
import pytest
from bench.fakes import answers

from digitcli.bench.race.agreement import LEAST_EQUAL, compare
from digitcli.bench.runtimes import TOLERANCE


def with_wrong(count: int) -> np.ndarray:
    """1,000 answers, of which `count` are another digit."""
    changed = answers(1000)
    changed[:count] = changed[:count, ::-1]
    return changed


@pytest.mark.parametrize(("factor", "agrees"), [(0.5, True), (2.0, False)])
def test_fp32_agrees_up_to_the_tolerance(factor, agrees):
    shifted = answers(20)
    shifted[3, 7] += np.float32(factor * TOLERANCE)

    found = compare(shifted, answers(20))

    assert found.agrees is agrees
    assert found.equal == 1.0


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_less_than_fp32_agrees_when_nearly_all_digits_do(precision):
    allowed = round(1000 * (1 - LEAST_EQUAL))

    assert compare(with_wrong(allowed), answers(1000), precision).agrees
    assert not compare(with_wrong(allowed + 1), answers(1000), precision).agrees
    assert not compare(with_wrong(1), answers(1000), "fp32").agrees


def test_accuracy_is_against_the_labels_not_the_reference():
    labels = np.arange(1000) % 10
    labels[:100] += 1

    found = compare(answers(1000), answers(1000), "int8", labels)

    assert found.equal == 1.0
    assert found.accuracy == 0.9


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_answers_that_are_not_numbers_never_agree(precision, value):
    broken = answers(1000)
    broken[0, 0] = value

    assert not compare(broken, answers(1000), precision).agrees
    assert not compare(answers(999), answers(1000), precision).agrees
