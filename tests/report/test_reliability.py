"""The reliability diagram."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import UsageError
from digitcli.evaluation.calibration import measure_calibration, softmax
from digitcli.report import reliability
from digitcli.report.kit import plots

pytest.importorskip("matplotlib", reason="needs the plot extra")


def document(temperature=1.0, n=300):
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (n, 10))
    labels = (logits + rng.normal(0, 2, (n, 10))).argmax(axis=1)
    found = [measure_calibration(softmax(logits, t), labels) for t in (1.0, temperature)]
    names = ("before", "after")
    parts = {name: one.to_json() for name, one in zip(names, found, strict=True)}
    return {"temperatures": [temperature], **parts}


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_both_formats_are_written(tmp_path, name, start):
    reliability.draw(document(), "title", tmp_path / name)

    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_name_that_the_font_lacks_is_drawn_without_a_warning(tmp_path):
    reliability.draw(document(), "small on \u6f22\udce9", tmp_path / "a.png")  # warnings are errors

    assert (tmp_path / "a.png").exists()


@pytest.mark.parametrize(("temperature", "headings"), [(1.0, 1), (2.5, 2)])
def test_there_is_a_panel_before_and_one_after_where_they_differ(tmp_path, temperature, headings):
    made = document(temperature)

    reliability.draw(made, "small on $mnist$", tmp_path / "a.svg")

    text = (tmp_path / "a.svg").read_text()
    assert text.count("ECE ") == headings
    assert f"ECE {100 * made['after']['ece']:.2f} %" in text
    assert "small on $mnist$" in text
    assert ("after: temperature 2.500" in text) == (headings == 2)


def test_the_same_numbers_make_the_same_file(tmp_path):
    for name in ("a.svg", "b.svg"):
        reliability.draw(document(), "title", tmp_path / name)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_single_picture_can_be_drawn(tmp_path):
    reliability.draw(document(n=1), "title", tmp_path / "one.png")

    assert (tmp_path / "one.png").is_file()


@pytest.mark.parametrize("name", ["a", "a.pdf", "png"])
def test_an_unknown_format_is_refused_and_its_option_named(tmp_path, name):
    with pytest.raises(UsageError, match="--reliability: expected a name that ends in"):
        plots.check(tmp_path / name, "--reliability")
