"""Printed digits from fonts that pip installs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata

import numpy as np
import pytest

from digitcli.data.drawn import fonts
from digitcli.data.drawn.random_stream import RandomStream
from digitcli.errors import MachineError
from digitcli.inference.engine import load
from digitcli.vision.normalize import normalize

needs_fonts = pytest.mark.skipif(
    not fonts.installed(), reason="needs a font: the extra `fonts`, or matplotlib's DejaVu"
)


@needs_fonts
def test_a_seed_gives_the_same_pictures():
    first, again = (list(fonts.draw(30, 4)) for _ in range(2))

    for one, two in zip(first, again, strict=True):
        assert (one.label, one.kind) == (two.label, str(two.label))
        np.testing.assert_array_equal(one.picture, two.picture)


@needs_fonts
def test_every_font_has_ten_different_digits():
    for path in {path for files in fonts.installed() for path in files}:
        digits = {np.asarray(fonts._printed(path, digit, 0)).tobytes() for digit in "0123456789"}
        assert len(digits) == 10, path.name


@needs_fonts
def test_every_style_counts_once():
    for files in fonts.installed():
        stems = [path.stem for path in files]
        assert len(stems) == len(set(stems))
        assert not any("Variable" in stem for stem in stems)


@needs_fonts
def test_a_network_that_knows_mnist_reads_most_of_them():
    drawn = list(fonts.draw(200, 9))
    images = np.stack([normalize(drawing.picture).picture for drawing in drawn])

    guesses = load("small").predict(images).classes

    assert np.mean(guesses == [drawing.label for drawing in drawn]) > 0.8


@needs_fonts
def test_turns_and_slants_keep_the_digit_on_its_sheet():
    random = RandomStream(6)
    for _ in range(60):
        sheet = fonts.render("8", random)
        assert sheet.max() > 200
        assert not sheet[[0, -1]].any()
        assert not sheet[:, [0, -1]].any()


def test_without_any_font_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(fonts, "installed", lambda: ())

    with pytest.raises(MachineError, match="no font to print with") as caught:
        list(fonts.draw(1, 0))

    assert "digitcli[fonts]" in caught.value.hint


@pytest.mark.parametrize("package", [name for name in fonts.PACKAGES if name != "matplotlib"])
def test_the_licence_is_the_one_that_the_package_states(package):
    try:
        stated = metadata(package)["License"]
    except PackageNotFoundError:
        pytest.skip("needs the extra `fonts`")

    assert stated.lower() == fonts.PACKAGES[package].lower()
