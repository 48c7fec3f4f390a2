"""`digitcli eval` as a process, with the bundled weights and real data."""

from __future__ import annotations

import json

import numpy as np


def test_bundled_weights_reach_their_accuracy_on_the_mnist_test_set(run_cli, mnist_dir):
    done = run_cli(
        *("eval", "--json", "--min-accuracy", "99.4"), env={"DIGITCLI_DATA": str(mnist_dir.parent)}
    )

    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    confusion = np.array(document["confusion"])
    assert document["n"] == confusion.sum() == 10_000
    assert document["accuracy"] == confusion.trace() / 10_000
    # 980 zeros, 1135 ones ...: the test set's own counts
    assert confusion.sum(axis=1).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_missing_weights_are_exit_4_and_missing_data_say_how_to_get_them(run_cli):
    weights = run_cli("eval", "--weights", "no.npz")
    data = run_cli("eval", "--data", "mnist")

    assert weights.returncode == 4
    assert "no.npz" in weights.stderr
    assert data.returncode == 3
    assert "digitcli fetch mnist" in data.stderr
