"""Lines drawn to be learnt from: what is written is what stands there."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.lines import hands, numbers
from digitcli.data.lines.layout import set_apart
from digitcli.data.lines.line import comb_line, lines
from digitcli.data.lines.unipen import Track
from digitcli.signs import SIGNS


def bars():
    """Ten pictures, each with as many columns of ink as its digit, and one more."""
    pictures = []
    for digit in range(10):
        ink = np.zeros((30, 40), np.uint8)
        ink[3:27, 4 : 8 + 3 * digit] = 255
        pictures.append(ink)
    return hands.gallery(pictures, np.arange(10, dtype=np.uint8), None)


def tracks():
    stroke = np.array([[0.0, 0.0], [0.5, 0.4], [0.1, 1.0]])
    return hands.tracks_of([Track(digit, 1, (stroke,)) for digit in range(10)])


WRITERS = [bars(), tracks(), hands.Glyphs()]


@pytest.mark.parametrize("writers", WRITERS)
@pytest.mark.parametrize("height", [8.0, 24.0, 60.0])
def test_a_hand_writes_as_high_as_it_is_asked_to(writers, height):
    random = RandomStream(1)
    hand = writers.hand(random)

    for digit in range(10):
        ink = hand.ink(digit, height, random)
        assert ink.dtype == np.uint8
        assert min(ink.shape) >= 3
        assert max(ink.shape[0], 0.6 * ink.shape[1]) == pytest.approx(height, abs=0.15 * height + 2)
        assert ink.max() > 200


@given(st.integers(0, 2**32), st.sampled_from(WRITERS))
def test_every_sign_stands_on_the_sheet_left_to_right(seed, writers):
    random = RandomStream(seed)
    text = numbers.number(random)

    written = set_apart(text, writers.hand(random), 24.0, random)

    assert len(written.boxes) == len(text)
    rows, columns = written.ink.shape
    for x, y, wide, high in written.boxes:
        assert 0 <= x < x + wide <= columns
        assert 0 <= y < y + high <= rows
        assert written.ink[y : y + high, x : x + wide].max() > 128
    middles = [x + wide / 2 for x, _, wide, _ in written.boxes]
    assert middles == sorted(middles)


def test_digits_of_a_comb_stand_one_pitch_apart():
    random = RandomStream(3)

    boxes = set_apart("0123456789", bars().hand(random), 20.0, random, pitch=31.0).boxes

    steps = np.diff([x + wide / 2 for x, _, wide, _ in boxes])
    np.testing.assert_allclose(steps, 31.0, atol=8)


@given(st.integers(0, 2**32))
def test_numbers_are_made_of_signs_and_have_a_digit(seed):
    text = numbers.number(RandomStream(seed))

    assert set(text) <= set(SIGNS)
    assert any(sign.isdigit() for sign in text)
    assert len(text) <= 16


def test_numbers_have_every_length_and_every_sign():
    random = RandomStream(5)
    many = [numbers.number(random) for _ in range(3000)]

    assert {len(text) for text in many} >= set(range(1, 11))
    assert set("".join(many)) == set(SIGNS)


def test_the_same_seed_draws_the_same_lines():
    mix = [(writers, 1.0) for writers in WRITERS]
    first, again = (list(islice(lines(mix, 7, 1), 12)) for _ in range(2))
    other = list(islice(lines(mix, 7, 2), 12))

    for one, two in zip(first, again, strict=True):
        assert one.text == two.text
        np.testing.assert_array_equal(one.picture, two.picture)
    assert [line.text for line in first] != [line.text for line in other]


def test_lines_are_pictures_wider_than_nothing_and_some_show_no_number():
    mix = [(WRITERS[0], 1.0)]
    many = list(islice(lines(mix, 1), 400))

    assert all(line.picture.dtype == np.uint8 and min(line.picture.shape) >= 4 for line in many)
    assert 0 < sum(line.text == "" for line in many) < 70


@given(st.integers(0, 2**32))
def test_a_comb_holds_digits_alone(seed):
    random = RandomStream(seed)

    drawn = comb_line(bars().hand(random), random)

    assert drawn.text.isdigit()
    assert drawn.picture.dtype == np.uint8
    assert drawn.picture.shape[1] > 4 * len(drawn.text)


def test_pictures_of_one_writer_are_not_mixed_with_those_of_another():
    pale, dark = np.full((20, 12), 90, np.uint8), np.full((20, 12), 255, np.uint8)
    labels = np.array([*range(10), *range(10)], np.uint8)
    writers = np.array([1] * 10 + [2] * 10)
    source = hands.gallery([pale] * 10 + [dark] * 10, labels, writers)

    for seed in range(8):
        random = RandomStream(seed)
        hand = source.hand(random)
        strongest = {int(hand.ink(digit, 20.0, random).max()) for digit in range(10)}
        assert len(strongest) == 1
