from __future__ import annotations

from dataclasses import asdict

import pytest

from digitcli import _core
from digitcli.errors import MachineError, UsageError
from digitcli.machine.peaks import Peaks, measure_peaks

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("isa", _core.available_isas())
def test_arithmetic_and_every_cache_there_is_have_a_rate(isa):
    peaks = measure_peaks(isa, seconds=0.02)

    assert peaks.fma_gflops > 0.1
    assert peaks.int8_gops > 0.1
    for level in ("l2", "l3", "dram"):
        size, rate = (getattr(peaks, f"{level}_{unit}") for unit in ("bytes", "gb_per_s"))
        assert (size > 0) == (rate > 0), level
    assert peaks.dram_gb_per_s > 0.05
    assert peaks.l2_bytes < peaks.dram_bytes


@pytest.mark.skipif("avx2" not in _core.available_isas(), reason="needs a CPU with AVX2")
def test_wider_vectors_compute_faster():
    narrow, wide = (measure_peaks(isa, seconds=0.1) for isa in ("baseline", "avx2"))

    assert wide.fma_gflops > 1.3 * narrow.fma_gflops  # 4 times on paper
    assert wide.int8_gops > 1.3 * narrow.int8_gops  # twice


def test_threads_share_one_memory():
    one, three = (measure_peaks(threads=count, seconds=0.01) for count in (1, 3))

    assert three.l2_bytes == pytest.approx(3 * one.l2_bytes, rel=0.01)
    assert three.dram_bytes == pytest.approx(one.dram_bytes, rel=0.01)


def test_no_time_still_gives_a_rate():
    assert measure_peaks(seconds=0.0).fma_gflops > 0


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"threads": 0}, "threads must be from 1 to 1024, got 0"),
        ({"threads": -1}, "got -1"),
        ({"threads": 10**6}, "got 1000000"),
        ({"seconds": -1.0}, "seconds must be from 0 to 60, got -1"),
        ({"seconds": float("nan")}, "seconds must be from 0 to 60"),
        ({"seconds": 1e9}, "seconds must be from 0 to 60"),
    ],
)
def test_impossible_settings_are_named(settings, complaint):
    with pytest.raises(UsageError, match=complaint):
        measure_peaks(**settings)


def test_an_instruction_set_that_is_not_there_lists_the_choices():
    with pytest.raises(MachineError, match="isa sse9 is not available .*baseline"):
        measure_peaks("sse9")


def test_the_best_of_two_measurements_is_taken_rate_by_rate():
    one = Peaks(1.0, 9.0, 4, 3.0, 0, 0.0, 8, 2.0)
    other = Peaks(2.0, 8.0, 4, 1.0, 0, 0.0, 8, 5.0)

    assert one.best_of(other) == Peaks(2.0, 9.0, 4, 3.0, 0, 0.0, 8, 5.0)


def test_rates_are_plain_rounded_numbers():
    document = measure_peaks(seconds=0.0).to_json()

    assert document.keys() == asdict(measure_peaks(seconds=0.0)).keys()
    assert all(value == round(value, 1) for value in document.values())
