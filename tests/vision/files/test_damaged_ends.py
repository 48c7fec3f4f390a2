"""A picture whose last bytes are missing is read, with a note; one that lacks more is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import NearestTemplate, digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.vision.files.decode import decode
from digitcli.vision.files.notes import note, noting
from digitcli.vision.reader import Reader


def photo(**options) -> tuple[np.ndarray, bytes]:
    grain = np.random.default_rng(0).integers(0, 40, (400, 300), np.uint8)
    picture = np.asarray(digit_picture(3, 400, 300)) // 2 + grain
    data = encoded(Image.fromarray(picture), "JPEG", quality=85, **options)
    return decode(data), data


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_without_its_end_marker_is_read_whole(options):
    pixels, data = photo(**options)

    with noting() as notes:
        found = decode(data[:-2])

    assert (found == pixels).all()
    assert notes == ["cut short: its end marker is missing"]


@pytest.mark.parametrize("missing", [3, 10, 100])
def test_a_jpeg_without_its_last_bytes_is_read_and_says_which_rows_are_damaged(missing):
    pixels, data = photo()

    with noting() as notes:
        found = decode(data[:-missing])

    (said,) = notes
    rows = int(said.split("last ")[1].split()[0])
    assert said == f"cut short: the last {rows} of 400 rows are damaged"
    assert 0 < rows <= 32
    assert (found[: 400 - rows] == pixels[: 400 - rows]).all()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_a_jpeg_that_lacks_more_is_refused(share):
    _, data = photo()

    with pytest.raises(DataError, match="not a whole JPEG"):
        decode(data[: int(len(data) * share)])


def test_a_png_without_its_end_is_read_and_said_to_be():
    data = encoded(digit_picture(3))

    with noting() as notes:
        found = decode(data[:-12])

    assert (found == decode(data)).all()
    assert notes == ["cut short: its end marker is missing"]


def test_whole_files_have_no_notes():
    with noting() as notes:
        decode(photo()[1])
        decode(encoded(digit_picture(3)))

    assert notes == []


def test_notes_come_with_the_reading_of_their_picture_alone():
    data = encoded(digit_picture(3))

    cut, whole = Reader(NearestTemplate()).read_many([data[:-12], data])

    assert cut.notes == ("cut short: its end marker is missing",)
    assert cut.to_dict()["notes"] == ["cut short: its end marker is missing"]
    assert whole.notes == ()
    assert "notes" not in whole.to_dict()


def test_a_note_that_nobody_asked_for_is_lost():
    note("nobody hears this")
