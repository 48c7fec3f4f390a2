"""`digitcli data`."""

from __future__ import annotations

import pytest
from PIL import Image


@pytest.mark.train
@pytest.mark.usefixtures("drawn_set")
def test_preview_writes_a_contact_sheet(run_here, tmp_path):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    options = ["--data", "synthetic", "--set", "augmentation.rotation=20", "--rows", "3"]

    done = run_here("data", "preview", *options, "--columns", "4", "--out", "sheet.png")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.format == "PNG"


def test_preview_shows_what_is_drawn_and_needs_no_tensorflow(run_cli, tmp_path):
    done = run_cli("data", "preview", "--data", "strokes", "--columns", "3", "--out", "sheet.png")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.height > 10 * 84


def test_preview_shows_lines_in_the_hands_that_are_here_and_names_the_others(run_cli, tmp_path):
    options = ["--data", "lines", "--seed", "3", "--rows", "2"]
    env = {"DIGITCLI_DATA": str(tmp_path / "none")}

    shown = run_cli("data", "preview", *options, env=env)
    done = run_cli("data", "preview", *options, "--out", "sheet.png", env=env)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.format == "PNG"
        assert picture.width >= 1200
    assert "lines: what the preset line trains on, seed 3" in shown.stdout
    assert "in the hands of strokes" in shown.stdout
    assert "without mnist, which is not here: digitcli fetch mnist" in shown.stdout


def test_preview_shows_pages(run_cli, tmp_path):
    done = run_cli("data", "preview", "--data", "pages", "--rows", "1", "--out", "sheet.png")

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.width >= 1200


def test_the_same_seed_shows_the_same_lines(run_cli, tmp_path):
    options = ["--data", "lines", "--rows", "1", "--set", "mixture.mnist=0"]
    for name, seed in (("one", "5"), ("again", "5"), ("other", "6")):
        run_cli("data", "preview", *options, "--seed", seed, "--out", f"{name}.png")

    one, again, other = (
        (tmp_path / f"{name}.png").read_bytes() for name in ("one", "again", "other")
    )
    assert one == again
    assert one != other


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
        (
            ["--data", "lines", "--preset", "small"],
            2,
            "small: such a network does not learn from lines",
        ),
        (["--data", "pages", "--preset", "line"], 2, "line: such a network does not learn from pa"),
        (["--data", "lines", "--set", "mixture.ghost=1"], 2, "no hands are known by the name"),
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
