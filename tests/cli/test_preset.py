"""`digitcli preset`: what there is, and every setting of one."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from digitcli.cli import app, console
from digitcli.model.presets import preset_names
from digitcli.training.augmentation import Augmentation
from digitcli.training.recipes import Recipe


@pytest.fixture
def preset(monkeypatch, capsys):
    """Run `digitcli preset ...` at a width; give code, stdout, stderr."""

    def run(*arguments, width=80):
        monkeypatch.setenv("COLUMNS", str(width))
        console.out.cache_clear()  # it keeps the width of its first line
        return (app.main(["preset", *arguments]), *capsys.readouterr())

    return run


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80])
def test_all_presets_are_listed_within_the_width(preset, width):
    code, shown, _ = preset("list", width=width)

    listed = [line.split()[0] for line in shown.splitlines()[2:] if not line.startswith(" ")]
    assert (code, listed) == (0, preset_names())
    assert "3,274,634 20,000 steps" in words(shown)
    assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", preset_names())
def test_every_setting_is_shown_with_its_meaning_within_the_width(preset, name, width):
    code, shown, _ = preset("show", name, width=width)

    assert code == 0
    assert max(map(len, shown.splitlines())) <= width
    first = [line.split()[0] for line in shown.splitlines() if line.strip()]
    for one in [*fields(Recipe), *fields(Augmentation)]:
        assert one.metadata["meaning"]
        assert one.name in first or one.name == "augmentation"


def test_a_value_has_its_unit_and_stands_apart_from_the_defaults(preset):
    _, shown, _ = preset("show", "deck")

    own, _, defaults = shown.partition("training: defaults that it leaves")
    assert "batch_size 100 pictures learnt from in each step" in words(own)
    assert "steps 20000 steps optimizer steps" in words(own)
    assert "validation 5000 pictures" in words(defaults)
    assert "rotation 0 degrees turn either way" in words(defaults)
    assert "dropout 0.4" in own
    assert "`" not in shown


def test_the_toml_of_a_preset_trains_the_same_network(preset, tmp_path):
    _, text, _ = preset("show", "notebook", "--toml")
    (tmp_path / "mine.toml").write_text(text)

    _, mine, _ = preset("show", str(tmp_path / "mine.toml"), "--json")
    _, bundled, _ = preset("show", "notebook", "--json")

    same = {"preset": "notebook"}
    assert json.loads(mine) | same == json.loads(bundled)


def test_an_unknown_preset_is_a_usage_error_that_names_the_nearest(preset):
    code, shown, said = preset("show", "tinny")

    assert (code, shown) == (2, "")
    assert "did you mean tiny?" in said


def test_two_forms_at_once_are_a_usage_error(preset):
    code, shown, _ = preset("show", "tiny", "--toml", "--json")

    assert code == 2
    assert json.loads(shown)["error"] == "--toml and --json exclude each other"
