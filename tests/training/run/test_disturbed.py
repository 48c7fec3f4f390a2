"""Runs that a full disk, a diverging loss, other data or an impatient user disturb."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from training.run.short_runs import train_digits

from digitcli.errors import DataError, DigitError, ExitCode, MachineError, ModelError
from digitcli.model.spec import NetworkSpec
from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

SPEC = NetworkSpec.from_json(
    {
        "name": "disturbed",
        "layers": [
            {"type": "conv", "filters": 2, "kernel": 5, "stride": 3, "batch_norm": True},
            {"type": "dense", "units": 8, "activation": "relu", "dropout": 0.2},
            {"type": "dense", "units": 10},
        ],
    }
)
RECIPE = Recipe(learning_rate=0.005, schedule="one_cycle", batch_size=50, epochs=2, validation=100)


def often():
    from digitcli.training.run.loop import RunOptions

    return RunOptions(checkpoint_seconds=0)


def train(folder, splits, observer, recipe=RECIPE, spec=SPEC, **options):
    return train_digits(folder, spec, recipe, splits, observer, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, splits, watch):
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    train(folder, splits, watch())
    return folder


def steps_in(folder):
    return sorted(int(path.name[5:]) for path in (folder / "checkpoints").glob("step-*"))


def leftovers(folder):
    return [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_checkpoints_inside_epochs_change_no_byte_and_are_gone_on_from(
    tmp_path, whole, splits, watch, monkeypatch
):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)

    class Killed(BaseException): ...

    class Killer(watch):
        def on_progress(self, progress):
            if progress.step == 17:
                raise Killed

    with pytest.raises(Killed):
        train(tmp_path, splits, Killer(), options=often())
    saved = steps_in(tmp_path)
    train(tmp_path, splits, watch(), options=often())

    assert saved == [15, 16]
    assert (tmp_path / "weights.npz").read_bytes() == (whole / "weights.npz").read_bytes()


def test_a_disk_that_fills_up_stops_the_run_and_keeps_what_was_saved(
    tmp_path, whole, splits, watch, monkeypatch
):
    free = [3]  # saves that still fit
    real = np.savez

    def savez(*arguments, **arrays):
        free[0] -= 1
        if free[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*arguments, **arrays)

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", savez)
        with pytest.raises(MachineError, match="no space left on device") as caught:
            train(tmp_path, splits, watch(), options=often())
    stopped = steps_in(tmp_path)
    train(tmp_path, splits, watch())

    assert stopped == [1, 2]
    assert caught.value.hint == (
        "free some space, or write to another disk; "
        f"then `digitcli train --resume {tmp_path}` goes on from there"
    )
    assert not leftovers(tmp_path)
    assert (tmp_path / "weights.npz").read_bytes() == (whole / "weights.npz").read_bytes()


def test_a_disk_that_is_full_already_is_refused_before_the_first_step(
    tmp_path, splits, watch, monkeypatch
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("digitcli.training.run.checkpoint.flush_to_disk", full)
    monkeypatch.setattr("digitcli.training.trainer.Trainer.step", lambda *_: pytest.fail("a step"))

    with pytest.raises(MachineError, match="step-000000000: cannot be written") as caught:
        train(tmp_path, splits, watch())

    assert "resume" not in caught.value.hint
    assert not leftovers(tmp_path)


def test_a_diverging_run_keeps_its_last_finite_checkpoint_and_exports_nothing(
    tmp_path, splits, watch, monkeypatch
):
    from digitcli.training.trainer import Trainer

    real = Trainer.sums

    def sums(trainer):
        loss, correct = real(trainer)
        return (float("nan") if trainer.state()["step"] > 10 else loss), correct

    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 99)
    monkeypatch.setattr(Trainer, "sums", sums)

    with pytest.raises(ModelError) as caught:
        train(tmp_path, splits, watch())

    assert str(caught.value) == (
        "the loss is nan after step 11: training diverged, nothing was exported; "
        f"step 10 is kept in {tmp_path}, still finite"
    )
    assert f"digitcli train --config {tmp_path}/config.toml --learning-rate" in caught.value.hint
    assert steps_in(tmp_path) == [0, 10]
    assert not (tmp_path / "weights.npz").exists()


def test_other_pictures_under_the_same_name_are_another_run(tmp_path, whole, splits, watch):
    train_split, test_split = splits
    images = train_split.images.copy()
    images[7, 14, 14] ^= 1
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}

    with pytest.raises(ModelError, match="another network, recipe or data set") as caught:
        train(whole, (replace(train_split, images=images), test_split), watch())

    assert [line.split(":")[0] for line in caught.value.details] == ["data.train"]
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_weights_whose_checkpoints_are_gone_are_not_written_over(tmp_path, splits, watch):
    (tmp_path / "weights.npz").write_bytes(b"hours of work")

    with pytest.raises(ModelError, match="holds weights, but no checkpoints to go on from"):
        train(tmp_path, splits, watch())

    assert (tmp_path / "weights.npz").read_bytes() == b"hours of work"


def test_going_on_with_another_version_or_device_is_noted(tmp_path, splits, watch, monkeypatch):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    with pytest.raises(DigitError, match="stopped"):
        train(tmp_path, splits, watch(interrupt_at=1))
    monkeypatch.setattr("digitcli.training.run.loop.versions", lambda: {"keras": "99"})
    again = watch()

    train(tmp_path, splits, again)

    assert [line for line in again.lines if line.startswith("began with keras")]


def test_a_training_set_of_one_digit_is_refused_and_leaves_no_run(tmp_path, splits, watch):
    train_split, test_split = splits
    one = replace(train_split, labels=np.full(600, 7, np.uint8))

    with pytest.raises(DataError, match="every label is 7"):
        train(tmp_path, (one, test_split), watch())

    assert not (tmp_path / "config.toml").exists()


def test_a_second_interrupt_ends_the_run_at_once(tmp_path, splits, watch, monkeypatch):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)

    class Impatient(watch):
        def on_progress(self, progress):
            if progress.step == 3:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, splits, Impatient())

    assert steps_in(tmp_path) == [0]
    assert not leftovers(tmp_path)


def test_a_stop_in_the_last_step_of_an_epoch_waits_for_its_tests(
    tmp_path, splits, watch, monkeypatch
):
    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    observer = watch(interrupt_at=10, number=signal.SIGTERM)

    with pytest.raises(Exception, match="stopped after step 10") as stopped:
        train(tmp_path, splits, observer)

    assert stopped.value.exit_code == ExitCode.TERMINATED
    assert [row.step for row in observer.rows] == [10]


def test_what_follows_the_last_checkpoint_is_done_when_the_run_goes_on(
    tmp_path, splits, watch, monkeypatch
):
    """A disk that is full right after it was saved: `steps.csv` is whole in the end."""
    train(tmp_path / "whole", splits, watch())
    from digitcli.training.run import saved

    write = saved.write_points

    def refuse_at_the_end(path, points) -> None:
        if points[-1].epoch == RECIPE.epochs:
            raise MachineError("steps.csv: cannot be written (no space left on device)")
        write(path, points)

    monkeypatch.setattr(saved, "write_points", refuse_at_the_end)
    with pytest.raises(MachineError):
        train(tmp_path / "cut", splits, watch())
    monkeypatch.setattr(saved, "write_points", write)
    train(tmp_path / "cut", splits, watch())

    points = [(tmp_path / run / "steps.csv").read_text() for run in ("whole", "cut")]
    assert points[0] == points[1]
