"""The lattice of all readings, against the enumeration of every path."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from digitcli.vision.lattice import Arc, Lattice, Path, chain

BOX = (0, 0, 1, 1)


def random_lattice(rng: np.random.Generator, nodes: int = 5) -> Lattice:
    """Arcs over one to three steps, a few of them marks."""
    arcs = []
    for start in range(nodes - 1):
        for end in range(start + 1, min(nodes, start + 4)):
            shares = tuple(rng.dirichlet(np.ones(10) * 0.3).tolist())
            mark = rng.random() < 0.2
            arcs.append(Arc(start, end, BOX, () if mark else shares, -float(rng.random())))
    return Lattice(nodes, tuple(arcs))


def every_path(lattice: Lattice, node: int = 0) -> Iterator[Path]:
    if node == lattice.nodes - 1:
        yield Path((), (), 0.0)
    for arc in lattice.arcs:
        if arc.start != node:
            continue
        for rest in every_path(lattice, arc.end):
            for digit in arc.choices():
                score = arc.log_score(digit) + rest.score
                yield Path((arc, *rest.arcs), (digit, *rest.digits), score)


@pytest.mark.parametrize("seed", range(5))
def test_best_paths_are_the_best_of_all_texts(seed):
    lattice = random_lattice(np.random.default_rng(seed), nodes=4)
    by_text: dict[str, float] = {}
    for path in every_path(lattice):
        by_text[path.text] = max(path.score, by_text.get(path.text, -math.inf))
    expected = sorted(by_text.items(), key=lambda item: -item[1])[:8]

    found = lattice.best_paths(8)

    assert [path.text for path in found] == [text for text, _ in expected]
    assert [path.score for path in found] == pytest.approx([score for _, score in expected])


@pytest.mark.parametrize("seed", range(5))
def test_evidence_is_the_sum_over_every_path(seed):
    lattice = random_lattice(np.random.default_rng(seed), nodes=4)

    total = sum(math.exp(path.score) for path in every_path(lattice))

    assert lattice.evidence == pytest.approx(math.log(total))


def test_path_covers_the_line_without_gaps():
    path = random_lattice(np.random.default_rng(7), nodes=9).best_path()

    assert path is not None
    assert path.arcs[0].start == 0
    assert path.arcs[-1].end == 8
    assert all(a.end == b.start for a, b in zip(path.arcs, path.arcs[1:], strict=False))


def test_no_path_where_an_arc_is_missing():
    lattice = Lattice(3, (Arc(0, 1, BOX),))

    assert lattice.best_path() is None
    assert lattice.evidence == -math.inf


def test_line_without_ink_reads_as_nothing():
    path = Lattice(1, ()).best_path()

    assert path is not None
    assert path.text == ""


def test_mark_gives_no_digit():
    three = tuple(float(digit == 3) for digit in range(10))
    lattice = Lattice(3, (Arc(0, 1, BOX, three), Arc(1, 2, BOX)))

    path = lattice.best_path()

    assert path is not None
    assert path.text == "3"
    assert path.digits == (3, None)


def test_chain_reads_one_lattice_after_the_other():
    first, second = (random_lattice(np.random.default_rng(seed)) for seed in (1, 2))

    joined = chain([first, Lattice(1, ()), second]).best_path()

    parts = [lattice.best_path() for lattice in (first, second)]
    assert joined is not None
    assert joined.text == "".join(part.text for part in parts if part is not None)


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, 3), (-1, 1)])
def test_arc_must_lead_forward(ends):
    with pytest.raises(ValueError, match="does not lead forward"):
        Lattice(3, (Arc(*ends, BOX),))


@pytest.mark.parametrize("seed", range(5))
def test_shares_of_arcs_are_those_of_the_paths_that_use_them(seed):
    lattice = random_lattice(np.random.default_rng(seed), nodes=4)
    paths = [(path, math.exp(path.score)) for path in every_path(lattice)]
    whole = sum(weight for _, weight in paths)

    for arc, share in lattice.shares():
        using = sum(weight for path, weight in paths if any(one is arc for one in path.arcs))
        assert share == pytest.approx(using / whole)


def test_arcs_that_lead_nowhere_have_no_share():
    shares = [share for _, share in Lattice(3, (Arc(0, 1, BOX),)).shares()]

    assert shares == [0.0]


def test_two_cuts_of_the_same_digit_leave_it_certain():
    even = (0.1,) * 10
    whole, with_speck, half = (0, 0, 20, 40), (0, 0, 23, 40), (0, 0, 9, 40)
    rest, speck = (11, 0, 9, 40), (21, 30, 2, 5)
    lattice = Lattice(
        4,
        (
            *(Arc(0, 2, whole, even), Arc(2, 3, speck), Arc(0, 3, with_speck, even)),
            *(Arc(0, 1, half, even), Arc(1, 2, rest, even)),
        ),
    )

    assert lattice.stands(whole) == pytest.approx(2 / 3)
    assert lattice.stands(half) == pytest.approx(1 / 3)
