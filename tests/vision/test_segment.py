"""From ink to pieces, lines and candidate digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from twin import segment as twin

from digitcli.vision.page import Page, RuledLine
from digitcli.vision.segment import Segments, segment

MASKS = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 1)
)


def page_of(ink: np.ndarray, stroke: float = 4, lines: tuple[RuledLine, ...] = ()) -> Page:
    """A page of nothing but `ink`, uint8 (h, w); what is not 0 is in its mask."""
    ink = np.ascontiguousarray(ink, np.uint8)
    mask = np.ascontiguousarray(ink > 0, np.uint8)
    return Page(ink, mask, stroke=stroke, ruled_lines=lines)


def ring(height: int = 36, width: int = 26, stroke: int = 4) -> np.ndarray:
    """A nought."""
    y, x = np.mgrid[:height, :width] + 0.5
    y, x = y - height / 2, x - width / 2
    outside = (2 * y / height) ** 2 + (2 * x / width) ** 2
    inside = (y / (height / 2 - stroke)) ** 2 + (x / (width / 2 - stroke)) ** 2
    return np.where((outside <= 1) & (inside > 1), 255, 0).astype(np.uint8)


def put(page: np.ndarray, picture: np.ndarray, x: int, y: int) -> None:
    part = page[y : y + picture.shape[0], x : x + picture.shape[1]]
    np.maximum(part, picture, out=part)


def row_of(count: int, step: int, skew: float = 0.0) -> np.ndarray:
    """Noughts, `step` pixels from one to the next."""
    page = np.zeros((120, 60 + step * count), np.uint8)
    for i in range(count):
        put(page, ring(), 20 + i * step, 40 + round(skew * i * step))
    return page


def candidate_boxes(found: Segments) -> set[tuple[int, int, int, int]]:
    return {candidate.box for candidate in found.candidates}


@settings(deadline=None, max_examples=150)
@given(MASKS)
def test_every_component_is_in_pieces_or_left_over_with_all_its_pixels(mask):
    expected = twin.components(mask)

    found = segment(page_of(mask * 255, stroke=1))

    whole: dict[int, list[tuple[tuple[int, int, int, int], int]]] = {}
    for piece in found.pieces:
        whole.setdefault(piece.component, []).append((piece.box, piece.area))
    boxes = list(found.others)
    for parts in whole.values():
        left, top = min(box[0] for box, _ in parts), min(box[1] for box, _ in parts)
        right = max(box[0] + box[2] for box, _ in parts)
        bottom = max(box[1] + box[3] for box, _ in parts)
        boxes.append((left, top, right - left, bottom - top))
        assert ((left, top, right - left, bottom - top), sum(area for _, area in parts)) in expected
    if found.lines:
        assert sorted(boxes) == sorted(box for box, _ in expected)


def test_digits_with_gaps_are_pieces_from_left_to_right():
    found = segment(page_of(row_of(5, 40)))

    assert len(found.lines) == 1
    assert found.lines[0].height == 36
    whole = [c.box for c in found.candidates if c.box[2] == 26]
    assert [box[0] for box in whole] == [20, 60, 100, 140, 180]


@pytest.mark.parametrize("gap", [1, 2, 4])
def test_joined_digits_are_cut_at_their_link(gap):
    step = 26 + gap
    page = row_of(3, step)
    page[56:60, 44 : 48 + gap] = page[56:60, 44 + step : 48 + gap + step] = 255

    found = segment(page_of(page))

    assert len({piece.component for piece in found.pieces}) == 1
    for i in range(3):
        left = 20 + i * step
        assert any(
            abs(x - left) <= gap + 1 and abs(x + width - left - 26) <= gap + 1 and height == 36
            for x, _, width, height in candidate_boxes(found)
        )


def test_cut_costs_what_the_cheapest_way_costs():
    pair = row_of(2, 25)[40:76, 20:71]
    found = segment(page_of(row_of(2, 25), stroke=4))
    costs = [twin.cheapest_way(pair, column, 9, 4) for column in range(4, 47)]

    cuts = {round(4 * piece.left, 3) for piece in found.pieces if piece.left}

    touching = min(costs[15:30])
    assert any(cut == pytest.approx(touching, abs=0.01) for cut in cuts)


def test_candidate_shows_its_own_pixels_alone():
    alone = segment(page_of(row_of(1, 40)))
    beside = segment(page_of(row_of(2, 27)))  # one white column between the two
    assert alone.pictures is not None
    assert beside.pictures is not None

    one = np.asarray(alone.pictures)[[c.box[2] == 26 for c in alone.candidates]][0]
    first = next(i for i, c in enumerate(beside.candidates) if c.box == (20, 40, 26, 36))

    assert np.array_equal(np.asarray(beside.pictures)[first], one)


@pytest.mark.parametrize("skew", [-0.12, -0.05, 0.05, 0.12])
def test_skewed_line_is_one_line(skew):
    page = np.pad(row_of(8, 40, skew), ((60, 60), (0, 0)))

    found = segment(page_of(np.roll(page, round(-skew * 160), axis=0)))

    assert len(found.lines) == 1


def test_lines_come_top_to_bottom():
    page = np.concatenate([row_of(3, 40), row_of(5, 40)[:, :180]])

    found = segment(page_of(page))

    assert [found.pieces[line.first].box[1] for line in found.lines] == [40, 160]


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, 1), (13, 7)])
def test_shifted_page_has_shifted_pieces(dx, dy):
    page = row_of(4, 25)
    still = segment(page_of(page))

    moved = segment(page_of(np.pad(page, ((dy, 0), (dx, 0)))))

    boxes = [(x - dx, y - dy, w, h) for x, y, w, h in (piece.box for piece in moved.pieces)]
    assert boxes == [piece.box for piece in still.pieces]


def test_on_a_page_with_a_table_only_its_cells_are_read():
    page = np.zeros((400, 400), np.uint8)
    put(page, ring(), 130, 130)
    put(page, ring(), 210, 130)
    put(page, ring(), 340, 20)
    lines = [RuledLine(100, y, 300, y, 2) for y in (100, 200, 300)]
    lines += [RuledLine(x, 100, x, 300, 2) for x in (100, 200, 300)]

    found = segment(page_of(page, lines=tuple(lines)))

    assert {piece.box[1] for piece in found.pieces} == {130}
    assert found.others == ((340, 20, 26, 36),)


def test_page_without_ink_has_no_candidates():
    found = segment(page_of(np.zeros((50, 70), np.uint8), stroke=0))

    assert (found.pieces, found.lines, found.candidates, found.pictures) == ((), (), (), None)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (700, 700)])
def test_a_page_full_of_ink_has_few_candidates(shape):
    found = segment(page_of(np.full(shape, 255, np.uint8), stroke=min(shape)))

    assert len(found.candidates) < 3_000


def test_noise_stays_within_bounds():
    noise = np.random.default_rng(3).integers(0, 8, (300, 400)) == 0

    found = segment(page_of(noise * 255, stroke=1))

    assert all(0 < c.last - c.first <= 5 for c in found.candidates)


def test_mask_of_another_shape_is_refused():
    ink, mask = np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.uint8)

    with pytest.raises(
        ValueError, match=r"mask must have the shape of ink, \(4, 5\), got \(5, 4\)"
    ):
        Page(ink, mask)
