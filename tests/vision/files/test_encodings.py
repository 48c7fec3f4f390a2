"""How a picture is stored does not change what it says."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from pictures import digit_picture
from PIL import Image
from real.encodings import ENCODINGS, encodings_of, file_of
from real.shows import same_texts

from digitcli.data.drawn.handwriting import choose, write
from digitcli.data.drawn.random_stream import RandomStream
from digitcli.inference import engine
from digitcli.inference.networks import Networks
from digitcli.vision.reader import Reader

SURE = 0.99  # what is nearly as likely another digit may become it when JPEG blurs it

# What Pillow says each file is.
STORED = {
    "png-16bit": ("PNG", "I;16"),
    "png-1bit": ("PNG", "1"),
    "png-palette": ("PNG", "P"),
    "png-inverted": ("PNG", "L"),
    "png-rgba-transparent": ("PNG", "RGBA"),
    "png-la-transparent": ("PNG", "LA"),
    "jpeg-exif-rotated": ("JPEG", "L"),
    "jpeg-60": ("JPEG", "RGB"),
    "jpeg-cmyk": ("JPEG", "CMYK"),
    "webp": ("WEBP", "RGB"),
    "tiff-lzw": ("TIFF", "L"),
    "tiff-cmyk": ("TIFF", "CMYK"),
    "tiff-float": ("TIFF", "F"),
    "pgm": ("PPM", "L"),
    "bmp": ("BMP", "RGB"),
    "gif": ("GIF", "P"),
}


def handwritten(count: int) -> list[Image.Image]:
    """Digits of as many hands, 0 to 9 again and again, dark on light: mode L, 104 x 104."""
    random = RandomStream(16)
    inks = np.pad(
        write(choose([n % 10 for n in range(count)], random), random), ((0, 0), (4, 4), (4, 4))
    )
    return [Image.fromarray(255 - ink).resize((104, 104)) for ink in inks]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(engine.load("small"))


def test_there_are_sixteen_encodings_and_each_is_what_its_name_says():
    stored = {}
    for name, data in encodings_of(handwritten(1)[0]).items():
        with Image.open(BytesIO(data)) as picture:
            stored[name] = picture.format, picture.mode

    assert len(ENCODINGS) == 16
    assert stored == STORED


def test_the_picture_on_its_side_is_upright_only_with_its_exif_tag():
    digit = handwritten(5)[4].crop((0, 0, 104, 90))
    with Image.open(BytesIO(encodings_of(digit)["jpeg-exif-rotated"])) as picture:
        assert (picture.size, picture.getexif()[0x0112]) == ((90, 104), 6)


def sure_digits(reader: Reader, count: int) -> list[Image.Image]:
    """`count` handwritten digits that the reader is sure of."""
    pictures = handwritten(2 * count)
    readings = reader.read_many(file_of(picture, "PNG") for picture in pictures)
    pairs = zip(pictures, readings, strict=True)
    return [picture for picture, reading in pairs if (reading.confidence or 0) > SURE][:count]


def test_ten_sure_digits_are_the_same_in_sixteen_encodings(reader):
    row = same_texts(reader, "ten digits", sure_digits(reader, 10))

    assert (row.pictures, row.value, row.note) == (160, 1.0, "")


def printed(text: str) -> Image.Image:
    """A row of printed digits, dark on light, mode L."""
    row = Image.new("L", (60 * len(text) + 60, 140), 255)
    for place, digit in enumerate(text):
        row.paste(digit_picture(int(digit), 90, 60), (30 + 60 * place, 30))
    return row


def test_numbers_are_the_same_in_sixteen_encodings():
    texts = ["42", "30428", "90250", "37", "2653"]

    row = same_texts(Reader.of(Networks()), "five numbers", [printed(text) for text in texts])

    assert (row.pictures, row.value, row.note) == (80, 1.0, "")


@pytest.mark.slow
def test_a_hundred_sure_digits_are_the_same_in_sixteen_encodings(reader):
    row = same_texts(reader, "a hundred digits", sure_digits(reader, 100))

    assert (row.pictures, row.value, row.note) == (1_600, 1.0, "")


def test_a_changed_label_is_counted_and_its_encoding_named():
    class Moody:
        def read(self, source: bytes):
            return next(self.read_many([source]))

        def read_many(self, sources):
            for source in sources:
                yield type("Reading", (), {"text": "8" if source[:2] == b"BM" else "3"})

    row = same_texts(Moody(), "two digits", handwritten(2))

    assert (row.value, row.met, row.note) == (1 - 2 / 32, False, "bmp 2")
