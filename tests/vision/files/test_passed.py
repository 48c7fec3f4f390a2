"""Nothing in a folder is left out silently, and folders inside are read when asked for."""

from __future__ import annotations

import os

import pytest

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.passed import PassedOver
from digitcli.vision.files.picture import name_of, pixels_of_source
from digitcli.vision.files.sources import Broken, find_pictures


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("10.png", "2.HEIC", "scan.pdf", "notes.txt", "Thumbs.db", ".hidden.png", "LICENSE",
                 "shards.tar", "b/3.png", "b/c/4.avif", "b/.git/5.png"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found_in(*arguments, **options):
    return [name_of(source) for source in find_pictures(arguments, **options)]


def test_a_folder_counts_what_it_passes_over_by_kind(tree):
    passed = PassedOver()

    assert found_in(".", passed=passed) == ["2.HEIC", "10.png", "scan.pdf"]
    (said,) = passed.sentences()
    assert said.startswith("passed over: 3 files of other kinds (")
    for kind in ("1 .txt", "1 .db", "1 without a suffix"):
        assert kind in said
    assert said.endswith(
        "), 1 hidden file, 1 archive (name an archive to read it), "
        "1 folder (--recursive reads folders inside)"
    )


def test_folders_inside_are_read_after_the_files_but_for_hidden_ones(tree):
    passed = PassedOver()

    found = found_in(".", recursive=True, passed=passed)

    assert found == ["2.HEIC", "10.png", "scan.pdf", "b/3.png", "b/c/4.avif"]
    assert (passed.files.total(), passed.hidden, passed.archives, passed.folders) == (3, 1, 1, 1)


def test_links_to_folders_are_not_followed(tree):
    (tree / "b" / "round").symlink_to(tree, target_is_directory=True)
    passed = PassedOver()

    assert len(found_in(".", recursive=True, passed=passed)) == 5
    assert passed.folders == 2


def test_a_folder_inside_that_cannot_be_listed_is_an_error_in_its_place(tree, monkeypatch):
    real = os.scandir

    def scandir(folder):
        if str(folder).endswith("c"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)

    found = list(find_pictures(["."], recursive=True))

    assert [name_of(one) for one in found][-2:] == ["b/3.png", "b/c"]
    with pytest.raises(DataError, match=r"b/c: cannot be listed"):
        pixels_of_source(found[-1], Limits())


def test_a_folder_of_folders_says_how_they_are_read(tree):
    (tree / "only" / "inside").mkdir(parents=True)

    (broken,) = find_pictures(["only"])

    assert isinstance(broken, Broken)
    assert "--recursive" in broken.error.hint


def test_a_bad_file_in_a_folder_stops_none_of_the_others(tree):
    (tree / "2.HEIC").write_bytes(b"PK\x03\x04 no archive")

    found = list(find_pictures(["."]))

    assert [name_of(one) for one in found] == ["2.HEIC", "10.png", "scan.pdf"]
    assert isinstance(found[0], Broken)


def test_many_kinds_are_summed_up():
    passed = PassedOver()
    for number in range(9):
        passed.add(f"x.k{number}")

    (said,) = passed.sentences()

    assert "9 files of other kinds" in said
    assert "5 more" in said
    assert PassedOver().sentences() == []
