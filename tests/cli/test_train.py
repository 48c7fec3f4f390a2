"""`digitcli train`: options, exit codes, and what it leaves; the first runs are processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("drawn_set")]
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

QUICK = ["--data", "synthetic", "--steps", "4", "--set", "batch_size=20", "--set", "validation=50"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, drawn_data):
    """A process that trained into `folder`, the standard output and error of it."""
    place = tmp_path_factory.mktemp("finished")
    command = [sys.executable, "-m", "digitcli", "train", *QUICK, "--seed", "3"]
    environment = os.environ | {"DIGITCLI_DATA": str(drawn_data)}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(folder=place / "runs" / "small", out=done.stdout, err=done.stderr)


def test_a_run_says_what_it_does_and_leaves_its_files(finished):
    assert finished.err.splitlines()[:3] == [
        "training small on synthetic for 4 steps",
        "into runs/small",
        "loading TensorFlow",
    ]
    assert "11,950 pictures of synthetic, batch 20, 4 steps" in finished.err
    assert "test accuracy" in finished.out
    pages = ("report.html", "curves.png", "confusion.png", "errors.png")
    for name in ("weights.npz", "history.csv", "config.toml", *pages):
        assert (finished.folder / name).stat().st_size > 0
    assert len((finished.folder / "history.csv").read_text().splitlines()) == 2  # and a header


def test_its_replay_gets_the_next_number_misses_its_target_and_has_the_same_bytes(
    finished, run_cli, tmp_path
):
    runs = tmp_path / "runs"
    shutil.copytree(finished.folder, runs / "small")
    replay = ["--config", "runs/small/config.toml", "--target-accuracy", "100"]

    second = run_cli("train", *replay)

    assert second.returncode == 8
    assert "runs/small holds a run, so this one is runs/small-2\n" in second.stderr
    assert "100 % validation accuracy not reached; the best epoch had" in second.stderr
    assert sorted(path.name for path in runs.iterdir()) == ["small", "small-2"]
    assert "target_accuracy = 100.0" in (runs / "small-2" / "config.toml").read_text()
    weights = [(run / "weights.npz").read_bytes() for run in sorted(runs.iterdir())]
    assert weights[0] == weights[1] == (finished.folder / "weights.npz").read_bytes()


def test_a_finished_run_is_evaluated_and_made_longer(finished, run_here, tmp_path):
    folder = tmp_path / "runs" / "small"
    shutil.copytree(finished.folder, folder)
    judged = run_here("eval", "--weights", "runs/small", "--data", "synthetic", "--json")
    resumed = run_here("train", "--resume", "runs/small")
    longer = run_here("train", "--resume", "runs/small", "--steps", "6")
    again = run_here("train", "--resume", "runs/small", "--steps", "6")

    codes = [done.returncode for done in (judged, resumed, longer, again)]
    assert codes == [0, 0, 0, 0], longer.stderr
    end = "finished after 4 steps; the weights are runs/small/weights.npz\n"
    assert resumed.stdout == f"runs/small: {end}"
    assert longer.stderr.startswith("reading the run in runs/small\n")
    assert "made longer: 4 steps were asked for before, 6 steps now" in longer.stderr
    assert again.stdout.startswith("runs/small: finished after 6 steps")
    assert "4 steps until step 4, then 6 steps" in (folder / "report.html").read_text("utf-8")
    assert len((folder / "history.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "smal"], "no preset named 'smal'"),
        (["--learning-rate", "100"], "learning_rate must be from 1e-09 to 10, got 100.0"),
        (["--set", "batch_size=abc"], "batch_size must be a whole number"),
        (["--set", "batchsize=3"], "unknown setting 'batchsize'"),
        (["--set", "epochs"], "expected key=value"),
        (["--epochs", "1", "--steps", "1"], "either epochs or steps"),
        (["--preset", "deck", "--config", "a.toml"], "exclude each other"),
        (["--data", "nope"], "nope"),
        (["--target-accuracy", "0.99"], "a percentage above 1 and at most 100, got 0.99"),
        (["--set", "schedule=one-cycle"], "did you mean one_cycle?"),
        (["--ensemble"], "--ensemble needs several runs"),
        (["--seeds", "1"], "--seeds"),
        (["--resume", "other", "--seed", "3", "--set", "a=1"], "--out, --seed, --set cannot be"),
    ],
)
def test_a_wrong_option_is_a_usage_error_and_leaves_no_folder(run_here, tmp_path, options, message):
    done = run_here("train", *options, "--out", "run")

    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("files", [[], ["config.toml"]])
def test_a_folder_without_checkpoints_cannot_be_resumed(run_here, tmp_path, files):
    for name in files:
        (tmp_path / name).write_text("")

    done = run_here("train", "--resume", ".")

    assert done.returncode == 2
    assert "to go on" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_trained_is_said_before_tensorflow_is_imported(run_cli, tmp_path):
    (tmp_path / "fake" / "tensorflow").mkdir(parents=True)
    (tmp_path / "fake" / "tensorflow" / "__init__.py").write_text(
        "import sys\nraise ImportError('numpy' in sys.modules)"
    )

    done = run_cli("train", *QUICK, env={"PYTHONPATH": str(tmp_path / "fake")})

    assert done.returncode == 6
    assert done.stderr.startswith("training small on synthetic for 4 steps\ninto runs/small\n")
    assert "cannot be imported" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(120)
def test_a_pipe_in_place_of_a_manifest_is_exit_4_and_nobody_waits_for_it(
    finished, run_here, tmp_path
):
    shutil.copytree(finished.folder, tmp_path / "run")
    for path in (tmp_path / "run" / "checkpoints").glob("step-*/manifest.json"):
        path.unlink()
        os.mkfifo(path)

    done = run_here("train", "--resume", "run")

    assert done.returncode == 4
    assert "manifest.json: not readable (is a pipe or a device" in done.stderr


@pytest.mark.slow
def test_several_seeds_are_trained_summed_up_and_not_trained_twice(run_cli, tmp_path):
    first = run_cli("train", *QUICK, "--seeds", "2", "--ensemble", "--out", "runs")
    again = run_cli("train", "--resume", "runs")

    document = json.loads((tmp_path / "runs" / "seeds.json").read_text())
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    for line in ("seed-0", "seed-1", "mean", "95 % interval of the mean", "ensemble of all"):
        assert line in first.stdout
        assert line in again.stdout
    assert f"best by validation: runs/{document['best']}/weights.npz" in again.stdout
    assert again.stderr.count("finished already") == 2
    assert document["ensemble_of_all"]["test"]["n"] == 2_000


def test_a_folder_that_cannot_be_made_is_exit_6_before_the_first_step(run_here, tmp_path):
    (tmp_path / "file").write_text("in the way")

    done = run_here("train", *QUICK, "--out", "file/run")

    assert done.returncode == 6
    assert "cannot be written" in done.stderr
    assert "epoch" not in done.stderr


def test_a_network_that_makes_no_sense_is_exit_4_and_names_its_layer(run_here, tmp_path):
    text = '[[layers]]\ntype = "dense"\nunits = 10\n[[layers]]\ntype = "conv"\nfilters = 3\n'
    (tmp_path / "odd.toml").write_text(f'name = "odd"\n{text}[training]\nepochs = 1\n')

    done = run_here("train", "--preset", "odd.toml", "--data", "synthetic")

    assert done.returncode == 4
    assert "odd.toml: conv1: conv needs a picture" in done.stderr
