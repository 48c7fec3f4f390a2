from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from digitcli.bench import stopwatch
from digitcli.bench.stopwatch import Timing, interleave, measure


@pytest.mark.parametrize("count", [1, 2, 3, 10, 101])
def test_quantiles_are_those_of_numpy(count):
    seconds = np.random.default_rng(count).exponential(size=count)

    timing = Timing(tuple(seconds.tolist()))

    expected = np.quantile(seconds, [0.5, 0.9, 0.99])
    np.testing.assert_allclose([timing.median, timing.p90, timing.p99], expected, rtol=1e-12)


def test_spread_is_the_interquartile_range_over_the_median():
    timing = Timing((1.0, 2.0, 3.0, 4.0, 5.0))

    assert timing.spread == pytest.approx((4 - 2) / 3)


def test_a_timing_without_repeats_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Timing(())


def test_measure_keeps_every_repeat_and_no_warmup():
    calls = []

    timing = measure(lambda: calls.append(1), repeats=5, warmup=2)

    assert len(timing.seconds) == 5
    assert len(calls) == 7
    assert all(second > 0 for second in timing.seconds)


def slow_laps(log: list[str], names: str = "ABC", seconds: float = 1.0):
    """Laps that claim to take long, so that each visit is one call."""

    def lap(name: str):
        def run(repeats: int) -> list[float]:
            log.append(name * repeats)
            return [seconds + len(log)] * repeats

        return run

    return {name: lap(name) for name in names}


def test_rounds_are_interleaved_and_the_order_rotates():
    log: list[str] = []

    interleave(slow_laps(log), seconds=0, rounds=4, warmup=1)

    assert "".join(log) == "ABC" + "ABC" + "BCA" + "CAB" + "ABC"


def test_warmup_is_not_part_of_the_timing():
    log: list[str] = []

    timings = interleave(slow_laps(log), seconds=0, rounds=2, warmup=3)

    assert log[:3] == ["AAA", "BBB", "CCC"]
    assert {name: len(timing.seconds) for name, timing in timings.items()} == dict.fromkeys(
        "ABC", 2
    )
    assert min(timings["A"].seconds) == 1.0 + 4  # the first lap after three warm-ups


def test_fast_calls_are_repeated_within_a_visit():
    log: list[str] = []

    timings = interleave(
        {"A": lambda repeats: log.append("A" * repeats) or [1e-3] * repeats},
        seconds=0,
        rounds=3,
        warmup=1,
    )

    repeats = round(stopwatch.VISIT_SECONDS / 1e-3)
    assert [len(visit) for visit in log] == [1, repeats, repeats, repeats]
    assert len(timings["A"].seconds) == 3 * repeats


def test_rounds_go_on_until_the_time_is_used_up(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: float(next(clock)))
    log: list[str] = []

    interleave(slow_laps(log, names="AB"), seconds=3.0, rounds=1, warmup=1)

    # starts at 0, ends at 2 x 3 = 6, is asked once per round after the first
    assert len(log) == 2 + 2 * 6


def test_importing_the_stopwatch_loads_no_numpy():
    code = "import sys, digitcli.bench.stopwatch; print('numpy' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_fastest_mean_and_the_last_in_a_thousand():
    timing = Timing((3.0, 1.0, 2.0))

    assert (timing.fastest, timing.mean) == (1.0, 2.0)
    assert timing.p999 == pytest.approx(np.quantile([1.0, 2.0, 3.0], 0.999))


def test_visits_are_summed_up_by_their_medians():
    timing = Timing((1.0, 9.0, 2.0, 5.0, 5.0, 50.0, 7.0), visit=3)

    assert timing.visits == (2.0, 5.0, 7.0)


def settling(log: list[str], settled_after: int):
    """A lap that takes half as long each visit, until it is settled."""

    def run(repeats: int) -> list[float]:
        log.append("A" * repeats)
        return [1.0 + 2.0 ** -min(len(log), settled_after)] * repeats

    return run


def test_warming_up_lasts_until_three_visits_are_alike():
    log: list[str] = []
    lap = settling(log, settled_after=6)

    # A clock that stands still: `rounds` alone end the measurement.
    timing = interleave({"A": lap}, seconds=1e-9, rounds=2, warmup=1)["A"]
    assert (len(log), timing.steady) == (3, None)  # no time to warm up

    log.clear()
    steady = stopwatch._warm_up({"A": lap}, {"A": 1}, limit=100.0)

    assert steady == {"A": True}
    assert len(log) == 6  # 1.06, 1.03, 1.016: the first three within 5 %


def test_warming_up_ends_when_its_time_is_over():
    log: list[str] = []

    def growing(repeats: int) -> list[float]:
        log.append("A")
        return [2.0 ** len(log)]

    steady = stopwatch._warm_up({"A": growing}, {"A": 1}, limit=30.0)

    assert steady == {"A": False}
    assert len(log) == 4  # 2 + 4 + 8 + 16 seconds


def test_a_timing_remembers_its_visits_and_its_warm_up(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: float(next(clock)))

    timing = interleave({"A": lambda repeats: [1e-2] * repeats}, seconds=1.0, rounds=4)["A"]

    assert timing.steady is True
    assert timing.visit == 2
    assert len(timing.visits) * 2 == len(timing.seconds)
