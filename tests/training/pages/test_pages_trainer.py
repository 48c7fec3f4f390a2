"""What a network that finds lines is taught and told."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.lines.hands import Glyphs
from digitcli.errors import UsageError
from digitcli.model.spec import NetworkSpec
from digitcli.training.pages.batches import chunk
from digitcli.training.recipes import Recipe

LAYERS = [
    {"type": "conv", "filters": 4, "kernel": 3, "stride": 4, "batch_norm": True},
    {"type": "conv", "filters": 8, "kernel": 5, "batch_norm": True},
    {"type": "conv", "filters": 2, "kernel": 1, "activation": "linear"},
]
SPEC = NetworkSpec.from_json({"name": "f", "task": "map", "input": [0, 0, 1], "layers": LAYERS})
RECIPE = Recipe(epochs=1, batch_size=4, learning_rate=0.01, drawn=64, validation=8)


@pytest.fixture(scope="module")
def batches():
    """Few: each size is compiled, which takes longer than learning it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("digitcli.training.pages.batches.BATCHES", 5)
        return chunk([(Glyphs(), 1.0)], 4, 3, 0)


@pytest.fixture
def trainer():
    from digitcli.training.compute.choice import make_compute
    from digitcli.training.pages.trainer import PageTrainer

    return PageTrainer(SPEC, RECIPE, 100, make_compute())


def test_a_network_learns_where_lines_are(trainer, batches):
    before, _ = trainer.measure(batches)

    for _ in range(8):
        for batch in batches:
            trainer.step(*batch)

    after, right = trainer.measure(batches)
    assert after < 0.9 * before
    assert 0 <= right <= 1


def test_the_loss_is_cross_entropy_and_dice(trainer, batches):
    from digitcli.training.pages import trainer as module

    pictures, maps = batches[0]
    logits = np.float64(trainer.outputs(pictures))
    wanted = maps / 255
    found = 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))
    entropy = -wanted * np.log(found) - (1 - wanted) * np.log(1 - found)
    shared = 2 * (found * wanted).sum((1, 2)) + 10
    dice = 1 - shared / ((found**2).sum((1, 2)) + (wanted**2).sum((1, 2)) + 10)
    expected = 4 * (entropy * (1 + 2 * wanted)).mean((1, 2)) + dice

    np.testing.assert_allclose(module._losses(logits.astype("f"), maps), expected, rtol=1e-4)


def test_a_page_is_right_when_most_marked_places_are_those_of_its_lines():
    from digitcli.training.pages.trainer import _count_right

    maps = np.zeros((4, 2, 4), np.uint8)
    maps[:3, 0] = 255
    inside = np.zeros((4, 2, 4), np.float32)
    inside[0, 0] = 1  # all
    inside[1, 0, :2] = 1  # half
    inside[2, :, 0] = 1  # one of five; the last is empty, and left empty

    logits = np.stack([np.full_like(inside, 0.5), inside], axis=-1)
    assert int(_count_right(logits, maps)) == 3


def test_tones_change_and_maps_do_not(trainer, batches):
    pictures, maps = batches[0]

    shown, answers = trainer._examples((pictures, maps), 5, 1, 2)

    shown = np.asarray(shown)
    assert shown.shape == (2, *pictures.shape[1:])
    assert shown.min() >= 0
    assert shown.max() <= 255
    assert not np.allclose(shown, pictures[1:3])
    np.testing.assert_array_equal(answers, maps[1:3])


def test_too_few_pages_an_epoch_are_refused():
    from digitcli.training.pages.task import PageTask

    with pytest.raises(UsageError, match="drawn 63 pages an epoch, at least 16 batches of 4"):
        PageTask(SPEC, Recipe(epochs=1, batch_size=4, drawn=63))
