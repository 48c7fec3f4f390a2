"""`digitcli eval` on folders of numbers, with a reader that reads what a file's name says."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from docs.markdown_blocks import REPOSITORY

from digitcli.cli.app import main
from digitcli.errors import DataError
from digitcli.vision import reader

SEVEN = REPOSITORY / "samples" / "seven.png"


class NameReader:
    """Reads "12" of 12-a.png with the confidence 0.9; "no" is blank, "bad" no picture."""

    made: SimpleNamespace

    def __init__(self, engine, *, threads, mode) -> None:
        self.least = 0.5
        NameReader.made = SimpleNamespace(engine=engine, threads=threads, mode=mode)

    @classmethod
    def of(cls, networks, **options):
        return cls(networks.digit, **options)

    def read_many(self, sources):
        for source in sources:
            name = Path(source).stem.split("-")[0]
            bad = DataError(f"{source}: not a picture") if name == "bad" else None
            text = name if name.isdigit() else ""
            sure = 0.9 if text else None
            yield SimpleNamespace(
                text=text, written=text, confidence=sure, error=bad, file=str(source)
            )


@pytest.fixture
def numbers(monkeypatch, tmp_path):
    """Writes labels.csv and the files that it names; the command reads with `NameReader`."""
    monkeypatch.setattr(reader, "Reader", NameReader)

    def write(*rows: str, heading: str = "file,label,writer") -> Path:
        folder = tmp_path / "numbers"
        folder.mkdir()
        (folder / "labels.csv").write_text("\n".join([heading, *rows]) + "\n", "utf-8")
        for row in rows:
            (folder / row.split(",")[0]).touch()
        return folder

    return write


def document_of(capsys, *arguments) -> dict:
    assert main(["eval", "--json", *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)


def test_numbers_of_any_length_are_compared_digit_by_digit(numbers, capsys):
    folder = numbers("12-a.png,12,ann", "345-b.png,3.45,ann", "6-c.png,67,bob", "no-d.png,,bob")

    found = document_of(capsys, "--data", folder)

    assert found["schema"] == "digitcli.eval-strings/1"
    assert (found["exact"]["count"], found["n"]) == (3, 4)
    assert (found["digits"]["edits"], found["digits"]["n"]) == (1, 7)
    assert found["worst"][0]["file"] == "6-c.png"
    assert (found["mode"], found["weights"]) == ("auto", "reader")
    assert NameReader.made.mode == "auto"


def test_only_what_the_named_writers_wrote_is_measured(numbers, capsys):
    folder = numbers("12-a.png,12,ann", "6-c.png,67,bob")

    assert document_of(capsys, "--data", folder, "--writers", "ann")["n"] == 1
    assert main(["eval", "--data", str(folder), "--writers", "eve"]) == 2
    assert "no writer 'eve'" in capsys.readouterr().err


def test_single_digits_are_read_as_numbers_only_if_digits_says_so(numbers, capsys):
    folder = numbers("7-a.png,7,", "77-b.png,7,")
    for name in ("7-a.png", "77-b.png"):
        shutil.copy(SEVEN, folder / name)

    assert document_of(capsys, "--data", folder)["schema"] == "digitcli.eval/1"
    found = document_of(capsys, "--data", folder, "--digits", "many", "--threads", 3)
    assert found["exact"]["share"] == 0.5
    assert (NameReader.made.mode, NameReader.made.threads) == ("many", 3)


@pytest.fixture
def sevens(tmp_path):
    """Three pictures in the folder own/7: a seven, a blank one and no picture; and Thumbs.db."""
    folder = tmp_path / "own" / "7"
    folder.mkdir(parents=True)
    shutil.copy(SEVEN, folder / "a.png")
    (folder / "b.pgm").write_bytes(b"P5 9 9 255\n" + bytes(81))
    (folder / "Thumbs.db").write_bytes(b"no picture")
    return folder


def test_a_blank_among_single_digits_is_left_out_and_counted(capsys, sevens):
    assert main(["eval", "--json", "--data", str(sevens.parent)]) == 0

    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["schema"], found["n"], found["accuracy"]) == ("digitcli.eval/1", 1, 1.0)
    assert found["left_out"] == [{"reason": "blank", "count": 1, "first": "7/b.pgm"}]
    assert found["passed_over"] == [{"reason": "hidden", "count": 1, "first": "7/Thumbs.db"}]
    assert "1 left out: blank 1 (7/b.pgm); 1 passed over: hidden 1 (7/Thumbs.db)" in " ".join(
        printed.err.split()
    )


def test_an_unreadable_one_among_single_digits_is_left_out_and_is_exit_7(capsys, sevens):
    (sevens / "c.png").write_bytes(b"no picture")

    assert main(["eval", "--json", "--data", str(sevens.parent)]) == 7

    printed = capsys.readouterr()
    assert json.loads(printed.out)["n"] == 1
    assert "1 pictures could not be read, and are left out" in printed.err
    assert "7/c.png" in printed.err


def test_a_picture_that_cannot_be_read_counts_as_wrong_and_is_exit_7(numbers, capsys):
    folder = numbers("12-a.png,12,", "bad-b.png,34,")

    assert main(["eval", "--json", "--data", str(folder)]) == 7

    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["exact"]["share"], found["unreadable"]) == (0.5, 1)
    assert "1 of 2 pictures could not be read" in printed.err
    assert "bad-b.png: not a picture" in printed.err


def test_a_missed_gate_is_exit_8_after_the_document(numbers, capsys):
    folder = numbers("12-a.png,12,", "34-b.png,35,")

    assert main(["eval", "--json", "--data", str(folder), "--min-accuracy", "50"]) == 0
    capsys.readouterr()
    assert main(["eval", "--json", "--data", str(folder), "--min-accuracy", "50.1"]) == 8
    printed = capsys.readouterr()
    assert json.loads(printed.out)["exact"]["share"] == 0.5
    assert "50.000 % are exact, below 50.1 %" in printed.err


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("12-a.png,12a,", "labels.csv: line 3: label '12a' has 'a', expected digits and . , - / :"),
        ("12-a.png,1½,", "line 3: label '1½' has '½'"),
        (f"12-a.png,{'1' * 1001},", "a label of 1,001 signs, expected at most 1,000"),
    ],
)
def test_a_label_that_is_no_number_names_its_line(numbers, capsys, row, message):
    folder = numbers("7-a.png,7,", row)

    assert main(["eval", "--data", str(folder)]) == 3

    assert message in capsys.readouterr().err


def test_a_missing_file_names_its_line_before_anything_is_read(numbers, capsys):
    folder = numbers("12-a.png,12,", "34-b.png,34,")
    (folder / "34-b.png").unlink()

    assert main(["eval", "--data", str(folder)]) == 3

    error = capsys.readouterr().err
    assert "34-b.png: no such file" in error
    assert "labels.csv lists it in line 3" in error


@pytest.mark.parametrize(
    "options", ["--engine tensorflow", "--tta", "-w small -w tiny", "--reliability r.png"]
)
def test_options_for_single_digits_are_refused(numbers, capsys, options):
    pytest.importorskip("matplotlib", reason="needs the plot extra")
    folder = numbers("12-a.png,12,")

    assert main(["eval", "--data", str(folder), *options.split()]) == 2

    assert "is for pictures of single digits" in capsys.readouterr().err


def test_digits_needs_a_folder(capsys):
    assert main(["eval", "--data", "mnist", "--digits", "auto"]) == 2

    assert "mnist: --digits is for a folder of pictures" in capsys.readouterr().err


def test_output_is_the_document_or_with_csv_a_row_for_each_picture_again_and_again(
    numbers, capsys, tmp_path
):
    folder, out = numbers("12-a.png,12,", "6-c.png,6/7,"), tmp_path / "out"
    for _ in range(2):
        found = document_of(capsys, "--data", folder, "--output", out / "all.json")
        assert json.loads((out / "all.json").read_text()) == found
        document_of(capsys, "--data", folder, "--output", out / "all.csv")

    rows = list(csv.DictReader((out / "all.csv").read_text().splitlines()))
    assert [(row["label"], row["text"], row["edits"]) for row in rows] == [
        ("12", "12", "0"),
        ("6/7", "6", "1"),
    ]
