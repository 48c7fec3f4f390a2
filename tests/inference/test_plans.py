"""Plans are kept as far as memory goes, whatever sizes pictures have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from digitcli.inference.line_engine import LineEngine
from digitcli.inference.map_engine import MapEngine
from digitcli.inference.plans import Plans
from digitcli.model.weights import load_named


@dataclass
class Plan:
    """Takes as many bytes as its pictures are wide, once it has run."""

    size: int
    scratch_bytes: int = 0

    def run_to_bytes(self, pictures, threads):
        self.scratch_bytes = self.size * threads
        if pictures is None:
            raise ValueError("no pictures")
        return bytearray(f"{pictures} by plan {self.size}".encode())


@pytest.fixture
def made():
    """The sizes of which a plan was made, in order."""
    return []


@pytest.fixture
def plans(made):
    def make(size):
        made.append(size)
        return Plan(size)

    return Plans(make, 100)


def run(plans, *sizes):
    for size in sizes:
        plans.run(size, "pictures", 1)


def test_a_plan_that_is_kept_is_not_made_again(plans, made):
    assert plans.run(60, "one", 1) == b"one by plan 60"
    assert plans.run(60, "two", 1) == b"two by plan 60"
    run(plans, 40, 60, 40)

    assert made == [60, 40]


def test_the_one_that_was_not_used_for_longest_goes_first(plans, made):
    run(plans, 40, 60, 40, 50)  # 60 must go
    del made[:]
    run(plans, 40, 50, 60)

    assert made == [60]


def test_a_plan_that_alone_is_too_large_is_not_kept_and_drops_no_other(plans, made):
    run(plans, 60, 40, 101, 101, 60, 40)

    assert made == [60, 40, 101, 101]


def test_what_more_threads_leave_counts(plans, made):
    run(plans, 60)
    plans.run(40, "pictures", 2)  # 60 must go
    run(plans, 40, 60)

    assert made == [60, 40, 60]


def test_a_plan_that_failed_counts_too(plans, made):
    with pytest.raises(ValueError, match="no pictures"):
        plans.run(101, None, 1)
    run(plans, 101)

    assert made == [101, 101]


@pytest.mark.timeout(20)
def test_a_plan_is_made_while_others_use_theirs():
    """Logging's locks are taken on the way; a fork that holds them waits for the plans' own."""

    def make(size):
        if size > 1:
            run(plans, size - 1)
        return Plan(size)

    plans = Plans(make, 100)

    assert plans.run(3, "pictures", 1) == b"pictures by plan 3"


@pytest.mark.parametrize("threads", [1, 2])
def test_real_plans_that_are_kept_take_what_is_allowed_and_no_more(threads):
    lines, maps = LineEngine(load_named("line")), MapEngine(load_named("finder"))

    for width in range(32, 640, 32):
        lines.columns(np.zeros((4, lines.height, width), np.uint8), threads)
    for side in range(64, 1_025, 64):
        maps.map(np.zeros((side, 128), np.uint8), threads)

    for plans in (lines._plans, maps._plans):
        kept = [core.scratch_bytes for core in plans._kept.values()]
        assert 8 << 20 < sum(kept) <= 32 << 20
