"""Drawn pages come as batches of few sizes, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.lines.hands import Glyphs
from digitcli.training.lines.batches import BATCHES
from digitcli.training.pages import batches
from digitcli.training.pages.batches import SIDES, Drawn

MIX = [(Glyphs(), 1.0)]


@pytest.fixture(scope="module")
def chunk():
    return batches.chunk(MIX, 3, 7, 0, 0, 0)


def test_a_chunk_is_the_same_for_the_same_seed_and_another_for_another(monkeypatch):
    monkeypatch.setattr(batches, "BATCHES", 2)
    once, again, other = (batches.chunk(MIX, 3, 7, 0, 0, last) for last in (0, 0, 1))

    def bytes_of(found):
        return [array.tobytes() for batch in found for array in batch]

    assert bytes_of(again) == bytes_of(once) != bytes_of(other)


def test_batches_have_few_sizes_and_a_map_of_a_quarter(chunk):
    assert len(chunk) == BATCHES
    assert len({batch.pictures.shape for batch in chunk}) > 2
    for pictures, maps in chunk:
        assert pictures.dtype == maps.dtype == np.uint8
        count, height, width = pictures.shape
        assert count == 3
        assert {height, width} <= set(SIDES)
        assert maps.shape == (3, height // 4, width // 4)
    assert any(maps.max() == 255 for _, maps in chunk)


def test_smaller_pages_are_filled_up_with_their_usual_tone():
    small, large = np.full((50, 60), 90, np.uint8), np.full((100, 130), 200, np.uint8)
    small[:5] = 7
    pages = [
        Drawn(page, np.full((page.shape[0] // 4, page.shape[1] // 4), 255, np.uint8))
        for page in (small, large)
    ]

    pictures, maps = batches.batch(pages)

    assert pictures.shape == (2, 128, 192)
    assert (pictures[0, :50, :60] == small).all()
    assert (pictures[0, 50:] == 90).all()
    assert (pictures[1, :, 130:] == 200).all()
    assert maps[0].sum() == 255 * 12 * 15
    assert maps[1].sum() == 255 * 25 * 32
