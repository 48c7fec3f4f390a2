"""Hands read from the files in which others published them, and files that hold none."""

import gzip

import numpy as np
import pytest

from digitcli.data.lines.bitmaps import read_optdigits, read_semeion
from digitcli.data.lines.unipen import read_tracks
from digitcli.errors import DataError

UNIPEN = """
.LEXICON "0" "1"
.HIERARCHY DIGIT
.SEGMENT DIGIT    0 ? "7"
.COMMENT 7  6  138
.PEN_DOWN
 10 300
 60 300
 30 200
.PEN_UP
 12
.PEN_DOWN
 20 250
 50 250
.PEN_UP
.SEGMENT DIGIT    1 ? "1"
.COMMENT 1 12  139
.PEN_DOWN
 10 0
 10 50
"""


def packed(path, text):
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_tracks_stand_upright_one_high_with_digit_and_writer(tmp_path):
    seven, one = read_tracks(packed(tmp_path / "a.gz", UNIPEN))

    assert (seven.digit, seven.writer, one.digit, one.writer) == (7, 6, 1, 12)
    np.testing.assert_allclose(seven.strokes[0], [[0, 0], [0.5, 0], [0.2, 1]])
    np.testing.assert_allclose(seven.strokes[1], [[0.1, 0.5], [0.4, 0.5]])
    np.testing.assert_allclose(one.strokes[0], [[0, 1], [0, 0]])


def test_a_track_without_height_is_one_wide(tmp_path):
    text = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT 1 1 1\n.PEN_DOWN\n 5 9\n 25 9\n'

    (track,) = read_tracks(packed(tmp_path / "a.gz", text))

    np.testing.assert_allclose(track.strokes[0], [[0, 0], [1, 0]])


def bits(digit):
    rows = np.zeros((32, 32), int)
    rows[4 : 6 + digit, 10:20] = 1
    return rows


def test_optdigits_are_bits_with_a_label_behind_each(tmp_path):
    digits = (3, 0)
    text = "BU handwritten digit database\n" + "".join(
        "".join("".join(map(str, row)) + "\n" for row in bits(digit)) + f" {digit}\n"
        for digit in digits
    )

    pictures, labels = read_optdigits(packed(tmp_path / "a.gz", text))

    assert labels.tolist() == [3, 0]
    np.testing.assert_array_equal(pictures, [255 * bits(3), 255 * bits(0)])


@pytest.mark.parametrize("joined", [False, True])
def test_semeion_is_256_pixels_and_ten_flags(tmp_path, joined):
    pixels = np.zeros((2, 256), int)
    pixels[0, 5], pixels[1, 40:50] = 1, 1
    flags = np.eye(10, dtype=int)[[8, 2]]
    text = "".join(
        "\t".join(map(str, [*row, *flag])) + ("\t" + "".join(map(str, flag))) * joined + "\n"
        for row, flag in zip(pixels, flags, strict=True)
    )

    pictures, labels = read_semeion(packed(tmp_path / "a.gz", text))

    assert labels.tolist() == [8, 2]
    np.testing.assert_array_equal(pictures.reshape(2, 256), 255 * pixels)


@pytest.mark.parametrize("read", [read_tracks, read_optdigits, read_semeion])
@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b""), gzip.compress(b"0 1 2")],
    ids=["empty", "no gzip", "nothing inside", "something else inside"],
)
def test_files_that_hold_no_digits_are_refused_by_name(tmp_path, read, content):
    path = tmp_path / "digits.gz"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"digits\.gz"):
        read(path)


def test_a_digit_without_a_label_is_refused(tmp_path):
    text = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT nobody\n.PEN_DOWN\n 1 2\n'

    with pytest.raises(DataError, match=r"without `\.COMMENT label"):
        read_tracks(packed(tmp_path / "a.gz", text))
