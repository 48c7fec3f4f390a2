"""What other processes draw comes in one order, from any place in the epoch on."""

from __future__ import annotations

from itertools import islice

import pytest

from digitcli.training.lines.batches import chunk
from digitcli.training.lines.stream import Stream
from digitcli.training.recipes import Recipe

RECIPE = Recipe(batch_size=1, drawn=40, epochs=2, validation=4, mixture={"strokes": 1.0})


@pytest.fixture(scope="module")
def stream():
    """Forty batches an epoch: two chunks and a half."""
    found = Stream(RECIPE, 40, chunk)
    yield found
    found.close()


@pytest.fixture(scope="module")
def whole(stream):
    return bytes_of(stream.epoch(1))


def bytes_of(batches):
    return [b"".join(array.tobytes() for array in batch) for batch in batches]


@pytest.mark.parametrize("first", [1, 15, 16, 37])
def test_an_epoch_goes_on_from_any_batch_as_the_whole_one_does(stream, whole, first):
    rest = bytes_of(stream.epoch(1, first))

    assert len(whole) == 40
    assert rest == whole[first:]


def test_another_epoch_has_other_batches(stream, whole):
    assert bytes_of(islice(stream.epoch(0), 3)) != whole[:3]
