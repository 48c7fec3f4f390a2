"""Candidates to learn from: what predict cuts from drawn amounts, and what each is."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from digitcli.data.drawn import amounts
from digitcli.data.drawn.amounts import Amount
from digitcli.data.drawn.drawn_picture import NO_DIGIT
from digitcli.training.mixture import candidates

PAPER = np.full((60, 100), 255, np.uint8)
TWO = Amount(PAPER, (2, 4), ((10, 10, 20, 40), (32, 10, 20, 40)))


def judged(box, amount=TWO):
    return candidates._label_of(box, amount)


def test_a_box_on_a_digit_has_its_label():
    assert judged((10, 10, 20, 40)) == (2, "2")
    assert judged((31, 9, 22, 42)) == (4, "4")


def test_two_digits_in_one_box_are_none():
    assert judged((10, 10, 42, 40)) == (NO_DIGIT, "merged")


def test_the_left_part_of_a_two_is_no_digit_and_that_of_a_four_is_left_out():
    wide = Amount(PAPER, (2, 4), ((10, 30, 20, 20), (42, 30, 20, 20)))

    assert judged((10, 30, 11, 20), wide) == (NO_DIGIT, "part")
    assert judged((42, 30, 11, 20), wide)[1] == ""


def test_ink_away_from_digits_is_a_mark_unless_it_may_pass_for_a_one():
    assert judged((70, 45, 6, 5)) == (NO_DIGIT, "mark")
    assert judged((70, 30, 3, 20))[1] == ""


def test_a_seed_gives_the_same_candidates_and_at_most_half_are_no_digits():
    found = list(candidates.cut(120, 3))

    assert len(found) == 120
    assert sum(one.label == NO_DIGIT for one in found) <= 60
    assert {one.kind for one in found} >= {"mark", "merged", *"0123456789"}
    for one, again in zip(found, candidates.cut(120, 3), strict=True):
        assert one[1:] == again[1:]
        np.testing.assert_array_equal(one.picture, again.picture)


@pytest.mark.parametrize("amount", list(islice(amounts.draw(7), 12)))
def test_amounts_have_ink_in_every_box(amount):
    assert amount.picture.dtype == np.uint8
    assert len(amount.digits) == len(amount.boxes)
    for x, y, wide, tall in amount.boxes:
        inside = amount.picture[y : y + tall, x : x + wide]
        assert inside.shape == (tall, wide)
        assert inside.min() < amount.picture.mean()
