"""`digitcli bench` with real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("drawn_set")


@pytest.mark.parametrize(
    "engine",
    ["onnxruntime", pytest.param("tensorflow", marks=[pytest.mark.train, pytest.mark.slow])],
)
def test_whole_processes_of_both_engines_agree(run_cli, weights, engine):
    pytest.importorskip(engine, reason=f"needs {engine}")
    options = ("--weights", weights, "--against", engine, "--cold", "--rounds", "1", "--json")

    done = run_cli("bench", *options)

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert document["schema"] == "digitcli.bench-cold/1"
    ours, peer = document["rows"]
    assert (ours["engine"], peer["engine"]) == ("digitcli", engine)
    assert peer["agrees"]
    assert engine != "tensorflow" or peer["median_ms"] > ours["median_ms"]
    if hasattr(os, "wait4"):
        assert peer["peak_mib"] > ours["peak_mib"] > 10


def test_our_own_process_is_measured_alone(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--cold", "--rounds", "2", "--against", "none"),
        "--markdown",
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"\| digitcli \| [\d,]+ ms \|", done.stdout)


def test_end_to_end_runs_from_png_files_to_answers(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--scope", "end-to-end", "--against", "none", "--pin"),
        *("--batch", "1,3", "--threads", "1", "--seconds", "0", "--rounds", "2", "--json"),
    )

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [(row["scope"], row["batch"]) for row in document["rows"]] == [
        ("end-to-end", 1),
        ("end-to-end", 3),
    ]
    assert document["pinned"] is hasattr(os, "sched_setaffinity")


@pytest.fixture
def without_tensorflow(tmp_path):
    """Variables of an environment in which TensorFlow is not installed."""
    folder = tmp_path / "hidden" / "tensorflow"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')\n"
    )
    paths = [str(folder.parent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def test_our_engine_runs_without_tensorflow_and_mnist(run_cli, weights, without_tensorflow):
    options = ("--weights", weights, "--batch", "1,3", "--threads", "1", "--seconds", "0.05")

    done = run_cli("bench", *options, "--json", env=without_tensorflow)

    document = json.loads(done.stdout)
    assert done.returncode == 7
    assert 'hint:  pip install "digitcli[bench]"' in done.stderr
    assert [(row["engine"], row["batch"]) for row in document["rows"]] == [
        ("digitcli", 1),
        ("digitcli", 3),
    ]
    assert all(row["median_us"] <= row["p90_us"] <= row["p99_us"] for row in document["rows"])
    assert document["data"] == "synthetic"
    assert "mnist is not here, so synthetic was used" in " ".join(document["notes"])
    assert "is not installed" in " ".join(document["notes"])


def test_an_instruction_set_that_is_not_there_ends_with_exit_6(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--against", "none", "--json"),
        env={"DIGITCLI_ISA": "sse9"},
    )

    assert done.returncode == 6
    assert "sse9" in json.loads(done.stdout)["error"]


@pytest.mark.slow  # tests/bench/test_runtimes.py has one of these four ways
@pytest.mark.train
def test_tensorflow_with_the_same_weights_agrees(run_cli, weights):
    pytest.importorskip("tensorflow", reason="needs the train extra")

    done = run_cli(
        *("bench", "--weights", weights, "--batch", "1,5", "--threads", "1"),
        *("--seconds", "0", "--rounds", "2", "--json"),
    )

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    variants = [(row["engine"], row["variant"]) for row in document["rows"]]
    isa = document["machine"]["isa"]
    names = ("tf.function", "xla", "predict_on_batch", "predict")
    ways = [("tensorflow", way) for way in names]
    assert variants == [("digitcli", isa), *ways] * 2
    assert all(row["agrees"] for row in document["rows"])
    assert 0 < document["rows"][1]["largest_difference"] < document["tolerance"]


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT, which Windows lacks")
def test_ctrl_c_ends_with_130_without_a_traceback_or_a_file(weights, tmp_path):
    command = [sys.executable, "-m", "digitcli", "bench", "--weights", weights, "--against", "none"]
    folders = {"DIGITCLI_DATA": str(tmp_path / "data"), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [*map(str, command), "--seconds", "600", "--output", str(tmp_path / "out.txt")],
        cwd=tmp_path,
        env=os.environ | folders,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        assert any("batch 1" in line for line in lines), "it never began to measure"

        process.send_signal(signal.SIGINT)

        try:
            assert process.wait(timeout=10) == 130
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert list(lines) == ["interrupted\n"]
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not list(tmp_path.glob("*out.txt*"))
