"""Whole training runs: their files, how they stop, how they go on."""

from __future__ import annotations

import json
import shutil
import signal

import pytest
from training.run.short_runs import assert_same_weights, history_of, tensors_of, train_digits

from digitcli.errors import DataError, DigitError, MachineError, ModelError, UsageError
from digitcli.files import folder_lock
from digitcli.model.presets import load_preset
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import load_weights
from digitcli.training.recipes import Recipe
from digitcli.training.target import Target

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

SPEC = NetworkSpec.from_json(
    {
        "name": "short",
        "layers": [
            {"type": "conv", "filters": 4, "kernel": 5, "stride": 2, "batch_norm": True},
            {"type": "dense", "units": 16, "activation": "relu", "dropout": 0.4},
            {"type": "dense", "units": 10},
        ],
    }
)
RECIPE = Recipe(learning_rate=0.005, batch_size=50, epochs=3, validation=100, seed=5)


def train(folder, splits, observer, recipe=RECIPE, spec=SPEC, target=None):
    return train_digits(folder, spec, recipe, splits, observer, target=target)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, splits, watch):
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    train(folder, splits, watch())
    return folder


def test_a_run_learns_and_leaves_its_files(whole, splits):
    weights = load_weights(whole / "weights.npz")
    rows = history_of(whole)

    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert weights.trained["test"]["n"] == 200
    low, high = weights.trained["test"]["interval"]
    assert low <= weights.trained["test"]["accuracy"] <= high
    assert weights.trained["data"] == {"name": "drawn", "sha256": "0" * 64}
    json.dumps(weights.trained)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    tmp_path, whole, splits, watch
):
    from dataclasses import replace

    train(tmp_path / "same", splits, watch())
    train(tmp_path / "other", splits, watch(), replace(RECIPE, seed=6))

    assert_same_weights(whole, tmp_path / "same")
    first, second = tensors_of(whole), tensors_of(tmp_path / "other")
    assert (first["conv1.weight"] != second["conv1.weight"]).any()


def test_the_config_replays_the_run(whole):
    preset = load_preset(str(whole / "config.toml"))

    from digitcli.training.recipes import recipe_from_table

    assert preset.spec == SPEC
    assert recipe_from_table(preset.training) == RECIPE
    assert preset.data == "drawn"


INT, TERM = signal.SIGINT, signal.SIGTERM
SLOW = [pytest.param(*each, marks=pytest.mark.slow) for each in [(1, TERM), (7, INT), (12, TERM)]]


@pytest.mark.parametrize(("at", "number"), [(1, INT), (7, TERM), (12, INT), *SLOW])
def test_an_interrupted_run_ends_exactly_as_the_undisturbed_one(
    tmp_path, whole, splits, watch, monkeypatch, at, number
):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    with pytest.raises(DigitError) as stopped:
        train(tmp_path, splits, watch(interrupt_at=at, number=number))
    again = watch()

    train(tmp_path, splits, again)

    assert stopped.value.exit_code == 128 + number
    assert stopped.value.hint == f"`digitcli train --resume {tmp_path}` goes on from there"
    assert again.first_step == at
    assert_same_weights(whole, tmp_path)
    measured = [row["loss"] for row in history_of(tmp_path)]
    assert measured == [row["loss"] for row in history_of(whole)]


def test_a_run_stops_at_the_first_epoch_that_reaches_its_target_interrupted_or_not(
    tmp_path, whole, splits, watch, monkeypatch
):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    rows = history_of(whole)
    accuracies = [float(row["validation_accuracy"]) for row in rows]
    assert accuracies[0] < accuracies[1]  # or else this run shows nothing
    target = Target(100 * accuracies[1], RECIPE)

    with pytest.raises(DigitError):
        train(tmp_path, splits, watch(interrupt_at=13), target=target)
    outcome = train(tmp_path, splits, watch(), target=target)
    again = train(tmp_path, splits, watch(), target=target)
    beyond = train(tmp_path, splits, watch())

    assert [row.epoch for row in outcome.history] == [1, 2]
    assert outcome.weights.trained["epochs"] == 2
    assert [row.epoch for row in again.history] == [1, 2]
    assert len(beyond.history) == 3
    assert_same_weights(whole, tmp_path)


def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_says_so(
    tmp_path, whole, splits, watch
):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    newest = max((tmp_path / "checkpoints").glob("step-*")) / "state.npz"
    newest.write_bytes(newest.read_bytes()[:-100])
    again = watch()

    train(tmp_path, splits, again)

    assert any("damaged" in line for line in again.lines)
    assert again.first_step == 20
    assert_same_weights(whole, tmp_path)


