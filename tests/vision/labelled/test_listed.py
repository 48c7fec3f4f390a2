"""Lists of pictures and folders 0 to 9: read as `predict` reads them, refused by line or file."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError, UsageError
from digitcli.inference.engine import load
from digitcli.vision.labelled.division import load_part
from digitcli.vision.labelled.kinds import read_labelled
from digitcli.vision.labelled.pictures import sha256


@pytest.fixture
def folder(tmp_path):
    """Six drawn digits, dark on light, by ann and bob."""
    images, labels = draw(6, seed=3)
    lines = ["file,label,writer"]
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        writer = "ann" if number < 4 else "bob"
        path = tmp_path / writer / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(255 - np.pad(image, 9)).save(path)
        lines.append(f"{writer}/{number}.png,{label},{writer}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def change(folder, old, new):
    path = folder / "labels.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_pictures_are_normalised_and_labels_and_writers_kept(folder):
    found = read_labelled(folder)

    images, labels = draw(6, seed=3)
    assert (found.images.shape, found.images.dtype) == ((6, 28, 28), np.uint8)
    assert np.abs(found.images.astype(int) - images).mean() < 12
    assert found.labels.tolist() == labels.tolist()
    assert found.writers.tolist() == ["ann"] * 4 + ["bob"] * 2


def test_a_folder_can_be_evaluated_like_a_data_set(folder):
    whole, bobs = load_part(str(folder), None)[0], load_part(str(folder), None, ["bob"])[0]

    assert (whole.split, len(whole.labels), len(bobs.labels)) == ("all", 6, 2)
    assert whole.sha256 == sha256(whole.images, whole.labels) != bobs.sha256


def test_a_writer_who_is_not_there_is_named(folder):
    with pytest.raises(UsageError, match="no writer 'eve'") as caught:
        load_part(str(folder), None, ["eve"])

    assert caught.value.hint == "its writers are ann, bob"


def test_writers_are_for_folders():
    with pytest.raises(UsageError, match="synthetic: a data set that names no writers"):
        load_part("synthetic", "test", ["ann"])


def test_writers_may_be_missing(folder):
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(
        "\n".join(line.rpartition(",")[0] for line in text.splitlines())
    )

    assert read_labelled(folder).writers.tolist() == [""] * 6


def test_a_list_of_any_name_is_read_too(folder):
    (folder / "labels.csv").rename(folder / "mine.csv")

    found = read_labelled(folder / "mine.csv")

    assert (found.path, len(found.labels)) == (folder / "mine.csv", 6)


def test_without_a_list_folders_are_named_after_their_digit(folder, tmp_path):
    for number, name in enumerate(["7/a.png", "7/b.png", "0/a.png"]):
        (tmp_path / "by_digit" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "by_digit" / name).write_bytes((folder / f"ann/{number}.png").read_bytes())
    (tmp_path / "by_digit/7/.thumbs").write_bytes(b"no picture")

    found = read_labelled(tmp_path / "by_digit")

    assert found.files == ("0/a.png", "7/a.png", "7/b.png")
    assert found.labels.tolist() == [0, 7, 7]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ann/1.png", "ann/one.png", r"ann/one\.png: no such file$"),
        ("bob/", "rob/", r"rob/4\.png: no such file$"),
        ("file,label", "file,digit", "labels.csv: no column 'label', found file, digit, writer"),
        ("ann/0.png,", "ann/0.png,1", r"labels.csv: line 2: label '1\d', expected a digit 0 to 9"),
        ("ann/0.png,", "ann/0.png,-", r"labels.csv: line 2: label '-\d', expected a digit"),
        ("ann/2.png,", "ann/2.png", "line 4: label 'ann'"),
    ],
)
def test_what_is_wrong_is_named_by_line_or_file(folder, old, new, message):
    change(folder, old, new)

    with pytest.raises(DataError, match=message):
        read_labelled(folder)


def test_missing_files_are_counted(folder):
    for number in range(3):
        (folder / f"ann/{number}.png").unlink()

    with pytest.raises(DataError, match=r"ann/0\.png: no such file \(and 2 more\)"):
        read_labelled(folder)


def test_blank_and_unreadable_pictures_are_left_out_and_counted(folder):
    Image.new("L", (40, 40), 255).save(folder / "bob/4.png")
    (folder / "bob/5.png").write_bytes(b"no picture")

    found = read_labelled(folder)

    assert len(found.labels) == 4
    assert found.account.in_words() == ("2 left out: blank 1 (bob/4.png), unreadable 1 (bob/5.png)")


def test_a_folder_of_blank_pictures_alone_is_refused(folder):
    for file in folder.glob("*/*.png"):
        Image.new("L", (40, 40), 255).save(file)

    with pytest.raises(DataError, match=r"no labelled picture is left; 6 left out: blank 6"):
        read_labelled(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "labels.csv: lists no picture"),
        (b"file,label\n", "labels.csv: lists no picture"),
        (b"file,label\n\xff\xfe,1\n", "labels.csv: not a table of UTF-8 text"),
    ],
)
def test_a_list_without_pictures_or_of_other_text_is_refused(tmp_path, content, message):
    (tmp_path / "labels.csv").write_bytes(content)

    with pytest.raises(DataError, match=message) as caught:
        read_labelled(tmp_path)

    assert "file,label" in caught.value.hint


def test_scans_of_real_digits_are_read(real_dir, tmp_path):
    header, *lines = (real_dir / "scans/labels.csv").read_text().splitlines()
    chosen = [f"{real_dir / 'scans' / line}" for line in lines[::60]]  # absolute names
    (tmp_path / "labels.csv").write_text("\n".join([header, *chosen]))

    found = read_labelled(tmp_path)

    guesses = load("small").predict(found.images).classes
    assert (guesses == found.labels).mean() > 0.7
    assert found.writers.tolist() == [line.rpartition(",")[2] for line in chosen]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
def test_a_pipe_or_a_huge_file_is_no_list_of_labels(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with (tmp_path / "hole.csv").open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(DataError, match=r"pipe.csv: cannot be read \(is a pipe or a device"):
        read_labelled(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match=r"hole.csv: cannot be read \(larger than"):
        read_labelled(tmp_path / "hole.csv")


def test_a_list_of_too_many_labels_is_refused(folder, monkeypatch):
    monkeypatch.setattr("digitcli.vision.sheet.labels.MOST_PICTURES", 1)

    with pytest.raises(DataError, match="lists more than 1 pictures"):
        read_labelled(folder)
