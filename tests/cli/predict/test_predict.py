"""`digitcli predict` as a user runs it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from pictures import digit_picture, encoded, save_template_weights
from PIL import Image
from terminal import on_a_terminal

from digitcli.inference.quantize import quantize
from digitcli.model.weights import find_weights, load_weights, save_weights

WEIGHTS = ("--weights", "templates.npz")


@pytest.fixture(autouse=True)
def folder(tmp_path):
    """A folder with weights, a seven, a two, a blank page and a broken file."""
    save_template_weights(tmp_path / "templates.npz")
    digit_picture(7).save(tmp_path / "seven.png")
    digit_picture(2).save(tmp_path / "two.jpg")
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    (tmp_path / "broken.png").write_bytes(encoded(digit_picture(7))[:200])
    return tmp_path


def test_json_is_exactly_the_promised_document(run_cli):
    done = run_cli("predict", "seven.png", "--json", *WEIGHTS)

    document = json.loads(done.stdout)
    (result,) = document["results"]
    (digit,) = result["digits"]
    assert done.returncode == 0, done.stderr
    assert list(document) == ["schema", "results", "summary"]
    assert document["schema"] == "digitcli.predict/1"
    always = ["file", "text", "written", "digits", "error"]
    assert list(result) == [*always, "answer", "confidence", "mode", "marks", "fields"]
    assert (result["file"], result["text"], result["error"]) == ("seven.png", "7", None)
    assert list(digit) == ["digit", "probability", "box", "probabilities", "confidence", "line"]
    assert digit["digit"] == 7
    assert len(digit["box"]) == 4
    assert sum(digit["probabilities"]) == pytest.approx(1)
    assert done.stderr == ""


@pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",), ("--no-picture",)])
@pytest.mark.parametrize("picture", ["seven.png", "two.jpg", "broken.png"])
def test_off_a_terminal_neither_numpy_nor_rich_nor_tensorflow_is_loaded(folder, picture, options):
    code = """
