"""HEIC: the whole file is decoded, in a process of its own; its sizes are checked here.

AVIF is the same kind of file.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..pillow import load_reader
from .essential import Essential, Limits, check_parts, check_size

_SIZE = b"ispe"  # the box with a size: of the picture, of its tiles, of its thumbnails


def essential(data: bytes, limits: Limits, kind: str = "HEIC") -> Essential:
    """The file itself.

    Raises MissingExtraError where its decoder is not installed, OverLimitError for its largest
    size, ValueError when none is found.
    """
    if kind == "AVIF" or find_spec("pillow_heif") is None:
        load_reader(kind)  # raises where it is missing; otherwise another process loads it
    largest, count, place = (0, 0), 0, data.find(_SIZE)
    while place >= 0:
        width, height = (int.from_bytes(data[place + at : place + at + 4], "big") for at in (8, 12))
        if width * height > largest[0] * largest[1]:
            largest = (width, height)
        count += 1
        check_parts(count, "sizes", limits)
        place = data.find(_SIZE, place + 4)
    if largest == (0, 0):
        raise ValueError("it has no size")
    check_size(largest, limits)
    return Essential(data, confined=largest[0] * largest[1])
