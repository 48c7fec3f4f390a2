"""Pictures that show no digit."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.drawn import outliers
from digitcli.data.drawn.drawn_picture import NO_DIGIT
from digitcli.data.drawn.random_stream import RandomStream
from digitcli.vision.normalize import normalize


@pytest.fixture(scope="module")
def drawn():
    return list(outliers.draw(300, 3))


def test_every_kind_is_drawn_and_labelled_no_digit(drawn):
    assert {drawing.label for drawing in drawn} == {NO_DIGIT}
    assert {drawing.kind for drawing in drawn} == set(outliers.KINDS)


def test_a_seed_gives_the_same_pictures(drawn):
    for one, two in zip(drawn[:60], outliers.draw(60, 3), strict=False):
        assert one.kind == two.kind
    for one, two in zip(outliers.draw(60, 3), outliers.draw(60, 3), strict=True):
        np.testing.assert_array_equal(one.picture, two.picture)


def test_every_kind_but_texture_rules_and_blank_paper_has_ink(drawn):
    found = {kind: [] for kind in outliers.KINDS}
    for drawing in drawn:
        found[drawing.kind].append(normalize(drawing.picture) is not None)

    assert not any(found.pop("blank"))
    for kind, seen in found.items():  # texture is paper too, and rules are taken off a page
        assert kind in ("texture", "rules") or np.mean(seen) > 0.9, kind


def test_no_letter_looks_like_a_digit():
    look_alikes = set("".join(outliers.LOOK_ALIKES.values()))

    assert sorted(outliers.LOOK_ALIKES) == list(range(10))
    assert {"O", "l", "Z", "S", "b", "B", "g", "q"} <= look_alikes
    assert not look_alikes & set(outliers.LETTERS)
    assert not look_alikes & {glyph.name for glyph in outliers.WRITTEN}


@pytest.mark.parametrize("digit", "68")
def test_half_a_digit_is_never_the_ring_of_another(digit):
    assert digit not in outliers.HALVES["upper"] + outliers.HALVES["lower"]


def test_half_a_digit_is_cut_through_the_middle(monkeypatch):
    whole = np.full((40, 20), 255, np.uint8)
    monkeypatch.setattr(outliers, "_digit", lambda digit, random: whole)

    shapes = {outliers._half(RandomStream(seed)).shape for seed in range(30)}

    assert shapes == {(20, 20), (40, 10)}


def test_two_digits_touch_on_one_line():
    left, right = np.full((30, 10), 200, np.uint8), np.full((20, 12), 255, np.uint8)

    ink = outliers._side_by_side(left, right, overlap=2)

    assert ink.shape == (30, 20)
    assert (ink.max(axis=0) > 0).all()
    assert (ink[-20:, 8:] == 255).all()
    assert not ink[:10, 10:].any()


def test_without_fonts_letters_are_written_by_hand(monkeypatch):
    monkeypatch.setattr(outliers, "installed", lambda: ())
    monkeypatch.setattr(outliers, "render", None)

    assert len(list(outliers.draw(60, 1))) == 60
