"""Parquet as Hugging Face writes it; its columns are named where they are others."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError, MachineError
from digitcli.vision.labelled.kinds import read_labelled

IMAGES, LABELS = draw(20, seed=9)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = [png(image) for image in IMAGES]
STRUCTS = [{"bytes": data, "path": None} for data in PICTURES]


@pytest.fixture
def write(tmp_path):
    """Write a table of columns; `names` are those of a ClassLabel column."""
    pa = pytest.importorskip("pyarrow", reason="needs pyarrow (extra data)")
    pq = pytest.importorskip("pyarrow.parquet")

    def made(name="own.parquet", names=None, **columns):
        table = pa.table(columns)
        if names:
            features = {"label": {"names": names, "_type": "ClassLabel"}}
            about = json.dumps({"info": {"features": features}})
            table = table.replace_schema_metadata({"huggingface": about})
        pq.write_table(table, tmp_path / name)
        return tmp_path / name

    return made


@pytest.mark.parametrize("images", [STRUCTS, PICTURES], ids=["struct", "bytes"])
def test_pictures_and_labels_are_read(write, images):
    found = read_labelled(write(image=images, label=LABELS.tolist()))

    assert found.labels.tolist() == LABELS.tolist()
    assert np.abs(found.images.astype(int) - IMAGES).mean() < 12


def test_files_of_a_folder_are_its_parts_and_writers_are_kept(write, tmp_path):
    writers = ["ann", "bob"] * 10
    write("train-00000-of-00001.parquet", image=STRUCTS, label=LABELS.tolist(), writer=writers)
    write("test-00000-of-00001.parquet", image=STRUCTS[:4], label=LABELS[:4].tolist())
    (tmp_path / "README.md").write_text("card")

    found = read_labelled(tmp_path)

    assert ((found.parts == "train").sum(), (found.parts == "test").sum()) == (20, 4)
    assert found.writers[found.parts == "train"].tolist() == writers
    assert "other files 1 (README.md)" in found.account.in_words()


def test_a_class_label_stands_for_the_digit_that_it_names(write):
    backwards = [str(9 - number) for number in range(10)]
    path = write(names=backwards, image=STRUCTS, label=(9 - LABELS.astype(int)).tolist())

    assert read_labelled(path).labels.tolist() == LABELS.tolist()


def test_rows_without_a_picture_are_left_out_and_counted(write):
    images = [*STRUCTS[:17], {"bytes": None, "path": "a.png"}, None, {"bytes": b"x", "path": None}]

    found = read_labelled(write(image=images, label=LABELS.tolist()))

    assert len(found.labels) == 17
    assert [(one.reason, one.count) for one in found.account.left_out] == [("unreadable", 3)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"img_id": [1], "digit_class": [2]},
            r"columns img_id \(int64\), digit_class \(int64\)$",
        ),
        ({"image": ["a.png"], "label": [2]}, "column image is string"),
        ({"image": PICTURES[:2], "label": [2, 14]}, "own.parquet, 1: label 14, expected a digit"),
        ({"image": PICTURES[:2], "label": [None, 1]}, "own.parquet, 0: label None, expected"),
        ({"image": PICTURES[:1], "label": [1.0]}, "label 1.0, expected a digit"),
    ],
)
def test_other_columns_and_labels_are_named(write, columns, message):
    with pytest.raises(DataError, match=message):
        read_labelled(write(**columns))


def test_a_cut_file_is_refused(write):
    path = write(image=STRUCTS, label=LABELS.tolist())
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(DataError, match=r"own\.parquet: cannot be read as Parquet"):
        read_labelled(path)


def test_a_row_group_that_promises_too_much_is_refused(write, monkeypatch):
    monkeypatch.setattr("digitcli.vision.labelled.parquet._MOST_GROUP", 100)

    with pytest.raises(DataError, match="a row group of .* bytes, at most 100 are read"):
        read_labelled(write(image=STRUCTS, label=LABELS.tolist()))


def test_without_pyarrow_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    (tmp_path / "own.parquet").write_bytes(b"PAR1")

    with pytest.raises(MachineError, match="pyarrow is missing") as caught:
        read_labelled(tmp_path / "own.parquet")

    assert caught.value.hint == 'pip install "digitcli[data]"'
