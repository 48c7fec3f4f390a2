"""Lines are learnt in runs that can be resumed to the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import UsageError
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import load_weights
from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

SPEC = NetworkSpec.from_json(
    {
        "name": "short",
        "task": "line",
        "input": [40, 0, 1],
        "layers": [
            {"type": "conv", "filters": 4, "kernel": 5, "stride": 4, "batch_norm": True},
            {"type": "conv", "filters": 8, "kernel": [10, 3], "padding": "valid", "dropout": 0.1},
            {"type": "conv", "filters": 16, "kernel": 1, "activation": "linear"},
        ],
    }
)
RECIPE = Recipe(
    optimizer="muon",
    learning_rate=0.002,
    schedule="cosine",
    average=0.9,
    batch_size=2,
    drawn=32,
    epochs=2,
    validation=4,
    mixture={"strokes": 1.0},
)


def train(folder, observer, recipe=RECIPE, **options):
    from digitcli.training.lines.task import LineTask
    from digitcli.training.run.folder import train_into
    from digitcli.training.run.loop import RunOptions

    how = RunOptions(checkpoint_seconds=0) if options else None
    return train_into(folder, LineTask(SPEC, recipe), observer, how)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, watch):
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    train(folder, watch())
    return folder


def test_a_run_on_lines_has_weights_that_the_line_engine_takes(tmp_path, watch):
    from dataclasses import replace

    from digitcli.inference.line_engine import LineEngine

    train(tmp_path, watch(), replace(RECIPE, epochs=None, steps=2))

    weights = load_weights(tmp_path / "weights.npz")
    columns = LineEngine(weights).columns(np.zeros((1, 40, 64), np.uint8))

    assert columns.shape == (1, 14, 16)
    assert weights.trained["data"]["name"] == "lines"
    assert weights.trained["validation"]["n"] == 4


@pytest.mark.slow  # test_stream.py has what is theirs, run/test_runs.py what all runs share
def test_a_run_that_is_stopped_and_resumed_gives_the_same_bytes(
    whole, tmp_path, watch, monkeypatch
):
    from digitcli.training.run.stopped import TrainingStoppedError

    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    observer = watch(interrupt_at=21)
    with pytest.raises(TrainingStoppedError):
        train(tmp_path, observer, often=True)
    train(tmp_path, watch())

    there, here = (load_weights(path / "weights.npz") for path in (whole, tmp_path))
    for name, tensor in there.arrays.items():
        np.testing.assert_array_equal(tensor, here.arrays[name])


@pytest.mark.parametrize(
    ("change", "words"),
    [({"drawn": 8}, "at least 16 batches"), ({"mixture": {"nobody": 1.0}}, "no hands")],
)
def test_a_recipe_that_no_line_can_be_drawn_by_is_refused(change, words, tmp_path, watch):
    from dataclasses import replace

    with pytest.raises(UsageError, match=words):
        train(tmp_path, watch(), replace(RECIPE, **change))


def test_both_forms_of_the_loss_agree_and_so_does_the_sum_over_all_paths():
    from itertools import product

    from digitcli.training.lines.ctc import BLANK, ctc_loss, sparse_ctc_loss

    random = np.random.default_rng(2)
    logits = random.normal(size=(3, 4, BLANK + 1)).astype(np.float32)
    signs = np.array([[1, 1, 0], [2, 0, 0], [0, 0, 0]], np.int32)
    lengths = np.array([2, 1, 0], np.int32)

    found = np.asarray(ctc_loss(logits, signs, lengths))
    sparse = np.asarray(sparse_ctc_loss(logits, signs, lengths))

    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    used = [*range(3), BLANK]
    for row in range(3):
        wanted = tuple(signs[row, : lengths[row]])
        total = 0.0
        for path in product(used, repeat=4):
            kept = [c for at, c in enumerate(path) if c != BLANK and (at == 0 or path[at - 1] != c)]
            if tuple(kept) == wanted:
                total += np.prod([shares[row, at, c] for at, c in enumerate(path)])
        assert found[row] == pytest.approx(-np.log(total), rel=1e-4)
        assert sparse[row] == pytest.approx(-np.log(total), rel=1e-4)


def test_a_line_is_right_only_when_all_its_signs_are():
    from digitcli.training.lines.ctc import BLANK
    from digitcli.training.lines.trainer import _count_right

    paths = [[1, BLANK, 1, 2], [1, 1, BLANK, 2], [BLANK] * 4, [3, BLANK, BLANK, BLANK]]
    logits = np.eye(BLANK + 1, dtype=np.float32)[np.array(paths)]
    signs = np.array([[1, 1, 2], [1, 2, 0], [0, 0, 0], [3, 0, 0]], np.int32)
    signs = np.pad(signs, ((0, 0), (0, 21)))

    assert int(_count_right(logits, signs, np.array([3, 2, 0, 1], np.int32))) == 4
    assert int(_count_right(logits, signs, np.array([2, 2, 0, 1], np.int32))) == 3
    assert int(_count_right(logits, signs + 1, np.array([3, 2, 0, 1], np.int32))) == 1
