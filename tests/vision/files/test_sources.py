"""Arguments become pictures, in order, or errors in their place."""

from __future__ import annotations

import gzip
import os
import zipfile

import numpy as np
import pytest
from pictures import digit_picture, encoded

from digitcli.data.idx import write_idx
from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.picture import name_of, pixels_of_source
from digitcli.vision.files.sources import Broken, find_pictures


def names(*arguments: str) -> list[str]:
    """What `arguments` give, by name; an error is raised."""
    found = list(find_pictures(arguments))
    for source in found:
        if isinstance(source, Broken):
            raise source.error
    return [name_of(source) for source in found]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("10.png", "2.PNG", "1.jpg", "notes.txt", ".hidden.png", "[red].png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_gives_its_pictures_in_natural_order(folder):
    assert names(".") == ["1.jpg", "2.PNG", "10.png", "[red].png"]


def test_a_pattern_is_expanded_when_the_shell_did_not(folder):
    assert names("*.png") == ["10.png", "[red].png"]


def test_a_name_that_looks_like_a_pattern_is_taken_as_it_stands(folder):
    assert names("[red].png") == ["[red].png"]


def test_names_keep_their_order_whether_they_exist_or_not(folder):
    assert names("z.png", "10.png") == ["z.png", "10.png"]


def test_nothing_found_names_the_pattern_or_the_folder(folder):
    with pytest.raises(DataError, match=r"\*\.gif: no file matches"):
        names("*.gif")
    with pytest.raises(DataError, match=r"folder\.png: no pictures"):
        names("folder.png")


def test_an_argument_without_pictures_is_an_error_in_its_place(folder):
    found = list(find_pictures(["1.jpg", "*.gif", "10.png"]))

    assert [name_of(source) for source in found] == ["1.jpg", "*.gif", "10.png"]
    with pytest.raises(DataError, match="no file matches"):
        pixels_of_source(found[1], Limits())


def test_a_list_names_one_file_on_each_line(folder):
    (folder / "files.txt").write_bytes(b"2.PNG\r\n\n[red].png\nmissing.png")

    assert names("@files.txt", "1.jpg") == ["2.PNG", "[red].png", "missing.png", "1.jpg"]


def test_a_missing_list_is_named(folder):
    with pytest.raises(DataError, match=r"@nope\.txt: the list cannot be read \(no such file"):
        names("@nope.txt")


def test_a_file_whose_name_begins_with_an_at_is_a_file(folder):
    (folder / "@home.png").touch()

    assert names("@home.png") == ["@home.png"]


def test_an_archive_gives_its_pictures_in_natural_order(folder):
    with zipfile.ZipFile("all.zip", "w") as archive:
        for name in ("a/10.png", "a/2.png", "notes.txt", "__MACOSX/a/._2.png", ".hidden.png"):
            archive.writestr(name, encoded(digit_picture(3)))

    found = list(find_pictures(["all.zip"]))

    assert [name_of(source) for source in found] == ["all.zip/a/2.png", "all.zip/a/10.png"]
    assert pixels_of_source(found[0], Limits()).tolist() == np.asarray(digit_picture(3)).tolist()


def test_an_archive_is_known_by_its_first_bytes(folder):
    with zipfile.ZipFile("pictures", "w") as archive:
        archive.writestr("1.png", b"")

    assert names("pictures") == ["pictures/1.png"]


def test_bad_members_are_named_and_stop_no_other(folder):
    good = encoded(digit_picture(3))
    with zipfile.ZipFile("bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", good[:100])
        archive.writestr("2.png", bytes(5000))
        archive.writestr("3.png", good)
    data = bytearray((folder / "bad.zip").read_bytes())
    data[data.rindex(b"3.png", 0, data.index(b"PK\x01\x02")) + 30] ^= 255  # inside its bytes
    (folder / "bad.zip").write_bytes(data)

    one, two, three = find_pictures(["bad.zip"])

    with pytest.raises(DataError, match=r"bad\.zip/1\.png: not a whole PNG"):
        pixels_of_source(one, Limits())
    with pytest.raises(DataError, match=r"bad\.zip/2\.png: larger than"):
        pixels_of_source(two, Limits(file_bytes=4999))
    with pytest.raises(DataError, match=r"bad\.zip/3\.png: cannot be unpacked"):
        pixels_of_source(three, Limits())


def test_a_cut_or_empty_archive_is_refused(folder):
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("1.png", b"123")
    (folder / "cut.zip").write_bytes((folder / "all.zip").read_bytes()[:-30])
    with zipfile.ZipFile("none.zip", "w") as archive:
        archive.writestr("1.txt", b"123")

    with pytest.raises(DataError, match=r"cut\.zip: not a whole ZIP archive"):
        names("cut.zip")
    with pytest.raises(DataError, match=r"none\.zip: no pictures in this archive"):
        names("none.zip")


@pytest.mark.parametrize("name", ["images-idx3-ubyte", "images-idx3-ubyte.gz"])
def test_idx_files_give_their_pictures_by_number(folder, name):
    images = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
    write_idx(folder / name, images)

    found = list(find_pictures([name]))

    assert [name_of(source) for source in found] == [f"{name}#{n}" for n in range(3)]
    assert pixels_of_source(found[2], Limits()).tolist() == images[2].tolist()


def test_wrong_idx_files_are_refused_with_the_reason(folder):
    write_idx(folder / "labels", np.zeros(5, np.uint8))
    (folder / "notes.gz").write_bytes(gzip.compress(b"hello"))

    with pytest.raises(DataError, match=r"labels: found labels .*expected images"):
        names("labels")
    with pytest.raises(DataError, match=r"notes\.gz: "):
        names("notes.gz")


def test_a_bad_container_in_a_list_or_a_pattern_stops_no_other(folder):
    (folder / "0.zip").write_bytes(b"PK damaged")
    (folder / "files.txt").write_text("0.zip\n1.jpg\n")

    for argument in ("@files.txt", "[01].*"):
        found = list(find_pictures([argument]))

        assert [name_of(source) for source in found] == ["0.zip", "1.jpg"]
        assert isinstance(found[0], Broken)


def test_files_before_a_fault_in_a_list_are_yielded(folder):
    (folder / "files.txt").write_bytes(b"1.jpg\nb\0.png\n2.PNG\n")

    first, fault = find_pictures(["@files.txt"])

    assert first == "1.jpg"
    with pytest.raises(DataError, match=r"@files\.txt: line 2: a NUL, which no file name has"):
        pixels_of_source(fault, Limits())


@pytest.mark.parametrize("name", ["a\0b", "a\0b.png", "@a\0b", "*\0", "x" * 5000, "@" + "x" * 5000])
def test_a_name_that_no_file_can_have_is_an_error_in_its_place(folder, name):
    (found,) = find_pictures([name])

    with pytest.raises(DataError):
        pixels_of_source(found, Limits())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
@pytest.mark.parametrize("argument", ["pipe", "pipe.png", "p*pe", "@pipe", "@list"])
def test_a_pipe_is_refused_wherever_it_is_named(folder, argument):
    for name in ("pipe", "pipe.png"):
        os.mkfifo(folder / name)
    (folder / "list").write_text("pipe\n")

    (found,) = find_pictures([argument])

    with pytest.raises(DataError, match="expected a (picture|list), found a pipe") as caught:
        pixels_of_source(found, Limits())
    assert "-`" in caught.value.hint


def test_a_folder_of_too_many_files_says_how_to_take_a_part(folder, monkeypatch):
    monkeypatch.setattr("digitcli.vision.files.wildcards.MOST_ENTRIES", 6)

    with pytest.raises(DataError, match=r"\.: more than 6 files, the most for one folder"):
        names(".")
    monkeypatch.setattr("digitcli.vision.files.wildcards.MOST_ENTRIES", 7)
    assert len(names(".")) == 4


def test_rows_of_an_idx_file_end_with_its_fault(folder):
    write_idx(folder / "images", np.zeros((500, 28, 28), np.uint8))
    pictures = find_pictures(["images"])
    next(pictures)
    os.truncate(folder / "images", 90_000)

    *_, last = pictures

    with pytest.raises(DataError, match="images: became shorter while it was read"):
        pixels_of_source(last, Limits())
