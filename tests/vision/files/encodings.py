"""One picture in every encoding that is read."""

from __future__ import annotations

import numpy as np
from pictures import digit_picture, encoded
from PIL import Image

PLAIN = digit_picture()


def _sixteen(kind: str, **options: object) -> bytes:
    values = np.asarray(PLAIN).astype(np.uint16) * 257
    return encoded(Image.fromarray(values), kind, **options)


def _numbers(dtype: type, scale: float, offset: float = 0) -> bytes:
    values = np.asarray(PLAIN).astype(np.float64) * scale + offset
    return encoded(Image.fromarray(values.astype(dtype)), "TIFF")


def _ink(tone: int, mode: str) -> Image.Image:
    """Only the strokes, of one tone, on nothing."""
    alpha = Image.eval(PLAIN, lambda value: 255 - value)
    picture = Image.new("L", PLAIN.size, tone).convert(mode.rstrip("Aa"))
    picture.putalpha(alpha)
    return picture


def _keyed(kind: str) -> bytes:
    """A palette picture in which the paper is the one transparent colour."""
    palette = PLAIN.point(lambda value: 0 if value < 128 else 1).convert("P")
    palette.putpalette([0, 0, 0, 1, 1, 1] + [0] * 3 * 254)
    return encoded(palette, kind, transparency=1)


def _rotated(orientation: int, kind: str = "PNG") -> bytes:
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    turned = PLAIN
    for method in undo[orientation]:
        turned = turned.transpose(method)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(turned, kind, exif=exif)


def _cmyk_jpeg() -> bytes:
    return encoded(PLAIN.convert("RGB").convert("CMYK"), "JPEG", quality=95)


def _lab() -> bytes:
    grey = np.asarray(PLAIN)
    lab = Image.merge("LAB", [Image.fromarray(band) for band in (grey, grey * 0, grey * 0)])
    return encoded(lab, "TIFF")


ENCODINGS = {
    "png-rgb": lambda: encoded(PLAIN.convert("RGB")),
    "png-rgba-opaque": lambda: encoded(PLAIN.convert("RGBA")),
    "png-palette": lambda: encoded(PLAIN.convert("P")),
    "png-1bit": lambda: encoded(PLAIN.convert("1", dither=Image.Dither.NONE)),
    "png-16bit": lambda: _sixteen("PNG"),
    "png-black-ink-on-nothing": lambda: encoded(_ink(0, "RGBA")),
    "png-white-ink-on-nothing": lambda: encoded(_ink(255, "RGBA")),
    "png-la": lambda: encoded(_ink(0, "LA")),
    "png-palette-transparent": lambda: _keyed("PNG"),
    "png-grey-key": lambda: encoded(PLAIN, transparency=255),
    "gif": lambda: encoded(PLAIN, "GIF"),
    "gif-transparent": lambda: _keyed("GIF"),
    "bmp": lambda: encoded(PLAIN, "BMP"),
    "bmp-rgb": lambda: encoded(PLAIN.convert("RGB"), "BMP"),
    "pgm": lambda: encoded(PLAIN, "PPM"),
    "ppm": lambda: encoded(PLAIN.convert("RGB"), "PPM"),
    "pbm": lambda: encoded(PLAIN.convert("1", dither=Image.Dither.NONE), "PPM"),
    "pgm-16bit": lambda: (
        b"P5\n90 120\n65535\n" + (np.asarray(PLAIN) * np.uint16(257)).astype(">u2").tobytes()
    ),
    "pgm-text": lambda: b"P2 90 120 255\n" + " ".join(map(str, np.asarray(PLAIN).ravel())).encode(),
    "pfm": lambda: encoded(Image.fromarray(np.asarray(PLAIN).astype(np.float32) / 255), "PPM"),
    "webp": lambda: encoded(PLAIN, "WEBP", lossless=True),
    "webp-lossy": lambda: encoded(PLAIN, "WEBP", quality=80),
    "webp-black-ink-on-nothing": lambda: encoded(_ink(0, "RGBA"), "WEBP", lossless=True),
    "jpeg": lambda: encoded(PLAIN, "JPEG", quality=85),
    "jpeg-rgb": lambda: encoded(PLAIN.convert("RGB"), "JPEG", quality=85, progressive=True),
    "jpeg-cmyk": _cmyk_jpeg,
    "tiff": lambda: encoded(PLAIN, "TIFF"),
    "tiff-lzw": lambda: encoded(PLAIN, "TIFF", compression="tiff_lzw"),
    "tiff-fax": lambda: encoded(
        PLAIN.convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4"
    ),
    "tiff-16bit": lambda: _sixteen("TIFF"),
    "tiff-12-in-16bit": lambda: _numbers(np.uint16, 16),
    "tiff-int32": lambda: _numbers(np.int32, 257),
    "tiff-int32-negative": lambda: _numbers(np.int32, 1000, -100_000),
    "tiff-float-0-1": lambda: _numbers(np.float32, 1 / 255),
    "tiff-float-0-255": lambda: _numbers(np.float32, 1),
    "tiff-float-odd": lambda: _numbers(np.float32, 3, -7),
    "tiff-cmyk": lambda: encoded(PLAIN.convert("RGB").convert("CMYK"), "TIFF"),
    "tiff-lab": _lab,
    "tiff-ycbcr": lambda: encoded(PLAIN.convert("YCbCr"), "TIFF", compression="tiff_lzw"),
    "png-inverted": lambda: encoded(Image.eval(PLAIN, lambda value: 255 - value)),
    **{f"exif-{n}": lambda n=n: _rotated(n) for n in range(2, 9)},
    "exif-6-jpeg": lambda: _rotated(6, "JPEG"),
    "exif-6-webp": lambda: _rotated(6, "WEBP"),
    "exif-6-tiff": lambda: _rotated(6, "TIFF"),
}
