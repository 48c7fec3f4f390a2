"""Checkpoints on the disk: whole or not there, compared before use, two kept."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from digitcli.errors import MachineError, ModelError
from digitcli.training.run.checkpoint import (
    Checkpoint,
    newest_checkpoint,
    remove_earlier,
    remove_unfinished,
    save_checkpoint,
)


def save(folder, step):
    state = {"weight": np.full((3, 4), step, np.float32), "seed": np.array([step], np.uint32)}
    return save_checkpoint(folder, Checkpoint(step, {"history": [{"loss": 0.1}]}, state))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_reads_back(tmp_path):
    save(tmp_path, 7)

    found, notes = newest_checkpoint(tmp_path)

    assert (found.step, found.meta, notes) == (7, {"history": [{"loss": 0.1}]}, [])
    np.testing.assert_array_equal(found.state["weight"], np.full((3, 4), 7, np.float32))
    assert found.state["seed"].dtype == np.uint32


def test_the_newest_two_are_kept(tmp_path):
    for step in (5, 10, 15, 1_000_000_000):
        save(tmp_path, step)

    assert names(tmp_path) == ["step-000000015", "step-1000000000"]
    assert newest_checkpoint(tmp_path)[0].step == 1_000_000_000


def test_earlier_ones_that_a_full_disk_kept_are_removed_later(tmp_path):
    for step in (5, 10, 15, 20):
        save(tmp_path / str(step), step).rename(tmp_path / f"step-{step:09d}")
        (tmp_path / str(step)).rmdir()

    remove_earlier(tmp_path, 15)

    assert names(tmp_path) == [f"step-{step:09d}" for step in (10, 15, 20)]


def test_an_empty_or_missing_folder_has_no_checkpoint(tmp_path):
    assert newest_checkpoint(tmp_path) == (None, [])
    assert newest_checkpoint(tmp_path / "none") == (None, [])


@pytest.mark.parametrize("file", ["state.npz", "meta.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, file, damage):
    save(tmp_path, 5)
    path = save(tmp_path, 10) / file
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-9] if damage == "cut" else content[:-9] + b"\0" * 9)

    found, notes = newest_checkpoint(tmp_path)

    assert found.step == 5
    assert len(notes) == 1
    assert f"step-000000010: damaged ({file}: " in notes[0]
    assert notes[0].endswith("using the one before")


def test_a_damaged_checkpoint_goes_when_a_later_or_the_same_step_is_saved(tmp_path):
    for step in (5, 10):
        save(tmp_path, step)
    (tmp_path / "step-000000010" / "meta.json").write_text("{}")

    save(tmp_path, 8)
    again = save(tmp_path, 8)

    assert names(tmp_path) == ["step-000000005", "step-000000008"]
    assert newest_checkpoint(tmp_path)[0].step == 8
    assert names(again) == ["manifest.json", "meta.json", "state.npz"]


@pytest.mark.parametrize("kind", ["damaged", "of an older version"])
def test_checkpoints_of_which_none_is_whole_are_refused_and_kept(tmp_path, kind):
    if kind == "damaged":
        (save(tmp_path, 5) / "manifest.json").write_text('{"format": "other/9", "files": {}}')
    else:
        (tmp_path / "step-000000005.npz").write_bytes(b"PK")
    before = names(tmp_path)

    with pytest.raises(ModelError, match=r"no checkpoint can be read \(1 damaged\)") as caught:
        newest_checkpoint(tmp_path)

    assert "step-000000005" in caught.value.details[0]
    assert names(tmp_path) == before


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace", "numpy.savez"])
def test_a_full_disk_leaves_the_earlier_checkpoints_and_no_half_one(tmp_path, monkeypatch, call):
    for step in (5, 10):
        save(tmp_path, step)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(call, full)
        with pytest.raises(MachineError) as caught:
            save(tmp_path, 15)

    assert f"{tmp_path / 'step-000000015'}: cannot be written (no space left" in str(caught.value)
    assert names(tmp_path) == ["step-000000005", "step-000000010"]
    assert newest_checkpoint(tmp_path)[0].step == 10


def test_what_a_killed_run_left_half_done_is_removed_and_nothing_else(tmp_path):
    save(tmp_path, 5)
    (tmp_path / ".step-000000010.ab12cd34.tmp").mkdir()
    (tmp_path / ".step-000000010.ab12cd34.tmp" / "state.npz").write_bytes(b"half")
    (tmp_path / ".step-000000001.removed.tmp").mkdir()
    (tmp_path / ".mine.tmp").write_bytes(b"mine")

    remove_unfinished(tmp_path)

    assert names(tmp_path) == [".mine.tmp", "step-000000005"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
@pytest.mark.parametrize("file", ["state.npz", "meta.json", "manifest.json"])
def test_a_pipe_in_a_checkpoint_is_damage_and_nobody_waits_for_it(tmp_path, file):
    save(tmp_path, 5)
    path = save(tmp_path, 10) / file
    path.unlink()
    os.mkfifo(path)

    found, notes = newest_checkpoint(tmp_path)

    assert found.step == 5
    assert "step-000000010: damaged" in notes[0]
