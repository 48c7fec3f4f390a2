"""Adapting to a handwriting: what is learnt, kept, written and reported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError, ModelError, UsageError
from digitcli.inference.engine import Engine
from digitcli.inference.quantize import quantize
from digitcli.model.weights import find_weights, load_weights, save_weights
from digitcli.training.adapt.hand import divide_hand
from digitcli.vision.labelled.pictures import LabelledPictures


@pytest.fixture(scope="module")
def hand():
    """400 drawn digits, lying on their sides, by ann, bob and eve."""
    images, labels = draw(400, seed=9)
    writers = np.array(["ann", "bob", "eve"])[np.arange(400) % 3]
    files = tuple(f"{number}.png" for number in range(400))
    lying = np.ascontiguousarray(np.rot90(images, axes=(1, 2)))
    return LabelledPictures(Path("mine"), lying, labels, writers, files)


def everything(division):
    return np.sort(np.concatenate([division.learn, division.held_out, *division.others.values()]))


def test_one_in_ten_is_held_out_and_every_picture_has_one_place(hand):
    division = divide_hand(hand)

    assert (len(division.learn), len(division.held_out), division.others) == (360, 40, {})
    assert everything(division).tolist() == list(range(400))


def test_other_writers_are_never_learnt_nor_held_out(hand):
    division = divide_hand(hand, ["ann", "eve"])

    assert set(hand.writers[division.learn]) == set(hand.writers[division.held_out])
    assert set(hand.writers[division.learn]) == {"ann", "eve"}
    assert set(hand.writers[division.others["bob"]]) == {"bob"}
    assert everything(division).tolist() == list(range(400))


def test_at_most_so_many_of_each_digit_are_learnt_and_the_rest_is_held_out(hand):
    division = divide_hand(hand, per_digit=5)

    assert np.bincount(hand.labels[division.learn]).tolist() == [5] * 10
    assert everything(division).tolist() == list(range(400))


def test_a_division_depends_on_its_seed_alone(hand):
    one, same, other = (divide_hand(hand, per_digit=5, seed=seed).learn for seed in (1, 1, 2))

    assert one.tolist() == same.tolist() != other.tolist()


def test_one_digit_alone_cannot_be_learnt(hand):
    sevens = hand.labels == 7
    alone = replace(
        hand, images=hand.images[sevens], labels=hand.labels[sevens], writers=hand.writers[sevens]
    )

    with pytest.raises(DataError, match="mine: every label is 7, expected at least two different"):
        divide_hand(alone)


def test_a_writer_who_is_not_there_is_named(hand):
    with pytest.raises(UsageError, match="mine: no writer 'zoe'"):
        divide_hand(hand, ["zoe"])


@pytest.fixture(scope="module")
def tiny():
    return load_weights(find_weights("tiny"))


@pytest.fixture(scope="module")
def module():
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.training.adapt import adapt

    return adapt


@pytest.fixture(scope="module")
def learnt(module, splits, hand, tiny, watch):
    """Weights adapted to ann and bob in 60 steps, how they came about, and what was said."""
    observer = watch()
    recipe = replace(module.RECIPE, steps=60, batch_size=64)
    division = divide_hand(hand, ["ann", "bob"])
    return module.adapt(tiny, hand, division, splits[0], recipe, observer), division, observer


@pytest.mark.train
def test_held_out_pictures_of_an_adapted_hand_are_read_better(learnt):
    found, division, _ = learnt

    assert found.learnt == len(division.learn)
    assert found.held_out.n == len(division.held_out)
    assert found.held_out.after > 1.3 * found.held_out.before
    assert set(found.writers) == {"eve"}
    assert found.others.after > 1.3 * found.others.before
    assert found.validation.drop < 5


@pytest.mark.train
def test_what_is_reported_is_what_the_written_file_does(learnt, hand, tmp_path):
    found, division, _ = learnt
    path = tmp_path / "my.npz"

    save_weights(path, found.weights)

    engine, chosen = Engine(load_weights(path)), division.others["eve"]
    right = engine.predict(hand.images[chosen]).classes == hand.labels[chosen]
    assert int(right.sum()) == found.others.after


@pytest.mark.train
def test_the_file_says_what_it_learnt_and_from_what(learnt, tiny):
    found, division, _ = learnt
    trained = found.weights.trained

    adapted = trained["adapted"]
    assert found.weights.spec == tiny.spec
    assert adapted["pictures"] == len(division.learn) == sum(adapted["per_digit"])
    assert adapted["writers"] == ["ann", "bob"]
    assert adapted["from"]["network"] == "tiny"
    assert adapted["from"]["test"] == tiny.trained["test"]
    assert trained["thresholds"]["n"] == found.validation.n + len(division.held_out)
    assert trained["calibration"]["temperature"] == found.weights.temperature
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.train
def test_labels_that_the_adapted_network_contradicts_are_listed(module, hand, tiny):
    from digitcli.training.adapt.adapted import doubts

    images, labels = draw(30, seed=4)
    wrong = labels.copy()
    wrong[3] = (labels[3] + 1) % 10
    files = tuple(f"{number}.png" for number in range(30))

    found = doubts(tiny, LabelledPictures(Path("mine"), images, wrong, hand.writers[:30], files))

    listed = {doubt.file: doubt for doubt in found}
    assert (listed["3.png"].label, listed["3.png"].read) == (wrong[3], labels[3])


@pytest.mark.train
def test_asked_to_stop_it_finishes_the_step_and_writes_nothing(module, splits, hand, tiny, watch):
    from digitcli.training.run.stopped import StoppedError

    observer = watch(interrupt_at=1)
    recipe = replace(module.RECIPE, steps=1_000_000, batch_size=8)

    with pytest.raises(StoppedError, match=r"stopped after step \d+ of 1000000") as caught:
        module.adapt(tiny, hand, divide_hand(hand), splits[0], recipe, observer)

    assert caught.value.exit_code == 130


@pytest.mark.train
def test_a_loss_that_is_not_finite_is_refused(module, splits, hand, tiny, watch, monkeypatch):
    monkeypatch.setattr("digitcli.training.trainer.Trainer.sums", lambda self: (float("nan"), 0))
    recipe = replace(module.RECIPE, steps=1, batch_size=8)

    with pytest.raises(ModelError, match="the loss is not finite after step 1; nothing was"):
        module.adapt(tiny, hand, divide_hand(hand), splits[0], recipe, watch())


@pytest.mark.train
def test_int8_weights_are_refused(module, splits, hand, tiny, watch):
    small = quantize(tiny, draw(200, seed=1)[0]).weights

    with pytest.raises(ModelError, match="needs float32 weights, found int8"):
        module.adapt(small, hand, divide_hand(hand), splits[0], module.RECIPE, watch())


@pytest.mark.train
def test_drawn_sources_that_the_weights_learnt_are_learnt_again(module, tiny):
    recipe = tiny.trained["recipe"]
    mixed = {"strokes": 0.3, "outliers": 0.1, "somebodys/folder": 0.2}
    made = {**recipe, "mixture": mixed, "outlier_weight": 0.5}

    found = module._rehearsing(replace(tiny, trained={"recipe": made}), module.RECIPE, print)

    assert found.mixture == {"strokes": 0.3, "outliers": 0.1}
    assert found.outlier_weight == 0.5
