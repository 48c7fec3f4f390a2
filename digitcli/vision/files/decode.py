"""Picture files of any common kind to plain grey pixels.

The first bytes decide the format. A decoder never gets the file itself, but what `formats` keeps of
it, which is bounded.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from ...errors import DataError, reason_of
from ...files.opening import SpecialFileError, open_regular, read_most
from . import confined, grey, pillow
from .formats.essential import Essential, Limits, RefusedError
from .formats.tiff_messages import unprinted
from .notes import note
from .pillow import quiet
from .pixels import Pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

__all__ = ["STDIN", "Limits", "decode", "decode_pixels", "quiet", "too_many_bytes"]

STDIN = "-"

# How the files of each format begin.
_FORMATS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("PNG", (b"\x89PNG\r\n\x1a\n",)),
    ("JPEG", (b"\xff\xd8\xff",)),
    ("WebP", (b"RIFF",)),
    ("TIFF", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")),
    ("BMP", (b"BM",)),
    ("GIF", (b"GIF87a", b"GIF89a")),
    ("PNM", (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf")),
)
_BRANDS = {  # of files that begin with the box "ftyp"
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIC"),
}
_MOST_BRANDS = 256  # bytes
_ACCEPTED = "PNG, JPEG, WebP, TIFF, BMP, GIF, PGM/PPM/PBM, HEIC and AVIF"
_KNOWN_OTHERS = (  # formats that are refused by name
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "PDF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x00\x00\x08", "IDX"),
)


def decode(
    source: bytes | str | os.PathLike[str], limits: Limits = Limits()
) -> npt.NDArray[np.uint8]:
    """What `decode_pixels` reads, as an array: uint8 (h, w), 0 black, 255 white."""
    import numpy as np

    return np.asarray(decode_pixels(source, limits))


def decode_pixels(
    source: bytes | str | os.PathLike[str], limits: Limits = Limits(), name: str = ""
) -> Pixels:
    """Read a picture as grey pixels: uint8 (h, w), 0 black, 255 white.

    `source` is a path, "-" for standard input, or the bytes of a file. The first bytes decide the
    format, not the suffix; of an animation the first frame is read. EXIF rotation is applied,
    transparency is laid on the background that shows the ink, colours become luminance, and 16-bit
    and floating-point pixels are scaled to eight bits. `name` is what messages call bytes. Several
    threads may decode at once.

    Raises DataError, naming the file, for anything that is not a whole picture of an accepted
    format within `limits`.
    """
    name = name or ("picture" if isinstance(source, bytes) else os.fspath(source))
    data = source if isinstance(source, bytes) else _read(name, limits)
    if len(data) > limits.file_bytes:
        raise too_many_bytes(name, limits)
    kind = _format_of(name, data)
    with named_errors(name, kind):
        essential = _essential(kind)(data, limits)
        del data
        if essential.confined and confined.can_confine():
            pixels = confined.decode_confined(kind, essential.data, essential.confined, limits)
        else:
            with quiet():
                pixels = _decoded(kind, essential.data, limits)
        if essential.tall != 1:
            pixels = pillow.with_square_pixels(pixels, essential.tall, limits)
        return grey.upright(pixels, essential.orientation)


def _decoded(kind: str, data: bytes, limits: Limits) -> Pixels:
    """The pixels of a file; of a JPEG or TIFF that is damaged, those that can be decoded."""
    if kind == "TIFF":
        with unprinted() as messages:
            pixels = pillow.plain_pixels(kind, data, limits)
            if messages.damaged:
                note("its compressed pixels are damaged; what could be decoded was read")
        return pixels
    try:
        return pillow.plain_pixels(kind, data, limits)
    except OSError:
        if kind != "JPEG":
            raise
        from .cut_jpeg import pixels_of_cut

        found = pixels_of_cut(data, limits)
        if found is None:
            raise
    note(found.note)
    return found.pixels


@contextmanager
def named_errors(name: str, kind: str) -> Iterator[None]:
    """What is wrong with a file of format `kind` as DataError that says its name."""
    try:
        yield
    except RefusedError as error:
        raise DataError(f"{name}: {error}", error.hint) from error
    except Exception as error:  # Pillow raises almost any type on a broken file
        reason = str(error).splitlines()[0].strip().rstrip(".") if str(error).strip() else ""
        raise DataError(
            f"{name}: not a whole {kind} picture ({reason or type(error).__name__})",
            hint="the file is cut short or damaged; save or download it again",
        ) from error


@lru_cache
def _essential(kind: str) -> Callable[[bytes, Limits], Essential]:
    """The function `essential` of a format's module."""
    found: Callable[[bytes, Limits], Essential]
    found = import_module(f"{__package__}.formats.{kind.lower()}").essential
    return found


def _read(name: str, limits: Limits) -> bytes:
    """The bytes of a file or of standard input, at most one more than the limit allows."""
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(limits.file_bytes + 1)
        else:
            with open_regular(name) as file:
                data = read_most(file, limits.file_bytes + 1)
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
        reason = reason_of(error)
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
    for kind, starts in _FORMATS:
        if data.startswith(starts) and (kind != "WebP" or data[8:12] == b"WEBP"):
            return kind
    found = next((kind for start, kind in _KNOWN_OTHERS if data.startswith(start)), "")
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4], "big"), _MOST_BRANDS)
        for brand in (data[at : at + 4] for at in (8, *range(16, end, 4))):
            if brand in _BRANDS:
                return _BRANDS[brand]
        found = "video"
    hint = f"accepted are {_ACCEPTED}; convert it to PNG"
    if found == "PDF":
        hint = "`digitcli predict` reads the pages of PDF files; elsewhere, convert it to PNG"
    begins = data[:4].hex(" ") or "nothing"
    raise DataError(
        f"{name}: not a picture that can be read ({found + ' file, ' if found else ''}begins with "
        f"{begins})",
        hint,
    )
