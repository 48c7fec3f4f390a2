"""The weight file: what is saved is loaded again, and anything else is refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitcli.errors import ModelError
from digitcli.model.archive import named_members
from digitcli.model.presets import load_preset
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, bundled_names, find_weights, load_weights, save_weights


@pytest.fixture
def weights():
    spec = load_preset("small").spec
    rng = np.random.default_rng(0)
    tensors = {n: rng.standard_normal(s, dtype=np.float32) for n, s in spec.tensors.items()}
    return Weights(spec, tensors, {"seed": 7})


@pytest.fixture
def path(weights, tmp_path):
    save_weights(tmp_path / "w.npz", weights)
    return tmp_path / "w.npz"


def rewrite(path, change, compression=zipfile.ZIP_STORED):
    """Pass the members (name -> bytes) through `change` and write them back."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    members = change(members)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def replaced(name, data):
    return lambda members: [(n, data if n == name else d) for n, d in members]


def with_header(path, edit):
    """Change the JSON document of the header member."""
    with np.load(path) as archive:
        document = json.loads(archive["header"].tobytes())
    text = json.dumps(edit(document)).encode()
    rewrite(path, replaced("header.npy", npy(np.frombuffer(text, np.uint8))))


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


BIAS = np.zeros(16, np.float32)
NAN = np.full(16, np.nan, np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m[:-1], "dense1.bias missing"),
        (lambda m: [*m, ("extra.npy", npy(BIAS))], "'extra' not in the spec"),
        (lambda m: [*m, ("evil.txt", b"hello")], "member 'evil.txt' is not an .npy array"),
        (lambda m: m[1:], "no member named header.npy"),
        (replaced("conv1.bias.npy", npy(BIAS[:15])), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS.astype("f8"))), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS.astype(">f4"))), "conv1.bias: expected array"),
        (replaced("conv1.bias.npy", npy(BIAS)[:-4]), "expected 64 bytes of data, found 60"),
        (replaced("conv1.bias.npy", npy(BIAS) + b"x"), "expected 64 bytes of data, found 65"),
        (replaced("conv1.bias.npy", b""), "conv1.bias: not an .npy array"),
        (replaced("conv1.bias.npy", npy(BIAS)), "conv1.bias: sha256 differs"),
        (replaced("header.npy", npy(np.zeros(9, np.uint8))), "header: not JSON"),
        (replaced("header.npy", npy(np.zeros((3, 3), np.uint8))), "header: expected array"),
    ],
)
def test_anything_but_the_members_of_the_spec_is_refused_by_name(path, change, message):
    rewrite(path, change)

    with pytest.raises(ModelError) as caught:
        load_weights(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(path):
    rewrite(path, lambda members: [*members, members[-1]])

    with pytest.raises(ModelError, match=r"'dense1.bias.npy' is there twice"):
        load_weights(path)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d | {"format": "digitcli-weights/9"}, "expected format 'digitcli-weights/1'"),
        (lambda d: [d], "expected format 'digitcli-weights/1'"),
        (
            lambda d: d | {"precision": "int4"},
            "'float32' or 'int8', found 'int4'",
        ),
        (lambda d: d | {"more": 1}, "'more' not in the spec"),
        (lambda d: {k: v for k, v in d.items() if k != "trained"}, "trained missing"),
        (lambda d: d | {"trained": 3}, "`trained` must be an object"),
        (lambda d: d | {"tensors": {}}, "does not list the tensors of the spec"),
        (lambda d: d | {"spec": {}}, "network: no layers"),
        (lambda d: d | {"spec": 3}, "network: expected a table"),
        (lambda d: d | {"spec": d["spec"] | {"input": 5}}, "input must be [28, 28, 1]"),
        (lambda d: d | {"spec": d["spec"] | {"scale": "1"}}, "scale must be above 0"),
        (lambda d: d | {"spec": d["spec"] | {"layers": [{"type": []}]}}, "unknown type []"),
    ],
)
def test_a_header_of_another_form_is_refused(path, edit, message):
    with_header(path, edit)

    with pytest.raises(ModelError) as caught:
        load_weights(path)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "value", [0, -1.5, 1e-9, 0.049, 21, 1e308, 10**400, True, None, "1", [1.0], {}]
)
def test_a_temperature_that_no_calibration_finds_is_refused_by_name(path, value):
    with_header(path, lambda d: d | {"temperature": value})

    with pytest.raises(ModelError, match=r"temperature: expected a number from 0\.05 to 20, found"):
        load_weights(path)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_temperature_that_is_no_json_number_is_refused(path, text):
    with np.load(path) as archive:
        header = archive["header"].tobytes()
    changed = header[:-1] + f', "temperature": {text}}}'.encode()
    rewrite(path, replaced("header.npy", npy(np.frombuffer(changed, np.uint8))))

    with pytest.raises(ModelError, match="is not a finite number"):
        load_weights(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_weights_in_memory_refuse_the_same_temperatures(weights, value):
    with pytest.raises(ModelError, match="temperature: expected a number"):
        replace(weights, temperature=value)


def test_a_temperature_comes_back_to_the_last_bit(weights, tmp_path):
    for value in (0.05, 0.1 + 0.2, 1.5000000000000002, 20.0):
        save_weights(tmp_path / "t.npz", replace(weights, temperature=value))

        assert load_weights(tmp_path / "t.npz").temperature == value


def test_a_file_without_calibration_has_no_temperature_in_its_header(path):
    with np.load(path) as archive:
        document = json.loads(archive["header"].tobytes())

    assert "temperature" not in document
    assert load_weights(path).temperature == 1.0


def test_values_that_are_not_finite_are_refused(weights):
    with pytest.raises(ModelError, match=r"conv1.bias: 16 of 16 values are not finite"):
        Weights(weights.spec, {**weights.tensors, "conv1.bias": NAN})


def test_nan_in_a_file_is_refused_even_with_the_right_digest(path):
    import hashlib

    rewrite(path, replaced("conv1.bias.npy", npy(NAN)))
    digest = hashlib.sha256(NAN.tobytes()).hexdigest()
    with_header(path, lambda d: d | {"tensors": d["tensors"] | {"conv1.bias": digest}})

    with pytest.raises(ModelError, match=r"conv1.bias: 16 of 16 values are not finite"):
        load_weights(path)


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


def test_a_failed_save_keeps_the_file_before_it(path, weights, monkeypatch):
    before = path.read_bytes()
    other = Weights(weights.spec, weights.tensors, {"seed": 8})
    monkeypatch.setattr("digitcli.model.weights._sha256", lambda tensor: str(time.monotonic_ns()))

    with pytest.raises(ModelError, match="sha256 differs"):
        save_weights(path, other)

    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_name_that_is_no_file_suggests_the_nearest_bundled_one():
    with pytest.raises(ModelError) as caught:
        find_weights("smal")

    assert caught.value.hint.startswith("did you mean small? bundled: ")


@pytest.fixture
def zoo(weights, tmp_path, monkeypatch):
    """A folder of bundled weights with two files, and something else."""
    for name in ("best", "tiny"):
        save_weights(tmp_path / "zoo" / f"{name}.npz", replace(weights, trained={"name": name}))
    (tmp_path / "zoo" / "notes.txt").write_text("no weights")
    monkeypatch.setattr("digitcli.model.weights._ZOO", tmp_path / "zoo")
    return tmp_path / "zoo"


def test_bundled_weights_are_the_files_of_the_zoo(zoo):
    assert bundled_names() == ["best", "tiny"]
    assert load_weights(find_weights("tiny")).trained == {"name": "tiny"}


@pytest.mark.parametrize(("asked", "near"), [("tinny", "did you mean tiny? "), ("medium", "")])
def test_an_unknown_name_lists_what_there_is(zoo, asked, near):
    with pytest.raises(ModelError, match=f"{asked}: no such weight file") as caught:
        find_weights(asked)

    assert caught.value.hint == f"{near}bundled: best, tiny; others come from `digitcli train`"


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 5000, "runs/" + "x" * 300])
def test_a_name_longer_than_any_file_has_is_that_of_missing_weights(name):
    with pytest.raises(ModelError, match="x: no such weight file|x/: no such weight file"):
        find_weights(name)


def test_bundled_weights_have_the_name_of_their_network():
    assert "small" in bundled_names()
    for name in bundled_names():
        weights = load_weights(find_weights(name))
        assert f"{weights.spec.name}{'8' * (weights.precision == 'int8')}" == name


def test_weights_for_another_normalisation_are_refused(path):
    with_header(path, lambda d: d | {"normalization": 2})

    with pytest.raises(ModelError, match="normalization: expected version 1, which this digitcli"):
        load_weights(path)


def test_weights_without_a_version_are_of_the_first_normalisation(path):
    assert load_weights(path).normalization == 1
