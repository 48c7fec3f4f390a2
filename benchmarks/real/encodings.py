"""One picture in sixteen encodings, none of which may change what it says."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

_ORIENTATION = 0x0112  # of EXIF; 6: turn it clockwise to see it upright


def encodings_of(picture: Image.Image) -> dict[str, bytes]:
    """The files, by name, of a grey picture (mode L), dark on light or light on dark."""
    return {name: encode(picture) for name, encode in ENCODINGS.items()}


def plain(source: Path | bytes) -> Image.Image:
    """A picture file in grey (mode L), what is transparent white."""
    with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as picture:
        whole = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("L")


def file_of(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _colour(picture: Image.Image) -> Image.Image:
    """Bluish between black and white, the luminance as before, up to rounding."""
    grey = np.asarray(picture).astype(np.float64)
    hue = np.minimum(25, np.minimum(grey, 255 - grey))
    green = grey + hue * (0.299 - 0.114) / 0.587
    colours = np.stack([grey - hue, green, grey + hue], axis=-1)
    return Image.fromarray(np.round(colours).astype(np.uint8))


def _cmyk(picture: Image.Image) -> Image.Image:
    return _colour(picture).convert("CMYK")


def _sixteen_bits(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)


def _fractions(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture).astype(np.float32) / 255)


def _one_bit(picture: Image.Image) -> Image.Image:
    """Black and white, parted where both sides vary least (N. Otsu, IEEE Trans. SMC 1979)."""
    count = np.array(picture.histogram(), np.float64)
    below, grey = np.cumsum(count), np.cumsum(count * np.arange(256))
    above = below[-1] - below
    apart = (grey * below[-1] - grey[-1] * below) ** 2 / np.maximum(below * above, 1)
    threshold = int(apart.argmax())
    return picture.point(lambda value: 255 * (value > threshold)).convert("1")


def _inverted(picture: Image.Image) -> Image.Image:
    return Image.eval(picture, lambda value: 255 - value)


def _on_nothing(picture: Image.Image, mode: str) -> Image.Image:
    """The ink alone, opaque where it is strongest; the paper is whatever lies behind."""
    low, high = picture.getextrema()
    grey = np.asarray(picture).astype(np.float64)
    light_ink = grey.mean() < (low + high) / 2
    cover = (grey - low if light_ink else high - grey) * 255 / max(high - low, 1)
    drawn = Image.new("L", picture.size, 255 if light_ink else 0).convert(mode.removesuffix("A"))
    drawn.putalpha(Image.fromarray(np.round(cover).astype(np.uint8)))
    return drawn


def _turned(picture: Image.Image) -> bytes:
    """A JPEG that lies on its side and says so."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    lying = picture.transpose(Image.Transpose.ROTATE_90)
    return file_of(lying, "JPEG", quality=95, exif=exif)


ENCODINGS: dict[str, Callable[[Image.Image], bytes]] = {
    "png-16bit": lambda picture: file_of(_sixteen_bits(picture), "PNG"),
    "png-1bit": lambda picture: file_of(_one_bit(picture), "PNG"),
    "png-palette": lambda picture: file_of(_colour(picture).quantize(64), "PNG"),
    "png-inverted": lambda picture: file_of(_inverted(picture), "PNG"),
    "png-rgba-transparent": lambda picture: file_of(_on_nothing(picture, "RGBA"), "PNG"),
    "png-la-transparent": lambda picture: file_of(_on_nothing(picture, "LA"), "PNG"),
    "jpeg-exif-rotated": _turned,
    "jpeg-60": lambda picture: file_of(_colour(picture), "JPEG", quality=60),
    "jpeg-cmyk": lambda picture: file_of(_cmyk(picture), "JPEG", quality=90),
    "webp": lambda picture: file_of(_colour(picture), "WEBP", quality=80),
    "tiff-lzw": lambda picture: file_of(picture, "TIFF", compression="tiff_lzw"),
    "tiff-cmyk": lambda picture: file_of(_cmyk(picture), "TIFF"),
    "tiff-float": lambda picture: file_of(_fractions(picture), "TIFF"),
    "pgm": lambda picture: file_of(picture, "PPM"),
    "bmp": lambda picture: file_of(_colour(picture), "BMP"),
    "gif": lambda picture: file_of(picture, "GIF"),
}
