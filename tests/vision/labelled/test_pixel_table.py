"""CSV of pixels: Kaggle's form and its relatives, refused by line and column."""

from __future__ import annotations

import gzip
import tracemalloc

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError
from digitcli.vision.labelled.kinds import read_labelled

IMAGES, LABELS = draw(12, seed=6)
PIXELS = [f"pixel{number}" for number in range(784)]


def table(images=IMAGES, labels=LABELS, *, heading=True, sign=",", end="\n"):
    rows = [["label", *PIXELS]] if heading else []
    rows += [
        [str(label), *map(str, image.ravel())] for image, label in zip(images, labels, strict=True)
    ]
    return end.join(sign.join(row) for row in rows) + end


def same(found, images=IMAGES, labels=LABELS):
    return np.array_equal(found.images, images) and np.array_equal(found.labels, labels)


@pytest.mark.parametrize(
    "text",
    [
        table(),
        table(heading=False),
        table(sign=";"),
        table(sign="\t", end="\r\n"),
        "\ufeff" + table(),
        table().rstrip("\n"),
        table().replace("label", '"label"'),
        table() + "\n\n",
    ],
    ids=["kaggle", "bare", "semicolons", "tabs", "mark", "no last end", "quotes", "blank lines"],
)
def test_a_table_in_any_dress_is_the_same_pictures(tmp_path, text):
    (tmp_path / "train.csv").write_bytes(text.encode())

    assert same(read_labelled(tmp_path / "train.csv"))


def test_a_compressed_table_is_read(tmp_path):
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(table().encode()))

    assert same(read_labelled(tmp_path / "train.csv.gz"))


def test_the_heading_says_where_label_and_writer_are(tmp_path):
    names = ["", *PIXELS, "class", "writer"]
    rows = [
        [n, *image.ravel(), label, 100 + n]
        for n, (image, label) in enumerate(zip(IMAGES, LABELS, strict=True))
    ]
    text = "\n".join(",".join(map(str, row)) for row in [names, *rows])
    (tmp_path / "openml.csv").write_text(text)

    found = read_labelled(tmp_path / "openml.csv")

    assert same(found)
    assert found.writers.tolist() == [str(100 + number) for number in range(12)]


def test_fractions_are_read_too(tmp_path):
    (tmp_path / "own.csv").write_text(table(IMAGES / 255))

    assert same(read_labelled(tmp_path / "own.csv"))


def test_tables_of_a_folder_are_its_parts_and_those_without_labels_are_passed_over(tmp_path):
    (tmp_path / "mnist_train.csv").write_text(table())
    (tmp_path / "mnist_test.csv").write_text(table(IMAGES[:4], LABELS[:4]))
    (tmp_path / "submission.csv").write_text(table().replace("label", "id"))

    found = read_labelled(tmp_path)

    assert (found.parts == "test").sum() == 4
    assert "tables without labels 1 (submission.csv)" in found.account.in_words()


def changed(line, old, new):
    lines = table().splitlines()
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return "\n".join(lines)


LABEL = str(LABELS[2])  # in line 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n".join(line.rpartition(",")[0].rpartition(",")[0] for line in table().splitlines()),
            "line 1 has 783 columns, expected 785: a label and 28 x 28 pixels",
        ),
        (changed(4, LABEL, "11"), "line 4: label 11, expected a digit 0 to 9"),
        (changed(4, LABEL, "-1"), "line 4: label -1, expected"),
        (changed(4, LABEL, "7.5"), "line 4: label 7.5, expected"),
        (changed(4, LABEL, "seven"), "line 4, column 1: 'seven', expected a number"),
        (changed(4, ",", ",x"), "line 4, column 2: 'x0', expected a number"),
        (changed(4, ",", ",,"), "line 4 has 786 columns, expected 785 as in line 1"),
        (table()[:12_345], r"line \d+ has \d+ columns, expected 785 as in line 1"),
        (table().replace("label", "id"), "785 columns, and none of them is `label`"),
        (table([], []), "a heading and no line below it"),
        (table(IMAGES.astype(int) * 2), "values from 0 to 510"),
        (table(IMAGES.astype(int) - 1), "values from -1 to 254"),
        (table().replace(",0,", ",nan,", 1), "no numbers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line(tmp_path, text, message):
    (tmp_path / "train.csv").write_text(text)

    with pytest.raises(DataError, match=message):
        read_labelled(tmp_path / "train.csv")


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("digitcli.vision.labelled.pixel_table._LONGEST", 10_000)
    (tmp_path / "train.csv").write_text(table() + "1," * 9_000)

    with pytest.raises(DataError, match="a line of more than 10,000 bytes"):
        read_labelled(tmp_path / "train.csv")


def test_memory_holds_the_pictures_and_not_the_text(tmp_path, monkeypatch):
    monkeypatch.setattr("digitcli.vision.labelled.pixel_table._ROWS", 256)
    lines = table(np.full_like(IMAGES, 123) + np.arange(28, dtype=np.uint8)).encode()
    heading, _, rows = lines.partition(b"\n")
    (tmp_path / "train.csv").write_bytes(heading + b"\n" + rows * 500)  # 6,000 rows, 19 MB

    tracemalloc.start()
    found = read_labelled(tmp_path / "train.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(found.labels) == 6_000
    assert peak < 5 * found.images.nbytes  # as float32 the whole table alone would take 4
