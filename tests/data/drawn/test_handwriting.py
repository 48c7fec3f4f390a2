"""Drawn handwriting to train on: varied, and the same ink on every machine."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from digitcli.data.drawn import handwriting
from digitcli.data.drawn.hands import DIGITS, EUROPEAN, LETTERS
from digitcli.data.drawn.paper import MARGIN, crop, scan
from digitcli.data.drawn.pen import MAX_POINTS, pen_of
from digitcli.data.drawn.random_stream import RandomStream
from digitcli.inference.engine import load
from digitcli.vision.normalize import normalize

GLYPHS = [*(glyph for glyphs in DIGITS.values() for glyph in glyphs), *LETTERS]


@pytest.fixture(scope="module")
def inks():
    random = RandomStream(5)
    return handwriting.write(handwriting.choose([k % 10 for k in range(300)], random), random)


def test_every_class_is_as_common_as_any_other_and_in_random_order():
    labels = [drawing.label for drawing in handwriting.draw(200, 1)]

    assert np.bincount(labels).tolist() == [20] * 10
    assert np.mean(np.equal(labels[1:], labels[:-1])) < 0.25


def test_a_seed_gives_the_same_pictures_and_another_seed_others():
    first, again, other = (list(handwriting.draw(70, 3, number)) for number in (1, 1, 2))

    assert all(
        np.array_equal(one.picture, two.picture) for one, two in zip(first, again, strict=True)
    )
    assert not any(
        np.array_equal(one.picture, two.picture) for one, two in zip(first, other, strict=True)
    )


def test_the_ink_is_the_same_on_every_machine(inks):
    assert hashlib.sha256(inks).hexdigest() == INK


def test_the_ink_fills_its_sheet_and_stays_inside(inks):
    for ink in inks:
        assert handwriting.SPAN - 2 <= max(crop(ink).shape) <= handwriting.SPAN + 2
    assert not inks[:, [0, -1]].any()
    assert not inks[:, :, [0, -1]].any()


def test_pens_go_from_needles_to_markers(inks):
    ink = (inks > 127).mean(axis=(1, 2))

    assert np.quantile(ink, 0.9) > 2.5 * np.quantile(ink, 0.1)


def test_hands_go_from_narrow_to_wide():
    oval = DIGITS[0][0]  # one glyph: others are wide or narrow themselves
    zeros = [crop(ink) for ink in handwriting.write([oval] * 90, RandomStream(5))]
    aspects = [ink.shape[1] / ink.shape[0] for ink in zeros]

    assert min(aspects) < 0.55
    assert max(aspects) > 0.95


@pytest.mark.parametrize("glyph", GLYPHS, ids=lambda glyph: glyph.name)
def test_a_pen_leaves_no_gap_in_a_stroke(glyph):
    pen = pen_of(glyph, handwriting.TOUCHES)
    points = (pen.weights[..., None] * pen.control[pen.index]).sum(axis=1)

    steps = np.sort(np.hypot(*np.diff(points, axis=0).T))

    assert len(pen.control) <= MAX_POINTS
    drawn = steps[: len(steps) - glyph.strokes.count("|")]
    assert drawn.max() * handwriting.SPAN < 2.6  # pixels: the needle is 1.4 wide, its rim soft


def test_every_digit_has_a_european_glyph():
    assert sorted(EUROPEAN) == list(range(10))
    names = [glyph.name for glyph in (*EUROPEAN[1], *EUROPEAN[7], *EUROPEAN[9], *EUROPEAN[0])]
    for taught in ("long up-stroke", "up-stroke and foot", "long bar", "hook", "slash"):
        assert taught in names


def test_a_network_that_knows_mnist_reads_most_of_them():
    """Labels that were swapped, or digits mirrored, would end at a tenth."""
    drawn = list(handwriting.draw(300, 9))
    images = np.stack([normalize(drawing.picture).picture for drawing in drawn])

    guesses = load("small").predict(images).classes

    assert np.mean(guesses == [drawing.label for drawing in drawn]) > 0.8


def test_paper_is_light_and_all_around(inks):
    random = RandomStream(2)
    for ink in inks[:60]:
        picture = scan(ink, random)
        rim = np.concatenate([picture[:2].ravel(), picture[-2:].ravel()])
        assert rim.min() > 150
        assert picture.min() < 140
        assert min(picture.shape) > 2 * 4


def test_a_sheet_without_ink_stays_a_sheet():
    blank = np.zeros((44, 44), np.uint8)

    picture = scan(blank, RandomStream(1))

    assert np.ptp(picture) <= 20
    assert min(picture.shape) >= 8
    assert MARGIN >= 4


INK = "a98519ee3472250856e3792d5cb82a0fcafb5f936855b433a8f532883f2a2ec0"
