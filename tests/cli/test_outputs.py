"""Every command treats the place of its output alike, before it begins to work."""

from __future__ import annotations

import pytest
from pictures import digit_picture, encoded

import digitcli
from digitcli.errors import ExitCode, MachineError

WRITERS = {
    "predict --output": ("predict", "7.png", "--output", "answers.txt"),
    "predict --review": ("predict", "7.png", "--review", "review.csv"),
    "predict --annotate": ("predict", "7.png", "--annotate", "drawn.png"),
    "predict --steps": ("predict", "7.png", "--steps", "steps.png"),
    "predict --resume": ("predict", "7.png", "--resume", "answers.jsonl"),
    "eval --output": ("eval", "--data", "mine", "--output", "eval.json"),
    "eval --reliability": ("eval", "--data", "mine", "--reliability", "diagram.png"),
    "show --out": ("show", "small", "7.png", "--out", "page.html"),
    "data preview --out": ("data", "preview", "--data", "strokes", "--rows", "1", "--out", "a.png"),
    "adapt --sheet": ("adapt", "--sheet", "sheet.pdf"),
}
SLOW = {
    "bench --output": ("bench", "--layers", "--output", "bench.json"),
    "bench --plot": ("bench", "--plot", "bench.png"),
    "export --out": ("export", "--out", "small.onnx"),
    "export savedmodel": ("export", "--to", "savedmodel", "--out", "exported"),
    "quantize --out": ("quantize", "small", "--out", "small8.npz"),
    "train --out": ("train", "--out", "runs"),
    "adapt --out": ("adapt", "--from", "mine", "--out", "mine.npz"),
    "adapt --crops": ("adapt", "--from", "mine", "--crops", "crops"),
}


@pytest.fixture
def folder(tmp_path):
    """A picture, and a folder with labels."""
    (tmp_path / "mine").mkdir()
    for path in (tmp_path / "7.png", tmp_path / "mine" / "7.png"):
        path.write_bytes(encoded(digit_picture(7)))
    (tmp_path / "mine" / "labels.csv").write_text("file,label\n7.png,7\n")
    return tmp_path


@pytest.mark.parametrize("writer", WRITERS)
def test_missing_folders_of_an_output_are_made(run_cli, folder, writer):
    *command, name = WRITERS[writer]

    done = run_cli(*command, f"new/folder/{name}")

    assert done.returncode == ExitCode.OK, done.stderr
    assert (folder / "new" / "folder" / name).is_file()


@pytest.mark.parametrize("writer", [*WRITERS, *SLOW])
def test_an_empty_name_of_an_output_is_wrong_usage(run_cli, folder, writer):
    *command, _ = {**WRITERS, **SLOW}[writer]
    before = sorted(folder.rglob("*"))

    done = run_cli(*command, "")

    assert done.returncode == ExitCode.USAGE
    assert f"'{command[-1]}'" in done.stderr
    assert "the name is empty" in done.stderr
    assert done.stdout == ""
    assert sorted(folder.rglob("*")) == before


def test_a_folder_in_place_of_an_output_is_refused_before_the_work(folder, monkeypatch):
    def work(*_):
        raise AssertionError("began to work")

    monkeypatch.setattr("digitcli.api.quantize.load_weights", work)
    monkeypatch.setattr("digitcli.api.export.load_weights", work)

    for place in ("", folder):
        with pytest.raises(MachineError, match="not a regular file"):
            digitcli.quantize("tiny", place)
        with pytest.raises(MachineError, match="not a regular file"):
            digitcli.export(place, weights="tiny")
    with pytest.raises(MachineError, match="there is something already"):
        digitcli.export(folder, weights="tiny", to="savedmodel")
