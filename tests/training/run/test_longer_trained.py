"""Runs made longer, trained: the promised result, and what the weights say of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training.run.short_runs import train_digits

from digitcli.errors import DigitError
from digitcli.model.card import read_card
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import load_weights
from digitcli.training.recipes import Recipe
from digitcli.training.run.longer import longer
from digitcli.training.run.resume import reopen

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

SPEC = NetworkSpec.from_json(
    {
        "name": "short",
        "layers": [
            {"type": "conv", "filters": 4, "kernel": 5, "stride": 2, "batch_norm": True},
            {"type": "dense", "units": 10},
        ],
    }
)
RECIPE = Recipe(learning_rate=0.005, batch_size=50, epochs=2, validation=100, average=0.9)


def train(folder, splits, observer, recipe):
    return train_digits(folder, SPEC, recipe, splits, observer)


def made_longer(folder, splits, observer, epochs=None, steps=None):
    return train(folder, splits, observer, longer(reopen(folder), epochs, steps).recipe)


def assert_same_weights(one, other, within=0.0):
    one, other = (load_weights(folder / "weights.npz").arrays for folder in (one, other))
    for name, tensor in one.items():
        np.testing.assert_allclose(tensor, other[name], rtol=0, atol=within)


@pytest.mark.parametrize("first", [{"epochs": 2}, {"epochs": None, "steps": 17}])
def test_at_a_constant_rate_the_result_is_that_of_the_whole_length_at_once(
    tmp_path, splits, watch, first
):
    train(tmp_path / "whole", splits, watch(), replace(RECIPE, epochs=3))
    train(tmp_path / "grown", splits, watch(), replace(RECIPE, **first))
    observer = watch()

    made_longer(tmp_path / "grown", splits, observer, epochs=3)

    assert observer.first_step == (first.get("steps") or 20)
    assert any("the result is that of 3 epochs at once" in line for line in observer.lines)
    assert_same_weights(tmp_path / "whole", tmp_path / "grown")


def test_a_falling_rate_goes_on_as_over_the_new_length_and_a_replay_ends_the_same(
    tmp_path, splits, watch
):
    falling = replace(RECIPE, schedule="one_cycle")
    grown = tmp_path / "grown"
    train(grown, splits, watch(), falling)
    observer = watch()

    made_longer(grown, splits, observer, epochs=4)
    train(tmp_path / "replayed", splits, watch(), reopen(grown).recipe)

    rates = [row.learning_rate for row in observer.rows]
    assert 0 < rates[0] < falling.learning_rate  # the first two epochs had ended at zero
    assert rates[1] == pytest.approx(0, abs=1e-9)
    assert any("is not that of 4 epochs at once" in line for line in observer.lines)
    # The compiler sums up the schedule in another order where there are two: the last bits.
    assert_same_weights(grown, tmp_path / "replayed", within=1e-4)


def test_an_interrupted_longer_run_ends_as_the_undisturbed_one_and_says_what_was_asked(
    tmp_path, splits, watch, monkeypatch
):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    falling = replace(RECIPE, schedule="cosine")
    for name in ("whole", "stopped"):
        train(tmp_path / name, splits, watch(), falling)
    before = load_weights(tmp_path / "whole" / "weights.npz")

    made_longer(tmp_path / "whole", splits, watch(), steps=35)
    with pytest.raises(DigitError):
        made_longer(tmp_path / "stopped", splits, watch(interrupt_at=26), steps=35)
    train(tmp_path / "stopped", splits, watch(), reopen(tmp_path / "stopped").recipe)

    assert_same_weights(tmp_path / "whole", tmp_path / "stopped")
    card = read_card(str(tmp_path / "stopped"))
    assert card["recipe"]["earlier"] == [{"epochs": 2, "steps": 20, "until": 20}]
    assert (card["recipe"]["steps"], card["steps"]) == (35, 35)
    assert before.trained["recipe"].get("earlier") is None


def test_a_longer_run_killed_before_its_first_checkpoint_still_goes_on(tmp_path, splits, watch):
    from digitcli.training.run.resume import run_config, write_config

    falling = replace(RECIPE, schedule="one_cycle")
    train(tmp_path, splits, watch(), falling)
    request = longer(reopen(tmp_path), 3, None)
    write_config(tmp_path, run_config(SPEC, request.recipe, "drawn"))
    observer = watch()

    made_longer(tmp_path, splits, observer, epochs=4)

    assert [row.epoch for row in observer.rows] == [3, 4]
    asked = load_weights(tmp_path / "weights.npz").trained["recipe"]
    assert asked["earlier"] == [{"epochs": 2, "steps": 20, "until": 20}]
    assert asked["epochs"] == 4
