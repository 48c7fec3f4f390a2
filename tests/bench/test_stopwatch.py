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
