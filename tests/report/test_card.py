"""What `digitcli info --weights` shows."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from digitcli.model.card import provenance, read_card
from digitcli.report.card import MISSING, render

RECORD = {
    "recipe": {"optimizer": "adamw", "augment": {"shift": 2, "rotation": 12.0}, "seed": 5},
    "epochs": 12,
    "steps": 5148,
    "data": {"name": "mnist", "sha256": "ab" * 32},
    "validation_accuracy": 0.9944,
    "test": {"data": "mnist", "n": 10_000, "accuracy": 0.9962, "interval": [0.9948, 0.9972]},
    "calibration": {
        **{"data": "mnist", "split": "validation", "n": 5000, "temperature": 0.5},
        **{"ece_before": 0.0494, "ece_after": 0.0031, "brier_before": 0.01, "brier_after": 0.007},
        **{"nll_before": 0.0628, "nll_after": 0.0156},
    },
    "licence": "MIT",
}


def shown(record, width=80, **changes) -> str:
    card = {**read_card("small"), "temperature": 1.0, **provenance(record), **changes}
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(render(card))
    return console.file.getvalue()


def line_of(name: str, text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_what_is_recorded_is_shown():
    text = shown(RECORD, temperature=0.5)

    assert "augment {shift: 2, rotation: 12.0}" in text
    assert "12 epochs, 5,148 steps" in line_of("length", text)
    assert line_of("seed", text).split() == ["seed", "5"]
    assert "99.44 %" in line_of("validation", text)
    assert "99.62 %, 95 % interval 99.48 % to 99.72 %" in line_of("test", text)
    assert "10,000" in line_of("test", text)
    fitted = "0.5, fitted on 5,000 validation pictures of mnist"
    assert fitted in line_of("temperature", text)
    assert "4.94 % before, 0.31 % after" in line_of("ECE", text)
    assert "0.0628 before, 0.0156 after" in line_of("NLL", text)
    assert "MIT" in line_of("licence", text)
    assert line_of("dense1", text).split()[:3] == ["dense1", "dense", "10"]
    assert line_of("all", text).split() == ["all", "52,818", "7.03"]


@pytest.mark.parametrize(
    ("earlier", "asked"),
    [
        (
            [{"epochs": 3, "steps": 1287, "until": 1000}],
            "; asked for: 3 epochs until step 1,000, then",
        ),
        ("something else", None),
        ([{"epochs": "3"}], None),
    ],
)
def test_a_run_that_was_made_longer_says_what_was_asked_for_first(earlier, asked):
    text = shown(RECORD | {"recipe": {"epochs": 12, "earlier": earlier}}, width=200)

    line = line_of("length", text)
    assert asked in line if asked else "asked" not in line
    assert "earlier" not in text


def test_settings_that_were_off_are_left_out():
    recipe = {"optimizer": "muon", "momentum": 0.0, "teacher_share": 0.9, "test_chunks": 100}

    assert line_of("recipe", shown({"recipe": recipe})).split() == ["recipe", "optimizer", "muon"]


def test_a_taught_network_says_by_whom_and_how_much():
    text = shown({"recipe": {"teachers": ["runs/small"], "teacher_share": 0.9}})

    assert "runs/small" in line_of("recipe", text)
    assert "teacher_share 0.9" in line_of("recipe", text)


def test_what_is_missing_says_so():
    text = shown({})

    names = ("recipe", "length", "seed", "data", "validation", "test", "versions", "licence")
    for name in (*names, "ECE", "Brier score", "NLL", "device"):
        assert MISSING in line_of(name, text), name
    assert "1, its fit not recorded" in line_of("temperature", text)


HUGE = 10**400


@pytest.mark.parametrize("value", [True, HUGE, -HUGE, 1e300, "x", [HUGE], {"n": HUGE}, None])
def test_values_of_wrong_types_are_shown_without_an_error(value):
    keys = ("n", "accuracy", "interval", "data", "split", "ece_before", "ece_after", "method")
    table = dict.fromkeys(keys, value)
    record = {name: table for name in (*RECORD, "adapted", "quantized", "versions")}

    assert shown(record | {"epochs": value, "steps": value, "seed": value})


def test_a_quantised_file_says_that_the_figure_is_older():
    text = shown(RECORD | {"quantized": {"images": 1000, "method": "least error"}})

    assert "before it was quantised" in text
    assert "on 1,000 pictures, ranges of least error" in line_of("quantised", text)


def test_a_file_adapted_to_a_hand_says_to_whose_and_from_what():
    origin = {"network": "small", "tensors_sha256": "ab12"}
    adapted = {"pictures": 108, "writers": ["ann", "bob"], "from": origin}

    line = " ".join(shown(RECORD | {"adapted": adapted}).split())

    assert "adapted to 108 pictures of ann, bob, from weights with sha256 ab12" in line


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_column_is_lost(width):
    text = shown(RECORD, width)

    assert max(map(len, text.splitlines())) <= width
    assert line_of("layer", text).split() == ["layer", "kind", "output", "parameters", "MFLOP"]


def test_text_of_the_file_is_neither_markup_nor_obeyed_by_a_terminal():
    text = shown(RECORD | {"licence": "[red]MIT[/]\x1b[31m"})

    assert r"[red]MIT[/]\x1b[31m" in text