import sys
from digitcli.cli.app import main
code = main(sys.argv[1:])
heavy = {"numpy", "rich", "tensorflow", "keras", "matplotlib", "platformdirs"}
print("loaded:", sorted(heavy & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
    command = [sys.executable, "-c", code, "predict", picture, *options, *WEIGHTS]

    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)

    assert done.returncode == (3 if picture == "broken.png" else 0), done.stderr
    assert done.stderr.splitlines()[-1] == "loaded: []"


def test_int8_weights_load_no_numpy_either(folder):
    weights = quantize(
        load_weights(find_weights("tiny")), np.zeros((100, 28, 28), np.uint8)
    ).weights
    save_weights(folder / "tiny8.npz", weights)
    code = """
import sys
from digitcli.cli.app import main
code = main(sys.argv[1:])
print("loaded:", sorted({"numpy", "rich"} & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
    command = [sys.executable, "-c", code, "predict", "seven.png", "--weights", "tiny8.npz"]

    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "loaded: []"


@pytest.mark.parametrize("asked", [["crop.png"], ["seven.png", "--digits", "one"]])
def test_one_digit_loads_nothing_that_reads_lines_or_numbers(folder, asked):
    digit_picture(7, 32, 24).save(folder / "crop.png")
    code = """
import sys
from digitcli.cli.app import main
main(sys.argv[1:])
for_lines = {"line", "lines", "columns", "finding", "field", "mark", "rules"}
spared = {f"digitcli.vision.{name}" for name in for_lines} | {"statistics", "random"}
print("loaded:", sorted(spared & set(sys.modules)), file=sys.stderr)
"""
    command = [sys.executable, "-c", code, "predict", *asked, *WEIGHTS]

    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)

    assert done.stderr.splitlines()[-1] == "loaded: []"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_a_terminal_gets_styles(folder):
    shown = on_a_terminal(["predict", "seven.png", *WEIGHTS], cwd=folder)

    assert b"\x1b[1mseven.png" in shown
    assert b"\x1b[38;5;" in shown


def test_a_blank_picture_is_no_digit_and_no_error(run_cli):
    done = run_cli("predict", "blank.png", "--json", *WEIGHTS)

    (result,) = json.loads(done.stdout)["results"]
    assert done.returncode == 0
    answer = {"answer": "blank", "confidence": None, "mode": "one", "marks": []}
    empty = {"text": "", "written": "", "digits": [], "fields": []}
    assert result == {"file": "blank.png", **empty, "error": None, **answer}
    assert "no digit" in run_cli("predict", "blank.png", *WEIGHTS).stdout


@pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",)])
def test_one_bad_picture_among_others_is_a_row_and_exit_7(run_cli, options):
    done = run_cli(
        "predict", "seven.png", "broken.png", "missing.png", "two.jpg", *options, *WEIGHTS
    )

    assert done.returncode == 7
    assert "2 of 4 pictures could not be read" in done.stderr
    assert "Traceback" not in done.stderr
    if options == ("--json",):
        results = json.loads(done.stdout)["results"]
    elif options == ("--jsonl",):
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert {result.pop("schema") for result in results} == {"digitcli.predict/1"}
    else:
        rows = done.stdout.splitlines()
        assert [row.split()[1] for row in rows] == ["7", "error:", "error:", "2"]
        return
    assert [result["text"] for result in results] == ["7", "", "", "2"]
    assert results[1]["error"].startswith("broken.png: not a whole PNG picture")
    assert results[2]["error"] == "missing.png: no such file"


@pytest.mark.parametrize("name", ["broken.png", "missing.png"])
def test_a_single_bad_picture_is_the_error_of_the_command(run_cli, name):
    done = run_cli("predict", name, "--json", *WEIGHTS)

    document = json.loads(done.stdout)
    assert done.returncode == 3
    assert (document["schema"], document["exit_code"]) == ("digitcli.error/1", 3)
    assert document["error"].startswith(f"{name}: ")


def test_a_block_shows_the_picture_and_the_bars(run_cli):
    done = run_cli("predict", "seven.png", "--top", 2, *WEIGHTS)

    lines = done.stdout.splitlines()
    assert lines[0] == "seven.png"
    assert len(lines) == 15
    assert sum("█" in line[:28] for line in lines) > 5
    assert sum("%" in line for line in lines) == 3
    assert "\x1b" not in done.stdout


def test_an_ascii_terminal_gets_ascii(run_cli, folder):
    (folder / "seven.png").rename(folder / "sieben-é.png")

    done = run_cli("predict", "sieben-é.png", *WEIGHTS, env={"PYTHONIOENCODING": "ascii"})

    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "sieben-\\xe9.png" in done.stdout
    assert "#" in done.stdout


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_means_no_colour(run_cli, env):
    done = run_cli("predict", "seven.png", *WEIGHTS, env=env)

    assert "38;" not in done.stdout
    assert "48;" not in done.stdout
    assert "█" in done.stdout


def test_colour_terminals_get_every_grey(run_cli):
    env = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}

    done = run_cli("predict", "seven.png", *WEIGHTS, env=env)

    assert "38;2;" in done.stdout
    assert "▀" in done.stdout


@pytest.mark.parametrize("name", ["[red].png", "a[/]b.png", "line\nbreak.png", "\x1b[31mred.png"])
def test_names_are_text_and_nothing_else(run_cli, folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "seven.png").rename(folder / name)

    for more in ((), ("two.jpg", "blank.png", "two.jpg")):
        done = run_cli("predict", name, *more, *WEIGHTS, env={"FORCE_COLOR": "1"})

        assert done.returncode == 0, done.stderr
        shown = name.replace("\n", "\\n").replace("\x1b", "\\x1b")
        assert shown in done.stdout
        assert "\x1b[31mred.png" not in done.stdout


def test_a_name_that_is_no_text_still_makes_valid_json(run_cli, folder):
    name = os.fsdecode(b"caf\xe9.png")
    try:
        (folder / "seven.png").rename(folder / name)
    except OSError as error:
        if error.errno != errno.EILSEQ:
            raise
        pytest.skip("this file system takes only UTF-8 names")

    done = run_cli("predict", name, "--json", *WEIGHTS)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"][0]["text"] == "7"


def test_a_folder_and_a_pattern_are_expanded(run_cli, folder):
    (folder / "broken.png").unlink()

    for argument in (".", "*.[pj][np]g"):
        done = run_cli("predict", argument, "--json", *WEIGHTS)

        files = [result["file"] for result in json.loads(done.stdout)["results"]]
        assert files == ["blank.png", "seven.png", "two.jpg"]


@pytest.mark.parametrize("argument", ["*.gif", "empty"])
def test_nothing_found_is_exit_3(run_cli, folder, argument):
    (folder / "empty").mkdir()

    done = run_cli("predict", argument, *WEIGHTS)

    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {argument}: no ")


def test_standard_input_is_a_picture(run_cli, folder):
    with (folder / "seven.png").open("rb") as file:
        done = run_cli("predict", "-", "--json", *WEIGHTS, stdin=file)

    (result,) = json.loads(done.stdout)["results"]
    assert (result["file"], result["text"]) == ("-", "7")


@pytest.mark.parametrize("options", [("--json",), ("--jsonl",), ()])
def test_output_goes_to_the_file_and_stdout_stays_empty(run_cli, folder, options):
    expected = run_cli("predict", "seven.png", "broken.png", *options, *WEIGHTS)

    done = run_cli("predict", "seven.png", "broken.png", *options, *WEIGHTS, "--output", "out/a")

    assert (done.returncode, done.stdout) == (7, "")
    assert (folder / "out" / "a").read_text(encoding="utf-8") == expected.stdout
    assert [path.name for path in (folder / "out").iterdir()] == ["a"]


def test_a_failed_command_leaves_the_old_output_alone(run_cli, folder):
    old = run_cli("predict", "seven.png", "--json", *WEIGHTS).stdout
    (folder / "answers.json").write_text(old)

    done = run_cli("predict", "broken.png", "--json", *WEIGHTS, "--output", "answers.json")

    assert done.returncode == 3
    assert (folder / "answers.json").read_text() == old


def test_usage_errors_are_exit_2(run_cli):
    assert run_cli("predict").returncode == 2
    assert run_cli("predict", "seven.png", "--top", 11, *WEIGHTS).returncode == 2
    assert run_cli("predict", "seven.png", "--json", "--jsonl", *WEIGHTS).returncode == 2


def test_missing_weights_are_exit_4(run_cli):
    assert run_cli("predict", "seven.png", "--weights", "nope.npz").returncode == 4


def test_each_sample_is_read_as_one_digit(run_cli, repository):
    done = run_cli("predict", repository / "samples", "--json", *WEIGHTS)

    results = json.loads(done.stdout)["results"]
    assert [len(result["digits"]) for result in results] == [1, 1, 1, 1]
