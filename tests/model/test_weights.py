"""The weight file: what is saved is loaded again, and anything else is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from model.weight_files import rewrite

from digitcli.errors import ModelError
from digitcli.model.archive import named_members
from digitcli.model.weights import Weights, find_weights, load_weights, save_weights


def test_what_is_saved_comes_back(weights, path):
    again = load_weights(path)

    assert again.spec == weights.spec
    assert again.trained == {"seed": 7}
    for name, tensor in weights.tensors.items():
        np.testing.assert_array_equal(again.tensors[name], tensor)


def test_tensors_are_read_only_and_become_arrays_without_a_copy(path):
    again = load_weights(path)

    for name, tensor in again.tensors.items():
        assert isinstance(tensor, memoryview)
        assert tensor.readonly
        assert again.arrays[name].ctypes.data % 4 == 0
        assert np.shares_memory(again.arrays[name], np.asarray(tensor))


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody cut a file that is open")
def test_weights_outlive_the_file_that_they_were_read_from(path):
    code = """
import os
from pathlib import Path
from digitcli.inference.engine import Engine
from digitcli.model.weights import load_weights
weights = load_weights(Path("w.npz"))
os.truncate("w.npz", 0)
Engine(weights)
print(sum(len(tensor.tobytes()) for tensor in weights.tensors.values()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=path.parent, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 200_000


def test_a_file_that_becomes_shorter_while_it_is_read_is_named(path, monkeypatch):
    def cut(archive):
        os.truncate(path, path.stat().st_size // 2)
        return named_members(archive)

    monkeypatch.setattr("digitcli.model.weights.named_members", cut)

    with pytest.raises(ModelError, match=rf"{path}: not a weight file \(.+\)"):
        load_weights(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_are_no_weight_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    for refuse in (find_weights, lambda name: load_weights(Path(name))):
        with pytest.raises(ModelError, match="expected a weight file, found a pipe or a device"):
            refuse(str(tmp_path / "pipe"))


def test_reading_weights_imports_no_numpy(path):
    code = f"""
import sys
from pathlib import Path
from digitcli.model.weights import find_weights, load_weights
load_weights(Path({str(path)!r}))
load_weights(find_weights("small"))
print("numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=path.parent
    )

    assert done.stdout.strip() == "False"


def test_arrays_in_any_memory_order_are_saved_the_same(weights, path):
    turned = {name: np.asfortranarray(tensor) for name, tensor in weights.arrays.items()}

    save_weights(path, Weights(weights.spec, turned, weights.trained))

    for name, tensor in weights.arrays.items():
        np.testing.assert_array_equal(load_weights(path).arrays[name], tensor)


@pytest.mark.parametrize("dtype", [">f4", "f8", "i4"])
def test_values_of_another_type_are_refused(weights, dtype):
    other = weights.tensors["conv1.bias"].astype(dtype)

    with pytest.raises(ModelError, match="conv1.bias: expected float32, found"):
        Weights(weights.spec, {**weights.tensors, "conv1.bias": other})


def test_equal_weights_give_equal_bytes(weights, path, tmp_path):
    save_weights(tmp_path / "again.npz", weights)

    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_numpy_reads_the_file_without_pickle(weights, path):
    with np.load(path, allow_pickle=False) as archive:
        assert set(archive.files) == {"header", *weights.spec.tensors}


def test_deflated_members_are_accepted(weights, path):
    rewrite(path, lambda members: members, zipfile.ZIP_DEFLATED)

    np.testing.assert_array_equal(
        load_weights(path).tensors["conv1.bias"], weights.tensors["conv1.bias"]
    )


def test_a_failed_save_keeps_the_file_before_it(path, weights, monkeypatch):
    before = path.read_bytes()
    other = Weights(weights.spec, weights.tensors, {"seed": 8})
    monkeypatch.setattr("digitcli.model.weights._sha256", lambda tensor: str(time.monotonic_ns()))

    with pytest.raises(ModelError, match="sha256 differs"):
        save_weights(path, other)

    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
