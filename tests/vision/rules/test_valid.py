"""The best valid reading, against the enumeration of every path of short lattices."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli.vision.lattice import Arc, Lattice, Path
from digitcli.vision.rules.options import rule_of
from digitcli.vision.rules.rule import follows
from digitcli.vision.rules.search import best_valid

BOX = (0, 0, 1, 1)
RULES = [
    (r"\d{2}", None, None),
    ("[13579]+", None, None),
    ("(12|34)*5?", None, None),
    (None, 3, None),
    (None, None, "luhn"),
    (None, None, "mod11"),
    (None, None, "iban"),
    (r"[0-4]\d*", 3, "luhn"),
]


@st.composite
def lattices(draw: st.DrawFn) -> Lattice:
    """Up to four nodes, arcs over one or two steps, some of them marks; mostly connected."""
    nodes = draw(st.integers(2, 4))
    places = [(a, a + step) for a in range(nodes - 1) for step in (1, 2) if a + step < nodes]
    arcs = []
    for start, end in places:
        for _ in range(draw(st.integers(0 if end > start + 1 else 1, 2 if nodes < 4 else 1))):
            weights = draw(st.lists(st.floats(1e-6, 1), min_size=10, max_size=10))
            shares = tuple(weight / sum(weights) for weight in weights)
            score = draw(st.floats(-3, 0))
            arcs.append(Arc(start, end, BOX, () if draw(st.booleans()) and arcs else shares, score))
    return Lattice(nodes, tuple(arcs))


def every_path(lattice: Lattice, node: int = 0) -> Iterator[Path]:
    if node == lattice.nodes - 1:
        yield Path((), (), 0.0)
    for arc in (arc for arc in lattice.arcs if arc.start == node):
        for rest in every_path(lattice, arc.end):
            for digit in arc.choices():
                score = arc.log_score(digit) + rest.score
                yield Path((arc, *rest.arcs), (digit, *rest.digits), score)


@settings(max_examples=25, deadline=None)
@given(lattice=lattices(), options=st.sampled_from(RULES))
def test_search_finds_the_best_of_all_valid_paths(lattice, options):
    rule = rule_of(*options)
    paths = list(every_path(lattice))
    valid = [path for path in paths if follows(rule, path.text)]

    found = best_valid(lattice, rule)

    if not valid:
        assert found is None
        return
    assert found.path.score == pytest.approx(max(path.score for path in valid))
    assert follows(rule, found.text)
    same = sum(math.exp(path.score) for path in paths if path.text == found.text)
    among_valid = sum(math.exp(path.score) for path in valid)
    among_all = sum(math.exp(path.score) for path in paths)
    assert found.probability == pytest.approx(same / among_valid)
    assert found.unconditional == pytest.approx(same / among_all)


def row(*digits: dict[int, float]) -> Lattice:
    """The simplest lattice: one arc from each place to the next."""
    arcs = []
    for place, shares in enumerate(digits):
        rest = (1 - sum(shares.values())) / (10 - len(shares))
        full = tuple(shares.get(digit, rest) for digit in range(10))
        arcs.append(Arc(place, place + 1, BOX, full))
    return Lattice(len(digits) + 1, tuple(arcs))


def test_check_digit_decides_between_a_one_and_a_seven():
    luhn = best_valid(row({7: 0.5, 1: 0.499}, {8: 0.999}), rule_of(None, None, "luhn"))

    assert luhn.text == "18"
    assert luhn.probability > 0.98
    assert luhn.unconditional == pytest.approx(0.499 * 0.999)


def test_too_few_digits_have_no_valid_reading():
    assert best_valid(row({7: 0.9}, {8: 0.9}), rule_of(None, 3, None)) is None


def test_a_cut_of_the_asked_length_wins_over_a_better_one():
    shares = tuple(0.91 if digit == 8 else 0.01 for digit in range(10))
    one, two = Arc(0, 2, BOX, shares, 0.0), [Arc(n, n + 1, BOX, shares, -2.0) for n in range(2)]
    lattice = Lattice(3, (one, *two))

    assert best_valid(lattice, rule_of(None, 1, None)).path.arcs == (one,)
    assert best_valid(lattice, rule_of(None, 2, None)).path.arcs == tuple(two)


def test_improbable_digits_of_a_long_line_do_not_underflow():
    lattice = row(*[{1: 1.0}] * 60)

    found = best_valid(lattice, rule_of("2{60}", None, None))

    assert found.text == "2" * 60
    assert found.probability == pytest.approx(1)
    assert found.unconditional == 0


def test_an_empty_line_has_no_valid_reading():
    assert best_valid(Lattice(1, ()), rule_of(None, 1, None)) is None
    assert best_valid(Lattice(0, ()), rule_of(None, 1, None)) is None
