from __future__ import annotations

import json

import numpy as np
import pytest

from digitcli.bench import pictures
from digitcli.cli import app
from digitcli.data.drawn.synthetic import draw
from digitcli.model.weights import load_weights

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")
pytest.importorskip("safetensors", reason="needs safetensors: pip install 'digitcli[export]'")

from conversion.incoming.onnx_models import mnist_12, nchw  # noqa: E402


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run one command in an empty folder on drawn pictures; give code, stdout, stderr."""
    images, labels = draw(40, seed=1)
    found = pictures.Pictures(images, labels, "synthetic", len(images))
    monkeypatch.setattr(pictures, "load_pictures", lambda name, count: found)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object):
        code = app.main([*map(str, arguments)])
        return (code, *capsys.readouterr())

    return run


def test_an_exported_network_comes_back_as_it_was(run):
    run("export", "-w", "tiny", "-o", "tiny.onnx")

    code, out, err = run("import", "tiny.onnx", "--out", "again.npz")

    assert code == 0, err
    assert "again.npz: tiny from an ONNX model, 7,977 parameters" in out
    assert "pixels: 0 for paper to 255 for ink" in out
    assert "gives the same digit on 40 of 40 synthetic pictures" in out
    from digitcli.model.weights import find_weights

    old, new = load_weights(find_weights("tiny")), load_weights("again.npz")
    assert new.spec.layers == old.spec.layers or len(new.spec.layers) == len(old.spec.layers)
    np.testing.assert_allclose(new.arrays["conv1.weight"], old.arrays["conv1.weight"])


def test_json_is_one_document(run, tmp_path):
    mnist_12().save(tmp_path / "mnist-12.onnx")

    code, out, _ = run("import", "mnist-12.onnx", "-o", "w.npz", "--pixels", "0-255", "--json")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.import/1"
    assert document["pixels"] == {"range": "0-255", "mean": 0.0, "std": 1.0}
    assert document["tried"] == []
    assert document["bytes"] == (tmp_path / "w.npz").stat().st_size


def test_imported_weights_work_in_every_command(run, repository):
    run("export", "-w", "tiny", "-o", "tiny.onnx")
    run("import", "tiny.onnx", "-o", "mine.npz")
    seven = repository / "samples" / "seven.png"

    code, out, _ = run("info", "-w", "mine.npz")
    assert code == 0
    assert "from tiny.onnx (onnx) with sha256 " in " ".join(out.split())
    code, out, err = run("predict", seven, "-w", "mine.npz", "--json")
    assert (code, json.loads(out)["results"][0]["text"]) == (0, "7"), err
    code, _, err = run("show", "mine.npz", seven, "--json")
    assert code == 0, err
    code, _, err = run("export", "-w", "mine.npz", "-o", "back.onnx")
    assert code == 0, err
    code, _, err = run(
        *("bench", "--weights", "mine.npz", "--data", "synthetic", "--against", "none"),
        *("--batch", "1", "--threads", "1", "--seconds", "0", "--rounds", "1", "--json"),
    )
    assert code == 0, err


def test_a_node_that_does_not_fit_leaves_everything_as_it_was(run, tmp_path):
    nchw().conv(4, 1).add("Sigmoid").save(tmp_path / "m.onnx")

    code, out, err = run("import", "m.onnx", "-o", "w.npz")

    assert (code, out) == (4, "")
    assert "error: m.onnx: Sigmoid1 (Sigmoid): has no counterpart in digitcli" in err
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_only_force_replaces_weights_and_nothing_replaces_the_model(run, tmp_path):
    path = nchw().add("Flatten").gemm(784).save(tmp_path / "m.onnx")
    before = path.read_bytes()

    ended = [
        run("import", "m.onnx", "-o", out, *force, "--pixels", "0-1")[0]
        for out, *force in (["w.npz"], ["w.npz"], ["w.npz", "--force"], ["m.onnx", "--force"])
    ]

    assert ended == [0, 2, 0, 2]
    assert path.read_bytes() == before


def test_impossible_deviations_are_usage_errors(run, tmp_path):
    nchw().add("Flatten").gemm(784).save(tmp_path / "m.onnx")
    for value in ("0", "-1", "nan"):
        code, _, err = run("import", "m.onnx", "-o", "w.npz", "--pixels", "0-1", "--std", value)
        assert code == 2, err


@pytest.fixture
def foreign(tmp_path):
    """Models of other programs, as far as their first bytes go."""
    import zipfile

    nchw().add("Flatten").gemm(784).save(tmp_path / "m.onnx")
    (tmp_path / "no-suffix").write_bytes((tmp_path / "m.onnx").read_bytes())
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "m.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(100))
    (tmp_path / "m.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"")
    for name, members in {"m.keras": ["metadata.json", "config.json", "model.weights.h5"],
                          "m.pt": ["m/data.pkl"]}.items():  # fmt: skip
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member in members:
                archive.writestr(member, "{}")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "m.onnx": "an ONNX model",
        "no-suffix": "an ONNX model",
        "m.h5": "a Keras model in HDF5",
        "m.keras": "a Keras model",
        "m.tflite": "a TFLite model",
        "m.safetensors": "a safetensors file",
        "saved": "a TensorFlow SavedModel",
        "m.pt": "a pickle, as PyTorch writes models",
    }.items(),
)
@pytest.mark.parametrize("command", [["predict", "x.png", "-w"], ["info", "-w"], ["info", "--plan"],
                                     ["eval", "--data", "synthetic", "-w"],
                                     ["bench", "--weights"]])  # fmt: skip
def test_weights_of_another_kind_name_import(command, name, words, run, foreign, repository):
    (foreign / "x.png").write_bytes((repository / "samples" / "seven.png").read_bytes())

    code, _, err = run(*command, name)

    assert code == 4, err
    assert f"{name}: {words}, not a weight file of digitcli" in " ".join(err.split())
    hint = "torch.onnx.export" if name == "m.pt" else f"digitcli import {name} --out weights.npz"
    assert hint in " ".join(err.split())


def test_weights_are_not_imported(run):
    run("export", "-w", "tiny", "--format", "safetensors", "-o", "t.safetensors")
    run("import", "t.safetensors", "-o", "t.npz")

    code, _, err = run("import", "t.npz", "-o", "u.npz")

    assert code == 4
    assert "a weight file of digitcli already" in err
