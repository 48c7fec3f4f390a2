"""What a user types becomes a list of files."""

from __future__ import annotations

import pytest

from digitcli.errors import DataError
from digitcli.vision.sources import find_pictures


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("10.png", "2.PNG", "1.jpg", "notes.txt", ".hidden.png", "[red].png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_gives_its_pictures_in_natural_order(folder):
    assert find_pictures(["."]) == ["1.jpg", "2.PNG", "10.png", "[red].png"]


def test_a_pattern_is_expanded_when_the_shell_did_not(folder):
    assert find_pictures(["*.png"]) == ["10.png", "[red].png"]


def test_a_name_that_looks_like_a_pattern_is_taken_as_it_stands(folder):
    assert find_pictures(["[red].png"]) == ["[red].png"]


def test_names_keep_their_order_whether_they_exist_or_not(folder):
    assert find_pictures(["z.png", "10.png", "-"]) == ["z.png", "10.png", "-"]


def test_nothing_found_names_the_pattern_or_the_folder(folder):
    with pytest.raises(DataError, match=r"\*\.gif: no file matches"):
        find_pictures(["*.gif"])
    with pytest.raises(DataError, match=r"folder\.png: no pictures"):
        find_pictures(["folder.png"])
