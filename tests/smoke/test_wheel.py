"""What each wheel must do where nothing but the wheel and pytest is installed.

A release runs this on every wheel (`[tool.cibuildwheel]` in pyproject.toml), `make wheel` on
the one that it builds. It needs `samples/` two folders up, no source tree and no network.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import digitcli
from digitcli.data.store import load_split
from digitcli.inference.engine import available_isas, load
from digitcli.inference.quantize import quantize

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DIGITS = {"five-transparent.png": "5", "seven.png": "7", "three-pencil.png": "3"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder; the synthetic set is drawn into it once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def drawn(data):
    """200 drawn digits: uint8 (200, 28, 28)."""
    split = load_split("synthetic", "test", data / "synthetic")
    return np.ascontiguousarray(np.asarray(split.images)[:200])


@pytest.fixture
def command(tmp_path, data):
    """Run the installed `digitcli` in an empty folder; its answer on standard output."""
    name = "digitcli.exe" if os.name == "nt" else "digitcli"
    installed = Path(sysconfig.get_path("scripts")) / name
    environment = os.environ | {"DIGITCLI_DATA": str(data), "DIGITCLI_CONFIG": "none"}

    def run(*arguments):
        done = subprocess.run(
            [installed, *map(str, arguments)], cwd=tmp_path, env=environment,
            capture_output=True, encoding="utf-8", timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_command_has_the_version_of_the_package(command):
    version = importlib.metadata.version("digitcli")

    assert version == digitcli.__version__
    assert version in command("--version")


def test_predict_reads_the_sample_pictures(command):
    results = json.loads(command("predict", "--json", *(SAMPLES / name for name in DIGITS)))

    found = {Path(one["file"]).name: one["text"] for one in results["results"]}
    assert found == DIGITS


def test_eval_is_right_on_drawn_digits(command):
    answer = command("eval", "--data", "synthetic", "--min-accuracy", 98, "--json")

    assert json.loads(answer)["accuracy"] >= 0.98


def test_every_instruction_set_reads_the_same_digits(drawn):
    answers = {isa: load("reader", isa=isa).predict(drawn).classes for isa in available_isas()}

    assert "baseline" in answers
    for isa, classes in answers.items():
        assert (classes == answers["baseline"]).all(), isa


def test_every_instruction_set_gives_the_same_bits_in_int8(drawn):
    weights = quantize(load("small").weights, drawn).weights
    answers = {
        isa: digitcli.Engine(weights, isa=isa).predict(drawn).probabilities.tobytes()
        for isa in available_isas()
    }

    assert set(answers.values()) == {answers["baseline"]}


def test_two_threads_give_the_bits_of_one(drawn):
    engine = load("reader")

    one, two = (engine.predict(drawn, threads=n).probabilities for n in (1, 2))

    assert one.tobytes() == two.tobytes()


def test_info_finds_the_engine_and_the_linked_libdeflate(command):
    found = json.loads(command("info", "--json"))

    assert found["isas"] == available_isas()
    assert found["inflater"] == "linked"
