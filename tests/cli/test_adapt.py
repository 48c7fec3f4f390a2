"""`digitcli adapt` as a process: the sheet, its crops, refusals, and one run."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from line_weights import line_weights
from PIL import Image
from sheets import filled, photograph

from digitcli.data.lines.hands import Glyphs
from digitcli.data.lines.line import lines
from digitcli.model.weights import load_weights, save_weights


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A photographed sheet with four cells of each row filled in."""
    path = tmp_path_factory.mktemp("sheet") / "photo.jpg"
    photograph(filled(columns=4)[0], turn=180).save(path, quality=80)
    return path


def test_the_sheet_is_one_page_of_pdf_and_is_not_overwritten(run_cli, tmp_path):
    made = run_cli("adapt", "--sheet", "sheet.pdf")
    again = run_cli("adapt", "--sheet", "sheet.pdf")

    content = (tmp_path / "sheet.pdf").read_bytes()
    assert (made.returncode, made.stdout, again.returncode) == (0, "", 2), made.stderr
    assert content.startswith(b"%PDF-")
    assert b"/Count 1" in content
    assert "print it at 100 %" in made.stderr
    assert "sheet.pdf exists" in again.stderr


def test_crops_are_kept_and_read_like_any_folder(run_cli, photo, tmp_path):
    done = run_cli("adapt", "--from", photo, "--crops", "crops")
    judged = run_cli("eval", "--data", "crops", "--writers", "photo", "--json")

    table = (tmp_path / "crops/labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "crops: 40 digits" in done.stderr
    assert [int(row["label"]) for row in rows] == [digit for digit in range(10) for _ in range(4)]
    assert rows[5] == {"file": "1/sheet1-02.png", "label": "1", "writer": "photo"}
    assert json.loads(judged.stdout)["accuracy"] > 0.8, judged.stderr


@pytest.mark.train
@pytest.mark.slow
def test_a_photographed_sheet_becomes_weights(run_cli, photo, tmp_path):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    options = ["--weights", "tiny", "--data", "synthetic", "--steps", "3", "--json"]

    done = run_cli("adapt", "--from", photo, "--out", "my.npz", *options)

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["learnt"]) == ("digitcli.adapt/1", 36)
    assert document["held_out"]["n"] == 4
    assert document["others"] is None
    assert "my.npz: written" in done.stderr
    assert load_weights(tmp_path / "my.npz").trained["adapted"]["writers"] == ["photo"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "adapt needs --sheet, or --from with --out or --crops"),
        (["--from", "there"], 2, "adapt needs --sheet, or --from with --out or --crops"),
        (["--sheet", "sheet.doc"], 2, "sheet.doc must end in .pdf or .png"),
        (["--sheet", "sheet.pdf", "--out", "my.npz"], 2, "--sheet writes the sheet and nothing"),
        (["--from", "there", "--out", "there/labels.csv"], 2, "which is read, and would"),
        (["--from", "there", "--out", "there", "--force"], 2, "there is read, and would"),
        (["--from", "nowhere", "--out", "my.npz"], 3, "nowhere: no such file or folder"),
        (["--from", "there", "--out", "my.npz"], 3, "there/labels.csv: lists no picture"),
        (["--from", "text.txt", "--out", "my.npz"], 3, "text.txt: not a picture"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    run_cli, tmp_path, options, code, message
):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/labels.csv").write_text("file,label\n")
    (tmp_path / "text.txt").write_text("no picture")

    done = run_cli("adapt", *options)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt", "there"]
    assert (tmp_path / "there/labels.csv").read_text() == "file,label\n"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """Twelve pictures of numbers, and weights of a small network for lines."""
    folder = tmp_path_factory.mktemp("numbers")
    drawn = lines([(Glyphs(), 1.0)], 3)
    rows = ["file,label"]
    for number in range(12):
        line = next(drawn)
        Image.fromarray(line.picture).save(folder / f"{number}.png")
        rows.append(f'{number}.png,"{line.text}"')
    (folder / "labels.csv").write_text("\n".join(rows))
    save_weights(folder / "short.npz", line_weights())
    return folder


@pytest.mark.train
@pytest.mark.slow
def test_labelled_numbers_become_weights_for_lines(run_cli, numbers, tmp_path):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    options = ["--weights", numbers / "short.npz", "--steps", "2"]

    done = run_cli("adapt", "--from", numbers, "--out", "my.npz", *options)

    assert done.returncode == 0, done.stderr
    assert "adapted to 11 lines" in done.stdout
    assert "my.npz: written" in done.stderr
    assert load_weights(tmp_path / "my.npz").trained["adapted"]["pictures"] == 11


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--per-digit", "3"], 2, "--per-digit: is for pictures of single digits"),
        (["--data", "mnist"], 2, "--data: is for pictures of single digits"),
        (["--from", "photo.jpg"], 2, "photo.jpg: a photographed sheet has single digits"),
        (["--writers", "ann"], 2, "no writer 'ann'"),
    ],
)
def test_what_only_single_digits_have_is_refused_for_numbers(
    run_cli, numbers, photo, tmp_path, options, code, message
):
    shutil.copy(photo, tmp_path / "photo.jpg")
    weights = numbers / "short.npz"

    done = run_cli("adapt", "--from", numbers, "--out", "my.npz", "-w", weights, *options)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert not (tmp_path / "my.npz").exists()
