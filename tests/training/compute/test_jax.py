"""The JAX backend trains the same network without TensorFlow."""

from __future__ import annotations

import csv
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]
for package in ("jax", "tensorflow"):
    if find_spec(package) is None:
        pytest.skip(f"compares JAX with TensorFlow: needs {package}", allow_module_level=True)

# Runs the command line where TensorFlow cannot be imported, whoever tries.
WITHOUT = """
import runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Nothing())
sys.argv[0] = "digitcli"
runpy.run_module("digitcli", run_name="__main__")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory, run):
    folder = tmp_path_factory.mktemp("jax")
    done = run(folder, "fetch", "synthetic")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def run():
    import os

    def start(folder, *arguments, jax=False, **more):
        environment = os.environ | {"DIGITCLI_DATA": str(folder / "data"), **more}
        environment["KERAS_BACKEND"] = "jax" if jax else "tensorflow"
        program = ["-c", WITHOUT] if jax else ["-m", "digitcli"]
        return subprocess.run(
            [sys.executable, *program, *map(str, arguments)],
            **{"cwd": folder, "env": environment, "text": True},
            capture_output=True,
            timeout=280,
        )

    return start


def losses(folder):
    rows = csv.DictReader((folder / "history.csv").read_text().splitlines())
    return np.array([[float(row[name]) for name in ("loss", "validation_loss")] for row in rows])


def test_small_trains_the_same_on_jax_and_on_tensorflow(place, run):
    """One epoch; weights, pictures, outliers and dropout are equal, sums differ by rounding."""
    options = ("--preset", "small", "--data", "synthetic,outliers:0.05", "--epochs", 1)

    jax = run(place, "train", *options, "--out", "jax", jax=True)
    tensorflow = run(place, "train", *options, "--out", "tensorflow")

    assert jax.returncode == 0, jax.stderr
    assert "JAX" in jax.stderr
    assert tensorflow.returncode == 0, tensorflow.stderr
    expected = losses(place / "tensorflow")
    np.testing.assert_allclose(losses(place / "jax"), expected, rtol=0.03)


def test_a_run_on_jax_goes_on_and_its_weights_are_read(place, run):
    stopped = run(
        *(place, "train", "--preset", "small", "--data", "synthetic", "--out", "again"),
        *("--steps", 5, "--set", "schedule=constant"),
        jax=True,
    )
    went_on = run(
        *(place, "train", "--preset", "small", "--data", "synthetic", "--out", "again"),
        *("--steps", 9, "--set", "schedule=constant"),
        jax=True,
    )
    read = run(place, "eval", "--weights", "again/weights.npz", "--data", "synthetic", jax=True)

    assert stopped.returncode == 0, stopped.stderr
    assert "going on after step 5" in went_on.stderr
    assert read.returncode == 0, read.stderr


def test_jax_with_workers_is_refused(place, run):
    config = '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}'

    done = run(place, "train", "--data", "synthetic", jax=True, TF_CONFIG=config)

    assert done.returncode == 2
    assert "KERAS_BACKEND=jax trains on one device" in done.stderr
