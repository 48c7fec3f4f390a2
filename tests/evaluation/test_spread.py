"""Mean, deviation and interval of a few values."""

from __future__ import annotations

import pytest

from digitcli.evaluation.spread import spread, t_975


def test_the_spread_of_five_accuracies():
    found = spread([0.99, 0.992, 0.994, 0.996, 0.998])

    assert found.mean == pytest.approx(0.994)
    assert found.deviation == pytest.approx(0.0031622777)  # of a sample: n - 1
    half = 2.776 * 0.0031622777 / 5**0.5
    assert found.interval == pytest.approx((0.994 - half, 0.994 + half))
    assert found.to_json()["n"] == 5


def test_equal_values_have_no_spread():
    found = spread([0.5, 0.5, 0.5])

    assert (found.mean, found.deviation, found.interval) == (0.5, 0.0, (0.5, 0.5))


def test_one_value_has_no_spread():
    with pytest.raises(ValueError, match="at least two values, got 1"):
        spread([0.99])


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.7062), (4, 2.7764), (30, 2.0423), (31, 2.0395), (100, 1.9840)]
)
def test_quantiles_are_those_of_the_tables(freedom, quantile):
    assert t_975(freedom) == pytest.approx(quantile, rel=1e-3)
