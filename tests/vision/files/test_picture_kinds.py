"""Every encoding of a picture gives the same digit."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import encoded
from PIL import Image
from vision.files.encodings import ENCODINGS, PLAIN

from digitcli.vision.files.decode import decode
from digitcli.vision.normalize import normalize


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_gives_the_digit_of_the_plain_picture(name):
    expected = normalize(np.asarray(PLAIN))

    actual = normalize(decode(ENCODINGS[name]()))

    assert expected is not None
    assert actual is not None
    difference = np.abs(actual.picture.astype(int) - expected.picture)
    assert difference.mean() < 4, f"{difference.max()} at most"
    assert np.abs(np.subtract(actual.box, expected.box)).max() <= 2


@pytest.mark.parametrize("name", ["png-rgb", "png-16bit", "tiff-float-0-1", "exif-5", "pgm-16bit"])
def test_lossless_encodings_decode_to_the_very_pixels(name):
    assert np.array_equal(decode(ENCODINGS[name]()), np.asarray(PLAIN))


def test_a_sticker_keeps_its_own_paper():
    paper = Image.new("RGBA", (200, 200))
    paper.paste(PLAIN.convert("RGBA"), (40, 30))

    alone, sticker = normalize(np.asarray(PLAIN)), normalize(decode(encoded(paper)))

    assert alone is not None
    assert sticker is not None
    assert np.abs(alone.picture.astype(int) - sticker.picture).mean() < 1


def test_a_picture_without_any_visible_pixel_is_white():
    assert (decode(encoded(Image.new("RGBA", (30, 20)))) == 255).all()


def test_a_dim_16_bit_page_is_not_stretched_into_noise():
    page = np.full((60, 60), 65_300, np.uint16)
    page[::7, ::5] = 65_000

    assert np.ptp(decode(encoded(Image.fromarray(page)))) <= 1


def test_not_finite_pixels_are_the_darkest():
    values = np.asarray(PLAIN).astype(np.float32)
    values[0, 0], values[0, 1] = np.nan, np.inf

    pixels = decode(encoded(Image.fromarray(values), "TIFF"))

    assert (pixels[0, 0], pixels[0, 1], pixels[0, 2]) == (0, 0, 255)


def test_the_first_frame_of_an_animation_is_read(tmp_path):
    blank = Image.new("L", PLAIN.size, 255)

    data = encoded(PLAIN, "GIF", save_all=True, append_images=[blank])

    assert np.array_equal(decode(data), np.asarray(PLAIN))
