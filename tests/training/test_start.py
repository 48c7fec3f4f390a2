"""A run that goes on from weights begins with a network that computes what they compute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from line_weights import line_weights

from digitcli.errors import ModelError
from digitcli.model.weights import find_weights, load_weights, save_weights
from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

RECIPE = Recipe(batch_size=2, drawn=32, steps=2, validation=0, mixture={"strokes": 1.0})


def started(weights, pixels):
    """A twin with all that training needs, as a run begins it."""
    from digitcli.training.network import keras_twin
    from digitcli.training.start import StartWeights

    model = keras_twin(weights.spec, pixels="float32")
    StartWeights(weights, "").on(pixels)(model)
    return model


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["line", "finder", "reader", "best", "small"])
def test_the_network_begins_where_the_weights_are(name, training):
    from digitcli.training.network import load_twin

    weights = load_weights(find_weights(name))
    spec = replace(weights.spec, layers=tuple(without_dropout(weights.spec.layers)))
    weights = replace(weights, spec=spec)
    size = [length or 64 for length in weights.spec.input[:2]]
    pixels = np.random.default_rng(0).integers(0, 256, (8, *size)).astype(np.float32)

    found = np.asarray(started(weights, pixels)(pixels, training=training))

    expected = np.asarray(load_twin(weights, pixels="float32")(pixels))
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3 * np.abs(expected).max())


def without_dropout(layers):
    return [replace(layer, dropout=0.0) if hasattr(layer, "dropout") else layer for layer in layers]


@pytest.mark.parametrize("name", ["small", "line"])
def test_weights_of_another_network_start_no_run(name):
    from digitcli.training.start import start_weights

    with pytest.raises(ModelError, match="cannot start from"):
        start_weights(name, load_weights(find_weights("finder")).spec)


def test_a_run_says_which_weights_it_started_from_and_learns_on(tmp_path, watch):
    from digitcli.training.lines.task import LineTask
    from digitcli.training.run.folder import train_into

    begin = line_weights()
    save_weights(tmp_path / "begin.npz", begin)
    recipe = replace(RECIPE, start=str(tmp_path / "begin.npz"), learning_rate=1e-9)
    task = LineTask(begin.spec, recipe)

    train_into(tmp_path / "run", task, watch())

    made = load_weights(tmp_path / "run" / "weights.npz")
    assert len(made.trained["data"]["start"]) == 64
    assert made.trained["data"]["start"] == task.identity["data"]["start"]
    assert made.trained["recipe"]["start"] == str(tmp_path / "begin.npz")
    for name, tensor in begin.arrays.items():  # batch norm's statistics go on, all else stays
        if name.startswith("conv2"):
            np.testing.assert_allclose(made.arrays[name], tensor, atol=1e-5)


def test_digits_go_on_from_weights_too(splits, tmp_path, watch):
    from digitcli.model.presets import load_preset
    from digitcli.training.run.digits import DigitTask
    from digitcli.training.run.folder import train_into

    recipe = Recipe(steps=1, learning_rate=1e-9, batch_size=50, validation=100, start="small")
    task = DigitTask(load_preset("small").spec, recipe, *splits)

    outcome = train_into(tmp_path, task, watch())

    assert outcome.weights.trained["test"]["accuracy"] > 0.9
    assert task.identity["data"]["start"]


def test_a_start_that_is_no_name_is_refused():
    with pytest.raises(ModelError, match="start must be the name"):
        Recipe(steps=1, start=3)
