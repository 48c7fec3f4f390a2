"""Weight files that are damaged, or made to do harm."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from model.weight_files import npy, replaced, rewrite

from digitcli.errors import ModelError
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights


class Bomb:
    """Unpickling this would leave a trace."""

    def __reduce__(self):
        return (open, ("unpickled", "w"))


def test_pickle_is_unreachable(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    objects = npy(np.array([Bomb()], dtype=object), allow_pickle=True)
    rewrite(path, replaced("conv1.bias.npy", objects))

    with pytest.raises(ModelError, match=r"conv1.bias: expected array"):
        load_weights(path)

    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match="not a weight file"):
        load_weights(path)
    assert not (tmp_path / "unpickled").exists()


LOAD = """
import resource, sys, time
from pathlib import Path
from digitcli.errors import ModelError
from digitcli.model.weights import load_weights
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
try:
    load_weights(Path(sys.argv[1]))
except ModelError as error:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(time.perf_counter() - start, peak - before, error)
"""


def declares_terabytes(path, weights):
    head = npy(np.zeros(1, np.uint8)).replace(b"(1,)", b"(9999999999999,)")
    rewrite(path, lambda members: [("header.npy", head)])


def header_of_a_gibibyte(path, weights):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("header.npy", "w") as member,
    ):
        for _ in range(1024):
            member.write(bytes(1 << 20))


def network_of_200_megabytes(path, weights):
    layers = [{"type": "dense", "units": 65_000}, {"type": "dense", "units": 10}]
    spec = NetworkSpec.from_json({"name": "huge", "layers": layers})
    tensors = {name: np.zeros(shape, np.float32) for name, shape in spec.tensors.items()}
    save_weights(path, Weights(spec, tensors))
    rewrite(path, lambda members: members, zipfile.ZIP_DEFLATED)


def sixty_thousand_members(path, weights):
    rewrite(path, lambda members: [(f"{n}.npy", b"") for n in range(60_000)])


def hole_of_a_terabyte(path, weights):
    with path.open("wb") as file:
        file.truncate(2**40)


def list_of_members_of_four_gibibytes(path, weights):
    end = struct.pack("<4s4xHHIIH", b"PK\5\6", 1, 1, 2**32 - 2, 0, 0)
    with path.open("wb") as file:
        file.seek(2**32)
        file.write(end)


def list_of_members_of_a_terabyte(path, weights):
    """Zip's 64-bit records overrule the modest ones behind them."""
    wide = struct.pack("<4sQ12xQQQQ", b"PK\6\6", 44, 1, 1, 2**40, 0)
    locator = struct.pack("<4s4xQI", b"PK\6\7", 2**40, 1)
    with path.open("wb") as file:
        file.seek(2**40)
        file.write(wide + locator + struct.pack("<4s4xHHIIH", b"PK\5\6", 1, 1, 60, 0, 0))


@pytest.mark.parametrize(
    "make",
    [
        *(declares_terabytes, header_of_a_gibibyte, network_of_200_megabytes),
        *(sixty_thousand_members, hole_of_a_terabyte),
        *(list_of_members_of_four_gibibytes, list_of_members_of_a_terabyte),
    ],
)
def test_a_bomb_is_refused_within_a_second_and_64_mebibytes(path, weights, make):
    make(path, weights)

    command = [sys.executable, "-c", LOAD, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=path.parent)

    seconds, kibibytes, message = done.stdout.split(maxsplit=2)
    assert float(seconds) < 1
    assert int(kibibytes) < 64 * 1024
    assert message.startswith(f"{path}: ")


def test_every_cut_of_the_file_is_refused(path):
    whole = path.read_bytes()
    for size in [*range(0, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(ModelError):
            load_weights(path)


def test_flipped_bits_are_refused_or_harmless(path, weights):
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for _ in range(400):
        at = int(rng.integers(len(whole)))
        damaged = whole.copy()
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            again = load_weights(path)
        except ModelError:
            continue
        for name, tensor in weights.tensors.items():  # a date, say: not what it holds
            np.testing.assert_array_equal(again.tensors[name], tensor)
