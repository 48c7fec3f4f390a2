"""Drawn lines come as batches that CTC can learn from, the same for the same seed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from digitcli.data.lines.hands import Glyphs
from digitcli.signs import SIGNS
from digitcli.training.lines import batches
from digitcli.training.lines.batches import Drawn

MIX = [(Glyphs(), 1.0)]


@pytest.fixture(scope="module")
def chunk():
    return batches.chunk(MIX, 3, 7, 0, 0, 0)


def test_a_chunk_is_the_same_for_the_same_seed_and_another_for_another(chunk):
    again, other = batches.chunk(MIX, 3, 7, 0, 0, 0), batches.chunk(MIX, 3, 7, 0, 0, 1)

    assert all(
        np.array_equal(one, same)
        for first, second in zip(chunk, again, strict=True)
        for one, same in zip(first, second, strict=True)
    )
    assert any(
        one.pictures.shape != two.pictures.shape or not np.array_equal(one.pictures, two.pictures)
        for one, two in zip(chunk, other, strict=True)
    )


def test_every_line_has_a_column_for_each_sign_and_each_pause(chunk):
    for batch in chunk:
        count, height, width = batch.pictures.shape
        assert (count, height) == (3, 40)
        assert width % batches.WIDTH_STEP == 0
        for signs, length in zip(batch.signs, batch.lengths, strict=True):
            text = [SIGNS[sign] for sign in signs[:length]]
            twice = sum(one == other for one, other in itertools.pairwise(text))
            assert length + twice <= width // 4 - 2
            assert not signs[length:].any()


def test_batches_hold_lines_of_like_width(chunk):
    assert len({batch.pictures.shape[2] for batch in chunk}) > 1


def test_a_line_is_whole_wherever_it_is_placed():
    ink = np.arange(1, 41, dtype=np.uint8)[:, None] * np.ones((1, 30), np.uint8)

    batch = batches.batch([Drawn(ink, "1,5")] * 8, np.random.default_rng(1))

    lefts = {int(np.flatnonzero(picture.any(axis=0))[0]) for picture in batch.pictures}
    assert len(lefts) > 1
    for picture in batch.pictures:
        columns = np.flatnonzero(picture.any(axis=0))
        np.testing.assert_array_equal(picture[:, columns], ink)
    assert batch.signs[0][:3].tolist() == [1, 11, 5]


def test_lines_too_wide_or_too_long_to_spell_are_left_out():
    narrow = np.zeros((40, 40), np.uint8)
    assert batches.fits(Drawn(narrow, "1234"))
    assert not batches.fits(Drawn(narrow, "1111111"))
    assert not batches.fits(Drawn(np.zeros((40, 800), np.uint8), "1"))
    assert not batches.fits(Drawn(np.zeros((40, 600), np.uint8), "1" * 30))
