"""Several seeds: which are trained, how they are summed up, and that test chooses nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.data.store import Split
from digitcli.errors import MachineError, UsageError
from digitcli.files import folder_lock
from digitcli.inference.engine import Engine
from digitcli.model.precision import FLOAT32, tensor_slots
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights
from digitcli.training.recipes import Recipe
from digitcli.training.run.checkpoint import Checkpoint, save_checkpoint
from digitcli.training.run.identity import identity
from digitcli.training.run.pictures import divide
from digitcli.training.run.resume import LAST_FILE, TrainingRequest, reopen
from digitcli.training.run.seeds import summary, train_seeds
from digitcli.training.run.stopped import TrainingStoppedError

SPEC = NetworkSpec.from_json({"name": "line", "layers": [{"type": "dense", "units": 10}]})
RECIPE = Recipe(epochs=1, batch_size=5, validation=20, seed=3)


@pytest.fixture(scope="module")
def splits():
    train, test = draw(60, seed=1), draw(40, seed=2)
    return Split("drawn", "train", *train, "0" * 64), Split("drawn", "test", *test, "1" * 64)


def make_weights(seed, validation=0.9, test=0.8):
    rng = np.random.default_rng(seed)
    slots = tensor_slots(SPEC, FLOAT32).items()
    tensors = {name: rng.standard_normal(slot.shape).astype(np.float32) for name, slot in slots}
    trained = {"epochs": 1, "steps": 8, "validation_accuracy": validation}
    return Weights(SPEC, tensors, trained | {"test": {"accuracy": test}})


class Trainer:
    """Leaves what a run leaves, without TensorFlow; stops when asked for `stop_at`."""

    def __init__(self, splits, stop_at=None):
        self.splits, self.stop_at, self.seeds = splits, stop_at, []

    def __call__(self, folder, recipe):
        if recipe.seed == self.stop_at:
            raise TrainingStoppedError(2, folder, 2)
        self.seeds.append(recipe.seed)
        meta = {"identity": identity(SPEC, recipe, *self.splits), "total_steps": 8}
        save_checkpoint(folder / "checkpoints", Checkpoint(8, meta, {"a": np.zeros(1)}))
        save_weights(folder / "weights.npz", make_weights(recipe.seed, 0.9 + recipe.seed / 100))
        (folder / LAST_FILE).touch()


def run(folder, splits, train_one, seeds=(3, 4, 5), ensemble=False):
    plan = TrainingRequest(SPEC, RECIPE, "drawn", folder, seeds, ensemble)
    notes = []
    return train_seeds(plan, *splits, train_one, notes.append), notes


def test_each_seed_has_its_run_and_the_summary_is_written(tmp_path, splits):
    trainer = Trainer(splits)

    outcome, _ = run(tmp_path, splits, trainer)

    document = json.loads((tmp_path / "seeds.json").read_text())
    assert trainer.seeds == [3, 4, 5]
    assert document["schema"] == "digitcli.seeds/1"
    assert document["complete"] is True
    assert [entry["folder"] for entry in document["runs"]] == ["seed-3", "seed-4", "seed-5"]
    assert document["validation"]["mean"] == pytest.approx(0.94)
    assert document["validation"]["deviation"] == pytest.approx(0.01)
    assert document["best"] == outcome.best.folder == "seed-5"


def test_runs_that_are_finished_are_not_trained_again_and_more_can_be_added(tmp_path, splits):
    run(tmp_path, splits, Trainer(splits))
    trainer = Trainer(splits)

    outcome, notes = run(tmp_path, splits, trainer, seeds=(3, 4, 5, 6))

    assert trainer.seeds == [6]
    assert sum("finished already" in note for note in notes) == 3
    assert len(outcome.runs) == 4


def test_a_run_on_other_pictures_is_not_taken_for_finished(tmp_path, splits):
    run(tmp_path, splits, Trainer(splits))
    train, test = splits
    other = Split("drawn", "train", 255 - train.images, train.labels, train.sha256), test
    trainer = Trainer(other)

    run(tmp_path, other, trainer)

    assert trainer.seeds == [3, 4, 5]


def test_a_stopped_series_goes_on_from_its_own_folder(tmp_path, splits):
    with pytest.raises(TrainingStoppedError) as stopped:
        run(tmp_path, splits, Trainer(splits, stop_at=4), ensemble=True)

    plan = reopen(tmp_path)
    trainer = Trainer(splits)
    train_seeds(plan, *splits, trainer, lambda text: None)

    assert stopped.value.hint == f"`digitcli train --resume {tmp_path}` goes on from there"
    assert (plan.seeds, plan.ensemble, plan.recipe) == ((3, 4, 5), True, RECIPE)
    assert trainer.seeds == [4, 5]


def test_the_best_run_is_chosen_by_validation_and_never_by_test():
    runs = [make_weights(1, 0.98, test=0.99), make_weights(2, 0.99, test=0.97)]

    assert summary((1, 2), runs, {}).best.seed == 2


def test_without_validation_no_run_is_called_the_best():
    runs = [make_weights(seed, None) for seed in (1, 2)]

    found = summary((1, 2), runs, {})

    assert (found.best, found.validation) == (None, None)
    assert found.test.mean == pytest.approx(0.8)


def test_the_ensemble_is_the_mean_of_all_runs_judged_on_validation_and_test(tmp_path, splits):
    outcome, _ = run(tmp_path, splits, Trainer(splits), ensemble=True)

    train, test = splits
    _, check = divide(train, RECIPE)
    files = [load_weights(tmp_path / f"seed-{seed}" / "weights.npz") for seed in (3, 4, 5)]
    answers = [Engine(one).predict(test.images).probabilities for one in files]
    right = (np.mean(answers, axis=0).argmax(axis=1) == test.labels).sum()
    assert outcome.ensemble["test"].correct == right
    assert outcome.ensemble["validation"].n == len(check) == 20
    stored = json.loads((tmp_path / "seeds.json").read_text())["ensemble_of_all"]
    assert stored["test"]["accuracy"] == right / 40
    assert stored["test"]["interval"] == list(outcome.ensemble["test"].interval)


def test_the_folder_of_a_single_run_is_refused(tmp_path, splits):
    (tmp_path / "checkpoints").mkdir()

    with pytest.raises(UsageError, match="holds a single run"):
        run(tmp_path, splits, Trainer(splits))

    assert not (tmp_path / "seeds.json").exists()


def test_a_second_series_on_one_folder_is_refused(tmp_path, splits):
    with (
        folder_lock(tmp_path, MachineError("busy")),
        pytest.raises(MachineError, match="another training run is using this folder"),
    ):
        run(tmp_path, splits, Trainer(splits))
