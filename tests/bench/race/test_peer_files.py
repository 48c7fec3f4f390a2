from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitcli.bench.race import peer_files, process
from digitcli.bench.race.entry import Entry
from digitcli.bench.race.interpreter import WorkerError, python_command
from digitcli.bench.race.peer_files import PeerFiles
from digitcli.bench.race.process import workers
from digitcli.errors import DigitError

MAKER = python_command("bench.fakes", "make")


@pytest.fixture
def files():
    """Files whose calibration pictures count how often they were loaded."""
    loads = []

    def calibration() -> np.ndarray:
        loads.append(1)
        return np.zeros((7, 28, 28), np.uint8)

    made = PeerFiles(MAKER, Path("some.npz"), calibration)
    made.loads = loads
    return made


def test_a_file_is_made_once_from_the_weights_and_the_calibration_pictures(files, tmp_path):
    path = files.file("copy", tmp_path)
    path.write_text(path.read_text() + " kept")

    assert files.file("copy", tmp_path) == path
    assert path.read_text() == "some.npz 7 kept"
    assert len(files.loads) == 1


def test_a_refusal_is_named_and_not_tried_again(files, tmp_path):
    for _ in range(2):
        with pytest.raises(WorkerError, match="refuse: no room") as caught:
            files.file("refuse", tmp_path)
        assert caught.value.hint == "make some"
        files._command = ["false"]  # a second try would end differently


def test_a_maker_that_crashes_is_reported_with_the_last_line_it_wrote(files, tmp_path):
    with pytest.raises(WorkerError, match="exit code 3; its last words: something ate my memory"):
        files.file("crash", tmp_path)


def test_a_maker_that_never_ends_is_given_up(files, tmp_path, monkeypatch):
    monkeypatch.setattr(peer_files, "PATIENCE", 0.01)

    with pytest.raises(WorkerError, match="copy: not made within 0.01 s"):
        files.file("copy", tmp_path)


def test_an_entry_without_its_file_fails_and_the_others_start(files, monkeypatch):
    monkeypatch.setattr(
        process, "file_of", lambda engine, precision: "refuse" if precision == "int8" else "copy"
    )
    images = np.zeros((20, 28, 28), np.uint8)

    with workers(
        python_command("bench.fakes", "main"), Path("some.npz"), images, files
    ) as start_worker:
        absent, present = (start_worker(Entry("fake", None, name), 1) for name in ("int8", "fp32"))
        try:
            with pytest.raises(DigitError, match="refuse: no room"):
                absent.info()
            assert present.info().variant == "plain"
        finally:
            absent.close()
            present.close()
