"""What bundled weights carry beside what their run wrote."""

from __future__ import annotations

from dataclasses import replace

import bundle
import numpy as np
import pytest
from line_weights import line_weights
from PIL import Image

from digitcli.model.thresholds import KEY
from digitcli.model.weights import save_weights
from digitcli.training.recipes import Recipe

RECIPE = Recipe(steps=1, validation=5, mixture={"strokes": 1.0})


@pytest.fixture
def real(tmp_path, monkeypatch):
    """A set of three pictures, two of them with a number."""
    monkeypatch.setattr(bundle, "SETS", ("cheques",))
    folder = tmp_path / "real" / "cheques"
    folder.mkdir(parents=True)
    for name in "abc":
        Image.fromarray(np.full((40, 90), 220, np.uint8)).save(folder / f"{name}.png")
    (folder / "labels.csv").write_text("file,label\na.png,12\nb.png,345\nc.png,\n")
    return tmp_path / "real"


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["bundle.py", *map(str, arguments)])
    bundle.main()


def test_weights_get_thresholds_of_drawn_lines_and_real_pictures_and_credits(
    real, tmp_path, monkeypatch
):
    trained = {"recipe": RECIPE.to_table(), "data": {"hands": {"strokes": "", "semeion": ""}}}
    save_weights(tmp_path / "run.npz", line_weights(trained))

    run(
        monkeypatch, tmp_path / "run.npz", tmp_path / "out.npz", "--real", real, "--made", "by hand"
    )

    made = bundle.load_weights(tmp_path / "out.npz").trained
    assert made["made"] == "by hand"
    assert made["credits"][0] == "digitcli's own strokes"
    assert "CC BY 4.0" in made["credits"][1]
    assert made[KEY]["data"] == "drawn lines and cheques"
    assert made[KEY]["n"] == RECIPE.validation + 3


def test_every_source_of_hands_has_its_credit():
    from digitcli.training.mixture.hands import SOURCES

    assert set(SOURCES) <= set(bundle.CREDITS)


def test_the_mean_of_weights_keeps_what_the_first_say_of_themselves():
    first = line_weights({"seed": 1})
    doubled = replace(first, tensors={name: 3 * a for name, a in first.arrays.items()}, trained={})

    mean = bundle.mean_of([first, doubled])

    assert mean.trained == {"seed": 1}
    for name, array in first.arrays.items():
        np.testing.assert_allclose(mean.tensors[name], 2 * array, rtol=1e-6)


def test_a_mean_is_calibrated_on_the_lines_that_its_run_validated_on(real, tmp_path, monkeypatch):
    trained = {"recipe": RECIPE.to_table(), "data": {"hands": {"strokes": ""}}, "validation": {}}
    for name in ("one", "two"):
        save_weights(tmp_path / f"{name}.npz", line_weights(trained))

    two = tmp_path / "two.npz"
    run(monkeypatch, tmp_path / "one.npz", tmp_path / "out.npz", "--real", real, "--mean", two)

    made = bundle.load_weights(tmp_path / "out.npz")
    assert made.temperature == made.trained["calibration"]["temperature"]
    assert "validation" not in made.trained
