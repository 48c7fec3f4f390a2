"""Hands for drawn lines: found on this machine, divided into teachers and others."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from PIL import Image

from digitcli.data.lines.hands import Gallery
from digitcli.errors import DataError, UsageError
from digitcli.training.mixture import hands
from digitcli.training.recipes import Recipe


def recipe(**mixture):
    return Recipe(epochs=1, mixture=mixture)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with small files of the sources' own forms."""
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path))
    folder = tmp_path / "hands"
    folder.mkdir()
    digits = range(10)
    flags = [" ".join("1" if k == digit else "0" for k in digits) for digit in digits]
    rows = [" ".join(["1.0000"] * 256).replace("1.0000", "1") + f" {flags[d]}" for d in digits]
    (folder / "semeion.data.gz").write_bytes(gzip.compress("\n".join(rows * 2).encode()))
    for name, writer in (("train", 1), ("test", 2)):
        text = "".join(
            f'.SEGMENT DIGIT 1 ? "{d}"\n.COMMENT {d} {writer} {d}\n.PEN_DOWN\n0 0\n5 9\n.PEN_UP\n'
            for d in digits
        )
        (folder / f"pendigits-{name}.unipen.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_sources_that_are_not_here_are_named_and_left_out(data):
    found = hands.open_hands(recipe(strokes=1.0, optdigits=2.0, mnist=1.0))

    assert found.missing == ("optdigits", "mnist")
    assert list(found.hashes) == ["strokes"]
    assert "optdigits-orig.tra.gz" in hands.remedy("optdigits")
    assert hands.remedy("mnist") == "digitcli fetch mnist"


def test_without_any_source_there_is_nothing_to_write_with(data):
    with pytest.raises(UsageError, match="no source of digits"):
        hands.open_hands(recipe(optdigits=1.0))


def test_an_unknown_name_is_refused_with_those_there_are(data):
    with pytest.raises(UsageError, match="pendigits"):
        hands.open_hands(recipe(strokes=1.0, nobody=1.0))


def test_pendigits_writers_of_one_file_teach_and_of_the_other_validate(data):
    found = hands.open_hands(recipe(pendigits=3.0))

    (learn, often), (check, _) = found.learn[0], found.check[0]
    assert often == 3.0
    assert (set(learn.of), set(check.of)) == ({1}, {2})


def test_pictures_without_writers_are_divided_by_class(data):
    found = hands.open_hands(recipe(semeion=1.0))

    learn, check = found.learn[0][0], found.check[0][0]
    assert isinstance(learn, Gallery)
    assert (len(learn.labels), len(check.labels)) == (18, 2)


def test_writers_of_a_folder_are_held_out_whole(data, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    rows = ["file,label,writer"]
    ink = np.full((30, 20), 240, np.uint8)
    ink[4:26, 8:12] = 10
    for writer in "abc":
        for digit in range(10):
            Image.fromarray(ink).save(folder / f"{writer}{digit}.png")
            rows.append(f"{writer}{digit}.png,{digit},{writer}")
    (folder / "labels.csv").write_text("\n".join(rows))
    how = Recipe(epochs=1, mixture={str(folder): 1.0}, without_writers=("b",))

    found = hands.open_hands(how)

    learn, check = found.learn[0][0], found.check[0][0]
    assert (set(learn.writers), set(check.writers)) == ({1, 3}, {2})
    assert hands.open_hands(how).hashes == found.hashes

    (folder / "labels.csv").write_text("\n".join(rows[:5]))
    with pytest.raises(DataError, match="all ten digits"):
        hands.open_hands(how)