def test_checkpoints_that_are_all_damaged_are_refused_and_kept(tmp_path, whole, splits, watch):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    for path in (tmp_path / "checkpoints").glob("step-*/meta.json"):
        path.write_bytes(b"nothing")

    with pytest.raises(ModelError, match="no checkpoint can be read"):
        train(tmp_path, splits, watch())

    assert len(list((tmp_path / "checkpoints").glob("step-*"))) == 2


def test_a_longer_run_goes_on_where_the_shorter_one_ended(tmp_path, splits, watch):
    from dataclasses import replace

    train(tmp_path, splits, watch(), replace(RECIPE, epochs=2))
    again = watch()

    train(tmp_path, splits, again, RECIPE)

    assert again.first_step == 20
    assert [row.epoch for row in again.rows] == [3]


def test_the_folder_of_another_network_is_refused(tmp_path, whole, splits, watch):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    config = (tmp_path / "config.toml").read_bytes()

    with pytest.raises(ModelError, match="checkpoints of another network, recipe or data set"):
        train(tmp_path, splits, watch(), spec=load_preset("small").spec)

    assert (tmp_path / "config.toml").read_bytes() == config


def test_two_trainers_on_one_folder_the_second_is_refused(tmp_path, splits, watch):
    with (
        folder_lock(tmp_path, MachineError("busy")),
        pytest.raises(MachineError, match="another training run is using this folder"),
    ):
        train(tmp_path, splits, watch())


def test_a_diverging_run_stops_and_exports_nothing(tmp_path, splits, watch):
    recipe = Recipe(optimizer="sgd", learning_rate=10, batch_size=50, epochs=40, validation=0)
    plain = NetworkSpec.from_json(
        {
            "name": "plain",
            "layers": [{"type": "dense", "units": 99}, {"type": "dense", "units": 10}],
        }
    )

    with pytest.raises(ModelError, match="training diverged"):
        train(tmp_path, splits, watch(), recipe, plain)

    assert not (tmp_path / "weights.npz").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 501}, "batch_size 501 is larger than the 500 pictures"),
        ({"validation": 600}, "600 training pictures, but validation 600 would leave none"),
    ],
)
def test_a_recipe_that_asks_for_more_pictures_than_there_are_is_refused(
    tmp_path, splits, watch, change, message
):
    from dataclasses import replace

    with pytest.raises(DataError) as caught:
        train(tmp_path, splits, watch(), replace(RECIPE, **change))

    assert message in str(caught.value)
    assert not (tmp_path / "config.toml").exists()


def test_the_test_accuracy_is_measured_every_epoch_when_asked(tmp_path, splits, watch):
    recipe = Recipe(batch_size=50, epochs=2, validation=0, test_every_epoch=True, test_chunks=7)
    observer = watch()

    outcome = train(tmp_path, splits, observer, recipe)

    assert [row.test_accuracy is None for row in observer.rows] == [False, False]
    assert observer.rows[-1].test_accuracy == outcome.weights.trained["test"]["accuracy"]


def test_a_run_that_ended_inside_an_epoch_goes_on_with_one_row_for_it(tmp_path, splits, watch):
    from dataclasses import replace

    train(tmp_path, splits, watch(), replace(RECIPE, epochs=None, steps=15))
    train(tmp_path, splits, watch(), replace(RECIPE, epochs=None, steps=20))

    assert [row["epoch"] for row in history_of(tmp_path)] == ["1", "2"]


def test_fewer_steps_than_are_saved_are_a_usage_error(tmp_path, splits, watch, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    with pytest.raises(DigitError, match="stopped after step 5"):
        train(tmp_path, splits, watch(interrupt_at=5))

    with pytest.raises(UsageError, match="step 5 is saved there, past the 3 steps asked for"):
        train(tmp_path, splits, watch(), replace(RECIPE, epochs=None, steps=3))


def test_a_run_begins_over_no_files_but_those_of_a_run_killed_at_its_start(
    tmp_path, whole, splits, watch
):
    (tmp_path / "killed").mkdir()
    shutil.copy(whole / "config.toml", tmp_path / "killed")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "history.csv").write_text("mine")

    train(tmp_path / "killed", splits, watch())
    with pytest.raises(UsageError, match=r"history.csv: training would replace it"):
        train(tmp_path / "mine", splits, watch())

    assert (tmp_path / "mine" / "history.csv").read_text() == "mine"
