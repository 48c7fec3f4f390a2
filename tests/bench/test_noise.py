from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from digitcli.bench.noise import count_outliers, drift_of, median_interval, noise_of
from digitcli.bench.stopwatch import Timing


def quiet(count: int = 60, around: float = 1.0) -> list[float]:
    """Repeats that differ by a per mille, in no order."""
    return [around * (1 + 0.001 * (n * 7 % 11)) for n in range(count)]


def test_a_quiet_timing_has_no_warnings():
    noise = noise_of(Timing(tuple(quiet()), steady=True))

    assert noise.warnings == ()
    assert noise.outliers == 0


def test_outliers_are_counted_beyond_tukeys_outer_fences():
    seconds = [1.0, 2.0, 3.0, 4.0, 5.0]  # quartiles 2 and 4: fences at -4 and 10

    assert count_outliers(Timing((*seconds, 3.0, 9.9, -3.0))) == 0
    assert count_outliers(Timing((*seconds, 3.0, 30.0, -30.0))) == 2


def test_one_outlier_in_twenty_is_tolerated_and_two_are_not():
    few = noise_of(Timing((*quiet(38), 9.0, 9.0)))
    many = noise_of(Timing((*quiet(36), 9.0, 9.0, 9.0, 9.0)))

    assert (few.outliers, "outliers" in few.warnings) == (2, False)
    assert (many.outliers, "outliers" in many.warnings) == (4, True)


def test_drift_compares_the_last_third_with_the_first():
    timing = Timing((*quiet(20), *quiet(20, 1.05), *quiet(20, 1.2)))

    assert drift_of(timing) == pytest.approx(0.2, abs=0.001)
    assert drift_of(Timing(timing.seconds[::-1])) == pytest.approx(1 / 1.2 - 1, abs=0.001)


def test_drift_within_the_spread_is_no_warning():
    noisy = [1.0, 2.0] * 30
    rising = [second * (1 + 0.002 * n) for n, second in enumerate(noisy)]

    noise = noise_of(Timing(tuple(rising)))

    assert noise.drift > 0.05
    assert noise.warnings == ("spread",)


def test_drift_beyond_the_spread_is_a_warning():
    drifted = [*quiet(45), *quiet(20, 1.08)]

    assert "drift" in noise_of(Timing(tuple(drifted))).warnings


def test_too_few_visits_have_no_drift():
    assert drift_of(Timing((1.0, 1.0, 1.0, 2.0, 2.0))) == 0.0


@pytest.mark.parametrize(("steady", "warned"), [(True, False), (None, False), (False, True)])
def test_only_a_warm_up_that_failed_is_a_warning(steady, warned):
    assert ("unsteady" in noise_of(Timing((1.0,) * 9, steady=steady)).warnings) == warned


@pytest.mark.parametrize(("count", "low"), [(1, 0), (5, 0), (6, 0), (9, 1), (10, 1), (20, 5)])
def test_the_interval_of_a_median_is_that_of_the_sign_test(count, low):
    values = tuple(float(n) for n in range(count))

    assert median_interval(values[::-1]) == (values[low], values[-1 - low])


@pytest.mark.parametrize("count", [6, 11, 50, 199, 200, 201, 400])
def test_the_interval_covers_95_per_cent_and_no_more_than_it_must(count):
    low, _ = median_interval(tuple(float(n) for n in range(count)))

    def outside(cut: int) -> float:
        return 2 * sum(math.comb(count, n) for n in range(cut + 1)) / 2**count

    assert outside(int(low)) <= 0.05 < outside(int(low) + 1)


def test_the_interval_covers_the_true_median_as_often_as_it_says():
    rng = np.random.default_rng(3)
    samples = rng.lognormal(size=(2000, 15))

    covered = [low <= 1.0 <= high for low, high in map(median_interval, map(tuple, samples))]

    exact = 1 - 2 * sum(math.comb(15, n) for n in range(4)) / 2**15
    assert np.mean(covered) == pytest.approx(exact, abs=3 * math.sqrt(exact * (1 - exact) / 2000))
    assert exact > 0.95


def test_an_hour_of_visits_is_judged_at_once():
    low, high = median_interval(tuple(float(n) for n in range(200_000)))

    assert low == pytest.approx(1e5 + NormalDist().inv_cdf(0.025) * math.sqrt(2e5) / 2, abs=2)
    assert high == pytest.approx(2e5 - low, abs=2)
