"""Plans are kept as far as memory goes, whatever sizes pictures have."""

from __future__ import annotations

import pytest

from digitcli.inference.plans import Plans


@pytest.fixture
def made():
    """The sizes of which a plan was made, in order."""
    return []


@pytest.fixture
def plans(made):
    def make(size):
        made.append(size)
        return f"plan {size}"

    return Plans(make, int, 100)


def test_a_plan_that_is_kept_is_not_made_again(plans, made):
    assert [plans.at(size) for size in (60, 40, 60, 40)] == ["plan 60", "plan 40"] * 2
    assert made == [60, 40]


def test_the_one_that_was_not_used_for_longest_goes_first(plans, made):
    for size in (40, 60, 40, 50):  # 60 must go
        plans.at(size)
    del made[:]
    for size in (40, 50, 60):
        plans.at(size)

    assert made == [60]


def test_a_plan_that_alone_is_too_large_is_not_kept(plans, made):
    assert plans.at(101) == plans.at(101) == "plan 101"
    assert made == [101, 101]


@pytest.mark.timeout(20)
def test_a_plan_is_made_while_others_use_theirs():
    """Logging's locks are taken on the way; a fork that holds them waits for the plans' own."""

    def make(size):
        return f"plan {size} beside {plans.at(size - 1)}" if size > 1 else "plan 1"

    plans = Plans(make, int, 100)

    assert plans.at(3) == "plan 3 beside plan 2 beside plan 1"
    assert plans.at(2) == "plan 2 beside plan 1"
