"""`digitcli train`, `eval` and `adapt` on somebody's own files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from digitcli.api.pictures import with_pictures
from digitcli.api.training_request import request_of
from digitcli.data.drawn.synthetic import draw
from digitcli.errors import UsageError

IMAGES, LABELS = draw(300, seed=12)
NOTHING = dict.fromkeys(("preset", "config", "out", "target_accuracy", "seeds", "resume"))


@pytest.fixture
def own(tmp_path):
    """300 pictures, two of them blank, transposed and dark on light."""
    images = IMAGES.copy()
    images[:2] = 0
    np.savez(tmp_path / "own.npz", images=255 - images.transpose(0, 2, 1), labels=LABELS)
    return tmp_path / "own.npz"


def request(own, **settings):
    named = {**NOTHING, "preset": "tiny", "data": str(own)}
    return request_of({"steps": 2, "batch_size": 20, **settings}, ensemble=False, **named)


def test_a_small_source_is_validated_on_a_tenth_and_it_is_said(own):
    notes = []

    fitted, (train, test) = with_pictures(request(own), notes.append)

    assert (len(train.labels), len(test.labels)) == (268, 30)
    assert fitted.recipe.validation == 26
    assert notes[0].startswith(f"{own}: 298 pictures read, 30 of them to test on (it names none")
    assert "2 left out: blank 2" in notes[0]
    assert notes[1] == f"{own}: 26 pictures to validate on instead of 5,000"


def test_what_a_recipe_asks_for_is_kept_where_it_fits(own):
    fitted, _ = with_pictures(request(own, validation=60), lambda text: None)

    assert fitted.recipe.validation == 60


def test_a_network_for_lines_gets_no_pictures():
    named = {**NOTHING, "preset": "line", "data": None}
    lines = request_of({}, ensemble=False, **named)

    assert with_pictures(lines, lambda text: None) == (lines, None)


def test_an_own_source_is_turned_and_measured_and_counted(run_cli, own):
    turned = ["--transpose", "--invert", "--json"]

    done = run_cli("eval", "--weights", "small", "--data", own, *turned)

    found = json.loads(done.stdout)
    assert (done.returncode, found["n"], found["split"]) == (0, 298, "all")
    assert found["accuracy"] > 0.95
    assert found["left_out"][0]["count"] == 2
    assert "2 left out: blank 2" in done.stderr


def test_what_is_no_own_source_cannot_be_turned(run_cli):
    done = run_cli("eval", "--data", "synthetic", "--invert")

    assert done.returncode == UsageError.exit_code
    assert "synthetic: --transpose and --invert are for a file or folder" in done.stderr


@pytest.mark.train
def test_a_network_learns_from_an_own_source_and_is_measured_on_what_it_did_not(run_here, own):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    quick = ["--preset", "tiny", "--steps", "2", "--set", "batch_size=20"]
    kept = ["--set", "validation_seed=5"]

    first = run_here("train", "--data", own, "--transpose", "--invert", *quick, *kept, "--out", "a")
    again = run_here("train", "--resume", "a")
    turned = f"{own}+transpose+invert"
    judged = run_here("eval", "--weights", "a", "--data", turned, "--json")

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert "298 pictures read, 30 of them to test on" in first.stderr
    assert "finished after 2 steps" in again.stdout
    found = json.loads(judged.stdout)
    assert (found["n"], found["split"]) == (30, "test")
    assert "one picture in ten, seed 5" in judged.stderr


@pytest.mark.train
@pytest.mark.usefixtures("drawn_set")
def test_a_source_is_learnt_beside_a_data_set_and_counted(run_here, own):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    quick = ["--preset", "tiny", "--steps", "2", "--set", "batch_size=20"]

    mixed = ["--data", f"synthetic,{own}+transpose+invert:0.1"]
    done = run_here("train", *mixed, *quick, "--set", "validation=50", "--out", "a")

    assert done.returncode == 0, done.stderr
    assert "298 pictures read; 2 left out: blank 2" in done.stderr
