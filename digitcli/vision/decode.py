"""Picture files of any common kind to plain grey pixels. The only user of Pillow.

Only the plugin of the format at hand is imported, by the file's first bytes: that is quick, and no
other decoder (EPS would start Ghostscript) can be reached. Pillow never sees a file as it came: it
gets what `formats` left of it, which is bounded.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from ..errors import DataError
from ..files.opening import SpecialFileError, open_regular
from . import confined, grey
from .formats.essential import Essential, Limits, OverLimitError, check_size
from .pixels import Pixels, pixels_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

__all__ = ["STDIN", "Limits", "decode", "decode_pixels", "quiet", "too_many_bytes"]

STDIN = "-"


# Format, the Pillow plugin and class that reads it, and how its files begin.
_FORMATS: tuple[tuple[str, str, str, tuple[bytes, ...]], ...] = (
    ("PNG", "PngImagePlugin", "PngImageFile", (b"\x89PNG\r\n\x1a\n",)),
    ("JPEG", "JpegImagePlugin", "JpegImageFile", (b"\xff\xd8\xff",)),
    ("WebP", "WebPImagePlugin", "WebPImageFile", (b"RIFF",)),
    (
        "TIFF",
        "TiffImagePlugin",
        "TiffImageFile",
        (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ),
    ("BMP", "BmpImagePlugin", "BmpImageFile", (b"BM",)),
    ("GIF", "GifImagePlugin", "GifImageFile", (b"GIF87a", b"GIF89a")),
    (
        "PNM",
        "PpmImagePlugin",
        "PpmImageFile",
        (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf"),
    ),
)
_ACCEPTED = "PNG, JPEG, WebP, TIFF, BMP, GIF, PGM/PPM/PBM"
_KNOWN_OTHERS = (  # what people try, named so that the hint can help
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "PDF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\x00\x00\x08", "IDX"),
)


class quiet:  # noqa: N801 (a context manager, written as contextlib's are)
    """No warnings while anybody is inside: Pillow warns of damage that is not worth a line.

    The filters are the whole process's, so the first who enters switches them and the last who
    leaves switches them back; decoders of several threads, and blocks inside each other, share it.
    """

    _lock = threading.Lock()
    _inside = 0
    _switched: warnings.catch_warnings[None]

    def __enter__(self) -> None:
        with quiet._lock:
            if quiet._inside == 0:
                quiet._switched = warnings.catch_warnings()
                quiet._switched.__enter__()
                warnings.simplefilter("ignore")
            quiet._inside += 1

    def __exit__(self, *error: object) -> None:
        with quiet._lock:
            quiet._inside -= 1
            if quiet._inside == 0:
                quiet._switched.__exit__(None, None, None)


def decode(
    source: bytes | str | os.PathLike[str], limits: Limits = Limits()
) -> npt.NDArray[np.uint8]:
    """What `decode_pixels` reads, as an array: uint8 (h, w), 0 black, 255 white."""
    import numpy as np

    return np.asarray(decode_pixels(source, limits))


def decode_pixels(
    source: bytes | str | os.PathLike[str], limits: Limits = Limits(), name: str = ""
) -> Pixels:
    """Read a picture as plain as it looks: uint8 (h, w), 0 black, 255 white.

    `source` is a path, "-" for standard input, or the bytes of a file. The first bytes decide the
    format, not the suffix; of an animation the first frame is read. EXIF rotation is applied,
    transparency is laid on the background that shows the ink, colours become luminance, and 16-bit
    and floating-point pixels are scaled to eight bits. `name` stands for bytes in messages. Several
    threads may decode at once.

    Raises DataError, naming the file, for anything that is not a whole picture of an accepted
    format within `limits`.
    """
    name = name or ("picture" if isinstance(source, bytes) else os.fspath(source))
    data = source if isinstance(source, bytes) else _read(name, limits)
    if len(data) > limits.file_bytes:
        raise too_many_bytes(name, limits)
    kind = _format_of(name, data)
    try:
        essential = _readers(kind)[0](data, limits)
        del data
        if essential.confined and confined.can_confine():
            pixels = confined.decode_confined(essential.data, essential.confined, limits)
        else:
            with quiet():
                pixels = plain_pixels(kind, essential.data, limits)
        return grey.upright(pixels, essential.orientation)
    except OverLimitError as error:
        raise DataError(f"{name}: {error}", error.hint) from error
    except Exception as error:  # Pillow raises almost any type on a broken file
        reason = str(error).splitlines()[0].strip().rstrip(".") if str(error).strip() else ""
        raise DataError(
            f"{name}: not a whole {kind} picture ({reason or type(error).__name__})",
            hint="the file is cut short or damaged; save or download it again",
        ) from error


@lru_cache
def _readers(kind: str) -> tuple[Callable[[bytes, Limits], Essential], Callable[..., ImageFile]]:
    """What leaves the essential of a format, and Pillow's class that reads it."""
    plugin, reader = next(row[1:3] for row in _FORMATS if row[0] == kind)
    ours = import_module(f"{__package__}.formats.{kind.lower()}")
    return ours.essential, getattr(import_module(f"PIL.{plugin}"), reader)


