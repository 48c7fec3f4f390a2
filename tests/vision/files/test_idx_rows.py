"""IDX files whose pictures are no uint8 28 x 28 are read like pictures of any size."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from digitcli.cli.app import main
from digitcli.data.drawn.synthetic import draw
from digitcli.data.idx import write_idx
from digitcli.vision.files.pixels import plain, transposed

IMAGES, _ = draw(12, seed=5)
LARGER = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2)))


def texts(path, capsys):
    assert main(["predict", "--jsonl", str(path)]) == 0
    return [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "other",
    [IMAGES / np.float32(255), IMAGES.astype(np.int32), IMAGES / 255.0, LARGER, LARGER / 255.0],
    ids=["float32", "int32", "float64", "32x32", "32x32-float64"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_digits_are_those_of_the_usual_file(tmp_path, other, packed, capsys):
    write_idx(tmp_path / "usual.idx", IMAGES)
    path = tmp_path / "other.idx"
    write_idx(path, other)
    if packed:
        path = tmp_path / "other.idx.gz"
        path.write_bytes(gzip.compress((tmp_path / "other.idx").read_bytes()))

    found, expected = texts(path, capsys), texts(tmp_path / "usual.idx", capsys)

    assert len(found) == len(expected) == 12
    assert sum(map(str.__eq__, found, expected)) >= 11  # another size is cut out and scaled


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.arange(10, dtype=np.uint8), "found labels"),
        (np.zeros((2, 3, 28, 28), np.uint8), "expected images"),
        (np.full((2, 28, 28), np.nan, np.float32), "no numbers"),
        (-IMAGES.astype(np.float32), "values from -255"),
    ],
)
def test_what_are_no_pictures_is_refused(tmp_path, array, says, capsys):
    write_idx(tmp_path / "a.idx", array)

    assert main(["predict", "--jsonl", str(tmp_path / "a.idx")]) == 3
    assert says in capsys.readouterr().err


def test_pictures_that_lie_on_their_side_are_read_with_transpose(tmp_path, capsys):
    write_idx(tmp_path / "usual.idx", IMAGES)
    write_idx(tmp_path / "side.idx", np.ascontiguousarray(IMAGES.transpose(0, 2, 1)))
    expected, as_it_is = (texts(tmp_path / name, capsys) for name in ("usual.idx", "side.idx"))

    assert main(["predict", "--csv", "--transpose", str(tmp_path / "side.idx")]) == 0

    found = [line.split(",")[1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert found == expected != as_it_is


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (3, 8)])
def test_transposed_swaps_rows_and_columns(shape):
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)

    assert np.array_equal(np.asarray(transposed(plain(picture))), picture.T)
