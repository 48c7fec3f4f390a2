from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from digitcli.bench import pictures
from digitcli.cli import app
from digitcli.data.drawn.synthetic import draw

pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")


@pytest.fixture
def export(monkeypatch, capsys):
    """Run `digitcli export` on drawn pictures; give code, stdout, stderr."""
    images, labels = draw(20, seed=1)
    found = pictures.Pictures(images, labels, "synthetic", len(images))
    monkeypatch.setattr(pictures, "load_pictures", lambda name, count: found)

    def run(*arguments: object):
        code = app.main(["export", *map(str, arguments)])
        return (code, *capsys.readouterr())

    return run


def test_bundled_weights_become_an_onnx_file(export, tmp_path):
    code, out, _ = export("--weights", "small", "--out", tmp_path / "small.onnx")

    assert code == 0
    assert "small.onnx: small as onnx, " in out
    assert "the same digit on 20 of 20 synthetic pictures" in out


def test_json_is_one_document(export, tmp_path):
    code, out, _ = export("--to", "onnx", "--out", tmp_path / "small.onnx", "--json")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.export/1"
    assert document["bytes"] == (tmp_path / "small.onnx").stat().st_size
    assert document["check"]["equal_labels"] == document["check"]["pictures"] == 20
    assert document["check"]["largest_difference"] <= document["check"]["tolerance"]


def test_an_unknown_format_is_a_usage_error(export, tmp_path):
    code, _, err = export("--to", "coreml", "--out", tmp_path / "small")

    assert code == 2
    assert "coreml" in err


def test_weights_that_are_not_there_end_with_exit_4(export, tmp_path):
    code, _, err = export("--weights", tmp_path / "none.npz", "--out", tmp_path / "small.onnx")

    assert code == 4
    assert "no such weight file" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.train
@pytest.mark.parametrize("form", ["tflite", "savedmodel"])
def test_tensorflow_converts_the_other_formats(export, tmp_path, form):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

    code, out, err = export("--to", form, "--out", tmp_path / "out", "--json")

    document = json.loads(out)
    assert code == 0, err
    assert document["format"] == form
    assert (tmp_path / "out").is_dir() is (form == "savedmodel")


def test_without_tensorflow_the_hint_says_what_to_install(export, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "digitcli.training.network", raising=False)
    monkeypatch.delitem(sys.modules, "digitcli.training.compute.backend", raising=False)
    monkeypatch.setitem(sys.modules, "keras", None)

    code, _, err = export("--to", "tflite", "--out", tmp_path / "out")

    assert code == 6
    assert 'hint:  pip install "digitcli[train]"' in err
    assert list(tmp_path.iterdir()) == []


def test_the_exported_file_reads_raw_pixels_in_onnxruntime(export, tmp_path):
    onnxruntime = pytest.importorskip(
        "onnxruntime", reason="needs onnxruntime: pip install 'digitcli[bench]'"
    )
    images, labels = draw(50, seed=9)

    export("--out", tmp_path / "small.onnx")

    session = onnxruntime.InferenceSession(tmp_path / "small.onnx")
    (answers,) = session.run(None, {"images": images})
    assert (answers.argmax(axis=1) == labels).mean() > 0.9
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


def test_checking_a_file_with_onnx_runtime_starts_no_telemetry(run_cli, tmp_path):
    (tmp_path / "tmp").mkdir()

    done = run_cli(
        *("export", "--weights", "tiny", "--out", "tiny.onnx"),
        env={"TMPDIR": str(tmp_path / "tmp")},
    )

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "tmp").iterdir()) == [], "ONNX Runtime numbers this machine there"


def test_what_stands_at_out_is_replaced_with_force_alone(run_cli, tmp_path):
    (tmp_path / "precious").write_bytes(b"precious digitcli")
    command = ["export", "--weights", "tiny", "--out"]

    made, refused = (run_cli(*command, "tiny.onnx") for _ in range(2))
    forced = run_cli(*command, "tiny.onnx", "--force")
    foreign = run_cli(*command, "precious", "--force")

    assert [one.returncode for one in (made, refused, forced, foreign)] == [0, 2, 0, 2]
    assert "--force replaces it" in refused.stderr
    assert "is no weights, export or sheet of digitcli" in foreign.stderr
    assert (tmp_path / "precious").read_bytes() == b"precious digitcli"
