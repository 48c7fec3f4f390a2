"""Pages drawn to learn finding from: where a number is said to stand, its ink stands."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.lines import hands
from digitcli.data.pages import crops, registers, scenes, words
from digitcli.data.pages import page as page_module
from digitcli.data.pages.canvas import Canvas, Number
from digitcli.data.pages.page import Page, label_map, middle_of, pages
from digitcli.data.pages.photograph import photographed
from digitcli.data.pages.pieces import Piece, Stock, plain_piece

SIDE = 192


def bars():
    """Ten pictures of a slanted bar each: ink without writing."""
    ink = np.zeros((30, 20), np.uint8)
    ink[3:27, 4:14] = 255
    return hands.gallery([ink] * 10, np.arange(10, dtype=np.uint8), None)


MIX = ((bars(), 1.0),)
SCENES = [scenes.table, scenes.squares, scenes.form, scenes.letter, registers.register, scenes.heap]


@pytest.fixture(scope="module")
def stock():
    return Stock(MIX)


def inside(corners, shape):
    """Which pixels have their middle in the rectangle, one by one."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    found = np.ones(shape, bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        found &= along[0] * (y - start[1]) - along[1] * (x - start[0]) >= 0
    return found


@pytest.mark.parametrize("scene", SCENES)
@given(st.integers(0, 2**32), st.floats(12, 50))
@settings(max_examples=8, deadline=None)
def test_ink_stands_in_the_middle_of_every_number(stock, scene, seed, height):
    canvas = scene(stock, height, SIDE, RandomStream(seed))

    for number in canvas.numbers:
        if number.corners.min() <= 0 or (number.corners >= (canvas.width, canvas.height)).any():
            continue  # what is left of it may be a gap between two digits
        there = inside(middle_of(number.corners), canvas.ink.dark.shape)
        assert canvas.ink.dark[there].max(initial=0) > 0.3
        assert number.text


@given(st.integers(0, 2**32), st.floats(12, 50))
@settings(max_examples=20, deadline=None)
def test_a_crop_shows_at_most_one_number_and_its_ink(stock, seed, height):
    canvas = crops.crop(stock, height, RandomStream(seed))

    assert len(canvas.numbers) <= 1
    for number in canvas.numbers:
        there = inside(middle_of(number.corners), canvas.ink.dark.shape)
        assert canvas.ink.dark[there].max() > 0.5


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_number_moves_with_its_ink_when_it_is_photographed(seed, turned):
    canvas = Canvas(160, 200)
    block = np.full((20, 60), 255, np.uint8)
    corners = np.array([(0.0, 0.0), (60.0, 0.0), (60.0, 20.0), (0.0, 20.0)])
    canvas.put(Piece(block, "8", corners, 20.0, 20.0), 70, 90)

    picture, numbers = photographed(canvas, RandomStream(seed), turned)

    assert picture.shape == (160, 200)
    assert picture.dtype == np.uint8
    assert [number.text for number in numbers] == ["8"]
    core = inside(middle_of(numbers[0].corners), picture.shape)
    height = np.linalg.norm(numbers[0].corners[3] - numbers[0].corners[0])
    away = numbers[0].corners.mean(axis=0) + 1.2 * (numbers[0].corners[3] - numbers[0].corners[0])
    beside = inside(numbers[0].corners - numbers[0].corners.mean(axis=0) + away, picture.shape)
    assert 10 < height < 30
    assert abs(picture[core].mean() - picture[beside].mean()) > 8


def test_the_same_seed_gives_the_same_pages():
    first, second = (list(islice(pages(MIX, 7, side=SIDE), 12)) for _ in range(2))

    assert all((a.picture == b.picture).all() for a, b in zip(first, second, strict=True))
    assert [[n.text for n in a.numbers] for a in first] == [
        [n.text for n in b.numbers] for b in second
    ]
    other = next(pages(MIX, 8, side=SIDE))
    assert (
        other.picture.shape != first[0].picture.shape or (other.picture != first[0].picture).any()
    )


def test_there_are_pages_without_with_one_and_with_many_numbers():
    counts = [len(page.numbers) for page in islice(pages(MIX, 3, side=SIDE), 60)]

    assert min(counts) == 0
    assert 1 in counts
    assert max(counts) > 12


def test_a_number_that_the_edge_cuts_is_none():
    canvas = Canvas(50, 50)
    piece = Piece(
        np.full((20, 20), 255, np.uint8),
        "0",
        np.array([(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)]),
        20.0,
        20.0,
    )

    canvas.put(piece, 10, 10)
    canvas.put(piece, 10, 17)

    assert [number.corners[0].tolist() for number in canvas.numbers] == [[10.0, -3.0]]


def test_nothing_is_written_over_something_else():
    canvas = Canvas(50, 50)
    word = plain_piece(np.full((10, 10), 255, np.uint8), 10.0, 10.0)

    assert canvas.put_where_free(word, 20, 20, apart=2)
    assert not canvas.put_where_free(word, 31, 20, apart=2)
    assert canvas.put_where_free(word, 33, 20, apart=2)


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_words_and_strokes_are_no_numbers(stock, seed):
    random = RandomStream(seed)

    for make in (words.printed_word, words.written_word, words.stroke):
        piece = make(stock, random)
        assert not piece.text
        assert min(piece.ink.shape) > 1
        assert piece.ink.max() > 100


@pytest.mark.parametrize("turn", [0.0, 0.1, -0.14])
def test_the_map_is_the_share_of_each_place_in_the_middle_of_a_line(turn):
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([(-40.0, -12.0), (40.0, -12.0), (40.0, 12.0), (-40.0, 12.0)]) @ turned.T
    corners += (70, 50)
    page = Page(np.zeros((102, 141), np.uint8), (Number("1", corners),))

    found = label_map(page)

    assert found.shape == (25, 35)
    middle = (corners[[0, 1, 2, 3]] - corners[[3, 2, 1, 0]]) * 0.6 / 2
    middle += (corners[[0, 1, 2, 3]] + corners[[3, 2, 1, 0]]) / 2
    exact = inside(middle, (100, 140)).reshape(25, 4, 35, 4).mean(axis=(1, 3))
    assert np.abs(found - exact).max() < 0.45  # a pixel of the polygon's rim is half inside
    assert np.abs(found - exact).mean() < 0.01


def test_a_lone_one_is_as_wide_as_half_its_height():
    thin = np.zeros((40, 8), np.uint8)
    thin[2:38, 3:6] = 255
    stock = Stock(((hands.gallery([thin] * 10, np.arange(10, dtype=np.uint8), None), 1.0),))

    piece = stock.number(RandomStream(1), "one")

    wide, high = np.ptp(piece.corners, axis=0)
    assert wide == pytest.approx(0.5 * high, rel=0.1)


def test_no_page_is_larger_than_asked_for():
    assert all(max(page.picture.shape) <= SIDE for page in islice(pages(MIX, 9, side=SIDE), 40))
    assert page_module.STEP == 4
