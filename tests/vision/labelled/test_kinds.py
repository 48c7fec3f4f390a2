"""Which source is of which kind: folders in folders, parts, other files beside the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from digitcli.data.drawn.synthetic import draw
from digitcli.data.idx import write_idx
from digitcli.errors import DataError
from digitcli.vision.labelled.kinds import read_labelled

IMAGES, LABELS = draw(30, seed=8)


def folders(path, count=20, spelling=str):
    """`count` pictures in folders named after their digit, as other programs make them."""
    for number, (image, label) in enumerate(zip(IMAGES[:count], LABELS[:count], strict=True)):
        folder = path / spelling(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number}.png")
    return path


@pytest.mark.parametrize(
    ("learn", "test"), [("train", "test"), ("training", "testing"), ("Train", "val")]
)
def test_folders_of_digits_in_folders_of_parts_are_divided(tmp_path, learn, test):
    folders(tmp_path / "mnist_png" / learn)
    folders(tmp_path / "mnist_png" / test, 6)
    (tmp_path / "mnist_png" / "README.md").write_text("about")

    for path in (tmp_path / "mnist_png", tmp_path):  # as an archive unpacks: one folder alone
        found = read_labelled(path)

        assert (found.parts == "train").sum() == 20
        assert (found.parts == "test").sum() == 6
        assert {name.split("/")[0] for name in found.files} == {learn, test}
        assert "other files 1 (README.md)" in found.account.in_words()


def test_validation_pictures_are_learnt_where_there_are_test_pictures(tmp_path):
    for part, count in (("train", 9), ("test", 5), ("validation", 4)):
        folders(tmp_path / part, count)

    found = read_labelled(tmp_path)

    assert ((found.parts == "train").sum(), (found.parts == "test").sum()) == (13, 5)


def test_parts_may_be_of_any_kind(tmp_path):
    folders(tmp_path / "train", 9)
    (tmp_path / "test").mkdir()
    write_idx(tmp_path / "test/x.idx", IMAGES[:5])
    write_idx(tmp_path / "test/y.idx", LABELS[:5])

    found = read_labelled(tmp_path)

    assert ((found.parts == "train").sum(), (found.parts == "test").sum()) == (9, 5)


def test_files_that_are_no_pictures_are_passed_over_and_counted(tmp_path):
    folders(tmp_path)
    some = next(tmp_path.glob("[0-9]"))
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "README", "notes.txt", "labels.json"):
        (some / name).write_bytes(b"no picture")
    (some / "more").mkdir()
    (tmp_path / "raw").mkdir()

    account = read_labelled(tmp_path).account

    assert account.left_out == ()
    counts = {one.reason: one.count for one in account.passed_over}
    assert counts == {"hidden": 3, "other files": 3, "folders": 2}


def test_a_picture_of_an_unknown_format_is_left_out_and_not_passed_over(tmp_path):
    folders(tmp_path)
    (next(tmp_path.glob("[0-9]")) / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic")

    account = read_labelled(tmp_path).account

    assert [(one.reason, one.count) for one in account.left_out] == [("unreadable", 1)]
    assert account.unreadable is account.left_out[0]


def test_one_class_in_two_spellings_is_refused(tmp_path):
    folders(tmp_path)
    folders(tmp_path, spelling=lambda label: f"{label:02}")

    with pytest.raises(DataError, match=r"'(\d)' and '0\1' are both the digit \1") as caught:
        read_labelled(tmp_path)

    assert caught.value.hint == "put their pictures into one folder"


def test_classes_may_be_spelt_with_a_leading_zero(tmp_path):
    folders(tmp_path, spelling=lambda label: f"{label:02}")

    assert len(read_labelled(tmp_path).labels) == 20


def test_a_class_beyond_nine_is_refused(tmp_path):
    folders(tmp_path, spelling=lambda label: str(label + 1))

    with pytest.raises(DataError, match="a folder for the label 10, expected 0 to 9"):
        read_labelled(tmp_path)


@pytest.mark.parametrize("make", ["empty", "text", "missing"])
def test_what_is_no_source_is_refused_and_the_kinds_are_named(tmp_path, make):
    path = tmp_path / "own"
    if make == "empty":
        path.mkdir()
    elif make == "text":
        path.write_text("hello")

    with pytest.raises(DataError, match="own: no") as caught:
        read_labelled(path)

    assert make == "missing" or "labels.csv" in caught.value.hint


def test_a_picture_of_mnist_s_form_is_the_same_in_a_file_and_in_an_array(tmp_path):
    folders(tmp_path / "files")
    np.savez(tmp_path / "own.npz", images=IMAGES[:20], labels=LABELS[:20])

    files, arrays = read_labelled(tmp_path / "files"), read_labelled(tmp_path / "own.npz")

    order = [int(name.partition("/")[2].removesuffix(".png")) for name in files.files]
    assert np.abs(files.images.astype(int) - arrays.images[order]).mean() < 12
