"""`digitcli data`."""

from __future__ import annotations

import pytest
from PIL import Image


@pytest.mark.train
def test_preview_writes_a_contact_sheet(run_cli, tmp_path):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    options = ["--data", "synthetic", "--set", "augmentation.rotation=20", "--rows", "3"]

    done = run_cli("data", "preview", *options, "--columns", "4", "--out", "sheet.png")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.format == "PNG"


def test_preview_shows_what_is_drawn_and_needs_no_tensorflow(run_cli, tmp_path):
    done = run_cli("data", "preview", "--data", "strokes", "--columns", "3", "--out", "sheet.png")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.height > 10 * 84


def test_preview_of_a_folder_names_what_is_wrong_with_it(run_cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "labels.csv").write_text("file,label\none.png,1\n")

    done = run_cli("data", "preview", "--data", "mine", "--out", "sheet.png")

    assert done.returncode == 3
    assert "mine/one.png: no such file" in done.stderr
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--preset", "deck"], 2, "deck: its augmentation is off"),
        (["--preset", "dek"], 2, "no preset named 'dek'"),
        (["--set", "augmentation.rotation=400"], 2, "augmentation.rotation must be from 0 to 180"),
        (["--set", "augmentation.rotate=4"], 2, "unknown setting 'rotate'"),
        (["--set", "augmentation=4"], 2, "augmentation must be a table, got 4"),
        (["--out", "sheet.jpg"], 2, "sheet.jpg: expected a name that ends in .png"),
        (["--rows", "0"], 2, "--rows"),
    ],
)
def test_nonsense_is_refused_before_anything_is_loaded(options, code, message, run_cli):
    done = run_cli("data", "preview", *options)

    assert done.returncode == code
    assert message in done.stderr
    assert not done.stdout


def test_the_group_alone_asks_for_a_command(run_cli):
    done = run_cli("data")

    assert done.returncode == 2
    assert "Missing command" in done.stderr


@pytest.mark.parametrize("options", [["--seed", 2**32], ["--rows", 1000, "--columns", 11]])
def test_what_no_sheet_can_hold_is_wrong_usage(run_cli, options):
    done = run_cli("data", "preview", "--data", "synthetic", "--out", "sheet.png", *options)

    assert (done.returncode, done.stdout) == (2, "")
