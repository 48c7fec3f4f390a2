"""Patterns match what Python's glob says, and their search has an end."""

from __future__ import annotations

import glob
import itertools
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli.errors import DataError
from digitcli.vision.files import wildcards
from digitcli.vision.files.wildcards import is_pattern, matches_of

NAMES = ("a", "b.png", ".h", "[x]")
PARTS = ("**", "*", "?", "a", "b.png", ".*", ".h", "*.png", "[ab]*", "[[]x]", "[!a]", "..", "x", "")

# Paths of files; what stands before a slash is a folder.
TREES = st.sets(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join), min_size=1, max_size=9
)
PATTERNS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder that is the current one, so deep that no pattern leaves the tree of the tests."""
    before = os.getcwd()  # noqa: PTH109
    folder = tmp_path_factory.mktemp("trees") / "1" / "2" / "3"
    folder.mkdir(parents=True)
    os.chdir(folder)
    yield folder
    os.chdir(before)


def plant(folder, tree: set[str]) -> None:
    """Make the files of a tree; one whose name a folder needs becomes that folder."""
    shutil.rmtree(folder / "tree", ignore_errors=True)
    (folder / "tree").mkdir()
    for name in sorted(tree, key=lambda name: -name.count("/")):
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch()


@settings(max_examples=120, deadline=None)
@given(tree=TREES, pattern=PATTERNS, begin=st.sampled_from(["tree/", "./tree/", "tree/a/"]))
def test_a_pattern_matches_what_glob_says_each_file_once(work, tree, pattern, begin):
    pattern = begin + pattern.lstrip("/")
    if not is_pattern(pattern) or "//" in pattern:  # doubled slashes: glob keeps some of them
        return
    plant(work, tree)

    found = list(matches_of(pattern))

    matched = glob.glob(pattern, recursive=True)  # noqa: PTH207 (the oracle)
    files = {name for name in matched if not os.path.isdir(name)}  # noqa: PTH112
    assert set(found) == {name for name in files if not name.endswith("/")}  # FILE/** gives FILE/
    assert len(found) == len(set(found))


def test_folders_behind_a_link_are_entered_by_name_but_not_by_two_stars(work):
    plant(work, {"real/one.png"})
    (work / "tree" / "link").symlink_to("real")
    (work / "tree" / "real" / "round").symlink_to("..")

    assert list(matches_of("tree/**/*.png")) == ["tree/real/one.png"]
    assert sorted(matches_of("tree/*/one.png")) == ["tree/link/one.png", "tree/real/one.png"]


def test_no_file_is_looked_at_twice_however_many_stars_there_are(work, monkeypatch):
    plant(work, {"/".join(path) for path in itertools.product("abc", repeat=4)})
    monkeypatch.setattr(wildcards, "MOST_ENTRIES", 3 + 9 + 27 + 81)

    assert len(list(matches_of("tree/**/**/**/**/*"))) == 81


def test_the_search_ends_at_its_limit_and_says_what_to_do(work, monkeypatch):
    plant(work, {"a/1", "a/2", "b/1", "b/2"})
    monkeypatch.setattr(wildcards, "MOST_ENTRIES", 5)

    with pytest.raises(DataError, match=r"tree/\*\*/\*\.png: looked at 5 files and") as caught:
        list(matches_of("tree/**/*.png"))

    assert caught.value.hint.startswith("begin the pattern further inside")
    assert sorted(matches_of("tree/a/*")) == ["tree/a/1", "tree/a/2"]


def test_a_tree_deeper_than_names_may_be_long_is_left_where_the_system_ends(work):
    plant(work, {"a/x.png"})
    os.chdir("tree")
    try:
        for _ in range(60):
            os.mkdir("d" * 200)  # noqa: PTH102
            os.chdir("d" * 200)
        os.close(os.open("x.png", os.O_CREAT))
    finally:
        os.chdir(work)

    assert list(matches_of("tree/**/x.png")) == ["tree/a/x.png"]