def plain_pixels(kind: str, data: bytes, limits: Limits) -> Pixels:
    """The grey pixels of the essential of a file, as they are stored.

    Raises OverLimitError, and whatever Pillow does on a broken file.
    """
    image = _readers(kind)[1](BytesIO(data))
    check_size(image.size, limits)
    if kind == "JPEG":  # in one piece: what libjpeg could not use it would go over again
        image.decodermaxblock = max(len(data), image.decodermaxblock)
    elif kind == "WebP":
        _forget_decoder_in_time(image)
    del data
    image.load()
    return _grey_of(image)


def _forget_decoder_in_time(image: ImageFile) -> None:
    """Let libwebp's two canvases go before Pillow makes its own from their copy."""
    prepare = image.load_prepare

    def load_prepare() -> None:
        image._decoder = None  # type: ignore[attr-defined]
        prepare()

    image.load_prepare = load_prepare  # type: ignore[method-assign]


def _read(name: str, limits: Limits) -> bytes:
    """The bytes of a file or of standard input, at most one more than the limit allows."""
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(limits.file_bytes + 1)
        else:
            with open_regular(name) as file:
                data = file.read(limits.file_bytes + 1)
    except FileNotFoundError as error:
        raise DataError(f"{name}: no such file") from error
    except IsADirectoryError as error:
        raise DataError(f"{name}: expected a picture, found a folder") from error
    except SpecialFileError as error:
        raise DataError(
            f"{name}: expected a picture, found a pipe or a device",
            hint="pipe the picture in, and name it -: `digitcli predict -`",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise DataError(f"{name}: cannot be read ({reason})") from error
    if not data:
        raise DataError(f"{name}: expected a picture, found an empty file")
    return data


def too_many_bytes(name: str, limits: Limits) -> DataError:
    """The error of a file that is larger than `limits` allow."""
    return DataError(
        f"{name}: larger than {limits.file_bytes / 2**20:g} MiB, the most a picture may have",
        hint="scale the picture down, or save it as JPEG or PNG",
    )


def _format_of(name: str, data: bytes) -> str:
    for kind, _, _, starts in _FORMATS:
        if data.startswith(starts) and (kind != "WebP" or data[8:12] == b"WEBP"):
            return kind
    found = next((kind for start, kind in _KNOWN_OTHERS if data.startswith(start)), "")
    if data[4:8] == b"ftyp":
        found = "HEIC, AVIF or video"
    begins = data[:4].hex(" ") or "nothing"
    raise DataError(
        f"{name}: not a picture that can be read ({found + ' file, ' if found else ''}begins with "
        f"{begins})",
        hint=f"accepted are {_ACCEPTED}; convert it to PNG",
    )


def _grey_of(image: Image) -> Pixels:
    """Luminance of a loaded picture, with transparency resolved."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _with_key(grey.from_numbers(_numbers(image)), image)
    if image.mode == "LAB":
        return _pixels(image.getchannel(0))
    if image.mode in ("1", "L") and "transparency" in image.info:
        return _with_key(_pixels(image.convert("L")), image)
    if image.mode in ("1", "L"):
        return _pixels(image.convert("L"))
    if _has_alpha(image):
        plain = image.convert("RGBA")
        return grey.over_background(
            _pixels(plain.convert("RGB").convert("L")), _pixels(plain.getchannel(3))
        )
    return _pixels(image.convert("RGB").convert("L"))


def _has_alpha(image: Image) -> bool:
    palette = getattr(image, "palette", None)
    return (
        image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
        or "transparency" in image.info
        or (image.mode == "P" and palette is not None and palette.mode == "RGBA")
    )


def _with_key(pixels: Pixels, image: Image) -> Pixels:
    """Make the one grey value transparent that a PNG may name so (by its stored number)."""
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return pixels
    return grey.over_key(pixels, _numbers(image), key)


def _numbers(image: Image) -> grey.Numbers:
    """The stored numbers (h, w): int32, or float32 for mode F."""
    whole = image.mode != "F"
    data = image.convert("I").tobytes() if whole else image.tobytes()
    return memoryview(data).cast("i" if whole else "f", (image.height, image.width))


def _pixels(image: Image) -> Pixels:
    return pixels_of(image.tobytes(), image.height, image.width)
