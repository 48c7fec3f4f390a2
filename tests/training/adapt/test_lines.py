"""Adapting a network to lines: what is learnt, kept, written and reported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from line_weights import SPEC, line_weights

from digitcli.errors import ModelError
from digitcli.inference.line_engine import LineEngine
from digitcli.model.weights import find_weights, load_weights, save_weights
from digitcli.training.adapt.mixed import MixedLines
from digitcli.training.adapt.numbers import Numbers, divide_numbers
from digitcli.vision.line_picture import line_picture

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")


@pytest.fixture(scope="module")
def numbers():
    """Forty drawn numbers by ann, bob and eve."""
    from digitcli.data.lines.hands import Glyphs
    from digitcli.training.lines.batches import draw

    drawn = [line for line in draw([(Glyphs(), 1.0)], 60, 9) if line.text][:40]
    tall = tuple(np.asarray(line_picture(255 - line.picture, height=64).pixels) for line in drawn)
    writers = np.array(["ann", "bob", "eve"])[np.arange(40) % 3]
    return Numbers(Path("mine"), tuple(drawn), tall, writers, tuple(f"{n}.png" for n in range(40)))


@pytest.fixture(scope="module")
def module():
    from digitcli.training.adapt import lines

    return lines


@pytest.fixture(scope="module")
def recipe(module):
    return replace(module.RECIPE, steps=60, batch_size=8, validation=12, learning_rate=0.006)


@pytest.fixture(scope="module")
def learnt(module, numbers, recipe, watch):
    """Weights adapted to ann and bob."""
    division = divide_numbers(numbers, ["ann", "bob"])
    start = line_weights({"seed": 7})
    return module.adapt_lines(start, numbers, division, recipe, watch()), division


def loss(weights, lines):
    """Mean -log P(text) of lines, summed over all ways to spell it, one line at a time."""
    from digitcli.training.lines.batches import batch
    from digitcli.training.lines.ctc import ctc_loss

    engine, random = LineEngine(weights), np.random.default_rng(0)
    found = []
    for line in lines:
        one = batch([line], random)
        logits = np.log(engine.columns(one.pictures) + 1e-30)
        found.append(float(np.asarray(ctc_loss(logits, one.signs, one.lengths))[0]))
    return np.mean(found)


def test_lines_of_an_adapted_hand_become_more_probable(learnt, numbers):
    found, division = learnt
    held = numbers.part(division.held_out).lines

    assert loss(replace(found.weights, temperature=1.0), held) < 0.7 * loss(line_weights(), held)


def test_every_kind_of_line_that_was_not_learnt_is_measured(learnt):
    found, division = learnt

    assert found.learnt == len(division.learn)
    assert found.held_out.after.n == len(division.held_out)
    assert set(found.writers) == {"eve"}
    assert found.writers["eve"].before.n == len(division.others["eve"])
    assert found.drawn.after.n == 12
    json.dumps(found.to_json(), allow_nan=False)


def test_the_file_reads_as_was_reported_and_says_what_it_learnt(learnt, numbers, tmp_path):
    from digitcli.training.adapt.measured import read_lines

    found, division = learnt
    save_weights(tmp_path / "my.npz", found.weights)
    made = load_weights(tmp_path / "my.npz")

    again = read_lines(LineEngine(made), numbers.part(division.others["eve"]))
    assert again.answers == found.writers["eve"].after.answers
    assert made.spec == SPEC
    adapted = made.trained["adapted"]
    assert adapted["pictures"] == len(division.learn)
    assert adapted["writers"] == ["ann", "bob"]
    assert (adapted["from"]["network"], adapted["from"]["seed"]) == ("short", 7)
    assert made.trained["calibration"]["temperature"] == made.temperature
    assert set(made.trained["recipe"]["mixture"]) <= {"strokes", "fonts"}


def test_labels_that_the_adapted_network_contradicts_are_listed(numbers):
    from digitcli.training.adapt.measured import line_doubts
    from digitcli.training.lines.batches import Drawn

    class Sure:
        def whole_width(self, width):
            return width

        def columns_of(self, picture):
            return np.eye(16, dtype=np.float32)[[4, 15, 2]].tobytes()

    picture = np.zeros((40, 64), np.uint8)
    three = Numbers(
        Path(), tuple(Drawn(picture, text) for text in ("42", "4.2", "47")), (), np.full(3, ""),
        ("a", "b", "c"),
    )  # fmt: skip

    (doubt,) = line_doubts(Sure(), three)

    assert (doubt.file, doubt.label, doubt.read, doubt.confidence) == ("c", "47", "42", 1.0)


def test_each_line_is_shown_as_often_as_any_other(numbers):
    few = numbers.part(range(5))
    source = MixedLines(few.lines, few.tall)

    found = source.some(12, 1, 2)

    texts = [line.text for line in found]
    assert sorted(texts.count(line.text) for line in few.lines) == [2, 2, 2, 3, 3]
    assert texts == [line.text for line in source.some(12, 1, 2)]


def test_half_of_what_is_learnt_are_drawn_lines(numbers):
    from digitcli.data.lines.hands import Glyphs

    ours = replace(numbers.lines[0], text="123456789012")
    source = MixedLines((ours,), numbers.tall[:1])

    batches = source([(Glyphs(), 1.0)], 8, 0, 0)

    own = sum(int((one.lengths == 12).sum()) for one in batches)
    assert (len(batches), {len(one.lengths) for one in batches}) == (16, {8})
    assert 64 <= own <= 70


def test_hands_that_are_not_on_this_machine_are_named_and_left_out(module, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path))
    said = []
    mixture = {"pendigits": 24.0, "strokes": 14.0, "somebodys/scans": 5.0}

    found = module.rehearsed(line_weights({"recipe": {"mixture": mixture}}), said.append)

    assert found == {"strokes": 14.0}
    assert "pendigits, somebodys/scans: not on this machine" in said[0]
    assert "strokes" in module.rehearsed(line_weights(), said.append)


def test_asked_to_stop_it_finishes_the_step_and_ends_its_processes(
    module, numbers, recipe, watch, monkeypatch
):
    from digitcli.training.run.stopped import StoppedError

    monkeypatch.setattr("digitcli.training.adapt.steps.REPORT_SECONDS", 0)
    observer, division = watch(interrupt_at=1), divide_numbers(numbers)
    long = replace(recipe, steps=1_000_000)

    with pytest.raises(StoppedError, match=r"stopped after step \d+ of 1000000; nothing was"):
        module.adapt_lines(line_weights(), numbers, division, long, observer)


def test_weights_for_single_digits_are_refused(module, numbers, recipe, watch):
    tiny = load_weights(find_weights("tiny"))

    with pytest.raises(ModelError, match="a network that reads whole lines is needed"):
        module.adapt_lines(tiny, numbers, divide_numbers(numbers), recipe, watch())
