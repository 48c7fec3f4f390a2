"""What bundled weights carry beside what their run wrote."""

from __future__ import annotations

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
