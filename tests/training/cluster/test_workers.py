"""Two workers on loopback, found through TF_CONFIG: real processes, real signals.

`make test-distributed` runs this.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.slow]
if find_spec("tensorflow") is None:
    pytest.skip("needs TensorFlow (the train extra)", allow_module_level=True)
if not hasattr(signal, "SIGKILL"):
    pytest.skip("needs SIGKILL", allow_module_level=True)

# Without ReLU: where one is just at its kink, the last bit of a sum decides what is learnt from it.
SMOOTH = """
name = "smooth"
layers = [
  { type = "conv", filters = 4, kernel = 5, stride = 2, batch_norm = true, activation = "linear" },
  { type = "dense", units = 16, dropout = 0.4 },
  { type = "dense", units = 10 },
]

[training]
optimizer = "sgd"
momentum = 0.9
learning_rate = 0.02
schedule = "one_cycle"
average = 0.99
augmentation = { rotation = 8, shift = 1, noise = 0.02 }
batch_size = 50
epochs = 3
validation = 8_000
seed = 5
"""
KINKED = SMOOTH.replace('"smooth"', '"kinked"').replace('"linear"', '"relu"')
KINKED = KINKED.replace("units = 16,", 'units = 16, activation = "relu",')


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    (folder / "smooth.toml").write_text(SMOOTH)
    (folder / "kinked.toml").write_text(KINKED)
    command = [sys.executable, "-m", "digitcli", "fetch", "synthetic"]
    subprocess.run(command, cwd=folder, env=environment(folder), check=True)
    return folder


def environment(place, **more):
    return os.environ | {"DIGITCLI_DATA": str(place / "data"), **more}


def free_ports(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def begin(place, out, *options, each=((), ()), only=None, seconds=30, preset="smooth.toml"):
    """Start `digitcli train` on two workers; `each` adds options to one of them."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = []
    for index in range(2) if only is None else [only]:
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": addresses}, "task": task})
        arguments = ["--preset", preset, "--data", "synthetic", "--out", out, *options]
        process = subprocess.Popen(
            [sys.executable, "-m", "digitcli", "train", *arguments, *each[index]],
            cwd=place,
            env=environment(place, TF_CONFIG=config, DIGITCLI_WORKER_SECONDS=str(seconds)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
    return processes


def end(processes, timeout=200):
    """(exit code, stdout, stderr) of each; all are ended."""
    try:
        outputs = [process.communicate(timeout=timeout) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(p.returncode, *output) for p, output in zip(processes, outputs, strict=True)]


def train(place, out, *options, **how):
    done = end(begin(place, out, *options, **how))
    assert [code for code, *_ in done] == [0, 0], done
    return done


@pytest.fixture(scope="module")
def whole(place):
    """An undisturbed run of two workers."""
    done = train(place, "whole")
    return place / "whole", done


def measured(folder, *columns):
    rows = csv.DictReader((folder / "history.csv").read_text().splitlines())
    return np.array([[float(row[name]) for name in columns] for row in rows])


def tensors(folder):
    with np.load(folder / "weights.npz") as archive:
        return {name: archive[name] for name in archive.files if name != "header"}


def checkpoints(folder):
    return sorted(int(path.name[5:]) for path in (folder / "checkpoints").glob("step-*"))


def wait_for_step(processes, folder, step):
    deadline = time.monotonic() + 120
    while not checkpoints(folder) or checkpoints(folder)[-1] < step:
        assert time.monotonic() < deadline
        assert all(process.poll() is None for process in processes), end(processes)
        time.sleep(0.01)


def test_two_workers_learn_what_one_learns_with_the_same_batches(place, whole):
    command = [sys.executable, "-m", "digitcli", "train", "--preset", "smooth.toml"]
    command += ["--data", "synthetic", "--out", "alone"]
    subprocess.run(command, cwd=place, env=environment(place), check=True, capture_output=True)

    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    one, two = measured(place / "alone", *names), measured(whole[0], *names)
    np.testing.assert_allclose(two, one, rtol=1e-5)  # 240 steps of float32 rounding
    other = tensors(whole[0])
    for name, values in tensors(place / "alone").items():
        largest = np.abs(values).max()
        np.testing.assert_allclose(other[name], values, rtol=0, atol=1e-4 * largest, err_msg=name)


def test_the_chief_alone_writes_and_reports(whole):
    folder, [(_, chief_out, chief_err), (_, other_out, other_err)] = whole

    assert "test accuracy" in chief_out
    assert other_out == ""
    assert "worker 0, one of 2 workers" in chief_err
    assert "worker 1, one of 2 workers" in other_err
    for text in (chief_err, other_err):
        assert "WARNING" not in text, "TensorFlow is heard"
        assert not any(line.startswith(("I0", "E0", "W0", "20")) for line in text.splitlines())
    assert checkpoints(folder) == [160, 240]


def test_workers_with_folders_of_their_own_write_in_the_chiefs_only(place, whole):
    train(place, "ours", each=((), ("--out", "theirs")))

    assert not (place / "theirs").exists()
    assert (place / "ours" / "weights.npz").read_bytes() == (whole[0] / "weights.npz").read_bytes()


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_ends_the_other_one_and_both_go_on_to_the_same_bits(place, whole, victim):
    out, often = f"killed-{victim}", ("--checkpoint-every", "0.05")
    processes = begin(place, out, *often)
    wait_for_step(processes, place / out, 50)
    processes[victim].kill()
    killed = time.monotonic()

    done = end(processes, timeout=60)
    took = time.monotonic() - killed
    stopped = checkpoints(place / out)[-1]
    code, _, text = done[1 - victim]

    assert done[victim][0] == -signal.SIGKILL
    assert code == 6, text
    assert took < 20
    assert f"error: worker {victim} (127.0.0.1:" in text
    assert "is lost: it ended, it hangs, or its connection broke" in text
    assert f"the same command on every worker goes on from step {stopped}" in " ".join(text.split())
    assert "Traceback" not in text

    again = train(place, out, *often)
    assert all("going on after step" in text for _, _, text in again)
    assert (place / out / "weights.npz").read_bytes() == (whole[0] / "weights.npz").read_bytes()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("asked", [0, 1])
def test_a_signal_to_any_worker_stops_all_at_the_same_step(place, whole, asked, number, code):
    out = f"signal-{number}-{asked}"
    processes = begin(place, out, "--checkpoint-every", "0.05")
    wait_for_step(processes, place / out, 20)
    processes[asked].send_signal(number)

    done = end(processes, timeout=60)
    stopped = checkpoints(place / out)[-1]
    for returned, _, text in done:
        assert returned == code, text
        assert f"stopped after step {stopped}, which is saved in {out}" in text
    train(place, out)

    assert (place / out / "weights.npz").read_bytes() == (whole[0] / "weights.npz").read_bytes()


@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_hangs_is_lost_without_its_heartbeats(place, victim):
    out = f"hangs-{victim}"
    processes = begin(place, out, "--checkpoint-every", "0.05")
    wait_for_step(processes, place / out, 20)
    processes[victim].send_signal(signal.SIGSTOP)
    start = time.monotonic()

    code, _, text = end([processes[1 - victim]], timeout=60)[0]
    took = time.monotonic() - start
    processes[victim].kill()
    end([processes[victim]], timeout=5)

    assert code == 6, text
    assert f"error: worker {victim} (127.0.0.1:" in text
    assert "is lost: it ended, it hangs, or its connection broke" in text
    assert 3 < took < 30


def test_a_worker_that_never_comes_is_named(place):
    [(code, _, text)] = end(begin(place, "lonely", only=0, seconds=2))

    assert code == 6
    assert "TF_CONFIG: worker 1 (127.0.0.1:" in text
    assert ") did not come within 2 s" in text
    assert not (place / "lonely" / "checkpoints").exists()


def test_workers_with_other_options_stop_before_the_first_step(place):
    done = end(begin(place, "other", each=((), ("--learning-rate", "0.01"))))

    for code, _, text in done:
        assert code == 2, text
        assert "has another network, recipe or data set than the chief" in text
        assert "training.learning_rate: 0.01 on the worker, 0.02 on the chief" in text
    assert not (place / "other" / "config.toml").exists()


def test_a_batch_that_two_workers_cannot_share_is_refused_by_both(place):
    done = end(begin(place, "odd", "--batch-size", "51"))

    for code, _, text in done:
        assert code == 2, text
        assert "batch_size 51 cannot be shared evenly by 2 replicas" in text


def test_a_chief_whose_disk_refuses_ends_the_others(place):
    (place / "full").mkdir()
    (place / "full" / "checkpoints").write_text("in the way")

    done = end(begin(place, "full"))

    assert [code for code, *_ in done] == [6, 6], done
    assert "error: full/checkpoints" in done[0][2]
    assert "error: worker 0 (127.0.0.1:" in done[1][2]
    assert "see what that worker said last" in done[1][2]


def test_networks_with_kinks_agree_until_one_is_met(place):
    """Later their losses differ by a few per cent, as those of JAX and TensorFlow do."""
    short = ("--steps", "16", "--set", "schedule=constant")
    command = [sys.executable, "-m", "digitcli", "train", "--preset", "kinked.toml", *short]
    command += ["--data", "synthetic", "--out", "kinked-alone"]
    subprocess.run(command, cwd=place, env=environment(place), check=True, capture_output=True)
    train(place, "kinked", *short, preset="kinked.toml")

    names = ("loss", "accuracy", "validation_loss")
    one, two = measured(place / "kinked-alone", *names), measured(place / "kinked", *names)
    np.testing.assert_allclose(two, one, rtol=1e-5)


def test_several_seeds_are_refused_in_a_cluster(place):
    done = end(begin(place, "seeds", "--seeds", "2"))

    assert [code for code, *_ in done] == [2, 2]
    assert all("--seeds: the workers of TF_CONFIG train one run at a time" in d[2] for d in done)
