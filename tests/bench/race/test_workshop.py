from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitcli.bench.race import process, workshop
from digitcli.bench.race.interpreter import WorkerError, python_command
from digitcli.bench.race.plan import Candidate
from digitcli.bench.race.process import workers
from digitcli.bench.race.workshop import Workshop
from digitcli.errors import DigitError

MAKER = python_command("bench.fakes", "make")


@pytest.fixture
def shop():
    """A workshop whose calibration pictures count how often they were loaded."""
    loads = []

    def calibration() -> np.ndarray:
        loads.append(1)
        return np.zeros((7, 28, 28), np.uint8)

    made = Workshop(MAKER, Path("some.npz"), calibration)
    made.loads = loads
    return made


def test_a_file_is_made_once_from_the_weights_and_the_calibration_pictures(shop, tmp_path):
    path = shop.file("copy", tmp_path)
    path.write_text(path.read_text() + " kept")

    assert shop.file("copy", tmp_path) == path
    assert path.read_text() == "some.npz 7 kept"
    assert len(shop.loads) == 1


def test_a_refusal_is_named_and_not_tried_again(shop, tmp_path):
    for _ in range(2):
        with pytest.raises(WorkerError, match="refuse: no room") as caught:
            shop.file("refuse", tmp_path)
        assert caught.value.hint == "make some"
        shop._command = ["false"]  # a second try would end differently


def test_a_maker_that_crashes_is_reported_with_its_last_words(shop, tmp_path):
    with pytest.raises(WorkerError, match="exit code 3; its last words: something ate my memory"):
        shop.file("crash", tmp_path)


def test_a_maker_that_never_ends_is_given_up(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "PATIENCE", 0.01)

    with pytest.raises(WorkerError, match="copy: not made within 0.01 s"):
        shop.file("copy", tmp_path)


def test_a_candidate_without_its_file_fails_and_the_others_start(shop, monkeypatch):
    monkeypatch.setattr(
        process, "file_of", lambda engine, precision: "refuse" if precision == "int8" else "copy"
    )
    images = np.zeros((20, 28, 28), np.uint8)

    with workers(python_command("bench.fakes", "main"), Path("some.npz"), images, shop) as hire:
        absent, present = (hire(Candidate("fake", None, name), 1) for name in ("int8", "fp32"))
        try:
            with pytest.raises(DigitError, match="refuse: no room"):
                absent.introduction()
            assert present.introduction().variant == "plain"
        finally:
            absent.close()
            present.close()
