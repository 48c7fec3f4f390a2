"""`digitcli show` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from pictures import digit_picture, save_template_weights
from PIL import Image

from digitcli.cli.app import main
from digitcli.inference.engine import load
from digitcli.inference.quantize import quantize
from digitcli.model.weights import save_weights


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with weights, a seven and a blank page, where the commands run."""
    save_template_weights(tmp_path / "templates.npz")
    digit_picture(7).save(tmp_path / "seven.png")
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys, *arguments):
    assert main(["show", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["p.html", "P.HTML"])
def test_a_page_is_written_as_html(capsys, folder, name):
    assert main(["show", "templates.npz", "seven.png", "--out", name]) == 0

    assert (folder / name).read_bytes().startswith(b"<!doctype html>")
    assert capsys.readouterr() == (f"{name}: seven.png is a 7, 1 layer\n", "")


def test_a_page_may_be_made_again():
    command = ["show", "templates.npz", "seven.png", "--out", "p.html"]

    assert [main(command), main(command)] == [0, 0]


def modules_after(*arguments):
    """Exit code, and which of two packages a fresh `digitcli` has loaded in the end."""
    code = f"""
import sys
from digitcli.cli.app import main
code = main({list(arguments)!r})
print(code, sorted({{"jinja2", "matplotlib"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_a_page_needs_no_matplotlib_and_a_terminal_no_jinja(folder):
    show = ["show", "templates.npz", "seven.png"]

    assert modules_after(*show, "--out", "page.html") == "0 ['jinja2']"
    assert modules_after(*show) == "0 []"
    assert modules_after(*show, "--json") == "0 []"
    assert modules_after("predict", "-w", "templates.npz", "seven.png") == "0 []"


def test_json_is_exactly_the_promised_document(capsys):
    found = document(capsys, "small", "seven.png", "--patch", "7")

    assert list(found) == [
        *("schema", "weights", "network", "isa", "picture", "digit", "name"),
        *("classes", "probabilities", "layers", "occlusion"),
    ]
    assert (found["schema"], found["digit"]) == ("digitcli.show/1", 7)
    assert found["layers"][0] | {"least": 0, "largest": 0, "mean": 0, "active": 0} == {
        "name": "conv1",
        "kind": "conv",
        "shape": [28, 28, 16],
        "parameters": 160,
        "least": 0,
        "largest": 0,
        "mean": 0,
        "active": 0,
    }
    drop = np.array(found["occlusion"]["drop"])
    worst = found["occlusion"]["worst"]
    assert drop.shape == (28, 28)
    assert drop[worst["row"], worst["column"]] == worst["drop"] == drop.max()
    assert found["occlusion"]["patch"] == 7


def test_show_has_the_probabilities_of_predict(capsys):
    shown = document(capsys, "templates.npz", "seven.png")
    assert main(["predict", "seven.png", "--digits", "one", "--json", "-w", "templates.npz"]) == 0

    [result] = json.loads(capsys.readouterr().out)["results"]
    assert shown["probabilities"] == result["digits"][0]["probabilities"]


def test_threads_change_nothing(capsys):
    one = document(capsys, "small", "seven.png")

    assert document(capsys, "small", "seven.png", "--threads", "3") == one


def test_a_terminal_gets_the_picture_the_answer_and_a_row_for_each_layer(capsys):
    assert main(["show", "small", "seven.png"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "seven.png"
    assert any(line.split()[-3:-1] and " 7 " in f" {line} " and "%" in line for line in lines)
    assert [line.split()[:2] for line in lines[-9:]] == [
        *(["conv1", "28x28x16"], ["pool1", "14x14x16"], ["conv2", "14x14x24"]),
        *(["conv3", "14x14x32"], ["pool2", "7x7x32"], ["conv4", "7x7x48"]),
        *(["conv5", "5x5x64"], ["average1", "64"], ["dense1", "10"]),
    ]
    assert not any(line != line.rstrip() for line in lines)


def test_a_picture_comes_from_standard_input_too(folder):
    command = [sys.executable, "-m", "digitcli", "show", "templates.npz", "-", "--json"]

    done = subprocess.run(command, input=(folder / "seven.png").read_bytes(), capture_output=True)

    assert json.loads(done.stdout)["digit"] == 7


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["templates.npz", "blank.png"], 3, "blank.png: no digit found"),
        (["templates.npz", "missing.png"], 3, "missing.png: no such file"),
        (["missing.npz", "seven.png"], 4, "missing.npz: no such weight file"),
        (["templates.npz", "seven.png", "--out", "p.pdf"], 2, "are written as .html, got 'p.pdf'"),
        (["templates.npz", "seven.png", "--out", "page"], 2, "are written as .html, got 'page'"),
        (["templates.npz", "seven.png", "--out", "p.png"], 2, "hint:  --out p.html"),
        (["templates.npz", "seven.png", "--patch", "4"], 2, "an odd number from 1 to 27, got 4"),
        (["templates.npz", "seven.png", "--patch", "99"], 2, "odd number from 1 to 27, got 99"),
        (["templates.npz"], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_leaves_no_file(
    capsys, folder, arguments, code, message
):
    before = sorted(path.name for path in folder.iterdir())

    assert main(["show", *arguments]) == code

    out, err = capsys.readouterr()
    assert message in err
    assert out == ""
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_int8_network_is_shown_as_its_float32_file_is(capsys, folder):
    images = np.random.default_rng(1).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    save_weights(folder / "w8.npz", quantize(load("templates.npz").weights, images).weights)

    assert main(["show", "templates.npz", "seven.png"]) == 0
    exact = capsys.readouterr().out
    assert main(["show", "w8.npz", "seven.png"]) == 0
    found = capsys.readouterr().out

    layers = [line.split()[:2] for line in exact.splitlines()[-1:]]
    assert [line.split()[:2] for line in found.splitlines()[-1:]] == layers


def test_a_file_that_cannot_be_written_is_named(capsys, folder):
    (folder / "page.html").mkdir()

    assert main(["show", "templates.npz", "seven.png", "--out", "page.html"]) == 6
    assert "page.html: cannot be written (not a regular file)" in capsys.readouterr().err
