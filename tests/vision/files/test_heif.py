"""HEIC and AVIF, with their decoders and without."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from pictures import digit_picture, encoded
from PIL import Image, features

from digitcli.errors import DataError
from digitcli.vision.files import pillow
from digitcli.vision.files.decode import Limits, decode

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00\x00\x00\x14ispe" + bytes(4)
HEIC += (60).to_bytes(4, "big") + (80).to_bytes(4, "big")


@pytest.fixture
def fresh():
    pillow.load_reader.cache_clear()
    yield
    pillow.load_reader.cache_clear()


def heic(picture: Image.Image, **options) -> bytes:
    pytest.importorskip("pillow_heif", reason="needs the extra formats").register_heif_opener()
    return encoded(picture, "HEIF", quality=95, **options)


def avif(picture: Image.Image, **options) -> bytes:
    if not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    return encoded(picture, "AVIF", quality=95, **options)


@pytest.mark.parametrize("encode", [heic, avif])
def test_the_grey_is_that_of_the_picture(encode):
    picture = digit_picture(3)

    found = decode(encode(picture.convert("RGB")))

    assert found.shape == (120, 90)
    assert np.abs(found.astype(int) - np.asarray(picture)).max() < 40


@pytest.mark.parametrize("encode", [heic, avif])
def test_a_picture_that_is_turned_is_read_upright(encode):
    picture = digit_picture(7)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    turned = picture.convert("RGB").transpose(Image.Transpose.ROTATE_90)

    found = decode(encode(turned, exif=exif.tobytes()))

    assert found.shape == (120, 90)
    assert np.abs(found.astype(int) - np.asarray(picture)).mean() < 5


@pytest.mark.parametrize("encode", [heic, avif])
def test_one_beyond_the_limits_is_refused_before_it_is_decoded(encode):
    with pytest.raises(DataError, match="90 x 120 pixels; at most 100 a side"):
        decode(encode(digit_picture(3)), Limits(side=100))


@pytest.mark.parametrize("encode", [heic, avif])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_one_that_is_cut_short_is_refused(encode, share):
    data = encode(digit_picture(3))

    with pytest.raises(DataError, match="not a whole"):
        decode(data[: int(len(data) * share)])


def test_without_the_extra_it_is_named(monkeypatch, fresh):
    for name in ("pillow_heif", "pillow_heif.as_plugin"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(DataError, match="HEIC is read with the extra formats") as caught:
        decode(HEIC)

    assert caught.value.hint == 'pip install "digitcli[formats]"'


def test_avif_without_a_pillow_that_reads_it_names_the_extra(monkeypatch, fresh):
    from PIL import AvifImagePlugin

    monkeypatch.setattr(AvifImagePlugin, "SUPPORTED", False)

    with pytest.raises(DataError, match="AVIF is read with the extra formats") as caught:
        decode(HEIC.replace(b"heic", b"avif"))

    assert caught.value.hint == 'pip install "digitcli[formats]"'


def test_a_film_is_refused_by_name():
    with pytest.raises(DataError, match="video file"):
        decode(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42")
