"""`digitcli predict` over many pictures, with rules and thresholds, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from pictures import digit_picture, encoded, save_template_weights, templates
from PIL import Image
from terminal import on_a_terminal

from digitcli.data.idx import write_idx
from digitcli.model.thresholds import KEY
from digitcli.model.weights import load_weights, save_weights

WEIGHTS = ("--weights", "templates.npz")
FILES = [f"{n}.png" for n in range(10)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Weights, and a picture of each digit."""
    folder = tmp_path_factory.mktemp("shelf")
    save_template_weights(folder / "templates.npz")
    for digit in range(10):
        (folder / f"{digit}.png").write_bytes(encoded(digit_picture(digit)))
    return folder


@pytest.fixture(autouse=True)
def folder(tmp_path, shelf):
    for file in shelf.iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_lists_archives_idx_and_files_come_in_the_order_of_the_arguments(run_cli, folder):
    (folder / "two.txt").write_text("3.png\n4.png\n")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(folder / "5.png", "in/5.png")
    write_idx(folder / "images.gz", templates()[6:8])

    done = run_cli("predict", "1.png", "@two.txt", "more.zip", "images.gz", "--jsonl", *WEIGHTS)

    rows = lines_of(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [row["text"] for row in rows] == ["1", "3", "4", "5", "6", "7"]
    assert [row["file"] for row in rows][3:] == ["more.zip/in/5.png", "images.gz#0", "images.gz#1"]


@pytest.mark.parametrize("argument", ["-", "@-"])
def test_standard_input_is_an_archive_or_a_list(run_cli, folder, argument):
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(folder / "5.png", "5.png")
    (folder / "list").write_text("5.png\n")

    with (folder / ("list" if argument == "@-" else "more.zip")).open("rb") as stdin:
        done = run_cli("predict", argument, "--csv", *WEIGHTS, stdin=stdin)

    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert (done.returncode, row["text"], row["answer"]) == (0, "5", "digits")


def test_hundreds_of_files_with_a_bad_one_are_all_answered(run_cli, folder):
    names = [f"{n * 3 % 10}.png" for n in range(400)]
    names[250] = "missing.png"
    (folder / "files.txt").write_text("\n".join(names))

    done = run_cli("predict", "@files.txt", "--jsonl", "--threads", 3, *WEIGHTS)

    rows = lines_of(done.stdout)
    assert done.returncode == 7
    assert "1 of 400 pictures could not be read" in done.stderr
    assert [row["file"] for row in rows] == names
    assert [row["text"] or "?" for row in rows] == [
        "?" if name == "missing.png" else name[0] for name in names
    ]


def test_resume_goes_on_where_a_killed_run_ended(run_cli, folder):
    whole = run_cli("predict", *FILES, "missing.png", "--jsonl", *WEIGHTS).stdout
    (folder / "out.jsonl").write_text(whole[: len(whole) // 2])

    first = run_cli("predict", *FILES, "missing.png", "--resume", "out.jsonl", *WEIGHTS)
    after = (folder / "out.jsonl").read_text()
    again = run_cli("predict", *FILES, "missing.png", "--resume", "out.jsonl", *WEIGHTS)

    assert (first.returncode, first.stdout) == (7, "")
    assert after == whole
    assert (folder / "out.jsonl").read_text() == whole
    assert again.returncode == 7, "the earlier error is still one"
    assert "1 of 1 pictures could not be read" in again.stderr


def test_resume_keeps_a_whole_last_answer_that_lacks_its_line_feed(run_cli, folder):
    run_cli("predict", "1.png", "2.png", "--resume", "out.jsonl", *WEIGHTS)
    whole = (folder / "out.jsonl").read_bytes()
    (folder / "out.jsonl").write_bytes(whole.rstrip(b"\n"))

    done = run_cli("predict", "3.png", "--resume", "out.jsonl", *WEIGHTS)

    assert done.returncode == 0, done.stderr
    assert (folder / "out.jsonl").read_bytes().startswith(whole)


def test_resume_refuses_files_that_are_not_answers(run_cli, folder):
    (folder / "notes.txt").write_text('{"schema": "other"}\n')

    done = run_cli("predict", "1.png", "--resume", "notes.txt", *WEIGHTS)

    assert done.returncode == 3
    assert "notes.txt: line 1 is no answer of `digitcli predict --jsonl`" in done.stderr
    assert (folder / "notes.txt").read_text() == '{"schema": "other"}\n'


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_whole_lines_and_resume_completes_them(run_cli, folder):
    (folder / "files.txt").write_text("\n".join(f"{n % 10}.png" for n in range(20)))
    command = [sys.executable, "-m", "digitcli", "predict", "@files.txt", "@-"]
    command += ["--resume", "out.jsonl", *WEIGHTS]

    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(b"%d.png\n" % (n % 10) for n in range(1000)))
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not (folder / "out.jsonl").exists() or not (folder / "out.jsonl").stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    rows = lines_of((folder / "out.jsonl").read_text())
    assert 0 < len(rows) <= 1020
    assert run_cli("predict", *FILES, "--resume", "out.jsonl", *WEIGHTS).returncode == 0


def test_rules_choose_the_best_valid_reading_with_its_probability(run_cli):
    done = run_cli("predict", "1.png", "7.png", "--pattern", "[1-4]", "--json", *WEIGHTS)

    one, seven = json.loads(done.stdout)["results"]
    assert done.returncode == 0, done.stderr
    assert (one["text"], one["answer"]) == ("1", "digits")
    assert seven["text"] in "1234"
    assert seven["number"]["text"] == seven["text"]
    assert seven["number"]["unconditional"] < 0.5 < one["number"]["unconditional"]


def test_reading_that_obeys_no_rule_is_not_valid(run_cli):
    done = run_cli("predict", "1.png", "--length", 2, "--check", "luhn", "--json", *WEIGHTS)

    (result,) = json.loads(done.stdout)["results"]
    assert done.returncode == 0
    assert (result["text"], result["answer"], result["number"]) == ("", "not valid", None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pattern", r"\d{5"), r"pattern '\\d{5': position 5: expected } or ,, found the end"),
        (("--pattern", "12", "--length", "3"), "--pattern 12, --length 3: no number obeys this"),
        (("--check", "crc"), "--check: unknown check 'crc'"),
        (("--length", "0"), "0 is not in the range"),
        (("--target-error", "0.1"), "--target-error: expected a percentage"),
        (("--csv", "--json"), "--json and --csv exclude each other"),
        (("--resume", "x", "--json"), "--resume writes JSON Lines, CSV or Parquet"),
        (("--spreadsheet", "--json"), "--json and --csv exclude each other"),
        (("--resume", "x", "--output", "y"), "--resume and --output exclude each other"),
        (("--show", "--jsonl"), "--show draws in the terminal"),
        (("--annotate", "x.jpg"), "--annotate: expected a name that ends in .png"),
    ],
)
def test_options_that_make_no_sense_are_exit_2(run_cli, folder, options, message):
    done = run_cli("predict", "1.png", *options, *WEIGHTS)

    assert done.returncode == 2, done.stderr
    assert message in done.stderr.replace("\n", " ")
    assert not (folder / "y").exists()


def test_target_error_takes_the_threshold_of_the_weights(run_cli, folder):
    weights = load_weights(folder / "templates.npz")
    points = [[0.0, 1000, 50], [0.999999, 600, 0]]
    table = {"data": "drawn", "split": "validation", "n": 1000, "points": points}
    save_weights(folder / "known.npz", replace(weights, trained={KEY: table}))
    run = ("predict", *FILES, "--weights", "known.npz", "--json", "--target-error")

    strict = run_cli(*run, "1%", "--review", "review.csv")
    lax = run_cli(*run, "10%")
    impossible = run_cli(*run, "0.1%")

    summary = json.loads(strict.stdout)["summary"]
    answers = [result["answer"] for result in json.loads(strict.stdout)["results"]]
    sure = [r["confidence"] >= 0.999999 for r in json.loads(strict.stdout)["results"]]
    assert answers == ["digits" if one else "unsure" for one in sure]
    assert summary["threshold"]["confidence"] == 0.999999
    assert summary["coverage"] == pytest.approx(np.mean(sure))
    assert "of 1,000 pictures (drawn) 60 % do, 0 % of them wrong" in strict.stderr
    rows = list(csv.DictReader((folder / "review.csv").read_text().splitlines()))
    assert len(rows) == sum(not one for one in sure)
    assert json.loads(lax.stdout)["summary"]["coverage"] == 1
    assert impossible.returncode == 2
    assert "cannot be promised from 1,000 validation pictures" in impossible.stderr


def test_weights_without_thresholds_are_exit_4(run_cli):
    done = run_cli("predict", "1.png", "--target-error", "1%", *WEIGHTS)

    assert done.returncode == 4
    assert "templates.npz: has no thresholds" in done.stderr


def test_drawings_are_written_for_one_and_for_several(run_cli, folder):
    one = run_cli("predict", "1.png", "--annotate", "one.png", "--steps", "steps.png", *WEIGHTS)
    many = run_cli(
        "predict", "1.png", "2.png", "--annotate", "drawn", "--steps", "drawn2", *WEIGHTS
    )

    assert (one.returncode, many.returncode) == (0, 0), one.stderr + many.stderr
    for name in ("one.png", "steps.png", "drawn/1.png", "drawn/2.png", "drawn2/2.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG"), name


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_show_draws_the_picture_in_colour_on_a_terminal(folder):
    shown = on_a_terminal(
        ["predict", "7.png", "--show", *WEIGHTS], cwd=folder, COLORTERM="truecolor", COLUMNS="60"
    )

    assert shown.count(b"\n") > 40
    assert b"38;2;0;160;64" in shown or b"48;2;0;160;64" in shown, "the green of a sure box"


def test_digits_many_reads_several_digits_and_single_ones(run_cli, folder):
    picture = Image.new("L", (300, 120), 255)
    for place, digit in enumerate((4, 0, 7)):
        picture.paste(digit_picture(digit), (20 + 90 * place, 0))
    (folder / "number.png").write_bytes(encoded(picture))

    done = run_cli("predict", "number.png", "4.png", "--digits", "many", "--json", *WEIGHTS)

    number, single = json.loads(done.stdout)["results"]
    assert (number["text"], number["mode"]) == ("407", "many"), done.stderr
    assert [digit["line"] for digit in number["digits"]] == [0, 0, 0]
    assert single["text"] == "4"
