"""Training runs on a mixture: pictures of the data set, and others that are drawn for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training.run.short_runs import assert_same_weights, train_digits

from digitcli.errors import DigitError
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import load_weights
from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

PLAIN = NetworkSpec.from_json({"name": "plain", "layers": [{"type": "dense", "units": 10}]})
RECIPE = Recipe(learning_rate=0.005, batch_size=50, epochs=1, validation=100, seed=5)


def test_a_mixture_is_learnt_judged_by_source_and_goes_on(tmp_path, splits, watch, monkeypatch):
    from digitcli.training.mixture import mix as mixture
    from digitcli.training.run.checkpoint import newest_checkpoint
    from digitcli.training.run.resume import reopen

    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    monkeypatch.setattr(mixture, "CHECKED", 20)
    shares = {"strokes": 0.2, "outliers": 0.4}
    recipe = replace(RECIPE, mixture=shares, batch_size=40)
    stopped, whole, observer = tmp_path / "stopped", tmp_path / "whole", watch()

    train_digits(whole, PLAIN, recipe, splits, observer)
    with pytest.raises(DigitError):
        train_digits(stopped, PLAIN, recipe, splits, watch(interrupt_at=3))
    train_digits(stopped, PLAIN, reopen(stopped).recipe, splits, watch())

    assert_same_weights(stopped, whole)
    assert "800 pictures of drawn + strokes + outliers" in observer.lines[2]
    assert {"drawing strokes: 100 pictures"} <= set(observer.lines)
    facts = load_weights(whole / "weights.npz").trained["mixture"]
    assert {name: facts[name]["learnt"] for name in facts} == {"strokes": 100, "outliers": 200}
    assert 0 <= facts["strokes"]["accuracy"] <= 1
    found, _ = newest_checkpoint(whole / "checkpoints")
    assert found.meta["identity"]["mixture"].keys() == shares.keys()


def test_accuracy_in_training_leaves_out_what_is_no_digit(tmp_path, splits, watch, monkeypatch):
    """With a network that does not move, it is that of the digits which the epoch visited."""
    from digitcli.inference.engine import Engine
    from digitcli.training.mixture import mix as mixture
    from digitcli.training.run.pictures import divide

    monkeypatch.setattr(mixture, "CHECKED", 20)
    recipe = replace(RECIPE, mixture={"outliers": 1.0}, learning_rate=1e-9)

    outcome = train_digits(tmp_path, PLAIN, recipe, splits, watch())

    (part,) = mixture.mix(recipe, 500, print).parts
    learn, _ = divide(splits[0], recipe)
    images = np.concatenate([splits[0].images[learn], part.images])
    labels = np.concatenate([splits[0].labels[learn], part.labels])
    right = Engine(outcome.weights).predict(images).classes == labels
    assert outcome.history[0].accuracy == pytest.approx(right.sum() / 500)  # 20 steps of 50: all
