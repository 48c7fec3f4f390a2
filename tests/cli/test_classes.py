"""Networks that name other things than digits, at the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights

from digitcli.inference.engine import Engine
from digitcli.model.weights import save_weights

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def clothes(tmp_path):
    """Weights, three pictures and what the engine says of them."""
    rng = np.random.default_rng(5)
    pictures = rng.integers(0, 256, (3, 28, 28), np.uint8)
    pictures[:, [0, 0, -1, -1], [0, -1, 0, -1]] = 0
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    save_weights(tmp_path / "clothes.npz", class_weights())
    return Engine(class_weights()).predict(pictures)


PICTURES = ("0.png", "1.png", "2.png")


def test_predict_prints_the_names_of_the_classes(run_cli, clothes):
    done = run_cli("predict", "--weights", "clothes.npz", *PICTURES)

    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in clothes.labels)
    assert all(name in done.stdout for name in CLOTHES)  # the bars beside each picture


def test_rows_and_json_lines_have_the_names(run_cli, clothes):
    rows = run_cli("predict", "-w", "clothes.npz", "--csv", *PICTURES).stdout.splitlines()[1:]
    lines = run_cli("predict", "-w", "clothes.npz", "--jsonl", *PICTURES).stdout.splitlines()

    assert [row.split(",")[1] for row in rows] == clothes.labels
    documents = [json.loads(line) for line in lines]
    assert [document["text"] for document in documents] == clothes.labels
    assert [document["digits"][0]["name"] for document in documents] == clothes.labels
    assert [len(document["digits"][0]["probabilities"]) for document in documents] == [3, 3, 3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--digits", "many"), "--digits many: only for digits; clothes names 3 classes"),
        (("--length", "3"), "--pattern, --length, --check: only for digits"),
        (("--pattern", r"\d"), "--pattern, --length, --check: only for digits"),
        (("--check", "luhn"), "--pattern, --length, --check: only for digits"),
    ],
)
def test_what_only_digits_have_is_a_clear_error(run_cli, clothes, options, said):
    done = run_cli("predict", "-w", "clothes.npz", *options, "0.png")

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_picture_of_one_tone_is_blank(run_cli, clothes, tmp_path):
    Image.new("L", (40, 20), 255).save(tmp_path / "paper.png")

    done = run_cli("predict", "-w", "clothes.npz", "paper.png")

    assert (done.returncode, "blank" in done.stdout) == (0, True)


def test_drawings_and_lists_have_the_names(run_cli, clothes, tmp_path):
    outputs = ("--annotate", "boxes.png", "--steps", "steps.png", "--review", "list.csv")

    done = run_cli("predict", "-w", "clothes.npz", "0.png", *outputs)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "boxes.png").is_file()
    assert (tmp_path / "steps.png").is_file()
    assert (tmp_path / "list.csv").read_text().startswith("file,")


def test_show_and_info_name_the_classes(run_cli, clothes, tmp_path):
    shown = run_cli("show", "clothes.npz", "0.png", "--out", "page.html")
    document = json.loads(run_cli("show", "clothes.npz", "0.png", "--json").stdout)
    card = run_cli("info", "--weights", "clothes.npz")

    assert f"is {clothes.labels[0]}, 5 layers" in shown.stdout
    assert all(name in (tmp_path / "page.html").read_text() for name in CLOTHES)
    assert (document["name"], document["classes"]) == (clothes.labels[0], list(CLOTHES))
    assert "3: T-shirt/top, Trouser, Ankle boot" in card.stdout


def test_an_exported_file_has_the_names(run_cli, clothes, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")

    done = run_cli("export", "-w", "clothes.npz", "--out", "clothes.onnx")

    assert done.returncode == 0, done.stderr
    entries = onnx.load(tmp_path / "clothes.onnx").metadata_props
    assert json.loads({one.key: one.value for one in entries}["labels"]) == list(CLOTHES)


@pytest.mark.usefixtures("drawn_set")
def test_what_reads_digits_refuses_them(run_cli, clothes):
    served = run_cli("serve", "-w", "clothes.npz")
    measured = run_cli("eval", "-w", "clothes.npz", "--data", "synthetic")
    unknown = run_cli("eval", "-w", "clothes.npz")

    assert (served.returncode, measured.returncode, unknown.returncode) == (2, 3, 2)
    assert "names 3 classes that are no digits" in served.stderr
    assert "synthetic: its classes are 10 (0, 1, 2, ...)" in measured.stderr
    assert "does not say which data set it learnt" in unknown.stderr
